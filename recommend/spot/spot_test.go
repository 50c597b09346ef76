package spot

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

func d(v time.Duration) collector.Duration { return collector.Duration{Duration: v} }

// fit is a workload that passes every check, on a cluster with spot nodes.
func fit() collector.Workload {
	return collector.Workload{
		APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web", Replicas: 4,
		Containers: []collector.Container{{Name: "app", Requests: collector.Resources{CPU: 500, Memory: collector.GiB}}},
		Placements: []collector.Placement{{Node: "od-1", Pods: 4}},
		Rollout:    collector.Strategy{Type: "RollingUpdate", MaxUnavailable: "25%"},
		PDB:        &collector.PDB{Name: "web", MinAvailable: "50%", DisruptionsAllowed: 2},
		Pod:        collector.PodTraits{GracePeriod: d(10 * time.Second), ReadinessProbe: true, Spread: true},
	}
}

func node(name string, capacity collector.CapacityType) collector.Node {
	return collector.Node{Name: name, Provider: collector.GCP, Arch: "amd64", CapacityType: capacity,
		Allocatable: collector.Resources{CPU: 4000, Memory: 16 * collector.GiB}}
}

func cluster(w collector.Workload) collector.Cluster {
	return collector.Cluster{Name: "c", Nodes: []collector.Node{node("od-1", collector.OnDemand), node("spot-1", collector.Spot)}, Workloads: []collector.Workload{w}}
}

func rate(discount float64) recommend.SpotRate {
	return recommend.SpotRate{Known: true, OnDemand: decimal.NewFromInt(1), Discount: decimal.NewFromFloat(discount)}
}

func run(t interface{ Fatal(...any) }, c collector.Cluster, r recommend.SpotRate) []recommend.Finding {
	rec, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	p := recommend.Pass{Cluster: &c}
	for i := range c.Workloads {
		p.SpotRates = append(p.SpotRates, r)
		var demand []collector.Resources
		for k := range c.Workloads[i].Containers {
			demand = append(demand, c.Workloads[i].Containers[k].Requests)
		}
		p.Demand = append(p.Demand, demand)
	}
	return rec.Func(&p)
}

func TestAFitWorkloadIsProposed(t *testing.T) {
	fs := run(t, cluster(fit()), rate(0.6))
	if len(fs) != 1 || fs[0].Status != recommend.Proposed || fs[0].Reason != "" || len(fs[0].NotPassed()) != 0 {
		t.Fatalf("%+v", fs)
	}
	if want := "Run it on spot capacity, 44.9 % to 60 % cheaper"; fs[0].Title != want {
		t.Errorf("title %q, want %q", fs[0].Title, want)
	}
	c := fs[0].Changes[0]
	if want := []string{"spec", "template", "spec", "nodeSelector", "cloud.google.com/gke-spot"}; !slices.Equal(c.Path, want) || c.After != "true" || c.Before != "" {
		t.Errorf("%+v", c)
	}
}

