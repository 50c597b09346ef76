package main

import (
	"io"
	"regexp"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// base builds deploy/ as a user's kustomize would.
func base(t *testing.T) map[string]*unstructured.Unstructured {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "../../deploy")
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]*unstructured.Unstructured{}
	for _, r := range built.Resources() {
		b, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(b, &u.Object); err != nil {
			t.Fatal(err)
		}
		objects[u.GetKind()] = u
	}
	return objects
}

func TestTheBaseGrantsReadingAndNoSecret(t *testing.T) {
	role := base(t)["ClusterRole"]
	rules, _, err := unstructured.NestedSlice(role.Object, "rules")
	if err != nil || len(rules) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	for _, r := range rules {
		rule := r.(map[string]any)
		verbs, _, _ := unstructured.NestedStringSlice(rule, "verbs")
		resources, _, _ := unstructured.NestedStringSlice(rule, "resources")
		groups, _, _ := unstructured.NestedStringSlice(rule, "apiGroups")
		names, _, _ := unstructured.NestedStringSlice(rule, "resourceNames")
		for _, v := range verbs {
			if v != "list" && (v != "get" || len(names) == 0) {
				t.Errorf("%v on %v: only list, and get by name", v, resources)
			}
		}
		if slices.Contains(resources, "secrets") || slices.Contains(groups, "*") ||
			slices.Contains(resources, "*") && slices.Contains(groups, "") {
			t.Errorf("%v in %v would reach Secrets", resources, groups)
		}
	}
}

func TestTheCronJobRunsAnalyseOnTheConfigurationItMounts(t *testing.T) {
	objects := base(t)
	var job struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct {
							ServiceAccountName string
							Containers         []struct{ Args []string }
							Volumes            []struct{ ConfigMap struct{ Name string } }
						}
					}
				}
			}
		}
	}
	b, err := objects["CronJob"].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, &job); err != nil {
		t.Fatal(err)
	}
	pod := job.Spec.JobTemplate.Spec.Template.Spec
	if pod.ServiceAccountName != objects["ServiceAccount"].GetName() {
		t.Errorf("runs as %q", pod.ServiceAccountName)
	}
	if got := pod.Volumes[0].ConfigMap.Name; got != objects["ConfigMap"].GetName() {
		t.Errorf("mounts %q, the base has %q", got, objects["ConfigMap"].GetName())
	}

	// The arguments are ones that the command takes, but for the file that only
	// the pod has.
	args := slices.Clone(pod.Containers[0].Args)
	a := &app{out: io.Discard, err: io.Discard}
	root := a.root()
	cmd, rest, err := root.Find(args)
	if err != nil || cmd.Name() != "analyse" {
		t.Fatalf("args %v: %v", args, err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("args %v: %v", args, err)
	}
	data, _, _ := unstructured.NestedStringMap(objects["ConfigMap"].Object, "data")
	// Neither with what is in force nor with all that it offers in comments is the
	// configuration refused.
	commented := regexp.MustCompile(`(?m)^#([a-z]|  )`)
	for name, text := range map[string]string{
		"as it is": data["tuppence.yaml"], "all of it": commented.ReplaceAllString(data["tuppence.yaml"], "$1"),
	} {
		path := t.TempDir() + "/tuppence.yaml"
		if err := writeWhole("a test", path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		c, err := readConfig(path)
		if err != nil {
			t.Errorf("the base's configuration, %s: %v", name, err)
		} else if whole := len(c.Budgets) == 2 && c.Privacy.SaltFile != "" && c.Pricing.VAT != nil; whole != (name == "all of it") {
			t.Errorf("the base's configuration, %s: %+v", name, c)
		}
	}
}
