package interval

import (
	"fmt"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// controllers are the findings about the programs of a cluster, rather than about
// the objects that they reconcile.
func (p *Plan) controllers(cluster int, pass *recommend.Pass) []recommend.Finding {
	return slices.Concat(p.requests(cluster, pass), p.workers(cluster), p.storms(cluster), p.applicationSets(cluster), p.paced(cluster, pass))
}

// systemsOf are the systems of a cluster, and their outcomes of o.
func (p *Plan) systemsOf(cluster int, o *model.Outcome) (systems []int, outcomes []model.SystemOutcome) {
	for i := range p.Systems {
		if p.Systems[i].Cluster == cluster {
			systems, outcomes = append(systems, i), append(outcomes, o.Systems[i])
		}
	}
	return systems, outcomes
}

// workloadOf is the index of the workload that runs a program, and that of its
// container; false where it was not read, or several run it.
func (p *ProgramCost) workloadOf(c *collector.Cluster) (workload, container int, ok bool) {
	if p.Controller == nil {
		return 0, 0, false
	}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		own := w.Namespace == p.Namespace && w.Name == p.Name
		if p.Kind == "argocd" {
			own = slices.Contains(p.Workloads, w.Ref())
		}
		if !own {
			continue
		}
		program, name := collector.ProgramOf(w)
		if program == nil || program.Name != p.Program {
			continue
		}
		if ok {
			return 0, 0, false
		}
		workload, ok = i, true
		container = slices.IndexFunc(w.Containers, func(c collector.Container) bool { return c.Name == name })
	}
	return workload, container, ok && container >= 0
}

// telling is a finding while its evidence is told.
type telling struct{ f recommend.Finding }

func (t *telling) say(name, format string, args ...any) {
	t.f.Evidence = append(t.f.Evidence, recommend.Evidence{Name: name, Value: fmt.Sprintf(format, args...)})
}
