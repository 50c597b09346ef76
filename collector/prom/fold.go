package prom

import (
	"cmp"
	"slices"

	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// slot is a container of a workload, by their indices.
type slot struct{ workload, container int }

// folding is one day of one batch: the only samples' worth of memory held.
type folding map[slot]*sketches

type sketches struct{ cpu, memory *collector.Sketch }

// folded is what an answer held.
type folded struct {
	samples, refused int  // usage, and what is none
	ours             bool // some of it surely of this cluster
}

// fold adds an answer, times scale. Pods of no workload, and containers that
// their workload no longer has, are left out.
func (f folding) fold(h *homes, answer model.Matrix, scale float64, memory bool) (x folded) {
	most := float64(collector.MaxCPU)
	if memory {
		most = float64(collector.MaxMemory)
	}
	for _, s := range joined(answer) {
		if len(s.Values) == 0 {
			continue
		}
		pod := podOf(s.Metric)
		x.ours = x.ours || random(h.live[pod])
		i := h.guess(pod, s.Values[len(s.Values)-1].Timestamp)
		if i < 0 {
			continue
		}
		at, ok := slotOf(h.workloads, i, label(s.Metric, "container"))
		if !ok {
			continue
		}
		both := f[at]
		if both == nil {
			both = &sketches{collector.NewSketch(), collector.NewSketch()}
			f[at] = both
		}
		sketch := both.cpu
		if memory {
			sketch = both.memory
		}
		for _, v := range s.Values {
			if used := float64(v.Value) * scale; used > most || sketch.Add(used) != nil {
				x.refused++
				continue
			}
			x.samples++
		}
	}
	return x
}

// joined makes one series of those of one container that differ in their node
// alone: of a pod that moved, or of a kubelet that is scraped twice. At a step
// that both have, the higher value counts, as it does within the query.
func joined(answer model.Matrix) model.Matrix {
	at := make(map[podContainer]int, len(answer))
	all := make(model.Matrix, 0, len(answer))
	for _, s := range answer {
		k := containerOf(s.Metric)
		i, twice := at[k]
		if !twice {
			at[k] = len(all)
			all = append(all, s)
			continue
		}
		all[i] = &model.SampleStream{Metric: s.Metric, Values: highest(all[i].Values, s.Values)}
	}
	return all
}

// highest merges two series in order of time.
func highest(a, b []model.SamplePair) []model.SamplePair {
	all := make([]model.SamplePair, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch x, y := a[0], b[0]; {
		case x.Timestamp < y.Timestamp:
			all, a = append(all, x), a[1:]
		case x.Timestamp > y.Timestamp:
			all, b = append(all, y), b[1:]
		default:
			x.Value = max(x.Value, y.Value)
			all, a, b = append(all, x), a[1:], b[1:]
		}
	}
	return append(append(all, a...), b...)
}

func slotOf(workloads []collector.Workload, i int, container string) (slot, bool) {
	j := slices.IndexFunc(workloads[i].Containers, func(c collector.Container) bool { return c.Name == container })
	return slot{i, j}, j >= 0
}

// flush writes the day to the workloads, in place of one read before.
func (f folding) flush(workloads []collector.Workload, d collector.Day) {
	for at, both := range f {
		if both.cpu.Count()+both.memory.Count() == 0 {
			continue
		}
		u := &workloads[at.workload].Containers[at.container].Usage
		u.Source = name
		day := collector.DayUsage{Day: d, CPU: both.cpu.Digest(), Memory: both.memory.Digest()}
		i, found := slices.BinarySearchFunc(u.Days, d, func(x collector.DayUsage, d collector.Day) int { return cmp.Compare(x.Day, d) })
		if found {
			u.Days[i] = day
		} else {
			u.Days = slices.Insert(u.Days, i, day)
		}
	}
}
