package prom

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

// nodeSeries is what kube-state-metrics tells of a spot node of 4 cores and 16
// GiB in (from, to], made a minute before from.
func nodeSeries(name, id, instance string, from, to time.Time) []fakeSeries {
	of := func(kv ...string) map[string]string { return with(map[string]string{"node": name}, kv...) }
	all := []fakeSeries{
		{nodeInfoMetric, of("provider_id", id), within(from, to, 1)},
		{nodeCreatedMetric, of(), within(from, to, float64(from.Add(-time.Minute).Unix()))},
		{nodeLabelsMetric, of("label_node_kubernetes_io_instance_type", instance, "label_topology_kubernetes_io_region", "eu-west-2",
			"label_topology_kubernetes_io_zone", "eu-west-2a", "label_kubernetes_io_arch", "arm64", "label_eks_amazonaws_com_capacity_type", "SPOT"), within(from, to, 1)},
	}
	for _, metric := range []string{capacityMetric, allocatableMetric} {
		all = append(all, fakeSeries{metric, of("resource", "cpu", "unit", "core"), within(from, to, 4)},
			fakeSeries{metric, of("resource", "memory", "unit", "byte"), within(from, to, 16<<30)},
			fakeSeries{metric, of("resource", "nvidia_com_gpu", "unit", "integer"), within(from, to, 1)},
			fakeSeries{metric, of("resource", "pods", "unit", "integer"), within(from, to, 110)})
	}
	return all
}

