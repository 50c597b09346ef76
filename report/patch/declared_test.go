package patch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestWhatADeclaredPathMayMean(t *testing.T) {
	for spec, want := range map[string]map[string]bool{
		"":                        {".": true, "apps": false},
		"./":                      {".": true, "apps": false},
		"./apps/":                 {"apps": true, "apps/web": false, "apps2": false},
		"/apps":                   {"apps": true},
		"../apps":                 {"apps": false, ".": false},
		"./apps/${env}":           {"apps": true, "apps/lon": true, "apps/lon/web": true, "apps2": false, ".": false},
		"apps/team-{{ .name }}/x": {"apps/team-a/x": true, "apps/team-a": true, "apps/web": false},
		"{{path}}":                {".": true, "apps": true},
		"./${env}":                {".": true, "apps": true},
		"./a/../${env}":           {"apps": true},
		"<< inputs.path >>":       {"apps": true},
		"ENC[AES256_GCM,data:x]":  {"apps": true},
	} {
		for dir, covered := range want {
			got := slices.ContainsFunc(aim(spec), func(x target) bool { return x.covers(dir) })
			if got != covered {
				t.Errorf("%q may be %s: %v, want %v", spec, dir, got, covered)
			}
		}
	}
}

func TestWhichRemoteBaseIsThisTree(t *testing.T) {
	f := &collector.Fleet{}
	rule := newSourceRule(f, Options{RemoteURL: "git@git.example:acme/fleet.git"})
	for base, want := range map[string]string{
		"https://git.example/acme/fleet//apps/web?ref=main":         "apps/web",
		"https://git.example/acme/fleet.git//apps/web":              "apps/web",
		"git::https://git.example/acme/fleet.git//apps?ref=v1":      "apps",
		"ssh://git@git.example/acme/fleet.git//apps":                "apps",
		"git@git.example:acme/fleet.git//apps/web/?timeout=90s":     "apps/web",
		"https://git.example/acme/fleet":                            ".",
		"https://git.example/acme/fleet-lab//apps":                  "no",
		"https://git.example/acme/fleet.lab//apps":                  "no",
		"https://other.example/acme/fleet//apps":                    "no",
		"https://git.example/acme/fleet/apps?ref=main&submodules=0": "apps",
	} {
		got, ok := rule.within(base)
		if !ok {
			got = "no"
		}
		if got != want {
			t.Errorf("%s is %s of this tree, want %s", base, got, want)
		}
	}
}

// What the fleet follows tells which repository the tree is, where it has no origin.
func TestWhichDeclaredSourceIsElsewhere(t *testing.T) {
	fleet := func(urls ...string) *collector.Fleet {
		c := collector.Cluster{Name: "lon"}
		for _, url := range urls {
			c.Reconcilers = append(c.Reconcilers, collector.Reconciler{Kind: "GitRepository", Name: url, URL: url, Ref: collector.GitRef{Branch: "main"}})
		}
		return &collector.Fleet{Clusters: []collector.Cluster{c}}
	}
	const here, other = "https://git.example/acme/fleet", "https://git.example/acme/other"
	for name, test := range map[string]struct {
		fleet   *collector.Fleet
		options Options
		url     string
		branch  string
		want    bool
	}{
		"this one":                              {fleet(here), Options{RemoteURL: here}, "git@git.example:acme/fleet", "main", false},
		"another":                               {fleet(here), Options{RemoteURL: here}, other, "main", true},
		"the fleet's, by another name":          {fleet(here), Options{RemoteURL: "git@mirror.example:fleet"}, here, "main", false},
		"another of the fleet's":                {fleet(here, other), Options{RemoteURL: here}, other, "main", true},
		"without an origin, the fleet's":        {fleet(here), Options{}, here, "main", false},
		"without an origin, another":            {fleet(here), Options{}, other, "main", true},
		"without an origin, one of the fleet's": {fleet(here, other), Options{}, other, "main", false},
		"with nothing known":                    {fleet(), Options{}, other, "main", false},
		"another branch":                        {fleet(here), Options{RemoteURL: here, Branch: "main"}, here, "next", true},
		"another branch, while none is known":   {fleet(here), Options{RemoteURL: here}, here, "next", false},
		"a branch that is a variable":           {fleet(here), Options{RemoteURL: here, Branch: "main"}, here, "${branch}", false},
		"an address with a variable":            {fleet(here), Options{RemoteURL: here}, "https://${host}/acme/other", "main", false},
		"no address":                            {fleet(here), Options{RemoteURL: here}, "", "main", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := newSourceRule(test.fleet, test.options).elsewhere(test.url, collector.GitRef{Branch: test.branch}); got != test.want {
				t.Errorf("elsewhere: %v", got)
			}
		})
	}
}

func readOne(t testing.TB, data []byte) *declarations {
	t.Helper()
	root := t.TempDir()
	must(t, os.WriteFile(filepath.Join(root, "a.yaml"), data, 0o600))
	d, err := openDisk(root)
	must(t, err)
	defer d.root.Close()
	return newMaker(t.Context(), d, &collector.Fleet{}, Options{}).readManifests()
}

func TestWhatAnApplicationReads(t *testing.T) {
	got := readOne(t, []byte(`# CRDs name the group too
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kustomizations.kustomize.toolkit.fluxcd.io}
---
apiVersion: v1
kind: List
items:
  - apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {name: web, namespace: argocd}
    spec:
      sources:
        - {repoURL: https://charts.example, chart: web, targetRevision: 1.0.0, helm: {valueFiles: [$here/envs/dr.yaml, https://x.example/y.yaml]}}
        - {repoURL: https://git.example/acme/fleet, ref: here}
        - {repoURL: https://git.example/acme/fleet, path: charts/web, helm: {valueFiles: [../dr.yaml, /root.yaml]}}
`))
	var names []string
	for _, d := range got.builders {
		for _, x := range d.targets {
			names = append(names, "builds "+x.path)
		}
		for _, x := range d.values {
			names = append(names, "reads "+x.path)
		}
	}
	want := []string{"builds charts/web", "reads envs/dr.yaml", "reads charts/dr.yaml", "reads root.yaml"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

// Whatever a file holds, it is read without a panic, and a manifest that stands after
// it in the file is not lost.
func FuzzManifests(f *testing.F) {
	for _, seed := range []string{"", "a: [", "\xff\xfe", "kind: Application", "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: [], sources: {a: b}}",
		"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: [1], sourceRef: x}\n", "--- |\n---\n", "kind: List\nitems: {}\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = append(data, "\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps}\n"...)
		if !slices.ContainsFunc(readOne(t, data).builders, func(d *declared) bool {
			return d.vague != "" || slices.Contains(d.targets, target{"apps", exactly})
		}) {
			t.Errorf("%q hides a Kustomization", data)
		}
	})
}

// What is not known of a tree may be a manifest.
func TestATreeThatIsNotKnownWholeStays(t *testing.T) {
	d, err := openDisk(t.TempDir())
	must(t, err)
	defer d.root.Close()
	m := newMaker(t.Context(), d, &collector.Fleet{}, Options{})
	if err := m.refusal(t.Context(), "."); err != nil {
		t.Errorf("an empty tree: %v", err)
	}
	m.index = &index{}
	if m.refusal(t.Context(), ".") == nil || m.readsValues(t.Context(), "values.yaml") == nil {
		t.Error("it changes")
	}
}
