package model

import "math"

// outcome is what has been solved, an hour and in durations.
func (p *predictor) outcome() SystemOutcome {
	o := SystemOutcome{Tasks: make([]TaskOutcome, len(p.nodes)), Queues: make([]QueueOutcome, len(p.queues))}
	for i := range p.nodes {
		o.Tasks[i] = p.task(i)
	}
	waits := make([]float64, len(p.queues))
	for i := range o.Tasks {
		q := p.s.Tasks[i].Queue
		runs := o.Tasks[i].Rates.Sum()
		o.Queues[q].Runs += runs
		waits[q] += runs * o.Tasks[i].Wait.Seconds()
	}
	for q := range o.Queues {
		u := p.queues[q].utilisation
		o.Queues[q].Utilisation, o.Queues[q].Saturated = u, u >= Saturation
		o.Queues[q].Wait = seconds(share(waits[q], o.Queues[q].Runs))
	}
	o.Total = p.total()
	return o
}

func (p *predictor) task(i int) TaskOutcome {
	n := &p.nodes[i]
	r := n.rates
	runs := r.Sum()
	p.joined(i, &r)
	o := TaskOutcome{Rates: Rates{
		Interval: r.Interval * 3600, Revision: r.Revision * 3600, Retry: r.Retry * 3600,
		Dependency: r.Dependency * 3600, Other: r.Other * 3600,
	}}
	if runs > 0 {
		o.Period = seconds(1 / runs)
		o.Wait = seconds(n.wait + n.late*r.Revision/runs)
	}
	if p.s.Tasks[i].Timer != Triggered {
		_, longest := p.residual(i, 0)
		o.Longest = seconds(longest)
	}
	o.Drift = latency(p.drift(i))
	if p.deploys(i) {
		o.Deploy = latency(p.deploy(i))
	}
	return o
}

// joined counts runs of the timer that a trigger joins while they wait as the
// trigger's: of several causes the greatest counts.
func (p *predictor) joined(i int, r *Rates) {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	revision, other := p.triggers(i), t.Other/3600
	if t.Timer != AfterRun || revision+other == 0 {
		return
	}
	stays := math.Exp(-(revision + other) * n.wait)
	left := (r.Interval + r.Retry) * (1 - stays)
	r.Interval, r.Retry = r.Interval*stays, r.Retry*stays
	r.Revision += left * share(revision, revision+other)
	r.Other += left * share(other, revision+other)
}

// deploys is false for a task that no commit leads to.
func (p *predictor) deploys(i int) bool {
	t := &p.s.Tasks[i]
	if t.Source != None {
		return p.deploys(t.Source)
	}
	return t.Revisions > 0 || t.Webhook || t.Poll != (Poll{})
}

func latency(mean, worst float64) Latency {
	if math.IsInf(mean, 0) || math.IsNaN(mean) {
		return Latency{}
	}
	return Latency{Known: true, Mean: seconds(mean), Worst: seconds(worst)}
}

// total adds up the tasks. What has changed something is a fetch or an apply of a
// new revision.
func (p *predictor) total() Total {
	var t Total
	var used Cost
	var changed float64
	busy := make([]float64, len(p.queues)) // worker-seconds a second
	cpu := make([]float64, len(p.queues))  // controller CPU ms a second
	for i := range p.nodes {
		work := p.work(i)
		t.Runs += p.nodes[i].rates.Sum() * 3600
		changed += p.changes(i) * 3600
		used = used.plus(p.s.Tasks[i].Cost.times(work))
		q := p.s.Tasks[i].Queue
		busy[q] += work * p.nodes[i].run
		cpu[q] += work * p.s.Tasks[i].Cost.Controller
	}
	t.Unchanged = math.Max(0, 1-share(changed, t.Runs))
	if t.Runs == 0 {
		t.Unchanged = 0
	}
	t.Cores = Cores{Controller: used.Controller / 1000, APIServer: used.APIServer / 1000, Etcd: used.Etcd / 1000}
	t.Calls = used.Calls * 3600
	t.Peak = peak(p.s, busy, cpu)
	return t
}

// peak is the controllers' cores with every worker busy.
func peak(s *System, busy, cpu []float64) float64 {
	var cores float64
	for q := range busy {
		cores += share(cpu[q], busy[q]) / 1000 * float64(s.Queues[q].Workers)
	}
	return cores
}

// changes is how many runs of task i a second find something new.
func (p *predictor) changes(i int) float64 {
	t, n := &p.s.Tasks[i], &p.nodes[i]
	if t.Timer == ArgoRefresh {
		commits := t.Revisions / 3600
		return meets(commits, 1/n.cycle)
	}
	return math.Min(n.news, p.work(i))
}

// meets is how many of rate moments a second have had one of the commits since
// the last.
func meets(commits, rate float64) float64 {
	if rate <= 0 {
		return 0
	}
	return rate * (1 - math.Exp(-commits/rate))
}

// requests adds what the system asks of each repository, a second.
func (p *predictor) requests(asked []float64) {
	for repository, r := range p.repos {
		asked[repository] += r.requests()
	}
	for i := range p.s.Tasks {
		t, n := &p.s.Tasks[i], &p.nodes[i]
		if t.Timer == ArgoRefresh || t.Poll == (Poll{}) || t.Poll.Repository == None {
			continue
		}
		polls := p.work(i)
		changed := math.Min(polls, n.news)
		asked[t.Poll.Repository] += (polls-changed)*t.Poll.Unchanged + changed*t.Poll.Changed
	}
}
