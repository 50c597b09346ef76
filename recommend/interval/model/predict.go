package model

import (
	"math"
	"time"
)

// Predict returns what the fleet does in the long run, in closed form but for a
// few fixed points. The fleet must be valid.
//
// The waits in the queues lengthen the periods, the periods set the rates, and
// the rates the waits: the three are made to agree.
func Predict(f *Fleet) Outcome {
	o := Outcome{Systems: make([]SystemOutcome, len(f.Systems))}
	asked := make([]float64, len(f.Repositories))
	for i := range f.Systems {
		p := solve(&f.Systems[i])
		o.Systems[i] = p.outcome()
		p.requests(asked)
	}
	o.finish(f, asked)
	return o
}

// finish adds up what the systems share. asked is in requests a second.
func (o *Outcome) finish(f *Fleet, asked []float64) {
	hosts := make([]float64, len(f.Hosts))
	for i, r := range f.Repositories {
		o.Repositories = append(o.Repositories, loadOf(r.Name, asked[i], r.Limit))
		if r.Host != None {
			hosts[r.Host] += asked[i]
		}
	}
	for i, h := range f.Hosts {
		o.Hosts = append(o.Hosts, loadOf(h.Name, hosts[i], h.Limit))
	}
	var unchanged float64
	for i := range o.Systems {
		t := &o.Systems[i].Total
		o.Total.Runs += t.Runs
		unchanged += t.Runs * t.Unchanged
		o.Total.Calls += t.Calls
		o.Total.Peak += t.Peak
		o.Total.Cores.Controller += t.Cores.Controller
		o.Total.Cores.APIServer += t.Cores.APIServer
		o.Total.Cores.Etcd += t.Cores.Etcd
	}
	o.Total.Unchanged = share(unchanged, o.Total.Runs)
}

func loadOf(name string, perSecond, limit float64) Load {
	return Load{Name: name, PerHour: perSecond * 3600, PerSecond: perSecond, Limit: limit, Over: limit > 0 && perSecond > limit}
}

func share(part, of float64) float64 {
	if of <= 0 {
		return 0
	}
	return part / of
}

// predictor is one system while its fixed point is sought. All is in seconds.
type predictor struct {
	s      *System
	order  []int
	nodes  []node
	queues []queueState
	bursts []burst
	repos  map[int]*refs
	timers map[[2]float64]period
}

// node is one task's.
type node struct {
	run, sq  float64 // mean and mean square of a run
	wait     float64 // of a run that its timer makes
	late     float64 // how much longer one waits that a new revision makes
	worst    float64 // how much longer the last of those waits
	rates    Rates   // a second
	cycle    float64 // from one run that its timer makes to the next; Inf: none
	merges   float64 // the share of its waits in which what comes is merged
	news     float64 // new revisions a second that it has
	notReady float64 // the share of time in which it keeps others waiting
	collides float64 // the share of its starts that find a dependency not ready
	requeues float64 // and how often each of those then comes back
	chained  float64 // how often a run for a new revision comes back
	meets    float64 // the chance to start while a dependency on the same source still runs
	cut      float64 // how often a second a trigger brings its timer forward
	class    int     // tasks of one interval
	argo     period
}

type queueState struct {
	wait        float64 // without bursts
	induced     float64 // mean wait behind the bursts of others
	utilisation float64
	round       float64 // how long its workers take to refresh every Application once
}

const iterations = 60

func solve(s *System) *predictor {
	p := &predictor{s: s, nodes: make([]node, len(s.Tasks)), queues: make([]queueState, len(s.Queues)), timers: map[[2]float64]period{}}
	p.order, _ = s.order()
	classes := map[time.Duration]int{}
	for i := range s.Tasks {
		t := &s.Tasks[i]
		n := &p.nodes[i]
		n.run = t.Run.Seconds()
		n.sq = n.run * n.run * (1 + t.RunCV*t.RunCV)
		if _, ok := classes[t.Interval]; !ok {
			classes[t.Interval] = len(classes)
		}
		n.class = classes[t.Interval]
		if t.Timer == ArgoRefresh {
			p.queues[t.Queue].round += n.run / float64(s.Queues[t.Queue].Workers)
		}
	}
	p.findBursts()
	last := 0.0
	for i := range iterations {
		for _, at := range p.order {
			p.rate(at)
		}
		moved := p.waits(i)
		if moved < 1e-7 || i > 20 && math.Abs(moved-last) < 1e-9 {
			break
		}
		last = moved
	}
	p.findRefs()
	return p
}

// waits sets every queue's wait from the rates, and every task's from its
// queue's. It returns by how much a wait has moved, in shares of a second.
func (p *predictor) waits(iteration int) float64 {
	loads := make([]load, len(p.queues))
	for q := range loads {
		loads[q].workers = float64(p.s.Queues[q].Workers)
	}
	for i := range p.nodes {
		p.streams(i, &loads[p.s.Tasks[i].Queue])
	}
	induced := p.burstWaits()
	moved := 0.0
	for q := range loads {
		state := &p.queues[q]
		behind := induced[q]
		if iteration > 0 {
			behind = (behind + state.induced) / 2
		}
		loads[q].behind = behind
		wait, utilisation := loads[q].wait()
		if iteration > 2 {
			wait = (wait + state.wait) / 2
		}
		moved = math.Max(moved, (math.Abs(wait-state.wait)+math.Abs(behind-state.induced))/(1+wait+behind))
		state.wait, state.induced, state.utilisation = wait, behind, utilisation
	}
	for i := range p.nodes {
		q := &p.queues[p.s.Tasks[i].Queue]
		p.nodes[i].wait = q.wait + q.induced
	}
	return moved
}
