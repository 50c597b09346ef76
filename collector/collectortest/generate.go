package collectortest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// Days is how many days of usage each container of Generate has.
const Days = 14

// Generate makes a normalised fleet of clusters with so many workloads each, one
// container a workload. Equal arguments give equal fleets. Six clusters in ten
// are on AWS in London, two on Azure in UK South, two on Google Cloud in
// europe-west2, all of types that the price book has; a quarter of the nodes are
// spot. Pods fit the nodes that they run on. Each container has 14 days of
// usage, 288 samples a day: CPU log-normal, memory steady; requests are 1 to 4
// times what is used. Each cluster has its Flux objects with their history.
//
// Digests are drawn from a pool, so that 200 clusters of 250 workloads take a
// second or two to make.
func Generate(clusters, workloads int, seed uint64) *collector.Fleet {
	p := newPool(rand.New(rand.NewPCG(seed, 0)))
	f := &collector.Fleet{Window: Window(), Clusters: make([]collector.Cluster, clusters)}
	for i := range clusters {
		g := generator{rng: rand.New(rand.NewPCG(seed, uint64(i)+1)), pool: p}
		f.Clusters[i] = g.cluster(i, workloads)
	}
	f.Normalise()
	return f
}

// pool holds days of usage at a few dozen levels, some days for each.
type pool struct {
	cpu, memory []level
}

type level struct {
	mean float64
	days []collector.Digest
}

const (
	levels  = 40
	perDay  = 288
	variety = 7 // different days at one level
)

// newPool has CPU levels from 5m to about 2 cores, memory from 24 MiB to about
// 6 GiB, a constant factor apart.
func newPool(rng *rand.Rand) *pool {
	p := &pool{}
	for i := range levels {
		cpu := 5 * math.Pow(400, float64(i)/levels)
		memory := 24 * float64(collector.MiB) * math.Pow(250, float64(i)/levels)
		p.cpu = append(p.cpu, newLevel(cpu, func() float64 { return cpu * math.Exp(0.5*rng.NormFloat64()-0.125) }))
		p.memory = append(p.memory, newLevel(memory, func() float64 { return math.Round(memory * (1 + 0.03*rng.NormFloat64())) }))
	}
	return p
}

func newLevel(mean float64, sample func() float64) level {
	l := level{mean: mean}
	for range variety {
		s := collector.NewSketch()
		for range perDay {
			_ = s.Add(max(sample(), 0)) // finite, not negative and far below the largest sample
		}
		l.days = append(l.days, s.Digest())
	}
	return l
}

// pools of nodes by cluster: the cloud, what its machines are, and how they are
// named.
var clouds = []struct {
	node     collector.Node
	id, zone string
}{
	{machine(collector.AWS, "eu-west-2", "m6i.xlarge", "amd64", 4, 16), "aws:///eu-west-2%[2]s/i-%016[1]x", "eu-west-2%s"},
	{machine(collector.AWS, "eu-west-2", "m7g.2xlarge", "arm64", 8, 32), "aws:///eu-west-2%[2]s/i-%016[1]x", "eu-west-2%s"},
	{machine(collector.Azure, "uksouth", "Standard_D4s_v5", "amd64", 4, 16),
		"azure:///subscriptions/s/virtualMachineScaleSets/%[2]s/virtualMachines/%[1]d", "uksouth-%s"},
	{machine(collector.GCP, "europe-west2", "e2-standard-4", "amd64", 4, 16), "gce://project/europe-west2-%[2]s/node-%[1]d", "europe-west2-%s"},
	{machine(collector.AWS, "eu-west-2", "r6i.xlarge", "amd64", 4, 32), "aws:///eu-west-2%[2]s/i-%016[1]x", "eu-west-2%s"},
}

// cloudOf has six clusters in ten on AWS and two each on Azure and Google Cloud.
var cloudOf = []int{0, 2, 0, 3, 1, 0, 2, 4, 3, 1}

type generator struct {
	rng  *rand.Rand
	pool *pool
	room []collector.Resources // left on each node, in the order of the cluster's
}

func (g *generator) cluster(i, workloads int) collector.Cluster {
	environment := []string{"production", "staging", "development"}[i%3]
	c := collector.Cluster{Name: fmt.Sprintf("%s-%03d", environment, i), Environment: environment, Version: "v1.34.1", NodesSince: Window().Start}
	daemons := min(3, workloads/10)
	var everywhere collector.Resources
	for j := range daemons {
		w := g.workload(j, "DaemonSet", 5)
		everywhere = everywhere.Add(w.Requests())
		c.Workloads = append(c.Workloads, w)
	}
	for j := daemons; j < workloads; j++ {
		w := g.workload(j, g.kind(), levels)
		g.place(&c, &w, cloudOf[i%len(cloudOf)], everywhere)
		c.Workloads = append(c.Workloads, w)
	}
	for j := range daemons {
		w := &c.Workloads[j]
		w.Replicas = len(c.Nodes)
		for k := range c.Nodes {
			w.Placements = append(w.Placements, collector.Placement{Node: c.Nodes[k].Name, Pods: 1})
		}
	}
	g.flux(&c)
	return c
}

func (g *generator) kind() string {
	switch n := g.rng.IntN(100); {
	case n < 82:
		return "Deployment"
	case n < 93:
		return "StatefulSet"
	default:
		return "CronJob"
	}
}

