package pricing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// GitOpsCost is what GitOps itself costs in one cluster a month. It is part of
// the bill already: of the lines of the controllers' workloads, and of what the
// API server runs on.
type GitOpsCost struct {
	Cluster     string   `json:"cluster"`
	Controllers Amount   `json:"controllers"` // what the controllers' workloads cost
	Names       []string `json:"workloads"`   // those, as namespace/name
	// API is the controllers' part of what the API server costs, by the requests
	// that they made; Reason says how it was come by, or why it is unknown.
	API    Amount `json:"apiServer"`
	Reason string `json:"reason"`
}

// Total is what GitOps costs in the cluster.
func (g *GitOpsCost) Total() Amount { return g.Controllers.Plus(g.API) }

// GitOps tells what the GitOps controllers of each cluster that has some cost.
func (l *Ledger) GitOps(f *collector.Fleet) []GitOpsCost {
	var all []GitOpsCost
	for i := range l.Clusters {
		if i < len(f.Clusters) && len(f.Clusters[i].Controllers) > 0 {
			all = append(all, gitOpsCost(&f.Clusters[i], &l.Clusters[i]))
		}
	}
	return all
}

func gitOpsCost(c *collector.Cluster, l *ClusterLedger) GitOpsCost {
	g := GitOpsCost{Cluster: c.Name, Controllers: Known(Money{}), Names: []string{}}
	var requests int64
	for i := range c.Controllers {
		requests += c.Controllers[i].APIRequests
	}
	for w := range c.Workloads {
		if load := &c.Workloads[w]; runsController(c, load) {
			g.Controllers = g.Controllers.Plus(l.Cost(w))
			g.Names = append(g.Names, load.Namespace+"/"+load.Name)
		}
	}
	g.API, g.Reason = apiPart(c, l, requests)
	if len(g.Names) == 0 {
		g.Controllers, g.Reason = Amount{}, "what runs the controllers is not among the cluster's workloads; "+g.Reason
	}
	return g
}

// runsController reports whether w runs one of the cluster's GitOps controllers.
func runsController(c *collector.Cluster, w *collector.Workload) bool {
	return slices.ContainsFunc(c.Controllers, func(k collector.Controller) bool {
		return k.Namespace == w.Namespace && k.Name == w.Name || slices.Contains(k.Workloads, w.Ref())
	})
}

// apiPart is the part of the API server's cost that so many requests are: the fee
// of a managed service, or what the pods of kube-apiserver cost.
func apiPart(c *collector.Cluster, l *ClusterLedger, requests int64) (Amount, string) {
	if requests <= 0 || c.ControlPlane.Requests <= 0 {
		return Amount{}, "the API server's requests and the controllers' were not both measured"
	}
	part := decimal.NewFromInt(min(requests, c.ControlPlane.Requests)).DivRound(decimal.NewFromInt(c.ControlPlane.Requests), shareDigits)
	percent := part.Mul(hundred).Round(1).String() + " % of the API server's requests"
	for i := range l.Charges {
		if l.Charges[i].Key.Kind == ControlPlane {
			if !l.Charges[i].Cost.Known {
				return Amount{}, percent + ", but the fee of " + strings.ToUpper(c.ControlPlane.Service) + " is unknown: " + l.Charges[i].Reason
			}
			return l.Charges[i].Cost.times(part), percent + ", of the fee of " + strings.ToUpper(c.ControlPlane.Service) + ", which does not depend on load"
		}
	}
	sum, found := Known(Money{}), false
	for w := range c.Workloads {
		if load := &c.Workloads[w]; load.Namespace == "kube-system" && strings.HasPrefix(load.Name, "kube-apiserver") {
			sum, found = sum.Plus(l.Cost(w)), true
		}
	}
	if !found {
		return Amount{}, fmt.Sprintf("%s, but what the API server runs on is not among the nodes", percent)
	}
	return sum.times(part), percent + ", of what its pods cost"
}
