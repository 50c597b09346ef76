package gate_test

import (
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/gate"
)

// toSpot makes the change a move to spot capacity of the provider.
func toSpot(p collector.Provider, key, value string) func(*gate.Case) {
	return func(c *gate.Case) {
		for i := range c.Cluster.Nodes {
			n := &c.Cluster.Nodes[i]
			n.Provider = p
		}
		spot := c.Cluster.Nodes[0]
		spot.Name, spot.CapacityType, spot.CapacityLabel = "spot-a", collector.Spot, collector.Label{Key: key, Value: value}
		c.Cluster.Nodes = append(c.Cluster.Nodes, spot)
		c.Finding.Recommender = "spot"
		c.Finding.Changes = []recommend.Change{{Object: c.Finding.Subject, Path: []string{"spec", "template", "spec", "nodeSelector", key}, After: value}}
		set(c, deployment, edited(deployment, "spec:\n      term", "spec:\n      nodeSelector: {"+key+": \""+value+"\"}\n      term"))
	}
}

func onAWS(c *gate.Case) { toSpot(collector.AWS, "karpenter.sh/capacity-type", "spot")(c) }
func onGCP(c *gate.Case) { toSpot(collector.GCP, "cloud.google.com/gke-spot", "true")(c) }
func onAzure(c *gate.Case) {
	toSpot(collector.Azure, "kubernetes.azure.com/scalesetpriority", "spot")(c)
}

// both applies one change after the other.
func both(list ...func(*gate.Case)) func(*gate.Case) {
	return func(c *gate.Case) {
		for _, f := range list {
			f(c)
		}
	}
}

