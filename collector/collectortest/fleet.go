package collectortest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

// End is when the window of every fleet made here ends; it is 14 days long.
var End = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// Window is the window of every fleet made here.
func Window() collector.Window { return collector.Window{Start: End.AddDate(0, 0, -14), End: End} }

// kind of machine that Fleet draws: priced ones, and some that nothing prices.
var kinds = []collector.Node{
	machine(collector.AWS, "eu-west-2", "m6i.large", "amd64", 2, 8),
	machine(collector.AWS, "eu-west-2", "m7g.xlarge", "arm64", 4, 16),
	machine(collector.Azure, "uksouth", "Standard_D4s_v5", "amd64", 4, 16),
	machine(collector.GCP, "europe-west2", "e2-standard-4", "amd64", 4, 16),
	gpus(machine(collector.GCP, "europe-west2", "n1-standard-4", "amd64", 4, 15), "nvidia-tesla-t4", 2),
	gpus(machine(collector.AWS, "eu-west-2", "g4dn.xlarge", "amd64", 4, 16), "NVIDIA-T4", 1),
	machine(collector.AWS, "eu-west-2", "x99.huge", "amd64", 2, 8),
	machine(collector.AWS, "mars-north-1", "m6i.large", "amd64", 2, 8),
	machine("", "", "", "", 1, 1),
}

func machine(p collector.Provider, region, instanceType, arch string, vcpu collector.MilliCPU, gib collector.Bytes) collector.Node {
	size := collector.Resources{CPU: vcpu * 1000, Memory: gib * collector.GiB}
	return collector.Node{Provider: p, Region: region, InstanceType: instanceType, Arch: arch, Capacity: size,
		Allocatable: collector.Resources{CPU: size.CPU - 80, Memory: size.Memory - size.Memory/8}}
}

func gpus(n collector.Node, model string, gpus collector.GPUs) collector.Node {
	n.GPUModel, n.Capacity.GPU, n.Allocatable.GPU = model, gpus, gpus
	return n
}

// Fleet draws fleets of up to 3 clusters with up to 4 nodes and 6 workloads
// each, steered by VPAs, HPAs, owners who want no advice, and objects that are
// written elsewhere: machines of unknown types and of no size, nodes that came and went within
// the window, nodes asked for more than they have, pods that are pending or on
// nodes that are not listed, containers of all roles, with and without requests
// and usage; volumes, load balancers, control planes, traffic; appliers in chains
// and rings. They are normalised, and names are unique, but for nodes that are
// gone.
func Fleet() *rapid.Generator[*collector.Fleet] {
	return rapid.Custom(func(t *rapid.T) *collector.Fleet {
		f := &collector.Fleet{Window: Window()}
		for i := range rapid.IntRange(0, 3).Draw(t, "clusters") {
			c := collector.Cluster{Name: fmt.Sprintf("cluster-%d", i), Environment: []string{"", "production", "staging"}[i]}
			c.NodesSince = rapid.SampledFrom([]time.Time{{}, f.Window.Start, f.Window.Start.AddDate(0, 0, 6), f.Window.End}).Draw(t, "nodes known since")
			for j := range rapid.IntRange(0, 4).Draw(t, "nodes") {
				c.Nodes = append(c.Nodes, drawNode(t, fmt.Sprintf("node-%d", j)))
			}
			c.PastNodes = drawPast(t)
			for j := range rapid.IntRange(0, 6).Draw(t, "workloads") {
				c.Workloads = append(c.Workloads, drawWorkload(t, fmt.Sprintf("app-%d", j), &c))
			}
			drawSteering(t, &c)
			drawAssets(t, &c)
			drawGitOps(t, &c)
			f.Clusters = append(f.Clusters, c)
		}
		f.Normalise()
		return f
	})
}

