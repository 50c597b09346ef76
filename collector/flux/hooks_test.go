package flux

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/yaml"
)

// Each case is the specification and the status of a Receiver in "flux-system";
// want is which of the three sources it wakes.
func TestASourceIsHookedWhereAReceiverThatIsInOrderNamesIt(t *testing.T) {
	const sources = `
- {kind: GitRepository, metadata: {name: fleet, namespace: flux-system, labels: {team: a, tier: web}}}
- {kind: GitRepository, metadata: {name: apps, namespace: apps, labels: {team: a}}}
- {kind: OCIRepository, metadata: {name: fleet, namespace: flux-system}}`
	const fleet, apps = "GitRepository flux-system/fleet", "GitRepository apps/apps"
	for rule, test := range map[string]struct {
		receiver string
		want     []string
	}{
		"by name, in its own namespace":      {`{spec: {resources: [{kind: GitRepository, name: fleet}]}}`, []string{fleet}},
		"by name, in another":                {`{spec: {resources: [{kind: GitRepository, name: apps, namespace: apps}]}}`, []string{apps}},
		"by a name of another namespace":     {`{spec: {resources: [{kind: GitRepository, name: apps}]}}`, nil},
		"by labels":                          {`{spec: {resources: [{kind: GitRepository, name: "*", matchLabels: {team: a}}]}}`, []string{fleet}},
		"by labels of another namespace":     {`{spec: {resources: [{kind: GitRepository, name: "*", namespace: apps, matchLabels: {team: a}}]}}`, []string{apps}},
		"all labels must be there":           {`{spec: {resources: [{kind: GitRepository, name: "*", namespace: apps, matchLabels: {team: a, tier: web}}]}}`, nil},
		"every name without labels is none":  {`{spec: {resources: [{kind: GitRepository, name: "*"}]}}`, nil},
		"a suspended one":                    {`{spec: {suspend: true, resources: [{kind: GitRepository, name: fleet}]}}`, nil},
		"one whose Secret is missing":        {`{spec: {resources: [{kind: GitRepository, name: fleet}]}, status: {conditions: [{type: Ready, status: "False"}]}}`, nil},
		"one that was not looked at yet":     {`{spec: {resources: [{kind: GitRepository, name: fleet}]}, status: {conditions: [{type: Ready, status: Unknown}]}}`, []string{fleet}},
		"labels beside a name count nothing": {`{spec: {resources: [{kind: OCIRepository, name: web, matchLabels: {team: a}}]}}`, nil},
	} {
		t.Run(rule, func(t *testing.T) {
			var objects []map[string]any
			text := sources + "\n- " + strings.Replace(test.receiver, "{", "{kind: Receiver, metadata: {name: hook, namespace: flux-system}, ", 1)
			if err := yaml.Unmarshal([]byte(text), &objects); err != nil {
				t.Fatal(err)
			}
			for _, o := range objects {
				o["apiVersion"] = kindNamed(t, o["kind"].(string)).Group + "/v1"
			}
			c, err := collect(t, t.Context(), &api{objects: objects})
			if err != nil || len(c.Gaps) > 0 {
				t.Fatal(err, c.Gaps)
			}
			var got []string
			for i := range c.Reconcilers {
				if c.Reconcilers[i].Hooked {
					got = append(got, identity(&c.Reconcilers[i]).String())
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("hooked %v, want %v", got, test.want)
			}
		})
	}
}
