package collector_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/collector"
)

// A kind whose list is not granted in deploy/ would be a gap in every nightly report.
func TestEveryKindMayBeListedByTheRoleOfDeploy(t *testing.T) {
	b, err := os.ReadFile("../deploy/rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	granted := map[string]bool{}
	for doc := range strings.SplitSeq(string(b), "\n---\n") {
		var role rbacv1.ClusterRole
		if err := yaml.Unmarshal([]byte(doc), &role); err != nil {
			t.Fatal(err)
		}
		for _, rule := range role.Rules {
			for _, resource := range rule.Resources {
				if resource == "secrets" || slices.Contains(rule.Verbs, "*") {
					t.Errorf("the role grants %v on %s", rule.Verbs, resource)
				}
				granted[resource+"."+rule.APIGroups[0]] = slices.Equal(rule.Verbs, []string{"list"})
			}
		}
	}
	for _, k := range collector.Kinds() {
		plural, _ := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Group: k.Group, Kind: k.Kind})
		if !granted[plural.Resource+"."+k.Group] {
			t.Errorf("deploy/rbac.yaml does not grant list alone on %s.%s", plural.Resource, k.Group)
		}
	}
}

func TestRowsOfTheTableAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range collector.Kinds() {
		name := k.Group + "/" + k.Kind
		if seen[name] || k.Of == "" || k.Program == "" {
			t.Errorf("%s stands twice, or is nobody's: %+v", name, k)
		}
		seen[name] = true
		if got := collector.KindOf(k.Group+"/v1", k.Kind); got == nil || got.Kind != k.Kind || got.Group != k.Group {
			t.Errorf("%s is not found: %+v", name, got)
		}
		if len(k.Interval) == 0 && (k.Default != 0 || k.ZeroStops || len(k.Idle) > 0) {
			t.Errorf("%s has no interval, and a default of it", name)
		}
	}
	if k := collector.KindOf("v1", "Kustomization"); k != nil {
		t.Errorf("a kind of another group is %+v", k)
	}
}

func TestTheIntervalInForce(t *testing.T) {
	const source, secrets = "source.toolkit.fluxcd.io/v1", "external-secrets.io/v1"
	hour := collector.Duration{Duration: time.Hour}
	for rule, test := range map[string]struct {
		r    collector.Reconciler
		want time.Duration
	}{
		"as written":                              {collector.Reconciler{APIVersion: source, Kind: "GitRepository", Interval: hour}, time.Hour},
		"none is the kind's default":              {collector.Reconciler{APIVersion: source, Kind: "HelmRepository"}, time.Minute},
		"none where one is required is not known": {collector.Reconciler{APIVersion: source, Kind: "GitRepository"}, 0},
		"an idle one has none":                    {collector.Reconciler{APIVersion: secrets, Kind: "ExternalSecret", Idle: true}, 0},
		"a registry of an older recording":        {collector.Reconciler{APIVersion: source, Kind: "HelmRepository", Interval: hour, URL: "oci://ghcr.io/a"}, 0},
		"of a kind that is not in the table":      {collector.Reconciler{APIVersion: "acme.example/v1", Kind: "Poller", Interval: hour}, time.Hour},
	} {
		if got := test.r.Every(); got != test.want {
			t.Errorf("%s: %s, want %s", rule, got, test.want)
		}
	}
}
