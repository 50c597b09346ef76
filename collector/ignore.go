package collector

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// IgnoreAnnotation on a workload, its namespace or a GitOps object keeps changes to
// it from being proposed: all of them ("true"), or those of the recommenders that it
// names ("rightsize, spot").
const IgnoreAnnotation = "tuppence.dev/ignore"

// everything is what IgnoreOf gives for all recommenders.
const everything = "true"

// maxIgnored is how many recommenders the annotation may name.
const maxIgnored = 16

var (
	nameOfOne = regexp.MustCompile(`^[a-z]{1,32}$`)
	allOf     = []string{everything, "all", "on", "yes"}
)

// IgnoreOf reads the annotation: "true", or the recommenders' names in order,
// joined by commas; empty where it is not there or says "false". One without a
// value, or that is no list of names, counts as "true": who wrote it wants to be
// left alone.
func IgnoreOf(annotations map[string]string) string {
	value, there := annotations[IgnoreAnnotation]
	if !there || strings.EqualFold(strings.TrimSpace(value), "false") {
		return ""
	}
	names := strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	slices.Sort(names)
	names = slices.Compact(names)
	odd := func(s string) bool { return !nameOfOne.MatchString(s) || slices.Contains(allOf, s) }
	if len(names) == 0 || len(names) > maxIgnored || slices.ContainsFunc(names, odd) {
		return everything
	}
	return strings.Join(names, ",")
}

// Ignores reports whether what IgnoreOf gave keeps back what the recommender says.
func Ignores(ignore, recommender string) bool {
	return ignore == everything || ignore != "" && slices.Contains(strings.Split(ignore, ","), recommender)
}
