package interval

import (
	"cmp"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// What an Argo CD without settings of its own has (2.14 and later), and how long
// its repo-server then keeps references.
const (
	argoTimeout  = 120 * time.Second
	argoSpread   = 60 * time.Second
	argoRefCache = 3 * time.Minute
)

// argo makes a system of each Argo CD instance of a cluster.
func (m *mapper) argo(i int, c *collector.Cluster) {
	systems := map[string]*clusterMap{}
	var order []string
	for j := range c.Controllers {
		if k := &c.Controllers[j]; k.Kind == "argocd" && systems[k.Namespace] == nil {
			s := m.begin(i, c, k.Namespace)
			s.model.RefCache = refCache(timeoutOf(k), k.TimeoutSet)
			systems[k.Namespace] = s
			order = append(order, k.Namespace)
		}
	}
	for j := range c.Reconcilers {
		r := &c.Reconcilers[j]
		k := collector.KindOf(r.APIVersion, r.Kind)
		if k == nil || k.Kind != "Application" {
			continue
		}
		home := cmp.Or(r.Instance, r.Namespace)
		if systems[home] == nil && len(order) == 1 {
			home = order[0]
		}
		m.notes.seen(r.Kind)
		switch {
		case r.Suspended:
			m.notes.add(r.Kind, "suspended, so that it never runs")
			if s := systems[home]; s != nil {
				s.system.Paused++
			}
		case systems[home] == nil:
			m.notes.add(r.Kind, "which Argo CD instance refreshes it is not known; it is left out")
		default:
			systems[home].application(r, k, instance(c, home))
		}
	}
	for _, home := range order {
		systems[home].events(instance(c, home))
		systems[home].end()
	}
}

func instance(c *collector.Cluster, namespace string) *collector.Controller {
	i := slices.IndexFunc(c.Controllers, func(k collector.Controller) bool { return k.Kind == "argocd" && k.Namespace == namespace })
	return &c.Controllers[i]
}

func timeoutOf(k *collector.Controller) time.Duration {
	if _, by := overridden(k, timeoutKey); by || k.TimeoutSet {
		return bounded(k.Timeout.Duration)
	}
	return cmp.Or(bounded(k.Timeout.Duration), argoTimeout)
}

func spreadOf(k *collector.Controller) time.Duration {
	if _, by := overridden(k, jitterKey); by || k.JitterSet {
		return bounded(k.Jitter.Duration)
	}
	return cmp.Or(bounded(k.Jitter.Duration), argoSpread)
}

// overridden is the flag or the variable of the application controller that has a key
// of argocd-cm in its place, and whether there is one.
func overridden(k *collector.Controller, key string) (collector.Setting, bool) {
	s, ok := k.Setting(key)
	return s, ok && s.Set && s.In != collector.InConfigMap
}

// refCache is how long references are kept: the timeout where it is set.
func refCache(timeout time.Duration, set bool) time.Duration {
	if set {
		return timeout
	}
	return argoRefCache
}

// application makes a task of an Application: the instance's timer, and polls of
// the first repository that it deploys from.
func (s *clusterMap) application(r *collector.Reconciler, k *collector.Kind, ctl *collector.Controller) {
	p := program{name: k.Program, Controller: ctl}
	t := model.Task{
		Name: r.Kind + " " + r.Namespace + "/" + r.Name, Queue: s.queue(p, k), Source: model.None, RunCV: runCV,
		Spread: spreadOf(ctl), Webhook: woken(r), Poll: s.argoPoll(r),
	}
	setTimeout(&t, timeoutOf(ctl))
	if mean := ctl.Measured.Mean.Duration; mean > 0 && r.Measured.Mean.Duration <= 0 {
		t.Run = bounded(mean)
	} else {
		t.Run = s.run(r, p, k)
	}
	rate, known := changes(&r.Measured)
	if t.Revisions = rate; !known {
		s.notes.add(r.Kind, "no changes are known; it is taken to have none")
	}
	s.put(r, k, p, t)
	s.system.Tasks[len(s.system.Tasks)-1].Commits = known
}

// setTimeout gives an Application its instance's timeout: 0 switches its timer off.
func setTimeout(t *model.Task, timeout time.Duration) {
	t.Interval, t.Timer = timeout.Truncate(time.Second), model.ArgoRefresh
	if t.Interval <= 0 {
		t.Interval, t.Timer = 0, model.Triggered
	}
}

func (s *clusterMap) argoPoll(r *collector.Reconciler) model.Poll {
	var git []string
	for _, source := range r.Sources {
		if source.Chart == "" && source.URL != "" && !slices.Contains(git, source.URL) {
			git = append(git, source.URL)
		}
	}
	if len(r.Sources) == 0 && r.URL != "" {
		git = []string{r.URL}
	}
	switch {
	case len(git) == 0:
		return model.Poll{Repository: model.None}
	case len(git) > 1:
		s.notes.add(r.Kind, "deployed from several repositories, of which the first alone is counted")
	}
	p := argoListed
	p.Repository = s.repository(git[0], collector.GitHost)
	return p
}

// events shares out what an instance's refreshes are more than its timer makes:
// comparisons that changes of live objects ask for. Argo CD counts them together.
func (s *clusterMap) events(ctl *collector.Controller) {
	apps := len(s.model.Tasks)
	if apps == 0 {
		return
	}
	if !s.system.all(ctl) {
		s.notes.seen("Argo CD instance")
		s.notes.add("Argo CD instance", "its refreshes are those of Applications too that are not known to be its; changes of live objects are taken to ask for none")
		return
	}
	rate, ok := measuredLong(&ctl.Measured, timeoutOf(ctl))
	if !ok {
		s.notes.seen("Argo CD instance")
		s.notes.add("Argo CD instance", "its refreshes were not measured for long enough; changes of live objects are taken to ask for none")
		return
	}
	s.notes.seen("Argo CD instance")
	f := model.Fleet{Hosts: s.out.Fleet.Hosts, Repositories: s.out.Fleet.Repositories, Systems: []model.System{s.model}}
	more := rate - model.Predict(&f).Systems[0].Total.Runs
	if more*ctl.Measured.Span.Hours() <= otherCount+otherShare*float64(ctl.Measured.Count) {
		return
	}
	// Some comparisons take the place of a refresh by the timer, so that a few more are
	// needed to come to the rate.
	for range 8 {
		for i := range s.model.Tasks {
			t := &s.model.Tasks[i]
			t.Events = max(0, min(mostRate, t.Events+more/float64(apps)))
		}
		more = rate - model.Predict(&f).Systems[0].Total.Runs
	}
}