// Each case breaks one thing of a fit workload, and one check must say so.
func TestEachCheckHoldsOneThing(t *testing.T) {
	type w = collector.Workload
	for name, c := range map[string]struct {
		breaks func(*w)
		check  string
		status recommend.Status
	}{
		"StatefulSet": {func(w *w) { w.Kind = "StatefulSet" }, "controller", recommend.Withheld},
		"bare Pod":    {func(w *w) { w.Kind = "Pod" }, "controller, can be changed", recommend.Withheld},
		"bare ReplicaSet, which has no rolling update": {func(w *w) {
			w.Kind, w.Replicas, w.PDB, w.Rollout = "ReplicaSet", 2, nil, collector.Strategy{}
		}, "controller, can be changed", recommend.Withheld},
		"kube-system":                  {func(w *w) { w.Namespace = "kube-system" }, "not part of the system", recommend.Withheld},
		"system priority":              {func(w *w) { w.Pod.Priority = "system-cluster-critical" }, "not part of the system", recommend.Withheld},
		"GitOps namespace":             {func(w *w) { w.Namespace = "gitops" }, "not part of the system", recommend.Withheld},
		"HPA down to one":              {func(w *w) { w.HPA = &collector.HPA{Min: 1, Max: 9} }, "more than one replica", recommend.Withheld},
		"emptyDir on disk":             {func(w *w) { w.Pod.EmptyDirs = []collector.EmptyDir{{Name: "data"}} }, "no data in emptyDir", recommend.Advised},
		"hostPath":                     {func(w *w) { w.Pod.HostPath = true }, "no hostPath", recommend.Withheld},
		"RWO claim":                    {func(w *w) { w.Pod.Claims = []collector.Claim{{Name: "d", AccessModes: []string{"ReadWriteOnce"}}} }, "no single-node volume", recommend.Withheld},
		"unread claim":                 {func(w *w) { w.Pod.Claims = []collector.Claim{{Name: "d"}} }, "no single-node volume", recommend.Advised},
		"PDB over a half":              {func(w *w) { w.PDB.MinAvailable = "3" }, "budget asks for at most half", recommend.Withheld},
		"PDB over a half, rounded up":  {func(w *w) { w.PDB.MinAvailable = "51%" }, "budget asks for at most half", recommend.Withheld},
		"PDB with maxUnavailable 0":    {func(w *w) { w.PDB = &collector.PDB{MaxUnavailable: "0%", DisruptionsAllowed: 1} }, "budget allows a disruption", recommend.Withheld},
		"PDB that allows none now":     {func(w *w) { w.PDB.DisruptionsAllowed = 0 }, "budget allows a disruption", recommend.Withheld},
		"update keeps all of 3 (25 %)": {func(w *w) { w.Replicas, w.Rollout.MaxUnavailable, w.PDB = 3, "", nil }, "update keeps at most 90 %", recommend.Withheld},
		"no readiness probe":           {func(w *w) { w.Pod.ReadinessProbe = false }, "readiness probe", recommend.Withheld},
		"no spread":                    {func(w *w) { w.Pod.Spread = false }, "spread over nodes", recommend.Advised},
		"do not disrupt":               {func(w *w) { w.Pod.DoNotDisrupt = "karpenter.sh/do-not-disrupt" }, "may be disrupted", recommend.Withheld},
		"grace over the notice":        {func(w *w) { w.Pod.GracePeriod = d(16 * time.Second) }, "stops within the notice", recommend.Withheld},
		"grace and preStop over it":    {func(w *w) { w.Pod.PreStop = d(6 * time.Second) }, "stops within the notice", recommend.Withheld},
		"a long Job":                   {func(w *w) { w.Kind, w.LongestJob = "CronJob", d(time.Hour) }, "short runs", recommend.Withheld},
		"a Job of unknown length":      {func(w *w) { w.Kind = "CronJob" }, "short runs", recommend.Advised},
		"a Job's template":             {func(w *w) { w.Kind, w.LongestJob = "Job", d(time.Minute) }, "can be changed", recommend.Advised},
		"owner says no":                {func(w *w) { w.Pod.SpotReady = "false" }, "owner's word", recommend.Withheld},
		"pinned elsewhere": {func(w *w) {
			w.Pod.NodeSelector = []collector.Label{{Key: "karpenter.sh/capacity-type", Value: "on-demand"}}
		}, "spot nodes take it", recommend.Withheld},
		"a selector no spot node has":    {func(w *w) { w.Pod.NodeSelector = []collector.Label{{Key: "kubernetes.io/arch", Value: "arm64"}} }, "spot nodes take it", recommend.Advised},
		"more than the spot nodes' room": {func(w *w) { w.Placements[0].Pods = 9 }, "spot nodes take it", recommend.Advised},
	} {
		t.Run(name, func(t *testing.T) {
			w := fit()
			c.breaks(&w)
			cl := cluster(w)
			cl.Controllers = []collector.Controller{{Kind: "kustomize-controller", Namespace: "gitops"}}
			fs := run(t, cl, rate(0.6))
			first, _, _ := strings.Cut(c.check, ", ")
			if len(fs) != 1 || fs[0].Status != c.status || strings.Join(fs[0].NotPassed(), ", ") != c.check || !strings.Contains(fs[0].Reason, first) {
				t.Errorf("%s, not passed %q, reason %q", fs[0].Status, fs[0].NotPassed(), fs[0].Reason)
			}
		})
	}
}