func collectWith(t *testing.T, c *collector.Cluster, series ...fakeSeries) *fake {
	t.Helper()
	f := newFake(t, append(usage("shop", livePod, "app", 1, 1), series...)...)
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestANodeThatIsGoneIsDescribedAsItWas(t *testing.T) {
	c, from, to := shop(), start.Add(10*time.Hour), start.Add(30*time.Hour)
	f := collectWith(t, c, append(nodeSeries("spot-1", "aws:///eu-west-2a/i-1", "m7g.xlarge", from, to),
		nodeSeries("a", "", "m7g.large", start, window.End)...)...)
	size := collector.Resources{CPU: 4000, Memory: 16 * collector.GiB, GPU: 1}
	want := []collector.Node{{
		Name: "spot-1", ProviderID: "aws:///eu-west-2a/i-1", Provider: collector.AWS, InstanceType: "m7g.xlarge", Region: "eu-west-2",
		Zone: "eu-west-2a", Arch: "arm64", CapacityType: collector.Spot, CapacityLabel: collector.Label{Key: "eks.amazonaws.com/capacityType", Value: "SPOT"},
		Capacity: size, Allocatable: size, Created: from.Add(-time.Minute), Removed: to,
	}}
	if diff := cmp.Diff(want, c.PastNodes); diff != "" {
		t.Error(diff)
	}
	if got := c.PastNodes[0].Within(window); got != 20*time.Hour+time.Minute {
		t.Errorf("it stood for %s", got)
	}
	if n := len(f.requests("/query_range")); n != 2*3+3+1 {
		t.Errorf("%d range queries", n)
	}
	if strings.Contains(gaps(c), "gone") {
		t.Errorf("gaps %s", gaps(c))
	}
}

func TestWhichNodesAreGone(t *testing.T) {
	const id, other = "aws:///eu-west-2a/i-1", "aws:///eu-west-2a/i-2"
	at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
	node := func(name, id string, from, to int) fakeSeries {
		return fakeSeries{nodeInfoMetric, map[string]string{"node": name, "provider_id": id}, within(at(from), at(to), 1)}
	}
	all := node("b", "", 0, 72)
	tests := []struct {
		rule   string
		listed collector.Node
		series []fakeSeries
		want   string // name, id, hours of creation and removal
	}{
		{"one that is listed stands", collector.Node{Name: "a", ProviderID: id}, []fakeSeries{node("a", id, 0, 72)}, ""},
		{"also where it was not seen to the end", collector.Node{Name: "a", ProviderID: id}, []fakeSeries{node("a", id, 0, 40)}, ""},
		{"one of another provider id is another", collector.Node{Name: "a", ProviderID: id}, []fakeSeries{node("a", other, 0, 40), node("a", id, 41, 72)},
			"a aws:///eu-west-2a/i-2 - 40h0m0s"},
		{"not where the API server knows no id", collector.Node{Name: "a"}, []fakeSeries{node("a", other, 0, 40)}, ""},
		{"nor where Prometheus has none", collector.Node{Name: "a", ProviderID: id}, []fakeSeries{node("a", "", 0, 40)}, ""},
		{"one that is not listed is gone", collector.Node{Name: "a"}, []fakeSeries{all, node("c", id, 10, 40)}, "c aws:///eu-west-2a/i-1 10h5m0s 40h0m0s"},
		{"of unknown age where it was there from the first", collector.Node{Name: "a"}, []fakeSeries{all, node("c", "", 0, 40)}, "c  - 40h0m0s"},
		{"or where nothing was seen before it", collector.Node{Name: "a"}, []fakeSeries{node("c", "", 30, 40)}, "c  - 40h0m0s"},
		{"twice where its name came back", collector.Node{Name: "a"}, []fakeSeries{all, node("c", id, 10, 20), node("c", other, 30, 40)},
			"c aws:///eu-west-2a/i-1 10h5m0s 20h0m0s, c aws:///eu-west-2a/i-2 30h5m0s 40h0m0s"},
		{"once where its id came late", collector.Node{Name: "a"}, []fakeSeries{all, node("c", "", 10, 11), node("c", id, 11, 40)},
			"c aws:///eu-west-2a/i-1 10h5m0s 40h0m0s"},
		{"once where it was away", collector.Node{Name: "a"}, []fakeSeries{all, node("c", id, 10, 20), node("c", id, 30, 40)},
			"c aws:///eu-west-2a/i-1 10h5m0s 40h0m0s"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			c := shop()
			c.Nodes = []collector.Node{tt.listed, {Name: "b"}}
			collectWith(t, c, tt.series...)
			var got []string
			for _, n := range c.PastNodes {
				created := "-"
				if !n.Created.IsZero() {
					created = n.Created.Sub(start).String()
				}
				got = append(got, fmt.Sprintf("%s %s %s %s", n.Name, n.ProviderID, created, n.Removed.Sub(start)))
			}
			if got := strings.Join(got, ", "); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestANodeIsAsOldAsItsMachine(t *testing.T) {
	const id = "aws:///eu-west-2a/i-1"
	at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
	seen := func(id string, from, to int) fakeSeries {
		return fakeSeries{nodeInfoMetric, map[string]string{"node": "a", "provider_id": id}, within(at(from), at(to), 1)}
	}
	tests := []struct {
		rule       string
		registered string // the id
		created    time.Time
		seen       fakeSeries
		want       time.Time
	}{
		{rule: "one that registered anew", registered: id, created: at(60), seen: seen(id, 10, 72), want: at(10).Add(5 * time.Minute)},
		{rule: "also where it was away between", registered: id, created: at(60), seen: seen(id, 10, 50), want: at(10).Add(5 * time.Minute)},
		{rule: "one that was there from the first step was there at the start", registered: id, created: at(60), seen: seen(id, 0, 72), want: start},
		{rule: "not another machine of its name", registered: id, created: at(60), seen: seen("aws:///eu-west-2a/i-2", 10, 50), want: at(60)},
		{rule: "nor one that nothing tells to be the same", created: at(60), seen: seen("", 10, 72), want: at(60)},
		{rule: "nor one that was seen only after it was made", registered: id, created: at(10), seen: seen(id, 10, 72), want: at(10)},
		{rule: "nor one of unknown age, which counts from the start", registered: id, seen: seen(id, 10, 72)},
	}
	for _, tt := range tests {
		c := shop()
		c.Nodes = []collector.Node{{Name: "a", ProviderID: tt.registered, Created: tt.created}, {Name: "b", ProviderID: id, Created: at(70)}}
		collectWith(t, c, tt.seen)
		if got := c.Nodes[0].Created; !got.Equal(tt.want) {
			t.Errorf("%s: made at %s, want %s", tt.rule, got, tt.want)
		}
		if !c.Nodes[1].Created.Equal(at(70)) {
			t.Errorf("%s: so is another node of the same id", tt.rule)
		}
	}
}

func TestWhatANodeIsNotToldToBeStaysEmpty(t *testing.T) {
	to := start.Add(30 * time.Hour)
	of := func(metric string, v float64, kv ...string) fakeSeries {
		return fakeSeries{metric, with(map[string]string{"node": "c"}, kv...), within(start, to, v)}
	}
	there := of(nodeInfoMetric, 1, "provider_id", "gce://p/europe-west2-a/c")
	tests := []struct {
		rule   string
		series []fakeSeries
		want   collector.Node
	}{
		{"all of it without labels and sizes", nil, collector.Node{}},
		{"capacity type without a label of it", []fakeSeries{of(nodeLabelsMetric, 1, "label_beta_kubernetes_io_instance_type", "e2-small")}, collector.Node{InstanceType: "e2-small"}},
		{"what was another machine's", []fakeSeries{{nodeLabelsMetric, map[string]string{"node": "c", "label_node_kubernetes_io_instance_type": "x"}, within(to, window.End, 1)}}, collector.Node{}},
		{"a size that is none", []fakeSeries{of(capacityMetric, 1e300, "resource", "cpu"), of(capacityMetric, -1, "resource", "memory"), of(allocatableMetric, 2, "resource", "cpu")},
			collector.Node{Allocatable: collector.Resources{CPU: 2000}}},
		{"a time of creation after its end", []fakeSeries{of(nodeCreatedMetric, float64(window.End.Unix()))}, collector.Node{}},
		{"labels of the first version of kube-state-metrics are read", []fakeSeries{of(nodeLabelsMetric, 1, "label_eks_amazonaws_com_capacityType", "ON_DEMAND")},
			collector.Node{CapacityType: collector.OnDemand, CapacityLabel: collector.Label{Key: "eks.amazonaws.com/capacityType", Value: "ON_DEMAND"}}},
		{"exported labels are read", []fakeSeries{{allocatableMetric, map[string]string{"node": "b", "exported_node": "c", "resource": "cpu"}, within(start, to, 2)}},
			collector.Node{Allocatable: collector.Resources{CPU: 2000}}},
	}
	for _, tt := range tests {
		c, want := shop(), tt.want
		collectWith(t, c, append(tt.series, there)...)
		want.Name, want.ProviderID, want.Provider, want.Removed = "c", "gce://p/europe-west2-a/c", collector.GCP, to
		if diff := cmp.Diff([]collector.Node{want}, c.PastNodes); diff != "" {
			t.Errorf("%s: %s", tt.rule, diff)
		}
		const gap = "of 1 nodes that are gone the instance type is not told, e.g. c: have kube-state-metrics export node labels"
		if strings.Contains(gaps(c), gap) != (want.InstanceType == "") {
			t.Errorf("%s: gaps %s", tt.rule, gaps(c))
		}
	}
}

func TestNodesThatCannotBeToldAreSaid(t *testing.T) {
	seen := fakeSeries{nodeInfoMetric, map[string]string{"node": "c"}, within(start.Add(24*time.Hour), window.End, 1)}
	tests := []struct {
		rule   string
		listed bool
		series []fakeSeries
		refuse string
		want   string
		past   int
	}{
		{"without the metric", true, nil, "", "kube_node_info is not there: nodes that went within the window are not known", 0},
		{"on a day without samples", true, []fakeSeries{seen}, "", "kube_node_info has no samples on 1 of 3 days (2026-11-20)", 1},
		{"where it fails", true, []fakeSeries{seen}, nodeInfoMetric + "{", "queries failed, first nodes on 2026-11-22: 500: no", 0},
		{"where their description does", true, []fakeSeries{seen}, nodeLabelsMetric, "1 of 10 queries failed, first nodes that went on 2026-11-22: 500: no", 1},
		{"and none is gone where none is listed", false, []fakeSeries{seen}, "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			f, c := newFake(t, append(usage("shop", livePod, "app", 1, 1), tt.series...)...), shop()
			f.refuse = queries(func(a asked, w http.ResponseWriter) bool {
				return tt.refuse != "" && strings.Contains(a.query, tt.refuse) && refuseWith(500, "no")(a, w)
			})
			if !tt.listed {
				c.Nodes = nil
			}
			err := f.source(t, nil).Collect(t.Context(), window, c)
			if tt.past == 0 && tt.refuse != "" { // three in a row end the source before usage is read
				if err == nil || !strings.Contains(err.Error(), "500: no") {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := gaps(c); !strings.Contains(got, tt.want) || tt.want == "" && strings.Contains(got, "kube_node_info") {
				t.Errorf("gaps %s", got)
			}
			if len(c.PastNodes) != tt.past {
				t.Errorf("past nodes %+v", c.PastNodes)
			}
		})
	}
}

func TestSinceWhenTheNodesAreKnown(t *testing.T) {
	at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
	node := func(from, to int) fakeSeries {
		return fakeSeries{nodeInfoMetric, map[string]string{"node": "a"}, within(at(from), at(to), 1)}
	}
	for rule, c := range map[string]struct {
		series []fakeSeries
		want   time.Time
	}{
		"from the window's start, where there are samples":  {[]fakeSeries{node(0, 72)}, window.Start},
		"from the first sample, where it is later":          {[]fakeSeries{node(30, 72)}, at(30).Add(5 * time.Minute)},
		"from the first after a day without any":            {[]fakeSeries{node(0, 20), node(49, 72)}, at(49).Add(5 * time.Minute)},
		"not at all, where the newest day has none":         {[]fakeSeries{node(0, 40)}, time.Time{}},
		"not at all, where kube-state-metrics is not there": {nil, time.Time{}},
	} {
		cluster := shop()
		collectWith(t, cluster, c.series...)
		if !cluster.NodesSince.Equal(c.want) {
			t.Errorf("%s: %s, want %s", rule, cluster.NodesSince, c.want)
		}
	}
}
