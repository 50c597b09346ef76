package gate_test

import (
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/gate"
)

const (
	yes     = recommend.Passed
	no      = recommend.Failed
	unknown = recommend.Undecided
)

func TestWhatGitBuilds(t *testing.T) {
	judge(t, "built.golden", []row{
		{"builds", "all is there", yes, nil},
		{"builds", "the object is built no more", no, func(c *gate.Case) {
			c.Build = []map[string]any{object("{apiVersion: v1, kind: Service, metadata: {name: x}}")}
		}},
		{"builds", "the object is removed", no, func(c *gate.Case) { c.Objects[0].After = nil }},
		{"builds", "nothing is at hand", unknown, func(c *gate.Case) { c.Build = nil }},

		{"intended-fields", "the finding's own", yes, nil},
		{"intended-fields", "a value written another way", yes, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: 0.5") }},
		{"intended-fields", "a number of another type", yes, func(c *gate.Case) {
			spec := c.Objects[0].Before["spec"].(map[string]any)
			spec["replicas"] = 3 // an int, as kustomize has it
		}},
		{"intended-fields", "a duration written another way", yes, func(c *gate.Case) {
			noWorkload(c)
			c.Finding.Subject.Namespace, c.Finding.Subject.Name = "flux-system", "apps"
			c.Finding.Changes = []recommend.Change{{Object: c.Finding.Subject, Path: []string{"spec", "interval"}, Before: "10m", After: "1h"}}
			set(c, kustomization, edited(kustomization, "10m", "60m"))
		}},
		{"intended-fields", "a change of it that is not made", yes, func(c *gate.Case) { builtAs(c, "cpu: 500m", `cpu: "1"`) }},
		{"intended-fields", "resources that were not there", yes, func(c *gate.Case) {
			set(c, edited(deployment, `requests: {cpu: "1", memory: 1Gi}`, ""), resized)
		}},
		{"intended-fields", "a map that is left empty", yes, func(c *gate.Case) {
			c.Finding.Changes = c.Finding.Changes[:1]
			c.Finding.Changes[0].After = ""
			set(c, edited(deployment, ", memory: 1Gi}", "}"), edited(deployment, `{cpu: "1", memory: 1Gi}`, "{}"))
		}},
		{"intended-fields", "an element of a list by its place", yes, func(c *gate.Case) {
			c.Finding.Changes = append(c.Finding.Changes, recommend.Change{Object: recommend.Object{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler", Namespace: "shop", Name: "cart"},
				Path: []string{"spec", "metrics", "[type=Resource]", "resource", "target", "averageUtilization"}, Before: "80", After: "90"})
			c.Objects = append(c.Objects, gate.Rendered{Before: object(hpa), After: object(edited(hpa, "averageUtilization: 80", "averageUtilization: 90"))})
		}},
		{"intended-fields", "of the Deployment that a Rollout borrows from", yes, func(c *gate.Case) {
			c.Workload.APIVersion, c.Workload.Kind = "argoproj.io/v1alpha1", "Rollout"
			for i := range c.Finding.Changes {
				c.Finding.Changes[i].Object.APIVersion, c.Finding.Changes[i].Object.Kind = "argoproj.io/v1alpha1", "Rollout"
			}
		}},
		{"intended-fields", "another value", no, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: 250m") }},
		{"intended-fields", "a secret beside it, which is not told", no, func(c *gate.Case) { builtAs(c, "s3cret", "0ther") }},
		{"intended-fields", "a text that becomes a number", no, func(c *gate.Case) {
			set(c, edited(deployment, "s3cret", `"1"`), edited(resized, "s3cret", "1"))
		}},
		{"intended-fields", "the order of containers", no, func(c *gate.Case) {
			proxy := "      - name: proxy\n        image: proxy:1\n"
			builtAs(c, proxy, "")
			text := edited(edited(resized, proxy, ""), "      - name: app\n", proxy+"      - name: app\n")
			set(c, deployment, text)
		}},
		{"intended-fields", "an empty volume that goes", no, func(c *gate.Case) {
			set(c, edited(deployment, "spec:\n      term", "spec:\n      volumes: [{name: tmp, emptyDir: {}}]\n      term"),
				edited(resized, "spec:\n      term", "spec:\n      volumes: [{name: tmp}]\n      term"))
		}},
		{"intended-fields", "an object that is new", no, func(c *gate.Case) { c.Objects[0].Before = nil }},
		{"intended-fields", "the same field of another object", no, func(c *gate.Case) {
			c.Objects = append(c.Objects, gate.Rendered{Before: object(edited(deployment, "name: cart", "name: till")), After: object(edited(resized, "name: cart", "name: till"))})
		}},
		{"intended-fields", "nothing is at hand", unknown, func(c *gate.Case) { c.Objects = nil }},

		{"api-valid", "a Deployment", yes, nil},
		{"api-valid", "a field that there is not", no, func(c *gate.Case) { builtAs(c, "terminationGrace", "terminationGraze") }},
		{"api-valid", "a quantity that is none", no, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: 500mm") }},
		{"api-valid", "a quantity under zero", no, func(c *gate.Case) { builtAs(c, "cpu: 500m", "cpu: -500m") }},
		{"api-valid", "a text where a number belongs", no, func(c *gate.Case) { builtAs(c, "replicas: 3", "replicas: three") }},
		{"api-valid", "a kind of its own", yes, func(c *gate.Case) {
			c.Objects[0].After = object("{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: cart}, spec: {anything: 1}}")
		}},
		{"api-valid", "nothing is at hand", unknown, func(c *gate.Case) { c.Objects = nil }},
	})
}

func TestASecretIsNeverTold(t *testing.T) {
	c := healthy()
	builtAs(c, "s3cret", "0ther")
	for _, k := range gate.Run(t.Context(), c) {
		if strings.Contains(k.Detail, "s3cret") || strings.Contains(k.Detail, "0ther") {
			t.Errorf("%s: %s", k.Name, k.Detail)
		}
	}
}

const hpa = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: cart, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart}
  maxReplicas: 9
  metrics:
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
`
