package gate_test

import (
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report/gate"
)

const ratio = `
apiVersion: v1
kind: LimitRange
metadata: {name: ratios, namespace: shop}
spec: {limits: [{type: Container, maxLimitRequestRatio: {cpu: "3"}}]}
`

// gap is what the collector leaves where it may not list a resource.
func gap(c *gate.Case, resource string) {
	c.Cluster.Gaps = append(c.Cluster.Gaps, collector.Gap{Cluster: c.Cluster.Name, Source: "kubernetes", Reason: "cannot list " + resource + ": forbidden; grant list on " + resource + " (see deploy/)"})
}

// noWorkload makes the subject a Kustomization.
func noWorkload(c *gate.Case) {
	c.Workload = nil
	c.Finding.Subject.APIVersion, c.Finding.Subject.Kind = "kustomize.toolkit.fluxcd.io/v1", "Kustomization"
}

// noPods leaves no object with a pod template.
func noPods(c *gate.Case) {
	c.Objects[0].After = object("{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: cart}}")
}

func TestWhatAdmissionSays(t *testing.T) {
	quota := func(c *gate.Case) *collector.Quota { return &c.Cluster.Namespaces[0].Quotas[0] }
	limits := func(c *gate.Case) *collector.LimitRange { return &c.Cluster.Namespaces[0].Limits[0] }
	grown := func(c *gate.Case) { builtAs(c, "cpu: 500m", `cpu: "2"`) }
	judge(t, "admission.golden", []row{
		{"request-within-limit", "within", yes, nil},
		{"request-within-limit", "equal", yes, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: 2000m") }},
		{"request-within-limit", "over", no, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: 2100m") }},
		{"request-within-limit", "over a limit that only the live pod has", no, func(c *gate.Case) {
			builtAs(c, "image: proxy:1", "image: proxy:1\n        resources: {requests: {memory: 129Mi}}")
		}},
		{"request-within-limit", "a limit of which the API server makes the request", yes, func(c *gate.Case) {
			builtAs(c, "image: proxy:1", "image: proxy:1\n        resources: {limits: {memory: 32Mi}}")
		}},
		{"request-within-limit", "a container that no live pod has", no, func(c *gate.Case) {
			builtAs(c, "      - name: proxy", "      - {name: new, image: new:1, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}\n      - name: proxy")
		}},
		{"request-within-limit", "no pod template", unknown, noPods},
		{"request-within-limit", "a template that can't be read", unknown, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: lots") }},
		{"request-within-limit", "no workload", yes, noWorkload},

		{"limit-range", "within", yes, nil},
		{"limit-range", "a container under the least", no, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: 5m") }},
		{"limit-range", "a container over the most", no, func(c *gate.Case) { limits(c).Max.Memory = collector.GiB }},
		{"limit-range", "the default limit over the most", no, func(c *gate.Case) {
			limits(c).Default.CPU = 5000 // as the live proxy sets none
		}},
		{"limit-range", "the pod over the most", no, func(c *gate.Case) { limits(c).Type, limits(c).Max.Memory = "Pod", 2*collector.GiB }},
		{"limit-range", "a ratio kept", yes, func(c *gate.Case) {
			c.Build = append(c.Build, object(ratio))
			builtAs(c, "cpu: 500m", "cpu: 700m")
		}},
		{"limit-range", "a ratio that the lower request breaks", no, func(c *gate.Case) { c.Build = append(c.Build, object(ratio)) }},
		{"limit-range", "a ratio of another namespace", yes, func(c *gate.Case) {
			c.Build = append(c.Build, object(edited(ratio, "namespace: shop", "namespace: till")))
		}},
		{"limit-range", "a ratio that can't be read", unknown, func(c *gate.Case) { c.Build = append(c.Build, object(edited(ratio, `"3"`, "three"))) }},
		{"limit-range", "not listed", unknown, func(c *gate.Case) { gap(c, "limitranges") }},
		{"limit-range", "none", yes, func(c *gate.Case) { c.Cluster.Namespaces = nil }},
		{"limit-range", "no workload", yes, noWorkload},

		{"resource-quota", "less", yes, nil},
		{"resource-quota", "room for 3 more cores and the surge", yes, grown},
		{"resource-quota", "room to the last millicore", yes, func(c *gate.Case) {
			grown(c)
			quota(c).HardRequests.CPU = 3300 + 3*1000 + 1100 // its end, and one old pod
			c.Workload.Rollout = collector.Strategy{MaxSurge: "1", MaxUnavailable: "0"}
		}},
		{"resource-quota", "one millicore short of the surge, which it needs", no, func(c *gate.Case) {
			grown(c)
			quota(c).HardRequests.CPU = 3300 + 3*1000 + 1099
			c.Workload.Rollout = collector.Strategy{MaxSurge: "1", MaxUnavailable: "0"}
		}},
		{"resource-quota", "no room for the surge, which it can do without", yes, func(c *gate.Case) {
			grown(c)
			quota(c).HardRequests.CPU = 3300 + 3*1000
			c.Workload.Rollout = collector.Strategy{MaxSurge: "1", MaxUnavailable: "1"}
		}},
		{"resource-quota", "no room for its end", no, func(c *gate.Case) {
			grown(c)
			quota(c).HardRequests.CPU = 3300 + 3*1000 - 1
		}},
		{"resource-quota", "no room for the limits", no, func(c *gate.Case) {
			builtAs(c, "memory: 2Gi", "memory: 3Gi")
			quota(c).HardLimits.Memory, quota(c).UsedLimits.Memory = 8*collector.GiB, 7*collector.GiB
		}},
		{"resource-quota", "no room for a new sidecar", no, func(c *gate.Case) {
			builtAs(c, "      containers:", "      initContainers:\n      - {name: new, image: new:1, restartPolicy: Always, resources: {requests: {cpu: 1001m}}}\n      containers:")
			quota(c).HardRequests.CPU = 3300 + 3*501 - 1 // 500m less for the app, 1001m more for it
		}},
		{"resource-quota", "a new init container asks for less than the rest", yes, func(c *gate.Case) {
			builtAs(c, "      containers:", "      initContainers:\n      - {name: new, image: new:1, resources: {requests: {cpu: 600m}}}\n      containers:")
			quota(c).HardRequests.CPU = 3300 + 600
		}},
		{"resource-quota", "Recreate has no surge", yes, func(c *gate.Case) {
			grown(c)
			quota(c).HardRequests.CPU = 3300 + 3*1000
			c.Workload.Rollout.Type = "Recreate"
		}},
		{"resource-quota", "a StatefulSet has no surge", yes, func(c *gate.Case) {
			grown(c)
			c.Workload.Kind = "StatefulSet"
			quota(c).HardRequests.CPU = 3300 + 3*1000
		}},
		{"resource-quota", "blue-green needs room for both", no, func(c *gate.Case) {
			c.Workload.Kind, c.Workload.Rollout.Type = "Rollout", "BlueGreen"
			quota(c).HardRequests.CPU = 3300 + 3*600 - 1
		}},
		{"resource-quota", "not listed", unknown, func(c *gate.Case) { gap(c, "resourcequotas") }},
		{"resource-quota", "none", yes, func(c *gate.Case) { c.Cluster.Namespaces[0].Quotas = nil }},
		{"resource-quota", "no size changes", yes, func(c *gate.Case) { set(c, deployment, deployment) }},
		{"resource-quota", "no workload", yes, noWorkload},
	})
}
