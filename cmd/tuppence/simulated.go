package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend/interval"
)

// simulation is what simulate shows, and its JSON: the names of its fields stay.
type simulation struct {
	Seed         uint64             `json:"seed"`
	Horizon      float64            `json:"horizonSeconds"`
	Preset       string             `json:"preset"`
	Set          []string           `json:"set"`
	Clusters     []simulatedCluster `json:"clusters"`
	Total        simulatedTotals    `json:"total"`
	Repositories []simulatedLoad    `json:"repositories"`
	Hosts        []simulatedLoad    `json:"hosts"`
	Tasks        []simulatedTask    `json:"tasks"`
	Assumed      []string           `json:"assumed"`
	Money        string             `json:"money"`
	Gaps         []collector.Gap    `json:"gaps"`

	changes bool
}

// moneyWords is why fewer cores are no pounds yet, and whose those of the API
// server are.
const moneyWords = "Cores become pounds only when requests are then right-sized: a controller costs what it requests. " +
	"The API server and etcd of a managed control plane are its provider's, at a fee that does not depend on load."

type simulatedCluster struct {
	Name        string          `json:"name"`
	Environment string          `json:"environment,omitempty"`
	CoreMonth   *pricing.Amount `json:"gbpPerCoreMonth"` // null: not known
	Now         *simulatedState `json:"now"`
	Then        *simulatedState `json:"then"`
}

type simulatedState struct {
	*interval.Forecast
	Pounds simulatedPounds `json:"pounds"`
}

// simulatedPounds are a month's, of cores by the formula at what a core costs.
type simulatedPounds struct {
	Controllers pricing.Amount `json:"controllers"`
	// APIServer is of etcd too; null where they are the provider's, or on no node
	// that was read.
	APIServer *pricing.Amount       `json:"apiServerAndEtcd"`
	Whose     collector.ServerOwner `json:"apiServerIs"` // the cluster's own, the provider's, not known
}

type simulatedTotals struct {
	Now  simulatedTotal `json:"now"`
	Then simulatedTotal `json:"then"`
}

// simulatedTotal adds up the clusters; cores are those that are known.
type simulatedTotal struct {
	RunsPerHour interval.Figure            `json:"totalRunsPerHour"`
	ByKind      map[string]interval.Figure `json:"runsPerHour"`
	APICalls    interval.Figure            `json:"apiCallsPerHour"`
	Cores       map[string]float64         `json:"knownCores"` // by program, apiServer and etcd
	Controllers pricing.Amount             `json:"controllersPounds"`
}

// simulatedLoad is what a repository or a host is asked, by all clusters.
type simulatedLoad struct {
	Name  string          `json:"name"`
	Limit *float64        `json:"limitPerHour"` // null: none is known
	Now   interval.Figure `json:"nowPerHour"`
	Then  interval.Figure `json:"thenPerHour"`
	Over  bool            `json:"overLimit"` // now or then
}

// simulatedTask is one object.
type simulatedTask struct {
	Cluster   string            `json:"cluster"`
	Kind      string            `json:"kind"`
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Program   string            `json:"program"`
	Now       simulatedTaskSide `json:"now"`
	Then      simulatedTaskSide `json:"then"`
}

type simulatedTaskSide struct {
	Interval *float64        `json:"intervalSeconds"` // null: no timer
	Rate     interval.Figure `json:"runsPerHour"`
	Period   *float64        `json:"periodSeconds"` // null: it never runs
	Cores    *float64        `json:"controllerCores"`
}

// fill lays both sides out.
func (r *simulation) fill(f *collector.Fleet, m *interval.Mapped, now, then []interval.Forecast, prices []pricing.Amount) {
	r.Clusters, r.Tasks = []simulatedCluster{}, []simulatedTask{}
	if r.Gaps == nil {
		r.Gaps = []collector.Gap{}
	}
	for i := range f.Clusters {
		c := &f.Clusters[i]
		k := simulatedCluster{Name: c.Name, Environment: c.Environment}
		if prices[i].Known {
			k.CoreMonth = &prices[i]
		}
		whose := c.APIServer()
		k.Now = &simulatedState{&now[i], poundsOf(&now[i], prices[i], whose)}
		k.Then = &simulatedState{&then[i], poundsOf(&then[i], prices[i], whose)}
		r.Clusters = append(r.Clusters, k)
		for j, t := range now[i].Tasks() {
			r.Tasks = append(r.Tasks, simulatedTask{Cluster: c.Name, Kind: t.Task.Kind, Namespace: t.Task.Namespace, Name: t.Task.Name, Program: t.Task.Program,
				Now: sideOf(t), Then: sideOf(then[i].Tasks()[j])})
		}
	}
	r.Total = simulatedTotals{r.total(func(c *simulatedCluster) *simulatedState { return c.Now }), r.total(func(c *simulatedCluster) *simulatedState { return c.Then })}
	r.loads(m, now, then)
}

