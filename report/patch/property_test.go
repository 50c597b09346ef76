package patch

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fluxcd/pkg/kustomize"
	"pgregory.net/rapid"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// onDisk builds dir by kustomize on the plain disk, none of this package's file
// system in between: "kind namespace/name" to the object.
func onDisk(t *rapid.T, dir string) map[string]map[string]any {
	built, err := kustomize.Build(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatalf("build %s: %v", dir, err)
	}
	out := map[string]map[string]any{}
	for _, r := range built.Resources() {
		obj, err := r.Map()
		if err != nil {
			t.Fatal(err)
		}
		out[r.GetKind()+" "+r.GetNamespace()+"/"+r.GetName()] = obj
	}
	return out
}

// For any findings: what was placed stands in the build afterwards, all else is
// as it was, planning again gives nothing, and a later run with other findings
// keeps the earlier ones' values.
func TestPlanApplyPlanIsEmpty(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	if checks == nil {
		t.Fatal("rapid has no flag for its checks any more")
	}
	old := checks.Value.String()
	must(t, flag.Set("rapid.checks", "12")) // a check makes some ten builds of 10 ms, and ten times that under -race
	defer func() { _ = flag.Set("rapid.checks", old) }()
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		root := filepath.Join(base, fmt.Sprint(n))
		fleet, objects := drawTree(rt, root)
		dir := filepath.Join(root, "apps")
		first := drawFindings(rt, objects, "first")
		before := onDisk(rt, dir)
		run := func(findings []recommend.Finding) *Plan {
			p, err := Make(context.Background(), root, fleet, findings, Options{})
			if err != nil {
				rt.Fatal(err)
			}
			if len(p.Unplaced) > 0 {
				rt.Fatalf("unplaced: %s", summary(p))
			}
			if err := p.Apply(); err != nil {
				rt.Fatal(err)
			}
			return p
		}
		values := map[string]string{} // field to what was placed last
		for round, findings := range [][]recommend.Finding{first, drawFindings(rt, objects, "second")} {
			p := run(findings)
			for _, q := range append(p.Placed, p.Already...) {
				values[q.Change.Object.Kind+" "+q.Change.Object.Namespace+"/"+q.Change.Object.Name+"\x00"+strings.Join(q.Change.Path, "\x00")] = q.Change.After
			}
			if again := run(findings); len(again.Files) > 0 {
				rt.Fatalf("round %d plans again:\n%s", round, again.Diff())
			}
		}
		after := onDisk(rt, dir)
		for field, want := range values {
			steps := strings.Split(field, "\x00")
			s, err := locate(after[steps[0]], steps[1:])
			if err != nil || !same(steps[1:], text(s.value), want) {
				rt.Fatalf("%q is %v (%v), want %s", steps, s.value, err, want)
			}
			// Set it back in the build: nothing else may differ in the end.
			o, err := locate(before[steps[0]], steps[1:])
			_, isFlag := flagOf(steps)
			if err != nil || !o.found && !isFlag {
				rt.Fatalf("%q was not there: %v", steps, err)
			}
			place, value := s.steps, s.written(o.value)
			if !o.found { // the word goes
				words, _ := dig(after[steps[0]], s.steps[:len(s.steps)-1])
				i := s.steps[len(s.steps)-1].(int)
				place, value = s.steps[:len(s.steps)-1], slices.Delete(slices.Clone(words.([]any)), i, i+1)
			}
			if err := assign(after[steps[0]], place, value); err != nil {
				rt.Fatal(err)
			}
		}
		a, b := built(before), built(after)
		if d := compare(a, b); len(d) > 0 {
			rt.Fatalf("also changed: %s", describe(d))
		}
	})
}

func built(m map[string]map[string]any) objects {
	out := objects{}
	for name, obj := range m {
		out[key{name: name}] = obj
	}
	return out
}

var kinds = []struct{ apiVersion, kind string }{{"apps/v1", "Deployment"}, {"apps/v1", "StatefulSet"}, {"argoproj.io/v1alpha1", "Rollout"}}