// workload makes one with usage below the given level.
func (g *generator) workload(i int, kind string, below int) collector.Workload {
	team := fmt.Sprintf("team-%02d", i%12)
	w := collector.Workload{
		APIVersion: "apps/v1", Kind: kind, Namespace: team, Name: fmt.Sprintf("app-%03d", i),
		Created: End.AddDate(0, -6, 0), Replicas: 1 + g.rng.IntN(5),
		Origin: collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: team},
		Pod: collector.PodTraits{GracePeriod: collector.Duration{Duration: 30 * time.Second},
			ReadinessProbe: g.rng.IntN(4) > 0, Spread: g.rng.IntN(3) > 0},
		Rollout: collector.Strategy{Type: "RollingUpdate", MaxUnavailable: "25%", MaxSurge: "25%"},
	}
	switch kind {
	case "CronJob":
		w.APIVersion, w.Replicas, w.Rollout = "batch/v1", 1, collector.Strategy{}
		w.LongestJob = collector.Duration{Duration: time.Duration(1+g.rng.IntN(90)) * time.Minute}
	case "StatefulSet":
		w.Rollout = collector.Strategy{Type: "RollingUpdate"}
		w.Pod.Claims = []collector.Claim{{Name: "data", AccessModes: []string{"ReadWriteOnce"}}}
	case "Deployment":
		if g.rng.IntN(5) == 0 {
			w.HPA = &collector.HPA{Name: w.Name, Min: 1, Max: 10, CPUTarget: 70}
		}
	}
	if w.Replicas > 1 && g.rng.IntN(3) == 0 {
		w.PDB = &collector.PDB{Name: w.Name, MaxUnavailable: "1", DisruptionsAllowed: 1}
	}
	w.Containers = []collector.Container{g.container(below)}
	return w
}

// container requests 1 to 4 times its mean usage, in round figures, and limits
// memory at half as much again.
func (g *generator) container(below int) collector.Container {
	// The smaller of two draws: most workloads are small.
	cpu := g.pool.cpu[min(g.rng.IntN(below), g.rng.IntN(below))]
	memory := g.pool.memory[min(g.rng.IntN(below), g.rng.IntN(below))]
	request := collector.Resources{
		CPU:    collector.MilliCPU(max(10, 10*math.Ceil(cpu.mean*g.factor()/10))),
		Memory: collector.Bytes(math.Ceil(memory.mean*g.factor()/float64(16*collector.MiB))) * 16 * collector.MiB,
	}
	c := collector.Container{Name: "app", Image: "registry.example/app:1.4.2", Requests: request,
		Limits: collector.Resources{Memory: request.Memory * 3 / 2},
		Usage:  collector.Usage{Source: "prometheus", Days: make([]collector.DayUsage, Days)}}
	for d := range Days {
		c.Usage.Days[d] = collector.DayUsage{
			Day: collector.DayOf(End.AddDate(0, 0, d-Days)),
			CPU: cpu.days[g.rng.IntN(variety)], Memory: memory.days[g.rng.IntN(variety)],
		}
	}
	if g.rng.IntN(40) == 0 {
		c.Usage.OOMKills = 1
	}
	return c
}

func (g *generator) factor() float64 { return 1 + 3*g.rng.Float64() }

// place puts w's pods on nodes with room, adding nodes to c as they are needed.
// everywhere is kept free on each for the DaemonSets.
func (g *generator) place(c *collector.Cluster, w *collector.Workload, cloud int, everywhere collector.Resources) {
	need := w.Requests()
	pods := map[int]int{}
	for range w.Replicas {
		i := g.roomy(need, pods)
		if i < 0 {
			i = len(c.Nodes)
			n := g.node(cloud, i)
			free := n.Allocatable.Sub(everywhere)
			if !need.Fits(free) {
				return // larger than any node: it stays pending
			}
			c.Nodes = append(c.Nodes, n)
			g.room = append(g.room, free)
		}
		g.room[i] = g.room[i].Sub(need)
		pods[i]++
	}
	for i := range c.Nodes {
		if pods[i] > 0 {
			w.Placements = append(w.Placements, collector.Placement{Node: c.Nodes[i].Name, Pods: pods[i]})
		}
	}
}

// roomy is one of the newest nodes with room for need, one without pods of the
// same workload if there is one, or -1.
func (g *generator) roomy(need collector.Resources, taken map[int]int) int {
	best := -1
	for i := len(g.room) - 1; i >= max(0, len(g.room)-12); i-- {
		if !need.Fits(g.room[i]) {
			continue
		}
		if taken[i] == 0 {
			return i
		}
		best = i
	}
	return best
}

func (g *generator) node(cloud, i int) collector.Node {
	kind := clouds[cloud]
	zone := []string{"a", "b", "c"}[i%3]
	n := kind.node
	n.Name = fmt.Sprintf("node-%03d.%s", i, n.Region)
	n.ProviderID = fmt.Sprintf(kind.id, g.rng.Uint32(), zone)
	n.Zone = fmt.Sprintf(kind.zone, zone)
	n.Created = End.AddDate(0, 0, -g.rng.IntN(90))
	n.CapacityType = collector.OnDemand
	if g.rng.IntN(4) == 0 {
		n.CapacityType = collector.Spot
	}
	return n
}
