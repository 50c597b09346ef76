package gate_test

import (
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/gate"
)

const vpa = `
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: cart, namespace: shop}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}
  updatePolicy: {updateMode: Initial}
`

func TestWhoElseHasASay(t *testing.T) {
	live := func(h collector.HPA) func(*gate.Case) {
		return func(c *gate.Case) { c.Workload.HPA = &h }
	}
	// withTarget moves the HPA's target along with the pod's request from 1100m to 600m.
	withTarget := func(after string) func(*gate.Case) {
		return func(c *gate.Case) {
			c.Workload.HPA = &collector.HPA{Name: "cart", Min: 3, Max: 9, CPUTarget: 80}
			c.Objects = append(c.Objects, gate.Rendered{Before: object(hpa), After: object(edited(hpa, "averageUtilization: 80", after))})
		}
	}
	builds := func(text string) func(*gate.Case) {
		return func(c *gate.Case) { c.Build = append(c.Build, object(text)) }
	}
	judge(t, "scaling.golden", []row{
		{"hpa-consistent", "none", yes, nil},
		{"hpa-consistent", "a share of the CPU request", no, live(collector.HPA{Name: "cart", Min: 3, Max: 9, CPUTarget: 80})},
		{"hpa-consistent", "a share of the memory request", no, live(collector.HPA{Name: "cart", Min: 3, Max: 9, MemoryTarget: 70})},
		{"hpa-consistent", "something else", yes, live(collector.HPA{Name: "cart", Min: 3, Max: 9, Other: true})},
		{"hpa-consistent", "a share of a request that stays", yes, func(c *gate.Case) {
			live(collector.HPA{Name: "cart", Min: 3, Max: 9, CPUTarget: 80})(c)
			builtAs(c, "cpu: 500m", `cpu: "1"`)
		}},
		{"hpa-consistent", "the target moves along", yes, withTarget("averageUtilization: 147")},
		{"hpa-consistent", "the target moves by too little", no, withTarget("averageUtilization: 140")},
		{"hpa-consistent", "the target goes", yes, withTarget("averageValue: 880m")},
		{"hpa-consistent", "only Git has it as yet", no, builds(hpa)},
		{"hpa-consistent", "of another workload", yes, builds(edited(hpa, "kind: Deployment, name: cart", "kind: Deployment, name: till"))},
		{"hpa-consistent", "of the old version", no, builds(`{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: cart}, spec: {maxReplicas: 9, targetCPUUtilizationPercentage: 80, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}}}`)},
		{"hpa-consistent", "of a container that stays", yes, builds(edited(hpa, "- type: Resource\n    resource: {", "- type: ContainerResource\n    containerResource: {container: proxy, "))},
		{"hpa-consistent", "of a container that changes", no, builds(edited(hpa, "- type: Resource\n    resource: {", "- type: ContainerResource\n    containerResource: {container: app, "))},
		{"hpa-consistent", "one that can't be read", unknown, builds(edited(hpa, "averageUtilization: 80", "averageUtilization: lots"))},
		{"hpa-consistent", "not listed", unknown, func(c *gate.Case) { gap(c, "horizontalpodautoscalers.autoscaling") }},
		{"hpa-consistent", "no workload", yes, noWorkload},

		{"vpa", "none", yes, nil},
		{"vpa", "Initial", no, builds(vpa)},
		{"vpa", "Auto by default", no, builds(edited(vpa, "updatePolicy: {updateMode: Initial}", ""))},
		{"vpa", "Off", yes, builds(edited(vpa, "Initial", `"Off"`))},
		{"vpa", "in the cluster, not in Git", no, func(c *gate.Case) { c.Workload.VPA = &collector.VPA{Name: "cart", Mode: "Recreate"} }},
		{"vpa", "in the cluster, and only advising", yes, func(c *gate.Case) { c.Workload.VPA = &collector.VPA{Name: "cart", Mode: "Off"} }},
		{"vpa", "of another workload", yes, builds(edited(vpa, "Deployment, name: cart", "Deployment, name: till"))},
		{"vpa", "of another namespace", yes, builds(edited(vpa, "namespace: shop", "namespace: till"))},
		{"vpa", "no size changes", yes, func(c *gate.Case) {
			builds(vpa)(c)
			set(c, deployment, deployment)
		}},
		{"vpa", "no pod template", unknown, noPods},
		{"vpa", "no workload", yes, noWorkload},
	})
}

