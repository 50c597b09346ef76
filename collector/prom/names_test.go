package prom

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestNamesMapPodsToWhatMadeThem(t *testing.T) {
	long := strings.Repeat("a", 57)
	tests := []struct {
		rule, kind, name, pod string
		want                  bool
	}{
		{"a Deployment's pod", "Deployment", "web", "web-7d4b9c6f5d-x2x4z", true},
		{"a Rollout's pod is named alike", "Rollout", "web", "web-7d4b9c6f5d-x2x4z", true},
		{"a hash of 8", "Deployment", "web", "web-7d4b9c6f-x2x4z", true},
		{"a hash of 7 is too short", "Deployment", "web", "web-7d4b9c6-x2x4z", false},
		{"a hash of 11 is too long", "Deployment", "web", "web-7d4b9c6f5dd-x2x4z", false},
		{"hashes have no vowels", "Deployment", "web", "web-7d4b9c6a5d-x2x4z", false},
		{"nor do suffixes", "Deployment", "web", "web-7d4b9c6f5d-x2xaz", false},
		{"a sibling with a longer name", "Deployment", "web", "web-api-7d4b9c6f5d-x2x4z", false},
		{"a sibling without the dash", "Deployment", "web", "webby-7d4b9c6f5d-x2x4z", false},
		{"a StatefulSet's pod", "StatefulSet", "db", "db-12", true},
		{"an ordinal has no leading zero", "StatefulSet", "db", "db-012", false},
		{"an ordinal is a number", "StatefulSet", "db", "db-x", false},
		{"a DaemonSet's pod", "DaemonSet", "agent", "agent-x2x4z", true},
		{"a ReplicaSet's pod", "ReplicaSet", "old", "old-x2x4z", true},
		{"a Job's pod", "Job", "migrate", "migrate-x2x4z", true},
		{"an indexed Job's pod", "Job", "migrate", "migrate-7-x2x4z", true},
		{"a CronJob's pod", "CronJob", "nightly", "nightly-29654998-x2x4z", true},
		{"an indexed CronJob's pod", "CronJob", "nightly", "nightly-29654998-12-x2x4z", true},
		{"an index is a number", "CronJob", "nightly", "nightly-29654998-a-x2x4z", false},
		{"a CronJob's stamp is digits", "CronJob", "nightly", "nightly-2965499x-x2x4z", false},
		{"a bare Pod", "Pod", "debug", "debug", true},
		{"a bare Pod's name is whole", "Pod", "debug", "debug-x2x4z", false},
		{"a long name leaves no room for its hash", "Deployment", long, long + "-" + "x2x4z", true},
		{"a name of 52 leaves room for part of it", "Deployment", long[:52], long[:52] + "-7d4b9" + "x2x4z", true},
		{"a name of 60 is cut itself", "DaemonSet", long + "aaa", long + "a" + "x2x4z", true},
		{"an unknown kind", "Workflow", "w", "w-x2x4z", false},
		{"nothing", "Deployment", "web", "", false},
	}
	for _, tt := range tests {
		if got := made(tt.kind, tt.name, tt.pod); got != tt.want {
			t.Errorf("%s: made(%s, %s, %s) = %v", tt.rule, tt.kind, tt.name, tt.pod, got)
		}
	}
}

func TestTheLongestNameWinsAndEqualOnesAreAmbiguous(t *testing.T) {
	all := []collector.Workload{
		workload("Deployment", "shop", "web"), workload("DaemonSet", "shop", "web-7d4b9c6f5d"),
		workload("DaemonSet", "shop", "twin"), workload("Job", "shop", "twin"),
		workload("Deployment", "shop", "tick"), workload("CronJob", "shop", "tick"),
	}
	index := []int{0, 1, 2, 3, 4, 5}
	for _, tt := range []struct {
		pod       string
		want      int
		ambiguous bool
	}{
		{"web-7d4b9c6f5d-x2x4z", 1, false},
		{"web-bcdfghjk-x2x4z", 0, false},
		{"twin-x2x4z", -1, true},
		{"tick-29654998-x2x4z", -1, true}, // digits that are also safe letters
		{"tick-29650013-x2x4z", 5, false}, // 0, 1 and 3 are not
		{"other-x2x4z", -1, false},
	} {
		if got, ambiguous := byName(all, index, tt.pod); got != tt.want || ambiguous != tt.ambiguous {
			t.Errorf("byName(%s) = %d, %v; want %d, %v", tt.pod, got, ambiguous, tt.want, tt.ambiguous)
		}
	}
}

var kinds = []string{"Deployment", "Rollout", "ReplicaSet", "DaemonSet", "Job", "CronJob", "StatefulSet", "Pod"}

// podName is what a controller would name a pod.
func podName(t *rapid.T, kind, n string) string {
	suffix := rapid.StringMatching("["+alphabet+"]{5}").Draw(t, "suffix")
	base := n
	switch kind {
	case "Deployment", "Rollout":
		base += "-" + rapid.StringMatching("["+alphabet+"]{8,10}").Draw(t, "hash")
	case "CronJob":
		base += fmt.Sprintf("-%d", rapid.IntRange(10_000_000, 99_999_999).Draw(t, "minutes"))
	case "StatefulSet":
		return fmt.Sprintf("%s-%d", n, rapid.IntRange(0, 5000).Draw(t, "ordinal"))
	case "Pod":
		return n
	}
	base += "-"
	return base[:min(len(base), 58)] + suffix
}

func TestAnyGeneratedPodMapsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		// A CronJob's name is at most 52, as the API server has it.
		n := rapid.StringMatching("[a-z]([a-z0-9-]{0,50}[a-z0-9])?").Draw(t, "name")
		if kind != "CronJob" && rapid.Bool().Draw(t, "long") {
			n += rapid.StringMatching("[a-z0-9]{0,11}").Draw(t, "more")
		}
		pod := podName(t, kind, n)
		// A sibling whose name goes on after a dash, in letters that no hash has.
		sibling := n + "-" + rapid.StringMatching("[aeiou]{1,8}").Draw(t, "sibling")
		all := []collector.Workload{workload(kind, "ns", n), workload(kind, "ns", sibling)}
		if got, ambiguous := byName(all, []int{0, 1}, pod); (got != 0 || ambiguous) && (!ambiguous || len(pod) != 63) {
			t.Fatalf("%s %s: pod %s is of %d, %v", kind, n, pod, got, ambiguous)
		}
		other := podName(t, kind, sibling)
		if len(other) == 63 { // cut names may be alike
			return
		}
		if got, ambiguous := byName(all[:1], []int{0}, other); got != -1 || ambiguous {
			t.Fatalf("%s %s is taken for one of %s", kind, other, n)
		}
	})
}