func TestWhereThePodsGo(t *testing.T) {
	grown := func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: 1900m") }
	small := func(c *gate.Case) {
		for i := range c.Cluster.Nodes {
			c.Cluster.Nodes[i].Allocatable.CPU = 1900 + 100 + 100 - 1 // the app, its proxy, the agent
		}
	}
	tainted := func(c *gate.Case) {
		for i := range c.Cluster.Nodes {
			c.Cluster.Nodes[i].Taints = []collector.Taint{{Key: "team", Value: "till", Effect: "NoSchedule"}}
		}
	}
	selecting := func(label string) func(*gate.Case) {
		return func(c *gate.Case) {
			builtAs(c, "cpu: 500m", "cpu: 1900m")
			edit(c, "      terminationGrace", "      nodeSelector: {"+label+"}\n      terminationGrace")
		}
	}
	judge(t, "nodes.golden", []row{
		{"node-large-enough", "no more than before", yes, nil},
		{"node-large-enough", "no more than before, on a node that is too small", yes, small},
		{"node-large-enough", "more, and it fits", yes, grown},
		{"node-large-enough", "to the last millicore", yes, func(c *gate.Case) {
			grown(c)
			small(c)
			c.Cluster.Nodes[1].Allocatable.CPU++
		}},
		{"node-large-enough", "a millicore too much beside the DaemonSet", no, both(grown, small)},
		{"node-large-enough", "no node of a known size", no, func(c *gate.Case) {
			grown(c)
			for i := range c.Cluster.Nodes {
				c.Cluster.Nodes[i].Allocatable = collector.Resources{}
			}
		}},
		{"node-large-enough", "every node is tainted", no, both(grown, tainted)},
		{"node-large-enough", "the taint is tolerated", yes, func(c *gate.Case) {
			tainted(c)
			grown(c)
			edit(c, "      terminationGrace", "      tolerations: [{key: team, operator: Exists}]\n      terminationGrace")
		}},
		{"node-large-enough", "a selector that a node has", yes, selecting("topology.kubernetes.io/zone: eu-west-2a")},
		{"node-large-enough", "a selector that no node has", no, selecting("kubernetes.io/arch: arm64")},
		{"node-large-enough", "a selector of spot where there is none", no, selecting("karpenter.sh/capacity-type: spot")},
		{"node-large-enough", "a selector that is not recorded", unknown, selecting("team: till")},
		{"node-large-enough", "a selector that is not recorded, of a node that is too small", no, both(selecting("team: till"), small)},
		{"node-large-enough", "no nodes", unknown, both(grown, func(c *gate.Case) { c.Cluster.Nodes = nil })},
		{"node-large-enough", "a DaemonSet that fits on one of its two nodes", no, func(c *gate.Case) {
			grown(c)
			c.Workload.Kind, c.Workload.Placements = "DaemonSet", []collector.Placement{{Node: "node-a", Pods: 1}, {Node: "node-b", Pods: 1}}
			c.Cluster.Nodes[0].Allocatable.CPU = 1000
		}},
		{"node-large-enough", "spot nodes", yes, onAWS},
		{"node-large-enough", "pods that find no node now", no, func(c *gate.Case) {
			c.Workload.Placements = []collector.Placement{{Pods: 3}}
			c.Cluster.Nodes = c.Cluster.Nodes[:1]
			c.Cluster.Nodes[0].Allocatable.CPU = 600
		}},
		{"node-large-enough", "no pod template", unknown, noPods},
		{"node-large-enough", "no workload", yes, noWorkload},

		{"grace", "no move to spot", yes, nil},
		{"grace", "30 s on AWS", yes, onAWS},
		{"grace", "30 s on Azure", yes, onAzure},
		{"grace", "30 s on Google Cloud", yes, onGCP},
		{"grace", "121 s on AWS", no, both(onAWS, func(c *gate.Case) { edit(c, "Seconds: 30", "Seconds: 121") })},
		{"grace", "31 s on Azure", no, both(onAzure, func(c *gate.Case) { edit(c, "Seconds: 30", "Seconds: 31") })},
		{"grace", "the live pod's, where Git says nothing", no, both(onGCP, func(c *gate.Case) {
			edit(c, "terminationGracePeriodSeconds: 30", "hostNetwork: false")
			c.Workload.Pod.GracePeriod.Duration = time.Minute
		})},
		{"grace", "nodes of two providers", no, both(onAWS, func(c *gate.Case) {
			c.Cluster.Nodes[1].Provider = collector.GCP
			edit(c, "Seconds: 30", "Seconds: 60")
		})},
		{"grace", "a provider that is not known", unknown, both(onAWS, func(c *gate.Case) { c.Cluster.Nodes[0].Provider = "" })},
		{"grace", "no pods", unknown, both(onAWS, func(c *gate.Case) { c.Workload.Placements = nil })},
		{"grace", "no pod template", unknown, both(onAWS, noPods)},
		{"grace", "back to on demand", yes, toSpot(collector.AWS, "karpenter.sh/capacity-type", "on-demand")},
		{"grace", "no workload", yes, noWorkload},

		{"disruption-budget", "2 of 3 may go", yes, nil},
		{"disruption-budget", "none", yes, func(c *gate.Case) { c.Workload.PDB = nil }},
		{"disruption-budget", "it wants more than there are", no, func(c *gate.Case) { c.Workload.PDB.MinAvailable = "4" }},
		{"disruption-budget", "it wants more than the HPA may leave", no, func(c *gate.Case) {
			c.Workload.PDB.MinAvailable = "2"
			c.Workload.HPA = &collector.HPA{Name: "cart", Min: 1, Max: 9, Other: true}
		}},
		{"disruption-budget", "it wants all", yes, func(c *gate.Case) { c.Workload.PDB.MinAvailable = "100%" }},
		{"disruption-budget", "it wants all on spot", no, both(onAWS, func(c *gate.Case) { c.Workload.PDB.MinAvailable = "100%" })},
		{"disruption-budget", "it lets none go on spot", no, both(onAWS, func(c *gate.Case) {
			c.Workload.PDB.MinAvailable, c.Workload.PDB.MaxUnavailable = "", "0"
		})},
		{"disruption-budget", "not listed", unknown, func(c *gate.Case) {
			c.Workload.PDB = nil
			gap(c, "poddisruptionbudgets.policy")
		}},
		{"disruption-budget", "scaled to nothing", yes, func(c *gate.Case) { c.Workload.Replicas = 0 }},
		{"disruption-budget", "no workload", yes, noWorkload},
	})
}

