package collector

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

var (
	// A Go string in quotes, cut short perhaps, or what stands between two.
	stretch = regexp.MustCompile(`"(?:[^"\\]|\\.)*(?:"|\\?$)|[^"]+`)
	token   = regexp.MustCompile(`[^\s"'(),;<>\x60]+`)
	// A number with its unit, or a day. An address has more points than one, and a
	// cloud account more digits.
	number = regexp.MustCompile(`^-?[0-9]{1,9}(?:\.[0-9]{1,9})?[A-Za-z%]{0,3}$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	word   = regexp.MustCompile(`^(?:--)?[A-Za-z]+$`)
	metric = regexp.MustCompile(`^(?:container|kube|gotk|argocd|controller_runtime|machine|node)_[a-z_]+$`)
)

// publicTexts are words of this program's own gaps that have the shape of names.
var publicTexts = []string{"e.g", "deploy", "version", "read-only", "spec.resources", "gpu.shared", "nvidia.com/mig-",
	"status.history", "metrics.k8s.io", "certificate-authority"}

// marks end sentences, and are no part of a token.
const marks = ".:!?…"

// texts replaces the names in gaps: those of the fleet, what stands in quotes, and
// what has the shape of a name because it holds a digit, a point, a hyphen, a slash
// or the like. Numbers, plain words, public names and those of clusters stay.
type texts struct {
	*pseudonyms
	odd []string // names that are not one token, the longest first
}

func (p *pseudonyms) texts() *texts {
	t := &texts{pseudonyms: p}
	for name := range p.of {
		if token.FindString(name) != name || strings.Trim(name, marks) != name {
			t.odd = append(t.odd, name)
		}
	}
	slices.SortFunc(t.odd, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return t
}

func (t *texts) hide(s string) string {
	for _, name := range t.odd {
		s = strings.ReplaceAll(s, name, t.of[name])
	}
	return stretch.ReplaceAllStringFunc(s, func(part string) string {
		quoted := strings.HasPrefix(part, `"`)
		return token.ReplaceAllStringFunc(part, func(s string) string {
			core := strings.Trim(s, marks)
			if core == "" {
				return s
			}
			before, after, _ := strings.Cut(s, core)
			cut := strings.HasSuffix(after, "…") // a name of which the end is missing
			return before + t.token(core, quoted || cut) + after
		})
	})
}

// token is one word of a text; a suspect one is a name unless it is known not to be.
func (t *texts) token(s string, suspect bool) string {
	if known, ok := t.of[s]; ok {
		return known
	}
	if t.names[s] != "" || t.clusters[s] || public(s) || !suspect && word.MatchString(s) {
		return s
	}
	if !strings.Contains(s, "/") || strings.Contains(s, "://") {
		return t.hidden(s)
	}
	parts := strings.Split(s, "/")
	for i := range parts {
		if parts[i] != "" {
			parts[i] = t.token(parts[i], true)
		}
	}
	return strings.Join(parts, "/")
}

// public reports whether a token of a text is one that anyone's gap may have: a
// number, a metric, a resource as access rights name it.
func public(s string) bool {
	resource, group, _ := strings.Cut(s, ".")
	return number.MatchString(s) || metric.MatchString(s) || vocabulary[s] ||
		slices.Contains(publicTexts, strings.Trim(s, "/")) ||
		publicGroup(group) && word.MatchString(resource)
}
