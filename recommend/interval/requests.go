package interval

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// What a controller's CPU request is sized by: package rightsize's defaults, since
// that is what proposes it once the intervals are in force.
const (
	requestQuantile = 0.95
	requestHeadroom = 1.15
	requestStep     = 5  // millicores
	requestFloor    = 10 // millicores
	requestSamples  = 100
	requestSpan     = 72 * time.Hour
)

// What changes a request by less than either is not worth a word: 20m of an
// m5.xlarge in London are some 40p a month.
const (
	leastCPU   collector.MilliCPU = 20
	leastShare float64            = 0.10
)

// requests are the findings about what the controllers themselves should request at
// the proposed intervals: this is where fewer runs become pounds. They are advice, as
// the load must have settled first, and Run prices what each would bring.
func (p *Plan) requests(cluster int, pass *recommend.Pass) []recommend.Finding {
	costs := &p.Costs[cluster]
	systems, outcomes := p.systemsOf(cluster, &p.Now)
	now, _ := p.done(systems, outcomes, len(costs.Programs))
	systems, outcomes = p.systemsOf(cluster, &p.Done)
	then, _ := p.done(systems, outcomes, len(costs.Programs))
	var found []recommend.Finding
	for i := range costs.Programs {
		s := sizing{of: &costs.Programs[i], pass: pass, now: now[i], then: then[i]}
		if s.read() && s.moves() {
			found = append(found, s.finding())
		}
	}
	return found
}

// sizing is one controller's request, in millicores.
type sizing struct {
	of                  *ProgramCost
	pass                *recommend.Pass
	now, then           done
	workload, container int
	use                 use
	less                float64 // that it uses less at the plan's intervals, on average; negative: more
	before, after       collector.MilliCPU
	telling
}

// use is what a container's processor time was measured to be, in millicores.
type use struct {
	mean, high float64
	words      string
}

// read finds the workload and what it uses; false where its request cannot be
// judged: not set, set by something else, of several pods of which it is not known
// which one works, or never measured.
func (s *sizing) read() bool {
	var ok bool
	if s.workload, s.container, ok = s.of.workloadOf(s.pass.Cluster); !ok || s.workload >= len(s.pass.Demand) {
		return false
	}
	w := &s.pass.Cluster.Workloads[s.workload]
	if s.container >= len(s.pass.Demand[s.workload]) || w.Replicas != 1 || w.VPA != nil && w.VPA.Mode != "Off" || w.HPA != nil {
		return false
	}
	s.before = s.pass.Demand[s.workload][s.container].CPU
	s.use, ok = used(&w.Containers[s.container], s.of.Controller)
	return ok && s.before > 0
}

// used is what a container used: by its own samples, or else by what the process
// says itself. Those of Argo CD are several programs'.
func used(c *collector.Container, k *collector.Controller) (use, bool) {
	if c.Usage.Source == "prometheus" {
		cpu, _, err := c.Usage.Merged()
		if err != nil || cpu.Count() < requestSamples {
			return use{}, false
		}
		u := use{mean: cpu.Mean(), high: cpu.Quantile(requestQuantile)}
		u.words = fmt.Sprintf("%s on average and %s at p95, in %d samples over %d days, from prometheus", millis(u.mean), millis(u.high), cpu.Count(), len(c.Usage.Days))
		return u, u.mean > 0
	}
	if k.Kind == "argocd" || k.Process.Span.Duration < requestSpan {
		return use{}, false
	}
	u := use{mean: float64(k.Process.CPU), high: float64(k.Process.CPUPeak)}
	u.words = fmt.Sprintf("%s on average and %s at its peak over %s, as the process itself tells", millis(u.mean), millis(u.high), recommend.Interval(k.Process.Span.Round(time.Hour)))
	return u, u.mean > 0
}