func TestHowThePodsAreReplaced(t *testing.T) {
	app := func(c *gate.Case) *collector.Container { return &c.Workload.Containers[0] }
	grown := func(c *gate.Case) {
		builtAs(c, "requests: {cpu: 500m, memory: 768Mi}", `requests: {cpu: "1500m", memory: 2Gi}`)
	}
	kind := func(k string) func(*gate.Case) { return func(c *gate.Case) { c.Workload.Kind = k } }
	single := func(c *gate.Case) {
		c.Workload.Replicas, c.Workload.Placements = 1, []collector.Placement{{Node: "node-a", Pods: 1}}
	}
	judge(t, "rollout.golden", []row{
		{"replicas-available", "all are there", yes, nil},
		{"replicas-available", "killed for memory, and gets less", no, func(c *gate.Case) { app(c).Usage.OOMKills = 2 }},
		{"replicas-available", "killed for memory, and gets more", yes, both(grown, func(c *gate.Case) { app(c).Usage.OOMKills = 2 })},
		{"replicas-available", "killed for memory, and gets less CPU", yes, func(c *gate.Case) {
			app(c).Usage.OOMKills = 2
			builtAs(c, "memory: 768Mi", "memory: 1Gi")
		}},
		{"replicas-available", "killed for memory, and gets a limit", no, func(c *gate.Case) {
			app(c).Usage.OOMKills, app(c).Limits.Memory = 2, 0
			builtAs(c, "memory: 768Mi", "memory: 1Gi")
		}},
		{"replicas-available", "42 restarts of 3 pods in 14 days", yes, func(c *gate.Case) { app(c).Usage.Restarts = 42 }},
		{"replicas-available", "43 restarts", no, func(c *gate.Case) { app(c).Usage.Restarts = 43 }},
		{"replicas-available", "43 restarts, and gets more", yes, both(grown, func(c *gate.Case) { app(c).Usage.Restarts = 43 })},
		{"replicas-available", "none is there", no, func(c *gate.Case) { c.Workload.Placements = nil }},
		{"replicas-available", "one lacks", no, func(c *gate.Case) { c.Workload.Replicas = 4 }},
		{"replicas-available", "one finds no node, and gets less", yes, func(c *gate.Case) { c.Workload.Placements[1].Node = "" }},
		{"replicas-available", "one finds no node, and gets more", no, both(grown, func(c *gate.Case) { c.Workload.Placements[1].Node = "" })},
		{"replicas-available", "one finds no node, and moves to spot", no, both(onAWS, func(c *gate.Case) { c.Workload.Placements[1].Node = "" })},
		{"replicas-available", "scaled to nothing", yes, func(c *gate.Case) { c.Workload.Replicas, c.Workload.Placements = 0, nil }},
		{"replicas-available", "a CronJob between two runs", yes, func(c *gate.Case) { c.Workload.Kind, c.Workload.Placements = "CronJob", nil }},
		{"replicas-available", "no pod template", unknown, noPods},
		{"replicas-available", "no workload", yes, noWorkload},

		{"rollout-possible", "a few at a time", yes, nil},
		{"rollout-possible", "it must not be disrupted", no, func(c *gate.Case) { c.Workload.Pod.DoNotDisrupt = "karpenter.sh/do-not-disrupt=true" }},
		{"rollout-possible", "a Job", no, kind("Job")},
		{"rollout-possible", "a bare Pod", no, kind("Pod")},
		{"rollout-possible", "a CronJob", yes, kind("CronJob")},
		{"rollout-possible", "paused", no, func(c *gate.Case) { builtAs(c, "replicas: 3", "replicas: 3\n  paused: true") }},
		{"rollout-possible", "neither surge nor unavailable", no, func(c *gate.Case) { c.Workload.Rollout = collector.Strategy{MaxSurge: "0", MaxUnavailable: "0%"} }},
		{"rollout-possible", "OnDelete", yes, func(c *gate.Case) { c.Workload.Rollout.Type = "OnDelete" }},
		{"rollout-possible", "Recreate", yes, func(c *gate.Case) { c.Workload.Rollout.Type = "Recreate" }},
		{"rollout-possible", "a single pod with a surge", yes, single},
		{"rollout-possible", "a single pod of a StatefulSet", yes, both(single, kind("StatefulSet"))},
		{"rollout-possible", "no workload", yes, noWorkload},
	})
}

