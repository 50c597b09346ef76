package focustest

import (
	"regexp"
	"slices"
	"strings"
)

// maxColumnName is ColumnHandling-A-005-O's, in characters.
const maxColumnName = 50

// custom is the prefix of the columns that are not FOCUS's.
const custom = "x_"

var (
	pascal       = regexp.MustCompile(`^[A-Z]`)
	alphanumeric = regexp.MustCompile(`^[A-Za-z0-9]*$`)
)

// headerRules find the columns that break a rule of ColumnHandling, given the
// header and the columns that FOCUS defines.
var headerRules = map[RuleID]func(header []string, focus map[string]bool) []string{
	"ColumnHandling-A-001-M": names(func(s string) bool { return strings.HasPrefix(s, custom) || pascal.MatchString(s) }),
	"ColumnHandling-A-003-M": names(func(s string) bool { return strings.HasPrefix(s, custom) || alphanumeric.MatchString(s) }),
	"ColumnHandling-A-005-O": names(func(s string) bool { return len(s) <= maxColumnName }),
	"ColumnHandling-A-010-M": func(header []string, focus map[string]bool) []string {
		return slices.DeleteFunc(slices.Clone(header), func(s string) bool { return focus[s] || strings.HasPrefix(s, custom) })
	},
	"ColumnHandling-A-011-O": names(func(s string) bool {
		rest, ok := strings.CutPrefix(s, custom)
		return !ok || pascal.MatchString(rest) && alphanumeric.MatchString(rest)
	}),
	"ColumnHandling-A-012-O": func(header []string, focus map[string]bool) []string {
		first := slices.IndexFunc(header, func(s string) bool { return !focus[s] })
		if first < 0 {
			return nil
		}
		return slices.DeleteFunc(slices.Clone(header[first:]), func(s string) bool { return !focus[s] })
	},
}

func names(ok func(string) bool) func([]string, map[string]bool) []string {
	return func(header []string, _ map[string]bool) []string {
		return slices.DeleteFunc(slices.Clone(header), ok)
	}
}
