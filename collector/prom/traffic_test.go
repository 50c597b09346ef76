package prom

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// egress is what a pod sends in a day.
func egress(ns, pod, internet, region, zone string, bytes float64) fakeSeries {
	return fakeSeries{egressMetric, map[string]string{"namespace": ns, "pod_name": pod, "internet": internet, "same_region": region, "same_zone": zone}, always(bytes)}
}

func TestTrafficIsWhatACloudBills(t *testing.T) {
	older := fakeSeries{egressMetric, map[string]string{"namespace": "kubecost", "exported_namespace": "shop", "pod_name": livePod,
		"internet": "false", "sameRegion": "true", "sameZone": "false"}, always(7)}
	tests := []struct {
		rule   string
		series []fakeSeries
		want   collector.Traffic
		gap    string
	}{
		{"no metric is nothing, and nothing is said", nil, collector.Traffic{}, ""},
		{"out of the cloud, over 3 days", []fakeSeries{egress("shop", livePod, "true", "false", "false", 10)}, collector.Traffic{Measured: true, Internet: 30}, ""},
		{"to another region", []fakeSeries{egress("shop", livePod, "false", "false", "false", 10)}, collector.Traffic{Measured: true, CrossRegion: 30}, ""},
		{"to another zone", []fakeSeries{egress("shop", livePod, "false", "true", "false", 10)}, collector.Traffic{Measured: true, CrossZone: 30}, ""},
		{"within the zone is measured and free", []fakeSeries{egress("shop", livePod, "false", "true", "true", 10)}, collector.Traffic{Measured: true}, ""},
		{"by older labels, exported", []fakeSeries{older}, collector.Traffic{Measured: true, CrossZone: 21}, ""},
		{"of pods that are gone too", []fakeSeries{egress("shop", "web-7d4b9c6f5d-gggg2", "true", "", "", 1), egress("shop", livePod, "true", "", "", 1)},
			collector.Traffic{Measured: true, Internet: 6}, ""},
		{"not of another's", []fakeSeries{egress("shop", "stranger-0", "true", "", "", 1)}, collector.Traffic{}, ""},
		{"what is none is left out", []fakeSeries{egress("shop", livePod, "true", "", "", math.NaN()), egress("shop", livePod, "true", "", "", math.Inf(1)),
			egress("shop", livePod, "true", "", "", -5), egress("shop", livePod, "false", "false", "", 1e30)}, collector.Traffic{}, ""},
		{"what adds up to more than any could send is said", []fakeSeries{egress("shop", livePod, "true", "", "", 1<<59)}, collector.Traffic{},
			"the traffic of 1 workloads is more than any could send, e.g. shop/web"},
		{"a day without is said", []fakeSeries{{egressMetric, map[string]string{"namespace": "shop", "pod_name": livePod, "internet": "true"}, within(start.Add(24*time.Hour), window.End, 5)}},
			collector.Traffic{Measured: true, Internet: 10}, egressMetric + " has no samples on 1 of 3 days (2026-11-20): traffic is that of the others"},
	}
	for _, tt := range tests {
		c := shop()
		collectWith(t, c, tt.series...)
		if got := c.Workloads[0].Traffic; got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.rule, got, tt.want)
		}
		if got := gaps(c); !strings.Contains(got, tt.gap) || tt.gap == "" && strings.Contains(got, "traffic") {
			t.Errorf("%s: gaps %s", tt.rule, got)
		}
		recorded(t, c)
	}
}

func TestTrafficOfADayThatFailedIsNotKnown(t *testing.T) {
	f, c := newFake(t, append(usage("shop", livePod, "app", 1, 1), egress("shop", livePod, "true", "", "", 1))...), shop()
	f.refuse = func(a asked, w http.ResponseWriter) bool {
		return strings.Contains(a.query, egressMetric+"{") && a.end.Equal(start.Add(48*time.Hour)) && refuseWith(500, "no")(a, w)
	}
	if err := f.source(t, nil).Collect(t.Context(), window, c); err != nil {
		t.Fatal(err)
	}
	if got := c.Workloads[0].Traffic; got != (collector.Traffic{}) {
		t.Errorf("two days of three are taken for all: %+v", got)
	}
	for _, want := range []string{"first traffic of shop on 2026-11-21: 500: no", "the traffic of 1 workloads is not known"} {
		if !strings.Contains(gaps(c), want) {
			t.Errorf("no gap %q in:\n%s", want, gaps(c))
		}
	}
}