func sideOf(t interval.TaskForecast) simulatedTaskSide {
	positive := func(v float64) *float64 {
		if v <= 0 {
			return nil
		}
		return &v
	}
	return simulatedTaskSide{Interval: positive(t.Interval), Rate: t.Rate, Period: positive(t.Period), Cores: t.Cores}
}

func poundsOf(f *interval.Forecast, core pricing.Amount, whose collector.ServerOwner) simulatedPounds {
	p := simulatedPounds{Controllers: pricing.Known(pricing.Money{}), Whose: whose}
	for _, c := range f.Cores.Controllers {
		p.Controllers = p.Controllers.Plus(worth(c, core))
	}
	if whose == collector.OwnServer {
		p.APIServer = new(worth(f.Cores.APIServer, core).Plus(worth(f.Cores.Etcd, core)))
	}
	return p
}

// worth is what the cores that a program takes cost a month.
func worth(c interval.Cores, core pricing.Amount) pricing.Amount {
	v, known := c.Sum()
	if !known || !core.Known {
		return pricing.Amount{}
	}
	return pricing.Known(core.Money.Times(decimal.NewFromFloat(v).Round(9)))
}

func (r *simulation) total(side func(*simulatedCluster) *simulatedState) simulatedTotal {
	t := simulatedTotal{ByKind: map[string]interval.Figure{}, Cores: map[string]float64{}, Controllers: pricing.Known(pricing.Money{})}
	cores := func(name string, c interval.Cores) {
		if v, known := c.Sum(); known {
			t.Cores[name] += v
		}
	}
	for i := range r.Clusters {
		s := side(&r.Clusters[i])
		t.RunsPerHour, t.APICalls = plus(t.RunsPerHour, s.RunsPerHour), plus(t.APICalls, s.APICalls)
		for _, kind := range slices.Sorted(maps.Keys(s.ByKind)) {
			t.ByKind[kind] = plus(t.ByKind[kind], s.ByKind[kind])
		}
		for _, program := range slices.Sorted(maps.Keys(s.Cores.Controllers)) {
			cores(program, s.Cores.Controllers[program])
		}
		cores("apiServer", s.Cores.APIServer)
		cores("etcd", s.Cores.Etcd)
		t.Controllers = t.Controllers.Plus(s.Pounds.Controllers)
	}
	return t
}

func plus(a, b interval.Figure) interval.Figure {
	return interval.Figure{Formula: a.Formula + b.Formula, Simulation: a.Simulation + b.Simulation, Differs: a.Differs || b.Differs}
}

// loads adds up what the clusters ask of each repository, and those of each host.
func (r *simulation) loads(m *interval.Mapped, now, then []interval.Forecast) {
	r.Repositories, r.Hosts = []simulatedLoad{}, make([]simulatedLoad, len(m.Fleet.Hosts))
	for i, h := range m.Fleet.Hosts {
		r.Hosts[i] = simulatedLoad{Name: h.Name, Limit: limitOf(h.Limit)}
	}
	for _, repository := range m.Fleet.Repositories {
		l := simulatedLoad{Name: repository.Name, Limit: limitOf(repository.Limit)}
		for i := range now {
			l.Now, l.Then = plus(l.Now, now[i].RequestsPerHour[l.Name]), plus(l.Then, then[i].RequestsPerHour[l.Name])
		}
		host := &r.Hosts[repository.Host]
		host.Now, host.Then = plus(host.Now, l.Now), plus(host.Then, l.Then)
		r.Repositories = append(r.Repositories, l)
	}
	for _, all := range [][]simulatedLoad{r.Repositories, r.Hosts} {
		for i := range all {
			l := &all[i]
			l.Over = l.Limit != nil && max(l.Now.Formula, l.Now.Simulation, l.Then.Formula, l.Then.Simulation) > *l.Limit
		}
		slices.SortStableFunc(all, func(a, b simulatedLoad) int { return strings.Compare(a.Name, b.Name) })
	}
}

func limitOf(perSecond float64) *float64 {
	if perSecond <= 0 {
		return nil
	}
	return new(perSecond * 3600)
}
