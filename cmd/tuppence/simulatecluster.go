package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/report"
)

// cluster lays out one cluster.
func (p *sheet) cluster(c *simulatedCluster) {
	title := c.Name
	if c.Environment != "" {
		title += " (" + c.Environment + ")"
	}
	p.heading(title)
	now, then := c.Now, c.Then
	p.runs(now.RunsPerHour, then.RunsPerHour, now.ByKind, then.ByKind)
	share := func(f *interval.Figure) cells {
		if f == nil {
			return cells{formula: unknown, simulation: unknown}
		}
		return p.figure(*f, percent)
	}
	later := map[string]interval.Figure{}
	then.Causes.Each(func(name string, f interval.Figure) { later[name] = f })
	now.Causes.Each(func(name string, f interval.Figure) {
		if f.Formula+f.Simulation+later[name].Formula+later[name].Simulation > 0 {
			p.row("  of them "+name, p.figure(f, number), p.figure(later[name], number))
		}
	})
	p.row("  of them change nothing", share(now.Unchanged), share(then.Unchanged))
	p.row("  calls of the API by Kustomizations", p.figure(now.APICalls, number), p.figure(then.APICalls, number))
	p.queues(c)
	p.latencies(c)
	p.cores(c)
	p.section("Pounds a month")
	p.row("  controllers", pounds(now.Pounds.Controllers), pounds(then.Pounds.Controllers))
	if now.Pounds.APIServer != nil {
		p.row("  API server and etcd", pounds(*now.Pounds.APIServer), pounds(*then.Pounds.APIServer))
	} else {
		p.row("  API server and etcd: "+string(now.Pounds.Whose), cells{formula: "–"}, cells{formula: "–"})
	}
	if now.Cut || then.Cut {
		p.remark("%s: the simulation has too many events and ended before its time; its figures are of the time until then. Give a shorter --horizon.", c.Name)
	}
}

func (p *sheet) queues(c *simulatedCluster) {
	if len(c.Now.Queues) == 0 {
		return
	}
	p.section("Queues: how busy, and how long a run waits")
	for i := range c.Now.Queues {
		now, then := &c.Now.Queues[i], &c.Then.Queues[i]
		p.row(fmt.Sprintf("  %s, %s", now.Name, report.Count(now.Workers, "worker")), p.figure(now.Utilisation, percent), p.figure(then.Utilisation, percent))
		p.row("    wait, mean", p.seconds(&now.Wait), p.seconds(&then.Wait))
		p.row("    wait, 95 % are under", late(now.Wait95), late(then.Wait95))
		p.saturated(c.Name, "now", now)
		if p.both {
			p.saturated(c.Name, "then", then)
		}
	}
}

// saturated says where the workers and not the intervals set the pace.
func (p *sheet) saturated(cluster, when string, q *interval.QueueForecast) {
	by := "the formula and the simulation both say so"
	switch {
	case !q.Saturated && !q.SaturatedIn:
		return
	case !q.SaturatedIn:
		by = "the formula says so, the simulation not yet"
	case !q.Saturated:
		by = "the simulation says so, the formula not yet"
	}
	p.remark("%s: queue %s is saturated %s, so that its %s set the pace and not the intervals; waits grow with each object. %s.",
		cluster, q.Name, when, report.Count(q.Workers, "worker"), upper(by))
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// late is a quantile that only the simulation has.
func late(s *float64) cells {
	if s == nil {
		return cells{simulation: unknown}
	}
	return cells{simulation: length(*s)}
}

func (p *sheet) latencies(c *simulatedCluster) {
	if len(c.Now.Classes) == 0 {
		return
	}
	p.section("How long a change takes")
	for i := range c.Now.Classes {
		now, then := &c.Now.Classes[i], &c.Then.Classes[i]
		p.section(fmt.Sprintf("  %s, %s", now.Kind, report.Count(now.Objects, "object")))
		longest := func(v float64) cells {
			if v <= 0 {
				return cells{formula: "no timer"}
			}
			return cells{formula: length(v), value: v, counts: true}
		}
		p.row("    between two runs, at most", longest(now.Longest), longest(then.Longest))
		for _, l := range []struct {
			label     string
			now, then *interval.Seconds
		}{
			{"    by hand, until undone: mean", now.DriftMean, then.DriftMean}, {"    by hand, until undone: worst", now.DriftWorst, then.DriftWorst},
			{"    a commit, until it is there: mean", now.DeployMean, then.DeployMean}, {"    a commit, until it is there: worst", now.DeployWorst, then.DeployWorst},
		} {
			if l.now != nil || l.then != nil {
				p.row(l.label, p.seconds(l.now), p.seconds(l.then))
			}
		}
	}
	for i := range c.Now.ArgoCD {
		now, then := &c.Now.ArgoCD[i], &c.Then.ArgoCD[i]
		p.row("  Argo CD "+now.Namespace+", between refreshes", p.seconds(&now.Period), p.seconds(&then.Period))
	}
}

func (p *sheet) cores(c *simulatedCluster) {
	p.section("Cores")
	one := func(name string, now, then interval.Cores) {
		if now.Idle != nil {
			idle := func(v *float64) cells { return cells{formula: cores(*v), value: *v, counts: true} }
			p.row("  "+name+", idle", idle(now.Idle), idle(then.Idle))
		}
		p.row("  "+name+", runs", p.work(now), p.work(then))
		if now.StandardError != nil && then.StandardError != nil {
			p.row("    ± ("+now.Basis+")", cells{formula: cores(*now.StandardError)}, cells{formula: cores(*then.StandardError)})
		} else if now.Work != nil {
			p.row("    ("+now.Basis+")", cells{}, cells{})
		}
	}
	for _, program := range slices.Sorted(maps.Keys(c.Now.Cores.Controllers)) {
		one(program, c.Now.Cores.Controllers[program], c.Then.Cores.Controllers[program])
	}
	one("API server", c.Now.Cores.APIServer, c.Then.Cores.APIServer)
	one("etcd", c.Now.Cores.Etcd, c.Then.Cores.Etcd)
}

func (p *sheet) work(c interval.Cores) cells {
	if c.Work == nil {
		return cells{formula: unknown}
	}
	w := cells{formula: cores(*c.Work), simulation: cores(*c.WorkSimulated), value: *c.Work, counts: true}
	if c.Differs {
		w.simulation, p.differs = "≠ "+w.simulation, true
	}
	return w
}

const unknown = "not known"

func pounds(a pricing.Amount) cells {
	c := cells{formula: a.String()}
	if a.Known {
		c.value, c.counts = a.Money.InexactFloat64(), true // only for the percentage of its change
	} else if !a.Money.IsZero() {
		c.formula = a.Money.String() + " + ?"
	}
	return c
}