// drawTree writes one overlay of some workloads of two containers each.
func drawTree(t *rapid.T, root string) (*collector.Fleet, []recommend.Object) {
	c := collector.Cluster{Name: "uk", Reconcilers: []collector.Reconciler{
		{Kind: "GitRepository", Namespace: "f", Name: "s", URL: "https://git.example/f"},
		{Kind: "Kustomization", Namespace: "f", Name: "k", Path: "apps", Source: collector.Origin{Kind: "GitRepository", Namespace: "f", Name: "s"}}}}
	var objs []recommend.Object
	files := map[string]string{}
	list := ""
	prefix := rapid.SampledFrom([]string{"", "uk-"}).Draw(t, "prefix")
	for i := range rapid.IntRange(1, 4).Draw(t, "workloads") {
		k := rapid.SampledFrom(kinds).Draw(t, "kind")
		name := fmt.Sprintf("w%d", i)
		files[name+".yaml"] = fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata:\n  name: %s\n  namespace: ns\nspec:\n  template:\n    spec:\n      containers:\n", k.apiVersion, k.kind, name)
		for _, container := range []string{"a", "b"} {
			args := rapid.SampledFrom([]string{"[--x=1]", "[--v, --x, '1', -y=0]", "[run, --y, '0', --x=1, --v]"}).Draw(t, "args")
			files[name+".yaml"] += fmt.Sprintf("      - name: %s\n        image: i\n        args: %s\n        resources:\n          requests: {cpu: 1, memory: 1Gi}\n", container, args)
		}
		list += "- " + name + ".yaml\n"
		objs = append(objs, recommend.Object{Cluster: "uk", APIVersion: k.apiVersion, Kind: k.kind, Namespace: "ns", Name: prefix + name})
		c.Workloads = append(c.Workloads, collector.Workload{Kind: k.kind, Namespace: "ns", Name: prefix + name, Origin: collector.Origin{Kind: "Kustomization", Namespace: "f", Name: "k"}})
	}
	files["kustomization.yaml"] = "resources:\n" + list
	if prefix != "" {
		files["kustomization.yaml"] += "namePrefix: " + prefix + "\n"
	}
	must(mustOf(t), os.MkdirAll(filepath.Join(root, "apps"), 0o755))
	for name, data := range files {
		must(mustOf(t), os.WriteFile(filepath.Join(root, "apps", name), []byte(data), 0o644))
	}
	return &collector.Fleet{Clusters: []collector.Cluster{c}}, objs
}

func drawFindings(t *rapid.T, objs []recommend.Object, label string) []recommend.Finding {
	var out []recommend.Finding
	for i, o := range objs {
		f := recommend.Finding{ID: fmt.Sprintf("%s-%d", label, i), Subject: o, Status: recommend.Proposed}
		for _, container := range []string{"a", "b"} {
			for _, r := range []string{"cpu", "memory"} {
				if rapid.Bool().Draw(t, label+" "+o.Name+container+r) {
					value := map[string][]string{"cpu": {"100m", "1500m", "1"}, "memory": {"64Mi", "1Gi"}}[r]
					f.Changes = append(f.Changes, recommend.Change{Object: o, Before: "1",
						Path:  []string{"spec", "template", "spec", "containers", "[name=" + container + "]", "resources", "requests", r},
						After: rapid.SampledFrom(value).Draw(t, "value")})
				}
			}
			for _, flag := range []string{"--x", "--y", "--z"} {
				if rapid.Bool().Draw(t, label+" "+o.Name+container+flag) {
					f.Changes = append(f.Changes, recommend.Change{Object: o, Before: "1",
						Path:  []string{"spec", "template", "spec", "containers", "[name=" + container + "]", "args", "[" + flag + "]"},
						After: rapid.SampledFrom([]string{"1", "10", "5s", "a=b"}).Draw(t, "value")})
				}
			}
		}
		out = append(out, f)
	}
	return out
}

// fataler lets must serve rapid's T too.
type fataler struct {
	testing.TB
	t *rapid.T
}

func (f fataler) Helper()           {}
func (f fataler) Fatal(args ...any) { f.t.Fatal(args...) }

func mustOf(t *rapid.T) testing.TB { return fataler{t: t} }
