package interval

import (
	"fmt"
	"strings"
)

// notes count what had to be assumed, so that a sentence says it once.
type notes struct {
	kinds map[string]int    // objects of each kind
	count map[[2]string]int // by kind and what is assumed
	order [][2]string       // in the order of their first mention
}

func (n *notes) seen(kind string) {
	if n.kinds == nil {
		n.kinds, n.count = map[string]int{}, map[[2]string]int{}
	}
	n.kinds[kind]++
}

func (n *notes) add(kind, what string) {
	key := [2]string{kind, what}
	if n.count[key] == 0 {
		n.order = append(n.order, key)
	}
	n.count[key]++
}

// sentences: "12 of 60 Kustomizations: no measured duration; 1s is taken."
func (n *notes) sentences() []string {
	var all []string
	for _, key := range n.order {
		all = append(all, fmt.Sprintf("%d of %d %s: %s.", n.count[key], n.kinds[key[0]], plural(key[0], n.kinds[key[0]]), key[1]))
	}
	return all
}

// plural is a kind's: GitRepositories, ImagePolicies, Kustomizations.
func plural(kind string, n int) string {
	switch {
	case n == 1:
		return kind
	case strings.HasSuffix(kind, "y"):
		return strings.TrimSuffix(kind, "y") + "ies"
	}
	return kind + "s"
}
