package interval

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// Name of the recommender, and the start of its findings' ids.
const Name = "interval"

// New returns the recommender with these settings, or an error where they are
// not valid. It judges every Flux object and every Argo CD instance.
func New(s Settings) (recommend.Recommender, error) {
	if err := s.Valid(); err != nil {
		return recommend.Recommender{}, err
	}
	return recommend.Recommender{
		Name:  Name,
		Doc:   "Tune GitOps reconcile intervals to a drift and a deploy-latency objective.",
		Fleet: s.look,
	}, nil
}

// findings are those of one cluster of the plan.
func (p *Plan) findings(pass *recommend.Pass) []recommend.Finding {
	at := 0
	for at < len(p.fleet.Clusters) && &p.fleet.Clusters[at] != pass.Cluster {
		at++
	}
	if at == len(p.fleet.Clusters) {
		return nil
	}
	var found []recommend.Finding
	for i := range pass.Cluster.Reconcilers {
		j := judged{Plan: p, Settings: p.settings, of: pass.Cluster, wanted: p.wanted[at], r: &pass.Cluster.Reconcilers[i]}
		if f, ok := j.finding(); ok {
			found = append(found, f)
		}
	}
	for i := range pass.Cluster.Controllers {
		if f, ok := p.argo(at, &pass.Cluster.Controllers[i]); ok {
			found = append(found, f)
		}
	}
	return append(found, p.controllers(at, pass)...)
}

// judged is one object.
type judged struct {
	*Plan
	Settings
	of     *collector.Cluster
	wanted *wanted
	r      *collector.Reconciler
	kind   kind
}

func (j *judged) finding() (recommend.Finding, bool) {
	r := j.r
	k, ok := kindOf(r)
	now := intervalOf(r)
	if !ok || now <= 0 || j.toldOf() {
		return recommend.Finding{}, false
	}
	j.kind = k
	objective, why := j.wanted.objective(r, k)
	next, modelled := j.next(r)
	if !modelled { // it is suspended: what it would have, by its interval alone
		run, _ := duration(r)
		next = j.choose(now, objective, k.jitter, run)
	}
	missed := j.missed(r)
	f := recommend.Finding{
		Recommender: Name, Status: recommend.Proposed, Confidence: j.confidence(),
		Subject: objectOf(j.of, r),
	}
	f.ID = recommend.FindingID(Name, f.Subject)
	f.Changes = j.changes(f.Subject, now, next)
	if len(missed) == 0 && len(f.Changes) == 0 {
		return recommend.Finding{}, false
	}
	f.Evidence = j.evidence(now, next, objective, why, missed)
	f.Checks = j.checks(missed, len(f.Changes) > 0)
	f.Title = j.title(f.Changes, now, next) + j.because(next > now)
	withhold(&f)
	return f, true
}

// withhold holds a finding back for the first of its checks that did not pass.
func withhold(f *recommend.Finding) {
	if i := slices.IndexFunc(f.Checks, func(c recommend.Check) bool { return c.Verdict != recommend.Passed }); i >= 0 {
		f.Status, f.Reason = recommend.Withheld, f.Checks[i].Detail
	}
}

// changes are the fields to set. What keeps the patch safe comes with it: a
// longer Kustomization interval sets retryInterval to the old interval, where
// it inherited that, so that failures are retried exactly as fast as before; health
// checks wait no longer than they did, and long enough; and the chart of a HelmRelease
// keeps an interval of its own.
func (j *judged) changes(o recommend.Object, now, next time.Duration) []recommend.Change {
	r := j.r
	var cs []recommend.Change
	if next != now {
		cs = append(cs, recommend.Change{Object: o, Path: j.kind.field, Before: written(r.Interval), After: recommend.Interval(next)})
	}
	if after, ok := j.retry(now, next); ok {
		cs = append(cs, recommend.Change{Object: o, Path: []string{"spec", "retryInterval"}, Before: written(r.RetryInterval), After: recommend.Interval(after)})
	}
	if after, ok := j.timeout(next); ok {
		cs = append(cs, recommend.Change{Object: o, Path: []string{"spec", "timeout"}, After: recommend.Interval(after)})
	}
	if r.Kind == "HelmRelease" && r.HasChart {
		chart := cmp.Or(r.ChartInterval.Duration, now)
		// The chart's interval is a source's: it serves deploy latency.
		want, planned := j.next(j.chart())
		if !planned {
			want = j.choose(chart, j.wanted.deploy(r), Jitter, 0)
		}
		inherits := cmp.Or(r.ChartInterval.Duration, next)
		if want != inherits {
			cs = append(cs, recommend.Change{Object: o, Path: []string{"spec", "chart", "spec", "interval"},
				Before: written(r.ChartInterval), After: recommend.Interval(want)})
		}
	}
	return cs
}

// retry is the retryInterval to set beside the interval next, and whether to: where
// none is set it would be that interval, and where what is set or inherited misses
// its objective. Who retries every 5m by an interval of 5m still does when that is 1h.
func (j *judged) retry(now, next time.Duration) (time.Duration, bool) {
	if !j.kind.retry {
		return 0, false
	}
	set := j.r.RetryInterval.Duration
	have, want := cmp.Or(set, next), cmp.Or(set, min(now, next))
	if within := j.wanted.retry(j.r).within; want > within {
		want, _ = Rung(within, 0, 0)
	}
	return want, want < have
}

