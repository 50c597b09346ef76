package report

import (
	"fmt"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// nasty draws names of every sort, hostile ones among them.
var nasty = rapid.OneOf(
	rapid.StringMatching(`[a-z0-9][a-z0-9.-]{0,62}`),
	rapid.SampledFrom(hostileNames),
	rapid.StringN(0, 40, 80),
	rapid.StringMatching(`[数据库ｗｉｄｅ]{1,80}`),
)

// tame draws what clusters call things.
var tame = rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?`)

var money = rapid.Custom(func(t *rapid.T) pricing.Amount {
	if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
		return pricing.Amount{}
	}
	return pricing.Known(pricing.Pounds(decimal.New(rapid.Int64Range(0, 1e12).Draw(t, "amount"), -6)))
})

func drawInput(t *rapid.T) Input { return drawNamed(t, tame) }

// drawNamed draws a small fleet whose ledger adds up.
func drawNamed(t *rapid.T, names *rapid.Generator[string]) Input {
	in := Input{
		Version: "1.2.3", MinSaving: pricing.Pounds(decimal.NewFromInt(rapid.Int64Range(0, 100).Draw(t, "minimum"))),
		Fleet:  &collector.Fleet{Window: window14},
		Ledger: &pricing.Ledger{Policy: pricing.NineToOne, FX: []pricing.FXRate{dollars}},
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "clusters") {
		c := collector.Cluster{Name: fmt.Sprint(names.Draw(t, "cluster"), i), Environment: names.Draw(t, "environment")}
		l := pricing.ClusterLedger{Cluster: c.Name}
		for j := range rapid.IntRange(0, 3).Draw(t, "nodes") {
			drawNode(t, fmt.Sprint("node", j), names, &c, &l)
		}
		for range rapid.IntRange(0, 2).Draw(t, "gaps") {
			c.Gaps = append(c.Gaps, collector.Gap{Cluster: c.Name, Source: names.Draw(t, "source"), Reason: "cannot read " + names.Draw(t, "reason")})
		}
		for range rapid.IntRange(0, 4).Draw(t, "findings") {
			in.Findings = append(in.Findings, drawFinding(t, c.Name, names))
		}
		in.Fleet.Clusters, in.Ledger.Clusters = append(in.Fleet.Clusters, c), append(in.Ledger.Clusters, l)
	}
	if rapid.Bool().Draw(t, "warned") {
		in.Ledger.Warnings = append(in.Ledger.Warnings, collector.Gap{Cluster: "all clusters", Source: "pricing", Reason: names.Draw(t, "warning")})
	}
	return in
}

func drawNode(t *rapid.T, node string, names *rapid.Generator[string], c *collector.Cluster, l *pricing.ClusterLedger) {
	c.Nodes = append(c.Nodes, collector.Node{Name: node})
	at := len(c.Workloads)
	c.Workloads = append(c.Workloads, deployment(names.Draw(t, "namespace"), names.Draw(t, "workload"), node))
	work, idle, over := money.Draw(t, "work"), money.Draw(t, "idle"), money.Draw(t, "overhead")
	cost := nodeAt(node, "1")
	cost.Cost = work.Plus(idle).Plus(over)
	if !cost.Cost.Known {
		cost = unpricedNode(node)
		work, idle, over = pricing.Amount{}, pricing.Amount{}, pricing.Amount{}
	} else {
		cost.Rate.Price.Source, cost.Rate.Price.Estimate = names.Draw(t, "price source"), rapid.Bool().Draw(t, "estimate")
	}
	charge := len(l.Charges)
	l.Charges = append(l.Charges, cost)
	l.Lines = append(l.Lines, pricing.Line{Charge: charge, Class: pricing.Workload, Workload: at, Cost: work},
		pricing.Line{Charge: charge, Class: pricing.Idle, Workload: -1, Cost: idle},
		pricing.Line{Charge: charge, Class: pricing.Overhead, Workload: -1, Cost: over})
}

func drawFinding(t *rapid.T, cluster string, names *rapid.Generator[string]) recommend.Finding {
	s := recommend.Saving{Allocated: money.Draw(t, "allocated"), Realisable: money.Draw(t, "realisable")}
	if rapid.Bool().Draw(t, "negative") {
		s.Allocated.Money = pricing.Money{Decimal: s.Allocated.Money.Neg()}
	}
	f := finding(cluster, names.Draw(t, "namespace"), names.Draw(t, "name"), s)
	for range rapid.IntRange(0, 6).Draw(t, "changes") {
		f.Changes = append(f.Changes, resize(f.Subject, names.Draw(t, "container"), "limits", names.Draw(t, "resource"), names.Draw(t, "before"), names.Draw(t, "after")))
	}
	f.Status = rapid.SampledFrom(statuses).Draw(t, "status")
	if f.Status != recommend.Proposed {
		f.Reason = names.Draw(t, "why")
	}
	f.Confidence = recommend.Confidence(rapid.OneOf(rapid.Just("high"), names).Draw(t, "confidence"))
	f.Evidence = []recommend.Evidence{{Name: names.Draw(t, "evidence"), Value: names.Draw(t, "value")}}
	f.Checks = []recommend.Check{{Name: names.Draw(t, "check"), Verdict: recommend.Failed, Detail: names.Draw(t, "detail")}}
	return f
}
