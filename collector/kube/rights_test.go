package kube

import (
	"os"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/collector"
)

// What is listed here has its line in deploy/, and no other resource of these
// groups has one: a resource that is added without one would be a gap in every
// nightly report, and one that is taken away would be a right that nothing needs.
func TestTheRoleOfDeployGrantsEveryListThatIsMadeAndNoOther(t *testing.T) {
	b, err := os.ReadFile("../../deploy/rbac.yaml")
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
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					granted[strings.TrimSuffix(resource+"."+group, ".")] = slices.Contains(rule.Verbs, "list")
				}
			}
		}
	}
	others := map[string]bool{"events": true} // of other sources
	for _, k := range collector.Kinds() {
		plural, _ := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Group: k.Group, Kind: k.Kind})
		others[plural.Resource+"."+k.Group] = true
	}
	listed, groups := map[string]bool{}, map[string]bool{}
	for _, l := range must(New(&rest.Config{Host: "http://127.0.0.1:1"}, Options{Labels: []string{"team"}})).lists(&inventory{}, collector.Window{}) {
		_, group, _ := strings.Cut(l.resource, ".")
		listed[l.resource], groups[group] = true, true
		if !granted[l.resource] {
			t.Errorf("deploy/rbac.yaml does not grant list on %s", l.resource)
		}
	}
	for resource, list := range granted {
		_, group, _ := strings.Cut(resource, ".")
		if list && groups[group] && !listed[resource] && !others[resource] {
			t.Errorf("deploy/rbac.yaml grants list on %s, which nothing lists", resource)
		}
	}
}
