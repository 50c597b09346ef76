package rightsize

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

func set(r *Resources, name, value string) error {
	q, err := resource.ParseQuantity(value)
	if err != nil {
		return err
	}
	if name == "cpu" {
		r.CPU = collector.MilliCPU(q.MilliValue())
	} else {
		r.Memory = collector.Bytes(q.Value())
	}
	return nil
}

// samples are one container's, for four days.
type samples struct{ cpu, memory []float64 }

func drawSamples(t *rapid.T) samples {
	draw := func(name string, top float64) []float64 {
		return rapid.SliceOfN(rapid.Float64Range(0, top), 30, 40).Draw(t, name)
	}
	return samples{draw("cpu", 8000), draw("memory", float64(8*collector.GiB))}
}

func (s samples) usage(factor float64) collector.Usage {
	u := collector.Usage{Source: "prometheus"}
	for d := range 4 {
		c, m := collector.NewSketch(), collector.NewSketch()
		for _, v := range s.cpu {
			_ = c.Add(v * factor)
		}
		for _, v := range s.memory {
			_ = m.Add(v * factor)
		}
		u.Days = append(u.Days, collector.DayUsage{Day: collector.Day(fmt.Sprint(d)), CPU: c.Digest(), Memory: m.Digest()})
	}
	return u
}

func drawContainer(t *rapid.T) collector.Container {
	amount := func(name string) Resources {
		r := Resources{CPU: collector.MilliCPU(rapid.Int64Range(0, 4000).Draw(t, name+"cpu")), Memory: mi * collector.Bytes(rapid.Int64Range(0, 4096).Draw(t, name+"memory"))}
		return r
	}
	c := collector.Container{Name: "app", Requests: amount("request")}
	if rapid.Bool().Draw(t, "limited") {
		c.Limits = c.Requests.Max(amount("limit"))
	}
	if rapid.Bool().Draw(t, "guaranteed") {
		c.Limits = c.Requests
	}
	c.Usage = drawSamples(t).usage(1)
	c.Usage.OOMKills = rapid.IntRange(0, 2).Draw(t, "oom")
	return c
}

func TestApplyingAFindingLeavesNothingToDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := deployment(drawContainer(t))
		r, _ := New(Default())
		pass := func(w collector.Workload) []recommend.Finding {
			return r.Func(&recommend.Pass{Cluster: &collector.Cluster{Workloads: []collector.Workload{w}}})
		}
		for _, f := range pass(w) {
			if again := pass(apply(t, w, f)); len(again) != 0 {
				t.Fatalf("after %v still %v", summary([]recommend.Finding{f}), summary(again))
			}
		}
	})
}

func drawBounds(t *rapid.T) bounds {
	low, high := rapid.Int64Range(0, 2048).Draw(t, "low"), rapid.Int64Range(0, 4096).Draw(t, "high")
	return bounds{low: Resources{Memory: mi * collector.Bytes(low)}, high: Resources{Memory: mi * collector.Bytes(high)}}
}

func TestNewSizesKeepTheirBounds(t *testing.T) {
	s := Default()
	rapid.Check(t, func(t *rapid.T) {
		c := drawContainer(t)
		cpu, memory, err := read(&c)
		if err != nil {
			t.Fatal(err)
		}
		z := s.size(&c, cpu, memory, drawBounds(t))
		if peak := collector.Bytes(memory.sketch.Max()); z.limits.Memory < min(peak, c.Limits.Memory) {
			t.Fatalf("limit %d is under the peak %d and was %d", z.limits.Memory, peak, c.Limits.Memory)
		}
		z = s.size(&c, cpu, memory, bounds{})
		if z.requests.CPU < min(s.Floor.CPU, max(c.Requests.CPU, 1)) || z.requests.Memory < min(s.Floor.Memory, max(c.Requests.Memory, 1)) {
			t.Fatalf("%+v is under the floor", z.requests)
		}
		if c.Limits.CPU == 0 && z.limits.CPU != 0 {
			t.Fatal("a CPU limit was added")
		}
		if z.limits.CPU > 0 && z.limits.CPU < z.requests.CPU || z.limits.Memory > 0 && z.limits.Memory < z.requests.Memory {
			t.Fatalf("limits %+v are under the requests %+v", z.limits, z.requests)
		}
		if c.Usage.OOMKills > 0 && (z.requests.Memory < c.Requests.Memory || z.limits.Memory < c.Limits.Memory) {
			t.Fatalf("memory was lowered after OOM kills: %+v", z)
		}
		if c.Limits.Memory > 0 && float64(z.limits.Memory) < memory.sketch.Max() {
			t.Fatalf("limit %d is under the peak %v", z.limits.Memory, memory.sketch.Max())
		}
	})
}

func TestMoreUsageNeverLowersARequest(t *testing.T) {
	s := Default()
	s.Tiny, s.Small = Resources{}, Resources{} // suppression keeps what is set, whichever side it is on
	rapid.Check(t, func(t *rapid.T) {
		c, u := drawContainer(t), drawSamples(t)
		factor := rapid.Float64Range(1, 3).Draw(t, "factor")
		of := func(usage collector.Usage) Resources {
			c.Usage = usage
			c.Usage.OOMKills = 0
			cpu, memory, err := read(&c)
			if err != nil {
				t.Fatal(err)
			}
			return s.size(&c, cpu, memory, bounds{}).requests
		}
		if less, more := of(u.usage(1)), of(u.usage(factor)); !less.Fits(more) {
			t.Fatalf("× %v took %+v to %+v", factor, less, more)
		}
	})
}
