package collector

import "time"

// MilliCPU is processor time or capacity in thousandths of a core: 1500 is one
// and a half cores.
type MilliCPU int64

// Bytes is memory in bytes.
type Bytes int64

// GiB and MiB are binary multiples, as Kubernetes writes them (Gi, Mi).
const (
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
)

// GPUs is a number of whole GPUs, of whatever make (nvidia.com/gpu, amd.com/gpu …).
type GPUs int64

// Resources is an amount of each resource. In a request or a limit zero means
// not set, which the scheduler treats alike.
type Resources struct {
	CPU    MilliCPU `json:"cpu,omitempty"`    // millicores
	Memory Bytes    `json:"memory,omitempty"` // bytes
	GPU    GPUs     `json:"gpu,omitempty"`    // whole GPUs
}

// Add returns r + o.
func (r Resources) Add(o Resources) Resources {
	return Resources{r.CPU + o.CPU, r.Memory + o.Memory, r.GPU + o.GPU}
}

// Sub returns r - o.
func (r Resources) Sub(o Resources) Resources {
	return Resources{r.CPU - o.CPU, r.Memory - o.Memory, r.GPU - o.GPU}
}

// Times returns r for n pods.
func (r Resources) Times(n int) Resources {
	return Resources{r.CPU * MilliCPU(n), r.Memory * Bytes(n), r.GPU * GPUs(n)}
}

// Max returns the larger of each resource.
func (r Resources) Max(o Resources) Resources {
	return Resources{max(r.CPU, o.CPU), max(r.Memory, o.Memory), max(r.GPU, o.GPU)}
}

// Fits reports whether r is at most room in every resource.
func (r Resources) Fits(room Resources) bool {
	return r.CPU <= room.CPU && r.Memory <= room.Memory && r.GPU <= room.GPU
}

// Window is the span of time that usage was read over, half open: Start is in
// it, End is not. End is the fleet's own "now": nothing after Collect asks the
// clock. Both are in UTC.
type Window struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Length is the window's duration.
func (w Window) Length() time.Duration { return w.End.Sub(w.Start) }

// Day is a calendar day in UTC, "2026-11-22".
type Day string

// DayOf returns the UTC day that t falls in.
func DayOf(t time.Time) Day { return Day(t.UTC().Format(time.DateOnly)) }
