package collector

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Bounds on the figures of a recording, far above what exists and far below
// what would overflow a sum: a million cores, an exbibyte, a million pods. A
// source keeps to them too, or what it read could not be read back.
const (
	MaxCPU    MilliCPU = 1_000_000_000
	MaxMemory Bytes    = 1 << 60
	MaxPods            = 1_000_000
	MaxGPU    GPUs     = 1_000_000
	// MaxLabels is how many labels a workload may carry; their sizes are those of
	// Kubernetes: 253 characters of a prefix, a slash and 63 of a name; 63 of a value.
	MaxLabels     = 64
	maxLabelKey   = 317
	maxLabelValue = 63
	// MaxWindow is the longest window: a year, and a month to compare it with. What
	// is worked out day by day stays bounded.
	MaxWindow = 400 * 24 * time.Hour
	// maxPodTime is what a workload's pods can have run on one node: a hundred
	// thousand days.
	maxPodTime = 100_000 * 24 * time.Hour
)

// validate checks what the later stages rely on.
func (c *Cluster) validate() error {
	if c.Name == "" {
		return errors.New("it has no name")
	}
	nodes := map[string]bool{}
	for i := range c.Nodes {
		n := &c.Nodes[i]
		if nodes[n.Name] || n.Name == "" {
			return fmt.Errorf("node %q has no name of its own", n.Name)
		}
		nodes[n.Name] = true
		if !sane(n.Capacity) || !sane(n.Allocatable) {
			return fmt.Errorf("node %q: capacity or allocatable is out of bounds", n.Name)
		}
	}
	if err := c.validateAssets(); err != nil {
		return err
	}
	for i := range c.Namespaces {
		if err := c.Namespaces[i].validate(); err != nil {
			return fmt.Errorf("namespace %q: %w", c.Namespaces[i].Name, err)
		}
	}
	seen := map[WorkloadRef]bool{}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		if seen[w.Ref()] || w.Kind == "" || w.Name == "" {
			return fmt.Errorf("%q %q: no name of its own", w.Kind, w.Namespace+"/"+w.Name)
		}
		seen[w.Ref()] = true
		if err := w.validate(); err != nil {
			return fmt.Errorf("%q %q: %w", w.Kind, w.Namespace+"/"+w.Name, err)
		}
	}
	if err := c.validateReconcilers(); err != nil {
		return err
	}
	return c.validateGaps()
}

// validateAssets checks what is billed beside the nodes that stand.
func (c *Cluster) validateAssets() error {
	for i := range c.PastNodes {
		n := &c.PastNodes[i]
		if n.Name == "" || n.Removed.IsZero() || !sane(n.Capacity) || !sane(n.Allocatable) {
			return fmt.Errorf("past node %q: it has no name, no time of removal, or a size out of bounds", n.Name)
		}
	}
	volumes := map[string]bool{}
	for i := range c.Volumes {
		v := &c.Volumes[i]
		if v.Name == "" || volumes[v.Name] || v.Capacity < 0 || v.Capacity > MaxMemory {
			return fmt.Errorf("volume %q: it has no name of its own, or a size out of bounds", v.Name)
		}
		volumes[v.Name] = true
	}
	for i := range c.LoadBalancers {
		if b := &c.LoadBalancers[i]; b.Name == "" || b.Rules < 0 {
			return fmt.Errorf("load balancer %q: it has no name, or a negative number of rules", b.Namespace+"/"+b.Name)
		}
	}
	if c.ControlPlane.Requests < 0 {
		return errors.New("control plane: a count is negative")
	}
	for _, m := range []*Moments{&c.ControlPlane.APIServerCost, &c.ControlPlane.EtcdCost} {
		if err := m.validate(); err != nil {
			return fmt.Errorf("control plane: %w", err)
		}
	}
	return nil
}

func (c *Cluster) validateGaps() error {
	for _, g := range c.Gaps {
		if g.Cluster != c.Name {
			return fmt.Errorf("a gap names cluster %q", g.Cluster)
		}
	}
	return nil
}

