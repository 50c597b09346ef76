package interval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// mostNames is how many names a line of evidence has.
const mostNames = 10

// still is what there is to say of all objects that have an interval and do not run:
// no interval repairs or deploys anything there. What passes by itself is not said.
func (p *Plan) still() []recommend.Finding {
	var names [stuck + 1][]string
	for i := range p.fleet.Clusters {
		c := &p.fleet.Clusters[i]
		pass := recommend.Pass{Cluster: c}
		for j := range c.Reconcilers {
			r := &c.Reconcilers[j]
			_, tuned := kindOf(r)
			of := r.Kind == "HelmChart" && r.Generated // its HelmRelease tells
			if !tuned || of || pass.Ignored(Name, objectOf(c, r)) != "" {
				continue
			}
			s, _ := p.wanted[i].state(r, p.fleet.Window.End)
			names[s] = append(names[s], c.Name+" "+nameOf(r))
		}
	}
	var counts []string
	o := recommend.Object{Kind: "Fleet", Name: "objects that do no work"}
	f := recommend.Finding{ID: recommend.FindingID(Name, o), Subject: o, Confidence: recommend.High}
	for _, s := range []struct {
		state
		one, more, name string
	}{
		{suspended, "1 is suspended", "%d are suspended", "suspended"},
		{failing, "1 fails", "%d fail", "failing"},
		{stuck, "1 is stuck", "%d are stuck", "stuck"},
	} {
		n := len(names[s.state])
		switch {
		case n == 1:
			counts = append(counts, s.one)
		case n > 1:
			counts = append(counts, fmt.Sprintf(s.more, n))
		}
		if n > 0 {
			f.Evidence = append(f.Evidence, recommend.Evidence{Name: s.name, Value: firstFew(names[s.state])})
		}
	}
	if len(counts) == 0 {
		return nil
	}
	f.Title = "Look after objects that do no work: " + and(counts)
	f.Reason = "nothing is deployed or repaired by them, whatever their intervals"
	return []recommend.Finding{f}
}

func objectOf(c *collector.Cluster, r *collector.Reconciler) recommend.Object {
	return recommend.Object{Cluster: c.Name, APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
}

// firstFew are names in order, the first few of many.
func firstFew(names []string) string {
	slices.Sort(names)
	if more := len(names) - mostNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNames], ", "), more)
	}
	return strings.Join(names, ", ")
}

// and joins words: a, b and c.
func and(words []string) string {
	if n := len(words) - 1; n > 0 {
		return strings.Join(words[:n], ", ") + " and " + words[n]
	}
	return strings.Join(words, "")
}
