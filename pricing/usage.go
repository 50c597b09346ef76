package pricing

import (
	"math"

	"github.com/tuppence-dev/tuppence/collector"
)

// usage is what the containers of one pod of a workload use on average over the
// window.
type usage struct {
	means    []collector.Resources // by container
	measured bool                  // some container has samples
	err      error
}

// meanUsage is the mean of each app container and sidecar, rounded up to whole
// millicores and bytes. Init containers have gone by the time that a pod costs
// anything. Containers whose digests cannot be read count as unmeasured, and err
// says so.
func meanUsage(w *collector.Workload) usage {
	u := usage{means: make([]collector.Resources, len(w.Containers))}
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Role == collector.Init || len(c.Usage.Days) == 0 {
			continue
		}
		cpu, memory, measured, err := c.Usage.Means()
		if err != nil {
			u.err = err
			continue
		}
		u.measured = u.measured || measured
		u.means[i] = collector.Resources{CPU: collector.MilliCPU(whole(cpu)), Memory: collector.Bytes(whole(memory))}
	}
	return u
}

// whole rounds v up, within 0 and 1e18.
func whole(v float64) int64 { return int64(math.Ceil(min(max(v, 0), 1e18))) }
