package collector

import (
	"errors"
	"fmt"
	"slices"
)

// Bounds on the figures of a recording, far above what exists and far below
// what would overflow a sum: a million cores, an exbibyte, a million pods.
const (
	maxCPU    MilliCPU = 1_000_000_000
	maxMemory Bytes    = 1 << 60
	maxPods            = 1_000_000
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
	type key struct{ apiVersion, kind, namespace, name string }
	seen := map[key]bool{}
	for i := range c.Workloads {
		w := &c.Workloads[i]
		k := key{w.APIVersion, w.Kind, w.Namespace, w.Name}
		if seen[k] || w.Kind == "" || w.Name == "" {
			return fmt.Errorf("%s %s/%s: no name of its own", w.Kind, w.Namespace, w.Name)
		}
		seen[k] = true
		if err := w.validate(); err != nil {
			return fmt.Errorf("%s %s/%s: %w", w.Kind, w.Namespace, w.Name, err)
		}
	}
	for i := range c.Reconcilers {
		r := &c.Reconcilers[i]
		if r.Objects < 0 || r.Measured.Count < 0 || r.Measured.Changes < 0 {
			return fmt.Errorf("%s %s/%s: a count is negative", r.Kind, r.Namespace, r.Name)
		}
	}
	for i := range c.Gaps {
		if c.Gaps[i].Cluster != c.Name {
			return fmt.Errorf("a gap names cluster %q", c.Gaps[i].Cluster)
		}
	}
	return nil
}

func (w *Workload) validate() error {
	if w.Replicas < 0 || w.Replicas > maxPods {
		return fmt.Errorf("%d replicas", w.Replicas)
	}
	nodes := map[string]bool{}
	for _, p := range w.Placements {
		if p.Pods < 1 || p.Pods > maxPods || nodes[p.Node] {
			return fmt.Errorf("placement on node %q: %d pods, or named twice", p.Node, p.Pods)
		}
		nodes[p.Node] = true
	}
	names := map[string]bool{}
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Name == "" || names[c.Name] {
			return fmt.Errorf("container %q has no name of its own", c.Name)
		}
		names[c.Name] = true
		if !sane(c.Requests) || !sane(c.Limits) || c.Usage.OOMKills < 0 || c.Usage.Restarts < 0 {
			return fmt.Errorf("container %q: a figure is out of bounds", c.Name)
		}
		if !slices.Contains([]Role{App, Init, Sidecar}, c.Role) {
			return fmt.Errorf("container %q: unknown role %q", c.Name, c.Role)
		}
		days := map[Day]bool{}
		for _, d := range c.Usage.Days {
			if days[d.Day] {
				return fmt.Errorf("container %q: day %s stands twice", c.Name, d.Day)
			}
			days[d.Day] = true
			if err := errors.Join(d.CPU.Valid(), d.Memory.Valid()); err != nil {
				return fmt.Errorf("container %q: usage of %s: %w", c.Name, d.Day, err)
			}
		}
	}
	return nil
}

func sane(r Resources) bool {
	return r.CPU >= 0 && r.CPU <= maxCPU && r.Memory >= 0 && r.Memory <= maxMemory
}