func TestWhatWasMeasured(t *testing.T) {
	app := func(c *gate.Case) *collector.Container { return &c.Workload.Containers[0] }
	interval := func(m collector.Measured, confidence recommend.Confidence) func(*gate.Case) {
		return func(c *gate.Case) {
			noWorkload(c)
			c.Finding.Confidence = confidence
			s := c.Finding.Subject
			c.Cluster.Reconcilers = []collector.Reconciler{{APIVersion: s.APIVersion, Kind: s.Kind, Namespace: s.Namespace, Name: s.Name, Measured: m}}
		}
	}
	judge(t, "measured.golden", []row{
		{"enough-data", "14 days", yes, nil},
		{"enough-data", "7 days", yes, func(c *gate.Case) { app(c).Usage = usage(c.Window.End, 7) }},
		{"enough-data", "6 days", no, func(c *gate.Case) { app(c).Usage = usage(c.Window.End, 6) }},
		{"enough-data", "6 days of memory", no, func(c *gate.Case) {
			for i := range 8 {
				app(c).Usage.Days[i].Memory = nil
			}
		}},
		{"enough-data", "6 days of memory, which does not change", yes, func(c *gate.Case) {
			for i := range 8 {
				app(c).Usage.Days[i].Memory = nil
			}
			builtAs(c, "memory: 768Mi", "memory: 1Gi")
		}},
		{"enough-data", "the whole of a window of 3 days", yes, func(c *gate.Case) {
			c.Window.Start = c.Window.End.AddDate(0, 0, -3)
			app(c).Usage = usage(c.Window.End, 3)
		}},
		{"enough-data", "fewer days than are asked for", no, func(c *gate.Case) {
			c.Needs.Days = 10
			app(c).Usage = usage(c.Window.End, 9)
		}},
		{"enough-data", "low confidence", no, func(c *gate.Case) { c.Finding.Confidence = recommend.Low }},
		{"enough-data", "no size changes", yes, func(c *gate.Case) {
			c.Finding.Confidence = recommend.Low
			set(c, deployment, deployment)
		}},
		{"enough-data", "no pod template", unknown, noPods},
		{"enough-data", "an interval that was measured", yes, interval(collector.Measured{Source: "prometheus", Count: 84, Span: collector.Duration{Duration: 14 * 3600e9}}, recommend.High)},
		{"enough-data", "an interval of which a run was measured", yes, interval(collector.Measured{}, recommend.Medium)},
		{"enough-data", "an interval of which nothing was measured", no, interval(collector.Measured{}, recommend.Low)},
		{"enough-data", "a setting of Argo CD", yes, func(c *gate.Case) {
			noWorkload(c)
			c.Finding.Subject.APIVersion, c.Finding.Subject.Kind = "v1", "ConfigMap"
		}},

		{"observed-peak", "over it", yes, nil},
		{"observed-peak", "a memory request at the peak", yes, func(c *gate.Case) { builtAs(c, "memory: 768Mi", "memory: 600Mi") }},
		{"observed-peak", "a memory request under the peak", no, func(c *gate.Case) { builtAs(c, "memory: 768Mi", "memory: 599Mi") }},
		{"observed-peak", "a memory limit under the peak", no, func(c *gate.Case) { builtAs(c, "memory: 2Gi", "memory: 599Mi") }},
		{"observed-peak", "a CPU request over p95 and under the peak", yes, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: 390m") }},
		{"observed-peak", "a CPU request under p95", no, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: 370m") }},
		{"observed-peak", "a CPU request over the quantile that is asked for", yes, func(c *gate.Case) {
			c.Needs.CPUQuantile = 0.9
			builtAs(c, "cpu: 500m", "cpu: 370m")
		}},
		{"observed-peak", "a CPU limit under the peak", no, func(c *gate.Case) { builtAs(c, `cpu: "2"`, "cpu: 390m") }},
		{"observed-peak", "a request that goes, so that the limit is its", yes, func(c *gate.Case) { builtAs(c, "requests: {cpu: 500m, memory: 768Mi}", "requests: {cpu: 500m}") }},
		{"observed-peak", "a request that goes with its limit", no, func(c *gate.Case) {
			builtAs(c, "{cpu: 500m, memory: 768Mi}\n          limits: {cpu: \"2\", memory: 2Gi}", "{cpu: 500m}")
		}},
		{"observed-peak", "a limit that goes", yes, func(c *gate.Case) { builtAs(c, `limits: {cpu: "2", memory: 2Gi}`, "limits: {memory: 2Gi}") }},
		{"observed-peak", "raised, and still under the peak", yes, func(c *gate.Case) {
			app(c).Requests.Memory = 500 * collector.MiB
			builtAs(c, "memory: 768Mi", "memory: 550Mi")
		}},
		{"observed-peak", "a new limit under the peak", no, func(c *gate.Case) {
			app(c).Limits.Memory = 0
			builtAs(c, "memory: 2Gi", "memory: 550Mi")
		}},
		{"observed-peak", "not measured", unknown, func(c *gate.Case) { app(c).Usage = collector.Usage{} }},
		{"observed-peak", "a digest that is broken", unknown, func(c *gate.Case) { app(c).Usage.Days[0].CPU = collector.Digest("no digest, but more than 26 bytes") }},
		{"observed-peak", "no size changes", yes, func(c *gate.Case) { set(c, deployment, deployment) }},
		{"observed-peak", "no workload", yes, noWorkload},

		{"qos-class", "stays", yes, nil},
		{"qos-class", "becomes Guaranteed, unsaid", no, guaranteed},
		{"qos-class", "becomes Guaranteed, as said", yes, func(c *gate.Case) {
			guaranteed(c)
			c.Finding.Evidence = []recommend.Evidence{{Name: "QoS class", Value: "Burstable → Guaranteed"}}
		}},
		{"qos-class", "becomes Guaranteed, and another is said", no, func(c *gate.Case) {
			guaranteed(c)
			c.Finding.Evidence = []recommend.Evidence{{Name: "QoS class", Value: "Guaranteed → Burstable"}}
		}},
		{"qos-class", "no pod template", unknown, noPods},
		{"qos-class", "no workload", yes, noWorkload},
	})
}

// guaranteed makes all limits and requests equal.
func guaranteed(c *gate.Case) {
	c.Workload.Containers = c.Workload.Containers[:1]
	set(c, edited(deployment, "      - name: proxy\n        image: proxy:1\n", ""),
		edited(edited(resized, "      - name: proxy\n        image: proxy:1\n", ""), `limits: {cpu: "2", memory: 2Gi}`, "limits: {cpu: 500m, memory: 768Mi}"))
}
