package pricing

import (
	"math"

	"github.com/tuppence-dev/tuppence/collector"
)

// usage is what one pod of a workload uses on average over the window.
type usage struct {
	mean     collector.Resources
	measured bool // some container has samples
	err      error
}

// meanUsage is the mean of each app container and sidecar, added up and rounded
// up to whole millicores and bytes. Init containers have gone by the time that
// a pod costs anything. Containers whose digests cannot be read are left out,
// and err says so.
func meanUsage(w *collector.Workload) usage {
	var u usage
	var cpu, memory float64
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Role == collector.Init || len(c.Usage.Days) == 0 {
			continue
		}
		cpus, memories, measured, err := c.Usage.Means()
		if err != nil {
			u.err = err
			continue
		}
		u.measured = u.measured || measured
		cpu += cpus
		memory += memories
	}
	u.mean = collector.Resources{CPU: collector.MilliCPU(whole(cpu)), Memory: collector.Bytes(whole(memory))}
	return u
}

// whole rounds v up, within 0 and 1e18.
func whole(v float64) int64 { return int64(math.Ceil(min(max(v, 0), 1e18))) }
