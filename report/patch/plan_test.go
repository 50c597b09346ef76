package patch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

func TestMakeEndsWithItsContext(t *testing.T) {
	f := loadFixture(t, "testdata/overlay.txtar")
	root := f.write(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := Make(ctx, root, f.input.fleet(), f.input.findings(), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("plan %v, error %v, want context.Canceled", p, err)
	}
}

func TestMakeErrsOnlyWhereThereIsNoTree(t *testing.T) {
	if _, err := Make(t.Context(), t.TempDir()+"/none", &collector.Fleet{}, nil, Options{}); err == nil || !strings.Contains(err.Error(), "Git working tree") {
		t.Errorf("error %v, want one that names the Git working tree", err)
	}
}

// Kustomize keeps its schema in a global: plans made at once must not race for
// it. The race detector is the judge.
func TestPlansMayBeMadeAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for _, name := range []string{"overlay", "generated", "rollout"} {
		f := loadFixture(t, "testdata/"+name+".txtar")
		root := f.write(t)
		wg.Go(func() {
			if p, err := Make(t.Context(), root, f.input.fleet(), f.input.findings(), Options{}); err != nil || len(p.Unplaced) > 0 {
				t.Errorf("%s: %v, %v", name, p, err)
			}
		})
	}
	wg.Wait()
}

// All the findings of a folder are proved by one build before and one after.
func TestAFolderIsBuiltTwiceWhenAllIsWell(t *testing.T) {
	for name, want := range map[string]int{"overlay": 2, "collide": 2, "tolerations": 2, "sharedagree": 2, "alreadyso": 1, "injected": 1} {
		f := loadFixture(t, "testdata/"+name+".txtar")
		d, err := openDisk(f.write(t))
		must(t, err)
		defer d.root.Close()
		m := newMaker(t.Context(), d, f.input.fleet(), Options{})
		must(t, m.plan(t.Context(), m.candidates(f.input.findings(), Options{})))
		for dir, builds := range m.builds {
			if builds != want {
				t.Errorf("%s: %s is built %d times, want %d", name, dir, builds, want)
			}
		}
	}
}

// A finding that names a path no object can have is refused, not a panic.
func TestOddPathsAreRefused(t *testing.T) {
	f := loadFixture(t, "testdata/overlay.txtar")
	root := f.write(t)
	for _, p := range [][]string{nil, {""}, {"[name=x]"}, {"spec", "[name=x]"}, {"spec", "template", "spec", "containers", "[name=app]"}, {"spec", "template", "spec", "containers", "app"},
		{"spec", "replicas", "x"}, {"spec"}, {"metadata", "name"}, {"kind"}, {"spec", "template", "spec", "volumes", "[name=x]"}} {
		findings := f.input.findings()
		findings[0].Changes[0].Path = p
		plan, err := Make(t.Context(), root, f.input.fleet(), findings, Options{})
		if err != nil || len(plan.Files) > 0 || len(plan.Unplaced) != 1 || plan.Unplaced[0].Reason == "" {
			t.Errorf("%q: %v, %v, want one unplaced with its reason", p, plan, err)
		}
	}
}

func TestASnippetShowsEveryObjectOfAFinding(t *testing.T) {
	a := recommend.Object{APIVersion: "v1", Kind: "ConfigMap", Namespace: "ns", Name: "a"}
	b := recommend.Object{APIVersion: "v1", Kind: "ConfigMap", Namespace: "ns", Name: "b"}
	got := snippet(&recommend.Finding{Changes: []recommend.Change{
		{Object: a, Path: []string{"data", "x.y"}, After: "1"}, {Object: b, Path: []string{"data", "z"}}, {Object: a, Path: []string{"data", "on"}, After: "true"}}})
	want := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: ns\ndata:\n  x.y: \"1\"\n  \"on\": \"true\"\n---\n" +
		"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  namespace: ns\ndata:\n  z: null\n"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestASnippetShowsWhatNoMergePatchSets(t *testing.T) {
	controller := recommend.Object{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "flux-system", Name: "kustomize-controller"}
	set := recommend.Object{APIVersion: "argoproj.io/v1alpha1", Kind: "ApplicationSet", Namespace: "argocd", Name: "te\nams"}
	arg := func(flag string) []string {
		return []string{"spec", "template", "spec", "containers", "[name=manager]", "args", "[" + flag + "]"}
	}
	tests := map[string]struct {
		changes []recommend.Change
		want    string
	}{
		"flags, and a field beside them": {[]recommend.Change{{Object: controller, Path: arg("--concurrent"), After: "10"}, {Object: controller, Path: []string{"spec", "replicas"}, After: "2"}, {Object: controller, Path: arg("--requeue-dependency"), After: "5s"}},
			"# Deployment flux-system/kustomize-controller, in spec.template.spec.containers[name=manager], beside what stands there:\nargs: [\"--concurrent=10\", \"--requeue-dependency=5s\"]\n" +
				"---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: kustomize-controller\n  namespace: flux-system\nspec:\n  replicas: 2\n"},
		"a flag that goes": {[]recommend.Change{{Object: controller, Path: arg("--concurrent"), Before: "10"}},
			"# Deployment flux-system/kustomize-controller, in spec.template.spec.containers[name=manager], the word that is to go, with its value:\nargs: [\"--concurrent\"]\n"},
		"a generator's interval": {[]recommend.Change{{Object: set, Path: []string{"spec", "generators", "0", "git", "requeueAfterSeconds"}, After: "3600"}},
			"# ApplicationSet argocd/te ams, a field of a list:\nspec.generators.0.git.requeueAfterSeconds: 3600\n"},
		"a flag of nothing":         {[]recommend.Change{{Object: controller, Path: []string{"[--concurrent]"}, After: "10"}}, ""},
		"a path that leads nowhere": {[]recommend.Change{{Object: set, Path: []string{"spec", "[name=a]"}, After: "1"}}, ""},
	}
	for rule, tc := range tests {
		if got := snippet(&recommend.Finding{Changes: tc.changes}); got != tc.want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", rule, got, tc.want)
		}
	}
}

func TestAPlanSaysWhereFluxMadeTheListUntilNow(t *testing.T) {
	for name, want := range map[string][]string{"generated": {"apps/kustomization.yaml"}, "overlay": nil} {
		f := loadFixture(t, "testdata/"+name+".txtar")
		if got := f.plan(t, f.write(t)).Lists(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestAChangeSaysForWhichClustersItsFolderIsBuilt(t *testing.T) {
	for name, want := range map[string][]string{"overlay": {oneCluster}, "sharedagree": {"lon", "man"}, "consensus": nil} {
		f := loadFixture(t, "testdata/"+name+".txtar")
		for _, q := range f.plan(t, f.write(t)).Placed {
			if !slices.Equal(q.Clusters, want) {
				t.Errorf("%s: %s is for %q, want %q", name, q.Finding, q.Clusters, want)
			}
		}
	}
}
