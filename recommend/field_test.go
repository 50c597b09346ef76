package recommend

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestQuantitiesAreCanonical(t *testing.T) {
	for want, got := range map[string]string{
		"250m": CPU(250), "2": CPU(2000), "1500m": CPU(1500), "": CPU(0),
		"512Mi": Memory(512 * collector.MiB), "1Gi": Memory(1024 * collector.MiB), "1k": Memory(1000),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := collector.MilliCPU(rapid.Int64Range(1, 1e7).Draw(t, "m"))
		if q := resource.MustParse(CPU(m)); q.MilliValue() != int64(m) {
			t.Fatalf("%dm written as %s", m, CPU(m))
		}
		b := collector.Bytes(rapid.Int64Range(1, 1<<45).Draw(t, "b"))
		if q := resource.MustParse(Memory(b)); q.Value() != int64(b) {
			t.Fatalf("%d bytes written as %s", b, Memory(b))
		}
	})
}

func TestIntervalsAreWrittenAsPeopleDo(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"30m": 30 * time.Minute, "1h": time.Hour, "24h": 24 * time.Hour, "1h30m": 90 * time.Minute,
		"90ms": 90 * time.Millisecond, "1m30s": 90 * time.Second, "10s": 10 * time.Second, "1h0m5s": time.Hour + 5*time.Second,
	} {
		if got := Interval(d); got != want {
			t.Errorf("Interval(%v) = %q, want %q", d, got, want)
		}
	}
	flux := regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`)
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(1, 1e8).Draw(t, "ms")) * time.Millisecond
		s := Interval(d)
		if back, err := time.ParseDuration(s); err != nil || back != d || !flux.MatchString(s) {
			t.Fatalf("%v written as %q", d, s)
		}
	})
}

func TestPodSpecPathByKind(t *testing.T) {
	for kind, want := range map[string]string{
		"Deployment": "spec.template.spec", "Rollout": "spec.template.spec", "Job": "spec.template.spec",
		"Pod": "spec", "CronJob": "spec.jobTemplate.spec.template.spec",
	} {
		if got := strings.Join(PodSpec(kind), "."); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}