// enoughHealth is how long health checks have where nobody says: Helm's own default.
const enoughHealth = 5 * time.Minute

// timeout is the timeout to set beside the interval next, and whether to: without one
// health checks have the interval less 30s. With a longer one a rollout that fails would
// hold a worker for longer than it did, and the commit that mends it; with one that is
// much shorter a slow rollout would fail.
func (j *judged) timeout(next time.Duration) (time.Duration, bool) {
	r := j.r
	if r.Kind != "Kustomization" || !r.Wait || r.TimeoutSet || r.Timeout.Duration <= 0 {
		return 0, false
	}
	was, would := r.Timeout.Duration, collector.HealthTimeout(next)
	if would > was {
		return was, true
	}
	was = min(was, enoughHealth)
	return was, would < was
}

func written(d collector.Duration) string {
	if d.Duration == 0 {
		return ""
	}
	return recommend.Interval(d.Duration)
}

// passing are the reasons for Ready=False that pass by themselves: a dependency
// is being applied, or a new revision is. After every push each dependent object
// has the first for a while.
var passing = []string{"DependencyNotReady", "Progressing", "ProgressingWithRetry", "ReconciliationInProgress"}

// checks is every condition for a change to be proposed.
func (j *judged) checks(missed []model.Unmet, changes bool) []recommend.Check {
	r := j.r
	of := func(name string, ok bool, failed string) recommend.Check {
		if ok {
			return recommend.Check{Name: name, Verdict: recommend.Passed}
		}
		return recommend.Check{Name: name, Verdict: recommend.Failed, Detail: failed}
	}
	met := of("objective can be met", true, "")
	if len(missed) > 0 && !changes {
		met = of("objective can be met", false, unmetWords(missed))
	}
	return []recommend.Check{
		j.stands("not suspended", suspended),
		of("not generated", !r.Generated, "a controller makes it ("+cmp.Or(r.Origin.String(), "its owner is not known")+"): change the interval on what makes it"),
		j.stands("ready", failing), j.stands("not stuck", stuck), met,
	}
}

// unmetWords say which objective no interval keeps to, and why.
func unmetWords(missed []model.Unmet) string {
	u := missed[0]
	words := fmt.Sprintf("no interval from %s keeps to the %s objective of %s: %s", recommend.Interval(Ladder[0]), u.Objective, recommend.Interval(u.Want), u.Detail)
	if n := len(missed) - 1; n > 0 {
		words += fmt.Sprintf("; and %d more", n)
	}
	return words
}

func (j *judged) title(cs []recommend.Change, now, next time.Duration) string {
	switch {
	case len(cs) == 0:
		return "No interval can meet its objective"
	case next > now:
		return fmt.Sprintf("Reconcile every %s instead of every %s", recommend.Interval(next), recommend.Interval(now))
	case next < now:
		return fmt.Sprintf("Reconcile every %s, as every %s misses its objective", recommend.Interval(next), recommend.Interval(now))
	}
	if last := cs[0].Path[len(cs[0].Path)-1]; last == "retryInterval" {
		return fmt.Sprintf("Retry a failure after %s instead of %s", cs[0].After, cmp.Or(cs[0].Before, recommend.Interval(now)))
	}
	return fmt.Sprintf("Look for a new chart every %s", cs[0].After)
}

// confidence: High where the rate was measured, Medium where only the last
// run's duration is known, Low where nothing is; one level less where what was
// measured is in doubt.
func (j *judged) confidence() recommend.Confidence {
	c := recommend.Low
	switch _, measured := j.rate(); {
	case measured:
		c = recommend.High
	case hasDuration(j.r):
		c = recommend.Medium
	}
	if len(j.r.Measured.Doubts) > 0 {
		c = lowered(c)
	}
	return c
}

// rate is what was measured, in runs an hour. A few runs must have been seen, or
// time enough for them: none in 4 minutes says nothing of an interval of 10.
func (j *judged) rate() (float64, bool) {
	const few = 3
	m := j.r.Measured
	rate, ok := m.PerHour()
	return rate, ok && (m.Count >= few || m.Span.Duration/few >= intervalOf(j.r))
}

// chart is the HelmChart that is made of a HelmRelease; nil: it was not read.
func (j *judged) chart() *collector.Reconciler {
	at, ok := j.at[j.r]
	if !ok {
		return nil
	}
	source := j.Fleet.Systems[at.system].Tasks[at.task].Source
	if source == model.None || j.Systems[at.system].Tasks[source].Kind != "HelmChart" {
		return nil
	}
	return j.Systems[at.system].Tasks[source].Reconciler
}

// toldOf reports whether r is the chart of a HelmRelease that was read, with which its
// interval is told of and set.
func (j *judged) toldOf() bool {
	return j.r.Kind == "HelmChart" && j.r.Generated && j.wanted.objects[j.r.Origin.Kind+" "+j.r.Origin.Namespace+"/"+j.r.Origin.Name] != nil
}

func hasDuration(r *collector.Reconciler) bool {
	_, ok := duration(r)
	return ok
}

// duration of a run: the measured mean, else that of the newest entry of the
// status history.
func duration(r *collector.Reconciler) (time.Duration, bool) {
	if r.Measured.Mean.Duration > 0 {
		return r.Measured.Mean.Duration, true
	}
	if len(r.History) > 0 && r.History[0].Duration.Duration > 0 {
		return r.History[0].Duration.Duration, true
	}
	return 0, false
}
