package interval

import (
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// humanWorkers are the numbers of workers that are proposed, up to mostWorkersEach;
// what takes more is spread over several controllers. It must not be changed.
var humanWorkers = [...]int{4, 6, 8, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 400}

// mostWorkersEach is how many workers one process has at most.
const mostWorkersEach = 50

// waitShare is how much of the tightest objective in a queue its mean wait may take.
// The rungs of Ladder lie 1.5 times apart at least, so that a tenth rarely costs one;
// the last of a burst waits a few times the mean.
const waitShare = 0.10

// mostPeak is how many cores one process may come to with every worker busy before
// its objects are better spread over several.
const mostPeak = 4.0

// mostShards is over how many controllers work is spread at most.
const mostShards = 16

// workers are the findings about queues that the plan's intervals still leave too
// busy: more workers, or where one process cannot take them, shards.
func (p *Plan) workers(cluster int) []recommend.Finding {
	var found []recommend.Finding
	for i := range p.Systems {
		if p.Systems[i].Cluster != cluster {
			continue
		}
		for _, s := range p.serversOf(i) {
			if f, ok := s.finding(); ok {
				found = append(found, f)
			}
		}
	}
	return found
}

// server is a program with its queues, whose workers one setting gives.
type server struct {
	*Plan
	system  int
	program string
	ctl     *collector.Controller // nil: it was not read
	queues  []int
	want    []model.Objective // see with
	telling
}

// serversOf are the programs of a system, in the order of its queues.
func (p *Plan) serversOf(system int) []*server {
	var all []*server
	seen := map[int]bool{}
	for j := range p.Systems[system].Tasks {
		q := p.Fleet.Systems[system].Tasks[j].Queue
		if seen[q] {
			continue
		}
		seen[q] = true
		task := &p.Systems[system].Tasks[j]
		ctl := p.Costs[p.Systems[system].Cluster].Programs[task.Controller].Controller
		i := slices.IndexFunc(all, func(s *server) bool { return s.program == task.Program && s.ctl == ctl })
		if i < 0 {
			i, all = len(all), append(all, &server{Plan: p, system: system, program: task.Program, ctl: ctl})
		}
		all[i].queues = append(all[i].queues, q)
	}
	return all
}

// bound is how long a queue's mean wait may be: waitShare of the tightest objective
// of its objects, and no more than of the general one for deploys.
func (s *server) bound(queue int) time.Duration {
	least := s.settings.Deploy.Duration
	for j, t := range s.Fleet.Systems[s.system].Tasks {
		for _, within := range []time.Duration{s.asked[s.system][j].Drift, s.asked[s.system][j].Deploy} {
			if t.Queue == queue && within > 0 {
				least = min(least, within)
			}
		}
	}
	return time.Duration(float64(least) * waitShare)
}

// busy is the first of its queues that is too busy at an outcome, or -1.
func (s *server) busy(o *model.SystemOutcome) int {
	i := slices.IndexFunc(s.queues, func(q int) bool { return o.Queues[q].Saturated || o.Queues[q].Wait > s.bound(q) })
	if i < 0 {
		return -1
	}
	return s.queues[i]
}

// blocked is the first of its queues for whose waits an objective cannot be met, or -1.
func (s *server) blocked(unmet []model.Unmet, tasks []model.Task) int {
	for _, u := range unmet {
		if q := tasks[u.Task].Queue; u.Reason == model.QueueTooBusy && slices.Contains(s.queues, q) {
			return q
		}
	}
	return -1
}

// with is what the plan would be for this system, had each queue so many workers: who
// waits less may keep longer intervals. The objectives are those of the plan, and in
// full where waits alone keep it from them.
func (s *server) with(workers int) (model.Plan, bool) {
	if s.want == nil {
		s.want = slices.Clone(s.held[s.system])
		for j := range s.want {
			for _, u := range s.unmet[place{s.system, j}] {
				if u.Reason == model.QueueTooBusy {
					s.want[j] = s.asked[s.system][j]
				}
			}
		}
	}
	next := s.Fleet.Systems[s.system]
	next.Queues = slices.Clone(next.Queues)
	for _, q := range s.queues {
		next.Queues[q].Workers = workers
	}
	f := model.Fleet{Hosts: s.Fleet.Hosts, Repositories: s.Fleet.Repositories, Systems: []model.System{next}}
	plan, err := model.Optimise(&f, [][]model.Objective{s.want}, Ladder[:])
	return plan, err == nil
}

// enough reports whether so many workers leave no queue too busy, and no objective
// unmet for its waits.
func (s *server) enough(workers int) bool {
	plan, ok := s.with(workers)
	return ok && s.busy(&plan.Outcome.Systems[0]) < 0 && s.blocked(plan.Unmet, plan.Fleet.Systems[0].Tasks) < 0
}

func (s *server) finding() (recommend.Finding, bool) {
	then := &s.Then.Systems[s.system]
	tasks := s.Fleet.Systems[s.system].Tasks
	queue, blocked := s.busy(then), s.blocked(s.unmetOf(s.system), tasks)
	if queue < 0 {
		queue = blocked
	}
	if queue < 0 {
		return recommend.Finding{}, false
	}
	if s.ctl != nil && s.Systems[s.system].Instance != "" {
		if jitter, ok := s.jitter(s.system, s.ctl); ok {
			o := s.alone(spreadOver(s.Best.Systems[s.system], jitter))
			if blocked < 0 && s.busy(&o.Systems[0]) < 0 {
				return recommend.Finding{}, false // its resync is what makes them wait
			}
		}
	}
	now := s.Fleet.Systems[s.system].Queues[queue].Workers
	o := s.subject()
	s.f = recommend.Finding{ID: recommend.FindingID(Name+"-workers", o), Recommender: Name, Subject: o, Status: recommend.Advised, Confidence: recommend.Medium}
	if s.Systems[s.system].Queues[queue].WorkersFrom == collector.FromDefault {
		s.f.Confidence = recommend.Low
	}
	for _, n := range humanWorkers {
		if n <= now || !s.enough(n) {
			continue
		}
		if (program{s.program, s.ctl}).number(settingOf(s.program), 0) >= n {
			break // it is set already, and was not when the workers were measured
		}
		if s.fits(n) {
			s.more(queue, now, n)
			return s.f, true
		}
		return s.f, s.shards(queue, n)
	}
	return s.f, false // or the runs themselves are the matter
}

// fits reports whether one process takes so many workers.
func (s *server) fits(workers int) bool {
	cores, _ := s.busyRun()
	return workers <= mostWorkersEach && cores*float64(workers) <= mostPeak
}