func drawNode(t *rapid.T, name string) collector.Node {
	n := rapid.SampledFrom(kinds).Draw(t, "type")
	n.Name, n.Created = name, drawTime(t, "node's creation")
	if n.Provider != "" {
		n.ProviderID = string(n.Provider) + "/" + name
	}
	n.CapacityType = rapid.SampledFrom([]collector.CapacityType{collector.OnDemand, collector.OnDemand, collector.Spot, collector.Reserved, ""}).Draw(t, "capacity type")
	switch rapid.IntRange(0, 9).Draw(t, "size") {
	case 0:
		n.Capacity, n.Allocatable = collector.Resources{}, collector.Resources{}
	case 1:
		n.Capacity = collector.Resources{}
	case 2:
		n.Allocatable = collector.Resources{}
	case 3:
		n.Capacity, n.Allocatable = n.Allocatable, n.Capacity // more than there is
	case 4:
		n.Capacity.CPU = collector.MilliCPU(rapid.Int64().Draw(t, "odd capacity"))
		n.Allocatable.Memory = collector.Bytes(rapid.Int64().Draw(t, "odd allocatable"))
	}
	return n
}

func drawWorkload(t *rapid.T, name string, c *collector.Cluster) collector.Workload {
	w := collector.Workload{
		APIVersion: "apps/v1", Kind: rapid.SampledFrom([]string{"Deployment", "StatefulSet", "DaemonSet"}).Draw(t, "kind"),
		Namespace: rapid.SampledFrom([]string{"shop", "payments"}).Draw(t, "namespace"), Name: name,
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "containers") {
		w.Containers = append(w.Containers, drawContainer(t, fmt.Sprintf("container-%d", i)))
	}
	drawTraits(t, &w)
	names := []string{"", "gone"}
	for _, n := range slices.Concat(c.Nodes, c.Nodes, c.PastNodes) { // listed ones more often
		names = append(names, n.Name)
	}
	drawPodTime(t, &w, names[1:])
	used := map[string]bool{}
	for range rapid.IntRange(0, 4).Draw(t, "placements") {
		node := rapid.SampledFrom(names).Draw(t, "node")
		if used[node] {
			continue
		}
		used[node] = true
		pods := rapid.OneOf(rapid.IntRange(1, 5), rapid.SampledFrom([]int{200, 1 << 40})).Draw(t, "pods")
		w.Placements = append(w.Placements, collector.Placement{Node: node, Pods: pods})
		w.Replicas += pods
	}
	return w
}

func drawContainer(t *rapid.T, name string) collector.Container {
	c := collector.Container{Name: name, Role: rapid.SampledFrom([]collector.Role{collector.App, collector.App, collector.Init, collector.Sidecar}).Draw(t, "role")}
	if rapid.Bool().Draw(t, "requests") {
		c.Requests = collector.Resources{
			CPU:    collector.MilliCPU(rapid.Int64Range(0, 3000).Draw(t, "cpu")),
			Memory: collector.Bytes(rapid.Int64Range(0, int64(4*collector.GiB)).Draw(t, "memory")),
			GPU:    collector.GPUs(rapid.SampledFrom([]int64{0, 0, 0, 1, 2}).Draw(t, "GPUs")),
		}
	}
	if rapid.Bool().Draw(t, "measured") {
		c.Usage.Source = "prometheus"
		for d := range rapid.IntRange(1, 2).Draw(t, "days") {
			c.Usage.Days = append(c.Usage.Days, collector.DayUsage{
				Day:    collector.DayOf(End.AddDate(0, 0, d-3)),
				CPU:    drawDigest(t, 2000),
				Memory: drawDigest(t, float64(2*collector.GiB)),
			})
		}
	}
	return c
}

func drawDigest(t *rapid.T, most float64) collector.Digest {
	s := collector.NewSketch()
	for range rapid.IntRange(0, 3).Draw(t, "samples") {
		if err := s.Add(rapid.Float64Range(0, most).Draw(t, "sample")); err != nil {
			t.Fatal(err) // not a sample that a sketch refuses
		}
	}
	return s.Digest()
}
