package interval

import (
	"fmt"
	"math"
	"strings"

	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// Causes are why objects run, in runs an hour of each cause.
type Causes struct {
	Interval   Figure `json:"interval"`   // the timer
	Revision   Figure `json:"revision"`   // a new revision of the source
	Retry      Figure `json:"retry"`      // after a failure
	Dependency Figure `json:"dependency"` // again, since a dependency was not ready
	Other      Figure `json:"other"`      // a person, a change of the spec, changes of live objects
}

// Each visits the causes, as a reader knows them.
func (c *Causes) Each(visit func(name string, f Figure)) {
	visit("by the timer", c.Interval)
	visit("for a new revision", c.Revision)
	visit("after a failure", c.Retry)
	visit("for a dependency", c.Dependency)
	visit("for other reasons", c.Other)
}

// causes adds up those of the tasks.
func (s *simulated) causes() Causes {
	var a, b model.Rates
	s.each(func(_ *Task, _ *model.Task, formula, seen *model.TaskOutcome) {
		a, b = added(a, formula.Rates), added(b, seen.Rates)
	})
	// What one cause takes another leaves: each is held to chance in all runs.
	least := (1 + 3*math.Sqrt(math.Max(a.Sum(), b.Sum())*s.hours)) / s.hours
	of := func(a, b float64) Figure { return Figure{a, b, apart(a, b, least)} }
	return Causes{of(a.Interval, b.Interval), of(a.Revision, b.Revision), of(a.Retry, b.Retry), of(a.Dependency, b.Dependency), of(a.Other, b.Other)}
}

func added(a, b model.Rates) model.Rates {
	return model.Rates{Interval: a.Interval + b.Interval, Revision: a.Revision + b.Revision, Retry: a.Retry + b.Retry,
		Dependency: a.Dependency + b.Dependency, Other: a.Other + b.Other}
}

// why says why the objects of the fleet run now, and how many of the runs of sources
// and of what is applied from them find something new. The timer and what is triggered
// are the model's, made to agree with what was measured.
func (p *Plan) why() string {
	var all model.Rates
	sources, known := 0, 0
	for i := range p.Now.Systems {
		for j := range p.Now.Systems[i].Tasks {
			all = added(all, p.Now.Systems[i].Tasks[j].Rates)
			if t := &p.Fleet.Systems[i].Tasks[j]; t.Source == model.None && t.Poll.Repository != model.None {
				sources++
				if p.Systems[i].Tasks[j].Commits {
					known++
				}
			}
		}
	}
	c := Causes{Figure{Formula: all.Interval}, Figure{Formula: all.Revision}, Figure{Formula: all.Retry}, Figure{Formula: all.Dependency}, Figure{Formula: all.Other}}
	var words []string
	c.Each(func(name string, f Figure) {
		if f.Formula > 0 {
			words = append(words, number(f.Formula)+" "+name)
		}
	})
	said := "an hour: " + strings.Join(words, ", ")
	switch {
	case known == 0:
		return said + "; how many change nothing is not known, as of no source it is known how often it changes"
	case known < sources:
		return said + fmt.Sprintf("; at most %s of all change nothing, as of %d of %d sources it is known how often they change", percent(p.Now.Total.Unchanged), known, sources)
	}
	return said + fmt.Sprintf("; %s of all change nothing", percent(p.Now.Total.Unchanged))
}
