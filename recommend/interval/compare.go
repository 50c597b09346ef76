package interval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// Rule is what a rule of intervals comes to over a whole fleet.
type Rule struct {
	Name        string  // now, proposed, or a preset's
	RunsPerHour float64 // of all objects
	Cores       model.Cores
	Costed      bool    // Cores are known: there are Kustomizations, whose runs they are of
	Requests    float64 // to Git, registries and chart repositories, an hour
	Missed      int     // objectives that it does not keep to
	Asked       int     // objectives that there are
}

// Rules are the intervals in force, those that are proposed, and those of the presets,
// by the same prediction.
func (p *Plan) Rules() []Rule {
	all := []Rule{p.rule("now", &p.Fleet, &p.Now), p.rule("proposed", p.Proposed, &p.Done)}
	for _, preset := range []Preset{Usual, Flux} {
		f := p.fleetAt(preset)
		o := model.Predict(&f)
		all = append(all, p.rule(string(preset), &f, &o))
	}
	return all
}

func (p *Plan) rule(name string, f *model.Fleet, o *model.Outcome) Rule {
	r := Rule{Name: name, RunsPerHour: o.Total.Runs, Cores: o.Total.Cores, Requests: asked(o)}
	for i := range p.asked {
		for j := range p.asked[i] {
			r.Costed = r.Costed || p.Systems[i].Tasks[j].Costed
			missed, asked := misses(p.asked[i][j], &f.Systems[i].Tasks[j], &o.Systems[i].Tasks[j])
			r.Missed, r.Asked = r.Missed+missed, r.Asked+asked
		}
	}
	return r
}

// misses is how many of a task's objectives it does not keep to, of how many. That a
// failure is retried in time is asked where it is not so now.
func misses(want model.Objective, t *model.Task, o *model.TaskOutcome) (missed, asked int) {
	of := func(want, got time.Duration, known bool) {
		if want > 0 && known {
			asked++
			if got > want {
				missed++
			}
		}
	}
	of(want.Drift, o.Longest, t.Timer != model.Triggered)
	of(want.Deploy, o.Deploy.Worst, o.Deploy.Known && !t.Webhook)
	of(want.Retry, retryIn(t), t.Timer == model.AfterRun)
	return missed, asked
}

// ruleWords name the rules as a reader knows them. The usual rule gives platforms 30m and
// applications 5m; Flux's documentation sources 1m and Kustomizations 1h.
var ruleWords = map[string]string{
	"now": "as it is now", "proposed": "as proposed",
	string(Usual): "by the usual rule", string(Flux): "by Flux's documentation",
}

// whole is what there is to say of the fleet.
func (p *Plan) whole() []recommend.Finding {
	rules := p.Rules()
	if rules[0].RunsPerHour == 0 {
		return nil
	}
	o := recommend.Object{Kind: "Fleet", Name: "intervals"}
	f := recommend.Finding{ID: recommend.FindingID(Name, o), Subject: o, Confidence: recommend.Medium,
		Title: fmt.Sprintf("All proposed intervals together: %s runs an hour instead of %s", number(rules[1].RunsPerHour), number(rules[0].RunsPerHour))}
	if rules[1].RunsPerHour == rules[0].RunsPerHour && rules[1].Missed == rules[0].Missed {
		f.Title = fmt.Sprintf("No interval is proposed that changes how often anything runs: %s runs an hour", number(rules[0].RunsPerHour))
	}
	var words []string
	for _, r := range rules {
		f.Evidence = append(f.Evidence, recommend.Evidence{Name: ruleWords[r.Name], Value: r.String()})
		words = append(words, fmt.Sprintf("%d %s", r.Missed, ruleWords[r.Name]))
	}
	f.Evidence = append(f.Evidence, recommend.Evidence{Name: "why objects run now", Value: p.why()})
	f.Evidence = append(f.Evidence, p.unread()...)
	f.Reason = fmt.Sprintf("objectives missed, of %d: %s", rules[0].Asked, strings.Join(words, ", "))
	return []recommend.Finding{f}
}

// unread says which clusters are not, or not all, in figures of the whole fleet: there
// GitOps objects could not be read.
func (p *Plan) unread() []recommend.Evidence {
	var names []string
	for i := range p.fleet.Clusters {
		c := &p.fleet.Clusters[i]
		objects := slices.ContainsFunc(c.Gaps, func(g collector.Gap) bool { return g.Source == "flux" || g.Source == "argocd" })
		if objects || len(c.Gaps) > 0 && len(c.Nodes) == 0 && len(c.Reconcilers) == 0 {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []recommend.Evidence{{Name: "not counted", Value: fmt.Sprintf("what could not be read in %s: %s", counted(len(names), "cluster"), firstFew(names))}}
}

func (r Rule) misses() string {
	return fmt.Sprintf("%d of %d objectives are missed", r.Missed, r.Asked)
}

// String is a sentence without an end. Cores are those of runs of Kustomizations,
// beside what the programs take when idle.
func (r Rule) String() string {
	cores := "cores not known"
	if r.Costed {
		cores = fmt.Sprintf("of which Kustomizations take %s core of controllers, %s of API servers and %s of etcd", number(r.Cores.Controller), number(r.Cores.APIServer), number(r.Cores.Etcd))
	}
	return fmt.Sprintf("%s runs an hour, %s, %s requests an hour to where changes come from; %s", number(r.RunsPerHour), cores, number(r.Requests), r.misses())
}