// moves sizes the request, and reports whether it is worth a word.
//
// Of the mean, what the model puts down to runs changes as the runs do, and all else
// stays: idle, caches, whatever it cannot explain. That part is steady, as timers
// are spread, so that every sample falls by it; what commits bring in bursts stays
// whole, and with it what a burst needs. So the p95 falls by as many millicores as
// the mean, and no further than to it.
//
// 100m on average and 160m at p95, of which the fit puts 70m down to runs now and
// 7m to those of the plan: 63m less, and (160 − 63) × 1.15 = 111.6, so 115m.
func (s *sizing) moves() bool {
	var of, left float64 // the share of the mean that is of runs, and how much of that is left
	switch now, then := s.of.Fit.work(s.now), s.of.Fit.work(s.then); {
	case s.now.all == 0:
		return false
	case s.now.costed && now > 0:
		of, left = now*1000/s.use.mean, then/now
	case s.now.costed:
		return false
	default:
		counted, ok := s.of.counted()
		if !ok {
			return false
		}
		of, left = s.now.all/counted, s.then.all/s.now.all
	}
	s.less = s.use.mean * min(1, of) * (1 - left)
	s.after = sized(max(s.use.high, s.use.mean) - s.less)
	if limit := s.pass.Cluster.Workloads[s.workload].Containers[s.container].Limits.CPU; limit > 0 {
		s.after = min(s.after, limit)
	}
	d := s.before - s.after
	if (d < 0) != (s.less < 0) || math.Abs(s.less) < float64(leastCPU) {
		return false // too small or too large already, whatever the intervals do
	}
	d = max(d, -d)
	return d >= leastCPU && float64(d) >= leastShare*float64(s.before)
}

// sized is the request for a p95, in millicores.
func sized(high float64) collector.MilliCPU {
	return max(requestFloor, requestStep*collector.MilliCPU(math.Ceil(high*requestHeadroom/requestStep-1e-9)))
}

// work is what runs take, in cores.
func (f *Fit) work(d done) float64 {
	return (d.runs*f.PerRun.Value + d.objects*f.PerObject.Value) / 3600
}

func (s *sizing) finding() recommend.Finding {
	w := &s.pass.Cluster.Workloads[s.workload]
	c := &w.Containers[s.container]
	o := recommend.Subject(s.pass.Cluster.Name, w)
	s.f = recommend.Finding{ID: recommend.FindingID(Name+"-request", o), Recommender: Name, Subject: o, Status: recommend.Advised, Confidence: recommend.Low}
	s.f.Title = fmt.Sprintf("Request %s of CPU for %s instead of %s, once the proposed intervals have settled", recommend.CPU(s.after), w.Name, recommend.CPU(s.before))
	s.f.Reason = "it is a prediction until then: after a week at the proposed intervals rightsize proposes it by itself, from what was measured"
	if s.less < 0 {
		s.f.Reason = "the proposed intervals have it run more: watch it as they come into force, and raise it where it is throttled"
	}
	s.f.Changes = []recommend.Change{{
		Object: o, Before: recommend.CPU(c.Requests.CPU), After: recommend.CPU(s.after),
		Path: slices.Concat(recommend.PodSpec(w.Kind), []string{"containers", "[name=" + c.Name + "]", "resources", "requests", "cpu"}),
	}}
	s.evidence(c)
	demand := slices.Clone(s.pass.Demand[s.workload])
	demand[s.container].CPU = s.after
	return s.f.WithEffect(recommend.Effect{Workload: s.workload, Requests: demand})
}

func (s *sizing) evidence(c *collector.Container) {
	s.say("request now", "%s of CPU; by what it uses at the intervals of now it would be %s", recommend.CPU(c.Requests.CPU), recommend.CPU(sized(max(s.use.high, s.use.mean))))
	if c.Requests.CPU != s.before {
		s.say("already proposed", "%s; this comes on top", recommend.CPU(s.before))
	}
	s.say("measured use", "%s", s.use.words)
	if s.now.costed {
		s.say("runs", "%s an hour at the proposed intervals instead of %s", number(s.then.runs), number(s.now.runs))
		cores := s.of.Fit.cores([2]float64{s.then.runs, s.then.runs}, [2]float64{s.then.objects, s.then.objects})
		s.say("predicted use", "%s on average; %s of it for runs instead of %s (%s, standard error %s)", millis(s.use.mean-s.less),
			millis(*cores.Work*1000), millis(s.of.Fit.work(s.now)*1000), cores.Basis, millis(*cores.StandardError*1000))
		if s.of.Fit.Measured {
			s.f.Confidence = recommend.Medium
		}
	} else {
		s.say("runs", "%s an hour at the proposed intervals instead of %s", number(s.then.all), number(s.now.all))
		s.say("predicted use", "%s on average (a share of what was measured, all of it taken as of runs)", millis(s.use.mean-s.less))
	}
	s.say("assumed", "the steady part alone changes, and what commits bring in bursts stays: the p95 moves by as much as the mean; × %g, rounded up to %dm", requestHeadroom, requestStep)
	s.say("memory", "left alone: it follows how many objects there are, not how often they run")
	s.say("money", "the pounds are what the controller requests; %s", serverWords(s.pass.Cluster))
}

// millis writes millicores with two digits: 0.3m, 63m, 160m.
func millis(m float64) string { return digits(m, max(2, int(math.Log10(max(1, m)))+1)) + "m" }