const kustomization = `
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 10m, path: ./apps}
`

const release = `
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cart, namespace: shop}
spec: {interval: 10m, chart: {spec: {chart: cart}}}
`

func TestIntervalsAndMoney(t *testing.T) {
	// from makes the change one of a Flux object.
	from := func(before, old, fresh string) func(*gate.Case) {
		return func(c *gate.Case) {
			set(c, before, edited(before, old, fresh))
			o := c.Objects[0].Before
			meta, _ := o["metadata"].(map[string]any)
			c.Workload = nil
			c.Finding.Subject = recommend.Object{Cluster: c.Cluster.Name, APIVersion: o["apiVersion"].(string), Kind: o["kind"].(string),
				Namespace: meta["namespace"].(string), Name: meta["name"].(string)}
		}
	}
	retried := edited(kustomization, "interval: 10m", "interval: 10m, retryInterval: 2m")
	saves := func(a pricing.Amount) func(*gate.Case) { return func(c *gate.Case) { c.Finding.Saving.Allocated = a } }
	grown := func(c *gate.Case) { builtAs(c, "memory: 768Mi", "memory: 1200Mi") }
	judge(t, "money.golden", []row{
		{"retry-kept", "no Flux object", yes, nil},
		{"retry-kept", "retries at the old interval", yes, from(kustomization, "interval: 10m", "interval: 1h, retryInterval: 10m")},
		{"retry-kept", "retries that become slower", no, from(kustomization, "interval: 10m", "interval: 1h")},
		{"retry-kept", "retries that are set and stay", yes, from(retried, "interval: 10m", "interval: 1h")},
		{"retry-kept", "retries that were set and become slower", no, from(retried, "interval: 10m, retryInterval: 2m", "interval: 1h, retryInterval: 10m")},
		{"retry-kept", "a shorter interval", yes, from(kustomization, "interval: 10m", "interval: 5m")},
		{"retry-kept", "a chart that inherits", no, from(release, "interval: 10m", "interval: 1h")},
		{"retry-kept", "a chart with an interval of its own", yes, from(release, "interval: 10m, chart: {spec: {", "interval: 1h, chart: {spec: {interval: 5m, ")},
		{"retry-kept", "a chart of another object", yes, from(edited(release, "chart: {spec: {chart: cart}}", "chartRef: {name: cart}"), "interval: 10m", "interval: 1h")},
		{"retry-kept", "an interval that can't be read", unknown, from(kustomization, "interval: 10m", "interval: soon")},
		{"retry-kept", "an interval that a variable sets", unknown, from(edited(kustomization, "10m", `"${interval}"`), "${interval}", "1h")},
		{"retry-kept", "not at hand", unknown, both(from(kustomization, "10m", "1h"), func(c *gate.Case) { c.Objects = nil })},
		{"retry-kept", "a source", yes, from(edited(edited(kustomization, "kustomize.", "source."), "kind: Kustomization", "kind: GitRepository"), "10m", "1h")},

		{"saving-positive", "it saves", yes, nil},
		{"saving-positive", "nothing by itself", yes, saves(pounds("0"))},
		{"saving-positive", "it costs, and raises nothing", no, saves(pounds("-3.2"))},
		{"saving-positive", "it costs, and raises a size", yes, both(grown, saves(pounds("-3.2")))},
		{"saving-positive", "not known", unknown, saves(pricing.Amount{})},
		{"saving-positive", "it costs, and no size is at hand", unknown, both(saves(pounds("-3.2")), noPods)},
		{"saving-positive", "an interval that costs", no, both(saves(pounds("-3.2")), noWorkload)},
	})
}