func TestChecksThatFailTogether(t *testing.T) {
	w := fit()
	w.Replicas, w.Rollout.MaxUnavailable, w.PDB = 1, "0", nil
	got := run(t, cluster(w), rate(0.6))[0].NotPassed()
	if want := []string{"more than one replica", "update keeps at most 90 %", "maxUnavailable is not 0"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestTheOwnersWordOverridesTheWorkloadsOwnChecksOnly(t *testing.T) {
	w := fit()
	w.Kind, w.Pod.Spread, w.Pod.SpotReady = "StatefulSet", false, "true"
	f := run(t, cluster(w), rate(0.6))[0]
	if f.Status != recommend.Proposed || len(f.NotPassed()) != 2 {
		t.Errorf("%s: %q", f.Status, f.NotPassed())
	}
	c := cluster(w)
	c.Nodes = c.Nodes[:1]
	if f := run(t, c, rate(0.6))[0]; f.Status != recommend.Advised || !strings.Contains(f.Reason, "no spot nodes") {
		t.Errorf("without spot nodes: %s %q", f.Status, f.Reason)
	}
}

// Its pods would not be replaced, whatever the owner says of them.
func TestTheOwnersWordMakesNoBarePodMovable(t *testing.T) {
	for _, kind := range []string{"Pod", "ReplicaSet"} {
		w := fit()
		w.Kind, w.Pod.SpotReady = kind, "true"
		f := run(t, cluster(w), rate(0.6))[0]
		if f.Status != recommend.Advised || !strings.Contains(f.Reason, "can be changed") {
			t.Errorf("%s: %s %q", kind, f.Status, f.Reason)
		}
	}
}

func TestTheFindingSaysThatPodsWaitForSpot(t *testing.T) {
	if got := fmt.Sprint(run(t, cluster(fit()), rate(0.6))); !strings.Contains(got, "wait where there is no spot capacity") {
		t.Error(got)
	}
}

func TestPricesAndNodes(t *testing.T) {
	if f := run(t, cluster(fit()), recommend.SpotRate{Reason: "not in the book"})[0]; f.Status != recommend.Advised || !strings.Contains(f.Reason, "not in the book") {
		t.Errorf("unknown price: %s %q", f.Status, f.Reason)
	}
	if f := run(t, cluster(fit()), rate(0.0004))[0]; f.Status != recommend.Withheld || !strings.Contains(f.Reason, "nothing is left") {
		t.Errorf("no gain: %s %q", f.Status, f.Reason)
	}
	for name, change := range map[string]func(*collector.Cluster){
		"DaemonSet":       func(c *collector.Cluster) { c.Workloads[0].Kind = "DaemonSet" },
		"on spot already": func(c *collector.Cluster) { c.Workloads[0].Placements[0].Node = "spot-1" },
		"no pods":         func(c *collector.Cluster) { c.Workloads[0].Placements = nil },
		"pods pending":    func(c *collector.Cluster) { c.Workloads[0].Placements[0].Node = "" },
	} {
		c := cluster(fit())
		change(&c)
		if fs := run(t, c, rate(0.6)); len(fs) != 0 {
			t.Errorf("%s: %+v", name, fs)
		}
	}
	tainted := cluster(fit())
	tainted.Nodes[1].Taints = []collector.Taint{{Key: "cloud.google.com/gke-spot", Value: "true", Effect: "NoSchedule"}}
	if f := run(t, tainted, rate(0.6))[0]; f.Status != recommend.Advised || !strings.Contains(f.Reason, "gke-spot=true:NoSchedule") {
		t.Errorf("taint: %s %q", f.Status, f.Reason)
	}
	tainted.Workloads[0].Pod.Tolerations = []collector.Toleration{{Key: "cloud.google.com/gke-spot", Operator: "Equal", Value: "true", Effect: "NoSchedule"}}
	if f := run(t, tainted, rate(0.6))[0]; f.Status != recommend.Proposed {
		t.Errorf("tolerated: %s %q", f.Status, f.Reason)
	}
}

func TestOnAWSTheLabelIsTheOneThatTheSpotNodesCarry(t *testing.T) {
	c := cluster(fit())
	for i := range c.Nodes {
		c.Nodes[i].Provider = collector.AWS
	}
	if f := run(t, c, rate(0.6))[0]; f.Status != recommend.Advised || !strings.Contains(f.Reason, "label") {
		t.Errorf("unknown label: %s %q", f.Status, f.Reason)
	}
	c.Nodes[1].CapacityLabel = collector.Label{Key: "karpenter.sh/capacity-type", Value: "spot"}
	f := run(t, c, rate(0.6))[0]
	if f.Status != recommend.Proposed || f.Changes[0].Path[4] != "karpenter.sh/capacity-type" {
		t.Errorf("%s %q %+v", f.Status, f.Reason, f.Changes)
	}
}

func TestTwoWorkloadsNeverTakeTheSameRoom(t *testing.T) {
	c := cluster(fit()) // 4 × 500m; the spot node has 4000m
	for _, name := range []string{"b", "c"} {
		w := fit()
		w.Name = name
		c.Workloads = append(c.Workloads, w)
	}
	var got []recommend.Status
	for _, f := range run(t, c, rate(0.6)) {
		got = append(got, f.Status)
	}
	if want := []recommend.Status{recommend.Proposed, recommend.Proposed, recommend.Advised}; !slices.Equal(got, want) {
		t.Error(got)
	}
	c.Workloads[0].Ignore = "spot" // it stays, so that its room is another's
	if f := run(t, c, rate(0.6))[2]; f.Status != recommend.Proposed {
		t.Errorf("%s: %s", f.Status, f.Reason)
	}
}

// −ln(0.9) ÷ 730 = 0.00014433; × 0.75 h = 0.00010825.
// Bucket 1 (5–10 %), D 0.63: low 0.63 × 0.75 − 0.00010825 = 0.472391 (rounded
// down), high 0.63 − 0.0000703 × 0.075 = 0.629994.
func TestNetSavingByHand(t *testing.T) {
	if got := lambda(0.1); math.Abs(got-0.00014433) > 1e-8 {
		t.Errorf("lambda(0.1) = %v", got)
	}
	one := 1
	r := rate(0.63)
	r.Interruption = &one
	low, high := Default().net(r)
	es := Default().assumed(r, low, high)
	if low.String() != "0.472391" || high.String() != "0.629994" {
		t.Errorf("%s to %s", low, high)
	}
	all := fmt.Sprint(es)
	for _, want := range []string{"5 % to 10 % a month", "47.2 % to 62.9 %", "0 % to 25 % of the time", "63 % now"} {
		if !strings.Contains(all, want) {
			t.Errorf("evidence lacks %q: %s", want, all)
		}
	}
}

func TestMissingDataLowersConfidence(t *testing.T) {
	bucket := 4
	published := rate(0.6)
	published.Interruption = &bucket
	undecided := fit()
	undecided.Pod.Spread = false
	for name, c := range map[string]struct {
		w    collector.Workload
		r    recommend.SpotRate
		want recommend.Confidence
	}{
		"all is known":                      {fit(), published, recommend.Medium},
		"no interruption rate is published": {fit(), rate(0.6), recommend.Low},
		"no price":                          {fit(), recommend.SpotRate{Reason: "not in the book"}, recommend.Low},
		"a check could not be decided":      {undecided, published, recommend.Low},
	} {
		f := run(t, cluster(c.w), c.r)[0]
		if f.Confidence != c.want {
			t.Errorf("%s: %s, want %s", name, f.Confidence, c.want)
		}
		if got := fmt.Sprint(f.Evidence); c.r.Interruption != nil && !strings.Contains(got, "over 20 % a month (AWS Spot Advisor), taken as up to 50 %") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestNetSavingIsARangeWithinTheDiscount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rate(rapid.Float64Range(0, 1).Draw(t, "discount"))
		var buckets [5]decimal.Decimal
		unknown, high := Default().net(r)
		if high.GreaterThan(r.Discount) || unknown.GreaterThan(high) || unknown.IsNegative() {
			t.Fatalf("%s to %s of %s", unknown, high, r.Discount)
		}
		for b := range buckets {
			r.Interruption = &b
			low, h := Default().net(r)
			if low.GreaterThan(h) || h.GreaterThan(r.Discount) || low.LessThan(unknown) || h.GreaterThan(high) {
				t.Fatalf("bucket %d: %s to %s is outside the unknown's %s to %s", b, low, h, unknown, high)
			}
			if buckets[b] = low; b > 0 && low.GreaterThan(buckets[b-1]) {
				t.Fatalf("bucket %d saves more than bucket %d", b, b-1)
			}
		}
	})
}

func TestSettingsAreChecked(t *testing.T) {
	for name, f := range map[string]func(*Settings){
		"fallbackHigh": func(s *Settings) { s.FallbackHigh = math.NaN() }, "unknownHigh": func(s *Settings) { s.UnknownHigh = 1 },
		"longestJob": func(s *Settings) { s.LongestJob = d(-1) },
		"label":      func(s *Settings) { s.Labels = map[collector.Provider]collector.Label{"aws": {}} },
	} {
		s := Default()
		f(&s)
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
