package gate_test

import (
	"testing"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/gate"
)

// flagged makes the change one of --concurrent from 4 to 10, in args as they are
// before and after.
func flagged(before, after string) func(*gate.Case) {
	return func(c *gate.Case) {
		c.Finding.Changes = []recommend.Change{{Object: c.Finding.Subject, Before: "4", After: "10",
			Path: []string{"spec", "template", "spec", "containers", "[name=app]", "args", "[--concurrent]"}}}
		c.Finding.Saving = recommend.Saving{Allocated: pricing.Known(pricing.Money{}), Realisable: pricing.Known(pricing.Money{})}
		with := func(args string) string {
			if args == "" {
				return deployment
			}
			return edited(deployment, "image: cart:1\n", "image: cart:1\n        args: "+args+"\n")
		}
		set(c, with(before), with(after))
	}
}

const appset = `
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: teams, namespace: argocd}
spec:
  generators:
  - git: {repoURL: https://git.example/a, requeueAfterSeconds: 60}
  - git: {repoURL: https://git.example/b, requeueAfterSeconds: 60}
`

const template = `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: teams, namespace: argocd}
spec:
  metrics:
  - {name: errors, interval: 1m}
  - {name: latency, interval: 1m}
`

// placed makes the change one of a place in a list of another object.
func placed(before string, path []string, after, old, fresh string) func(*gate.Case) {
	return func(c *gate.Case) {
		noWorkload(c)
		o := recommend.Object{Cluster: c.Cluster.Name, APIVersion: "argoproj.io/v1alpha1", Kind: object(before)["kind"].(string), Namespace: "argocd", Name: "teams"}
		c.Finding.Subject = o
		c.Finding.Changes = []recommend.Change{{Object: o, Path: path, After: after}}
		set(c, before, edited(before, old, fresh))
	}
}

func TestChangesOfControllersSettings(t *testing.T) {
	low := func(c *gate.Case) { c.Finding.Confidence = recommend.Low }
	second := []string{"spec", "generators", "1", "git", "requeueAfterSeconds"}
	latency := []string{"spec", "metrics", "1", "interval"}
	judge(t, "flags.golden", []row{
		{"intended-fields", "a flag of one word", yes, flagged("[--v, --concurrent=4]", "[--v, --concurrent=10]")},
		{"intended-fields", "a flag of two words", yes, flagged("[--concurrent, '4', --v]", "[--concurrent, '10', --v]")},
		{"intended-fields", "a flag that is new", yes, flagged("[--v]", "[--v, --concurrent=10]")},
		{"intended-fields", "a flag again, of which the last holds", yes, flagged("[--concurrent=4]", "[--concurrent=4, --concurrent=10]")},
		{"intended-fields", "args that are new", yes, flagged("", "[--concurrent=10]")},
		{"intended-fields", "a flag with another value", no, flagged("[--concurrent=4]", "[--concurrent=11]")},
		{"intended-fields", "another word beside the flag", no, flagged("[--concurrent=4, --v=1]", "[--concurrent=10, --v=2]")},
		{"intended-fields", "a word that goes", no, flagged("[--concurrent=4, --v=1]", "[--concurrent=10]")},
		{"intended-fields", "a place in a list", yes, placed(appset, second, "600", "b, requeueAfterSeconds: 60", "b, requeueAfterSeconds: 600")},
		{"intended-fields", "another place in the list", no, placed(appset, second, "600", "a, requeueAfterSeconds: 60", "a, requeueAfterSeconds: 600")},
		{"intended-fields", "a place in a list of names", yes, placed(template, latency, "5m", "latency, interval: 1m", "latency, interval: 5m")},
		{"intended-fields", "another place in the list of names", no, placed(template, latency, "5m", "errors, interval: 1m", "errors, interval: 5m")},
		{"enough-data", "a flag", yes, flagged("[--concurrent=4]", "[--concurrent=10]")},
		{"enough-data", "a flag, by a finding of low confidence", no, both(flagged("[--concurrent=4]", "[--concurrent=10]"), low)},
		{"rollout-possible", "a flag, which restarts the pods", yes, flagged("[--concurrent=4]", "[--concurrent=10]")},
	})
}

func TestAFlagOfAHealthyWorkloadPassesEveryGate(t *testing.T) {
	c := healthy()
	flagged("[--concurrent=4]", "[--concurrent=10]")(c)
	for _, k := range gate.Run(t.Context(), c) {
		if k.Verdict != recommend.Passed {
			t.Errorf("%s: %s: %s", k.Name, k.Verdict, k.Detail)
		}
	}
}
