package gcp

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// The parts of a machine, as kinds of a key whose type is the family.
const (
	core pricing.Kind = "core"   // an hour of one
	ram  pricing.Kind = "memory" // an hour of a GiB
)

var (
	partSKU = regexp.MustCompile(`^(?:Spot Preemptible )?(.{2,40}) (Core|Ram) running in `)
	gpuSKU  = regexp.MustCompile(`^Nvidia Tesla (T4|P4|P100|V100) GPU (?:attached to Spot Preemptible VMs )?running in `)
)

// things are the SKUs with a price of their own. Disks may be billed for
// operations besides. A service's load balancer is a forwarding rule; the price of
// the first five holds for each of them here, as it does for one alone.
var things = []struct {
	kind pricing.Kind
	name string
	sku  *regexp.Regexp
	unit string
	must bool // every region has it
}{
	{pricing.Storage, "pd-standard", regexp.MustCompile(`^Storage PD Capacity( in .+)?$`), "GiBy.mo", true},
	{pricing.Storage, "pd-balanced", regexp.MustCompile(`^Balanced PD Capacity( in .+)?$`), "GiBy.mo", true},
	{pricing.Storage, "pd-ssd", regexp.MustCompile(`^SSD backed PD Capacity( in .+)?$`), "GiBy.mo", true},
	{pricing.Storage, "pd-extreme", regexp.MustCompile(`^Extreme PD Capacity( in .+)?$`), "GiBy.mo", false},
	{pricing.Storage, "hyperdisk-balanced", regexp.MustCompile(`^Hyperdisk Balanced Capacity( in .+)?$`), "GiBy.mo", false},
	{pricing.Balancer, "forwarding-rule", regexp.MustCompile(`^(Network Load Balancing:|Cloud Load Balancer) Forwarding Rule Minimum Service Charge( in .+)?$`), "h", true},
}

// compute takes a SKU of Compute Engine.
func (r *reader) compute(s *sku) {
	capacity := collector.OnDemand
	switch s.Category.UsageType {
	case "OnDemand":
	case "Preemptible":
		capacity = collector.Spot
	default:
		return // commitments
	}
	if !slices.Contains(s.ServiceRegions, r.region) {
		return
	}
	if m := partSKU.FindStringSubmatch(s.Description); m != nil && families[m[1]] != "" {
		k := pricing.Key{Kind: core, Type: families[m[1]], CapacityType: capacity}
		unit := "h"
		if m[2] == "Ram" {
			k.Kind, unit = ram, "GiBy.h"
		}
		r.take(r.parts, s, k, k.Type+" "+string(k.Kind)+" "+string(capacity), unit)
		return
	}
	if m := gpuSKU.FindStringSubmatch(s.Description); m != nil {
		name := "nvidia-tesla-" + strings.ToLower(m[1])
		r.take(r.list, s, pricing.Key{Kind: pricing.Accelerator, Type: name, CapacityType: capacity}, name, "h")
		return
	}
	for _, t := range things {
		if capacity == collector.OnDemand && t.sku.MatchString(s.Description) {
			r.take(r.list, s, pricing.Key{Kind: t.kind, Type: t.name}, t.name, t.unit)
		}
	}
}

// cluster takes a SKU of Kubernetes Engine. A regional and a zonal cluster cost
// the same an hour; a billing account's first zonal or Autopilot cluster is
// credited, which no list shows.
func (r *reader) cluster(s *sku) {
	names := map[string]string{
		"Regional Kubernetes Clusters":  "gke/standard",
		"Zonal Kubernetes Clusters":     "gke/standard",
		"Autopilot Kubernetes Clusters": "gke/autopilot",
	}
	if name := names[s.Description]; name != "" && s.Category.UsageType == "OnDemand" {
		r.take(r.list, s, pricing.Key{Kind: pricing.ControlPlane, Type: name}, name, "h")
	}
}

// machines makes the prices of machine types from those of their parts. A type
// whose family lacks one of the two has none, which is said of the family.
func (r *reader) machines() {
	parts := map[pricing.Key]pricing.ListPrice{}
	for _, q := range r.parts.Settled() {
		parts[q.Key] = q.Price
	}
	r.list.LeaveAs(r.parts)
	torn := map[string]bool{}
	for _, t := range machineTypes() {
		for _, capacity := range []collector.CapacityType{collector.OnDemand, collector.Spot} {
			k := pricing.Key{Kind: core, Provider: collector.GCP, Region: r.region, Type: t.family, CapacityType: capacity}
			cores, one := parts[k]
			k.Kind = ram
			memory, two := parts[k]
			if half := t.family + " " + string(capacity); one != two && !torn[half] {
				torn[half] = true
				r.list.Leave(half, "one of the prices of its core and its memory is missing")
			}
			if !one || !two {
				continue
			}
			k.Kind, k.Type = pricing.Machine, t.name
			q := r.quote(k, t.billed.Mul(cores.PerUnit).Add(t.memory.Mul(memory.PerUnit)), cores.Estimate || memory.Estimate)
			q.Memory, q.Price.VCPU, q.Arch = t.memory, t.vcpu, "amd64"
			if arm[t.family] {
				q.Arch = "arm64"
			}
			r.list.Add(q, "")
		}
	}
}

// missing names what every region has and the list lacks.
func (r *reader) missing() {
	names := []string{"gke/standard"}
	for _, t := range things {
		if t.must {
			names = append(names, t.name)
		}
	}
	for _, name := range names {
		if !r.seen[name] {
			r.list.Leave(name, "the list has no SKU of it")
		}
	}
}
