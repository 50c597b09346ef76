package interval

import (
	"math"

	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// CoresForecast is the processor time of the programs, in cores.
type CoresForecast struct {
	Controllers map[string]Cores `json:"controllers"` // by program, all of its processes together
	APIServer   Cores            `json:"apiServer"`
	Etcd        Cores            `json:"etcd"`
}

// Cores are what a program takes, in cores. What is not known is null.
type Cores struct {
	Idle          *float64 `json:"idle"` // without any run
	Work          *float64 `json:"work"` // for the runs, by the formula
	WorkSimulated *float64 `json:"workSimulated"`
	// StandardError is of Idle and Work together, and of Work where Idle is not known.
	StandardError *float64 `json:"standardError"`
	// Basis is what it rests on: measured, reference and measured, reference, a share
	// of what was measured, or not known.
	Basis   string `json:"basis"`
	Differs bool   `json:"differs,omitempty"`
}

// What cores rest on, beside what a fit says.
const (
	ByShare  = "measured, all of it taken as of runs"
	NotKnown = "not known"
)

// Sum is idle and work, and whether the work is known.
func (c *Cores) Sum() (float64, bool) {
	if c.Work == nil {
		return 0, false
	}
	sum := *c.Work
	if c.Idle != nil {
		sum += *c.Idle
	}
	return sum, true
}

// done is what a program was asked, an hour: all its runs, and of those that are of
// Kustomizations how many, with how many objects, and how many of them of this cluster.
type done struct {
	all, runs, objects, local float64
	costed                    bool
}

func (d *done) add(task *Task, o *model.TaskOutcome) {
	d.all += o.Rates.Sum()
	if !task.Costed {
		return
	}
	w := worked(o)
	d.costed = true
	d.runs += w
	d.objects += w * float64(task.Objects)
	if !task.Remote {
		d.local += w * float64(task.Objects)
	}
}

// done is what each of so many programs of a cluster does at the outcomes of these
// systems, and what of it the API server is asked.
func (m *Mapped) done(systems []int, outcomes []model.SystemOutcome, programs int) (each []done, here done) {
	each = make([]done, programs)
	for i, at := range systems {
		for j := range outcomes[i].Tasks {
			task := &m.Systems[at].Tasks[j]
			each[task.Controller].add(task, &outcomes[i].Tasks[j])
			here.add(task, &outcomes[i].Tasks[j])
		}
	}
	return each, here
}

func (s *simulated) cores(costs *ClusterCosts) CoresForecast {
	formula, here := s.m.done(s.systems, s.formula.Systems, len(costs.Programs))
	seen, hereSeen := s.m.done(s.systems, s.seen.Systems, len(costs.Programs))
	f := CoresForecast{Controllers: map[string]Cores{}}
	for i := range formula {
		p, a, b := &costs.Programs[i], formula[i], seen[i]
		var c Cores
		switch {
		case a.all == 0 && b.all == 0:
			continue
		case a.costed:
			c = p.Fit.cores([2]float64{a.runs, b.runs}, [2]float64{a.objects, b.objects})
		default:
			c = p.share([2]float64{a.all, b.all})
		}
		if before, ok := f.Controllers[p.Program]; ok {
			c = together(before, c)
		}
		f.Controllers[p.Program] = c
	}
	f.APIServer, f.Etcd = Cores{Basis: NotKnown}, Cores{Basis: NotKnown}
	if here.runs > 0 || hereSeen.runs > 0 {
		runs, local := [2]float64{here.runs, hereSeen.runs}, [2]float64{here.local, hereSeen.local}
		f.APIServer, f.Etcd = costs.APIServer.cores(runs, local), costs.Etcd.cores(runs, local)
	}
	return f
}

// cores at so many runs and objects an hour. Of a program that was not measured
// the work is the reference's, and what it takes beside that is not known.
func (f *Fit) cores(runs, objects [2]float64) Cores {
	var work [2]float64
	for i := range work {
		work[i] = (runs[i]*f.PerRun.Value + objects[i]*f.PerObject.Value) / 3600
	}
	of := f.Cores(runs[0]/3600, objects[0]/3600)
	c := Cores{Work: &work[0], WorkSimulated: &work[1], StandardError: &of.SD, Basis: f.basis(),
		Differs: apart(work[0], work[1], work[0]*3/math.Sqrt(1+runs[0]))}
	if f.Measured {
		c.Idle = &f.Idle.Value
	} else { // the constants of a prior are independent
		c.StandardError = new(math.Sqrt(max(0, of.SD*of.SD-f.Idle.SD*f.Idle.SD)))
	}
	return c
}

// basis is the weaker of what a run and an object rest on.
func (f *Fit) basis() string {
	if f.PerRun.Own < f.PerObject.Own {
		return f.PerRun.From
	}
	return f.PerObject.From
}

// share is what a program without a model of its costs takes: what it was measured
// to, in proportion to its runs.
func (p *ProgramCost) share(runs [2]float64) Cores {
	counted, ok := p.counted()
	if !ok || p.Process.Span.Duration <= 0 {
		return Cores{Basis: NotKnown}
	}
	perRun := float64(p.Process.CPU) / 1000 / counted
	return Cores{Work: new(runs[0] * perRun), WorkSimulated: new(runs[1] * perRun), Basis: ByShare}
}

// counted is how many runs an hour its queues counted, and whether they did.
func (p *ProgramCost) counted() (float64, bool) {
	if p.Controller == nil {
		return 0, false
	}
	counted, hours := int64(0), 0.0
	for i := range p.Queues {
		q := &p.Queues[i]
		n := q.Worked.Count
		for _, t := range q.Runs {
			n = max(n, t.Count)
		}
		if q.Span.Duration > 0 {
			counted, hours = counted+n, max(hours, q.Span.Hours())
		}
	}
	return float64(counted) / max(hours, 1e-9), counted > 0 && hours > 0
}

// together is two processes of one program.
func together(a, b Cores) Cores {
	sum := func(x, y *float64) *float64 {
		if x == nil || y == nil {
			return nil
		}
		return new(*x + *y)
	}
	c := Cores{Idle: sum(a.Idle, b.Idle), Work: sum(a.Work, b.Work), WorkSimulated: sum(a.WorkSimulated, b.WorkSimulated), Basis: a.Basis, Differs: a.Differs || b.Differs}
	if b.Basis != a.Basis {
		c.Basis += ", " + b.Basis
	}
	if a.StandardError != nil && b.StandardError != nil {
		c.StandardError = new(math.Hypot(*a.StandardError, *b.StandardError))
	}
	return c
}
