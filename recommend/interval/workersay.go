package interval

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// subject is the workload that runs the program, or else the Argo CD or the cluster
// that it is of.
func (s *server) subject() recommend.Object {
	cluster := s.Systems[s.system].Cluster
	c := &s.fleet.Clusters[cluster]
	for i := range s.Costs[cluster].Programs {
		if p := &s.Costs[cluster].Programs[i]; p.Program == s.program && p.Controller == s.ctl {
			if w, _, ok := p.workloadOf(c); ok {
				return recommend.Subject(c.Name, &c.Workloads[w])
			}
		}
	}
	o := recommend.Object{Cluster: c.Name, APIVersion: "apps/v1", Kind: "Deployment", Name: s.program}
	if s.program == "argocd-application-controller" {
		o.Kind = "StatefulSet"
	}
	if s.ctl != nil {
		o.Namespace = s.ctl.Namespace
	}
	return o
}

// more proposes n workers, where it is known where their number stands.
func (s *server) more(queue, now, n int) {
	s.f.Title = fmt.Sprintf("Give %s %d workers instead of %d", s.program, n, now)
	setting, known := program{s.program, s.ctl}.place(settingOf(s.program))
	switch from := s.Systems[s.system].Queues[queue].WorkersFrom; {
	case from == collector.FromDefault && setting.Name == "":
		s.f.Reason = "how many workers it has was not read, and its default is taken: find out, and set " + settingOf(s.program)
	case !known:
		s.f.Reason = setting.byHand(settingOf(s.program))
	default:
		s.f.Status = recommend.Proposed
		s.f.Changes = []recommend.Change{setting.change(s.f.Subject.Cluster, strconv.Itoa(n))}
	}
	s.evidence(queue)
	plan, _ := s.with(n)
	o := plan.Outcome.Systems[0].Queues[queue]
	s.say("predicted with "+strconv.Itoa(n), "%s busy, a mean wait of %s, at the intervals that it lets objects keep", percent(o.Utilisation), waitWords(o.Wait))
	s.sayPeak(n)
	s.say("to take effect", "it restarts, and runs every object once as it starts")
	s.say("money", "£0 by itself: more workers take what the same runs take, sooner; its CPU request follows what it uses, and its memory grows with what runs at once")
}

// shards advises to spread the work over as many controllers as have so many workers
// together, each with the most that one process takes.
func (s *server) shards(queue, workers int) bool {
	each := 1
	for _, n := range humanWorkers {
		if s.fits(n) {
			each = n
		}
	}
	n := (workers + each - 1) / each
	plan, _ := s.with(workers)
	system := plan.Fleet.Systems[0]
	for _, q := range s.queues {
		system.Queues[q].Workers = each
	}
	if apart, ok := model.LeastShards(&system, queue, s.bound(queue), mostShards); ok {
		n = max(n, apart) // workers that are apart help each other out less
	}
	if n > mostShards {
		return false
	}
	s.evidence(queue)
	if s.Systems[s.system].Instance != "" {
		s.f.Title = fmt.Sprintf("Spread the Applications over %d application controllers", n)
		s.f.Reason = "set the replicas of argocd-application-controller and its ARGOCD_CONTROLLER_REPLICAS alike; it shards by destination cluster, so that with one cluster it helps nothing"
		return true
	}
	s.f.Title = fmt.Sprintf("Spread the objects of %s over %d controllers of %d workers each", s.program, n, each)
	s.f.Reason = fmt.Sprintf("run a copy for each shard with --watch-label-selector=%s=NAME, the first with --watch-label-selector=!%s, and label the objects %s: NAME", shardKey, shardKey, shardKey)
	if s.program == "source-controller" {
		s.f.Reason += "; each needs a Service of its own, which --storage-adv-addr names, or artifacts are looked for in another's storage; charts take the label from .spec.chart.metadata.labels, and HelmRepositories need it too"
	}
	s.sayPeak(each)
	s.say("money", "it costs what the copies request; £0 is saved")
	return true
}

// evidence is what the queue does and must.
func (s *server) evidence(queue int) {
	q, now, then := &s.Systems[s.system].Queues[queue], &s.Now.Systems[s.system].Queues[queue], &s.Then.Systems[s.system].Queues[queue]
	s.say("queue", "%s, of %d workers (%s)", q.Name, s.Fleet.Systems[s.system].Queues[queue].Workers, q.WorkersFrom)
	s.say("objective", "a mean wait of at most %s: a tenth of the tightest objective of its objects, or of deploys", recommend.Interval(s.bound(queue).Round(time.Second)))
	for _, o := range []struct {
		when string
		*model.QueueOutcome
	}{{"predicted now", now}, {"predicted at the proposed intervals", then}} {
		words := fmt.Sprintf("%s busy, a mean wait of %s", percent(o.Utilisation), waitWords(o.Wait))
		if o.Saturated {
			words += "; it is saturated, so that its workers set the pace and not the intervals"
		}
		s.say(o.when, "%s", words)
	}
	if u := s.unmetOf(s.system); s.blocked(u, s.Fleet.Systems[s.system].Tasks) == queue {
		i := slices.IndexFunc(u, func(u model.Unmet) bool { return u.Reason == model.QueueTooBusy })
		s.say("objective that cannot be met", "%s", unmetWords(u[i:i+1]))
	}
	if m := (program{s.program, s.ctl}).worked(q.Name); m != nil && m.Waited.Count > 0 {
		s.say("measured wait", "%s on average of %d runs over %s, and %d in the queue at most", waitWords(m.Waited.Total.Duration/time.Duration(m.Waited.Count)),
			m.Waited.Count, recommend.Interval(m.Span.Round(time.Minute)), m.Deepest)
	}
}

// busyRun is what one busy worker of the program takes in cores and asks of the API a
// second, by what the runs of its objects cost; 0 where that is not known.
func (s *server) busyRun() (cores, calls float64) {
	var busy float64
	for j, t := range s.Best.Systems[s.system].Tasks {
		if !slices.Contains(s.queues, t.Queue) || !s.Systems[s.system].Tasks[j].Costed {
			continue
		}
		runs := worked(&s.Then.Systems[s.system].Tasks[j])
		busy += runs * t.Run.Seconds()
		cores += runs * t.Cost.Controller / 1000
		calls += runs * t.Cost.Calls
	}
	if busy <= 0 {
		return 0, 0
	}
	return cores / busy, calls / busy
}

func (s *server) sayPeak(workers int) {
	cores, calls := s.busyRun()
	if cores <= 0 {
		s.say("peak", "what its runs cost is not known: watch its CPU and memory as all %d workers are busy", workers)
		return
	}
	s.say("peak", "about %s cores and %s API calls a second while all %d workers are busy (each run is 2 calls an object and 4 more)", number(cores*float64(workers)), number(calls*float64(workers)), workers)
	if qps, _ := (program{s.program, s.ctl}).setting("--kube-api-qps"); qps != "" {
		if limit, err := strconv.ParseFloat(qps, 64); err == nil && limit > 0 && limit < calls*float64(workers) {
			s.say("rate limit", "--kube-api-qps is %s, which binds before that: raise it along, with --kube-api-burst", qps)
		}
	}
}

// waitWords writes a wait: under a second in milliseconds.
func waitWords(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return round(d)
}