func (n *Namespace) validate() error {
	if err := short(n.Ignore); err != nil {
		return err
	}
	for _, l := range n.Limits {
		if !sane(l.Min) || !sane(l.Max) || !sane(l.Default) || !sane(l.DefaultRequest) {
			return fmt.Errorf("limit range %q: a figure is out of bounds", l.Name)
		}
	}
	for _, q := range n.Quotas {
		if !sane(q.HardRequests) || !sane(q.UsedRequests) || !sane(q.HardLimits) || !sane(q.UsedLimits) {
			return fmt.Errorf("quota %q: a figure is out of bounds", q.Name)
		}
	}
	return nil
}

func (w *Workload) validate() error {
	if w.Replicas < 0 || w.Replicas > MaxPods {
		return fmt.Errorf("%d replicas", w.Replicas)
	}
	if h := w.HPA; h != nil && (min(h.Min, h.Max, h.CPUTarget, h.MemoryTarget) < 0) {
		return fmt.Errorf("HPA %q: a figure is negative", h.Name)
	}
	nodes := map[string]bool{}
	for _, p := range w.Placements {
		if p.Pods < 1 || p.Pods > MaxPods || nodes[p.Node] {
			return fmt.Errorf("placement on node %q: %d pods, or named twice", p.Node, p.Pods)
		}
		nodes[p.Node] = true
	}
	nodes = map[string]bool{}
	for _, p := range w.PodTime {
		if p.Node == "" || nodes[p.Node] || p.Time.Duration < 0 || p.Time.Duration > maxPodTime {
			return fmt.Errorf("pod time on node %q: %s, or named twice", p.Node, p.Time)
		}
		nodes[p.Node] = true
	}
	if t := w.Traffic; t.Internet < 0 || t.CrossRegion < 0 || t.CrossZone < 0 || max(t.Internet, t.CrossRegion, t.CrossZone) > MaxMemory {
		return errors.New("traffic: a figure is out of bounds")
	}
	if err := w.validateTarget(); err != nil {
		return err
	}
	if err := validateLabels(w.Labels); err != nil {
		return err
	}
	names := map[string]bool{}
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Name == "" || names[c.Name] {
			return fmt.Errorf("container %q has no name of its own", c.Name)
		}
		names[c.Name] = true
		if err := c.validate(); err != nil {
			return fmt.Errorf("container %q: %w", c.Name, err)
		}
	}
	return nil
}

func validateLabels(labels []Label) error {
	if len(labels) > MaxLabels {
		return fmt.Errorf("%d labels, more than the %d that are read", len(labels), MaxLabels)
	}
	keys := map[string]bool{}
	for _, l := range labels {
		if l.Key == "" || keys[l.Key] || len(l.Key) > maxLabelKey || len(l.Value) > maxLabelValue {
			return fmt.Errorf("label %q stands twice, or is too long", l.Key[:min(len(l.Key), maxLabelKey)])
		}
		keys[l.Key] = true
	}
	return nil
}

func (c *Container) validate() error {
	if !sane(c.Requests) || !sane(c.Limits) || c.Usage.OOMKills < 0 || c.Usage.Restarts < 0 {
		return errors.New("a figure is out of bounds")
	}
	if !slices.Contains([]Role{App, Init, Sidecar}, c.Role) {
		return fmt.Errorf("unknown role %q", c.Role)
	}
	days := map[Day]bool{}
	for _, d := range c.Usage.Days {
		if days[d.Day] {
			return fmt.Errorf("day %q stands twice", d.Day)
		}
		days[d.Day] = true
		if _, err := time.Parse(time.DateOnly, string(d.Day)); err != nil {
			return fmt.Errorf("%q is not a day", d.Day)
		}
		if err := d.CPU.check(float64(MaxCPU)); err != nil {
			return fmt.Errorf("CPU of %s: %w", d.Day, err)
		}
		if err := d.Memory.check(float64(MaxMemory)); err != nil {
			return fmt.Errorf("memory of %s: %w", d.Day, err)
		}
	}
	return nil
}

func sane(r Resources) bool {
	return r.CPU >= 0 && r.CPU <= MaxCPU && r.Memory >= 0 && r.Memory <= MaxMemory && r.GPU >= 0 && r.GPU <= MaxGPU
}
