package patch

import (
	"bytes"
	cmp0 "cmp"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

var update = flag.Bool("update", false, "renew the golden parts of testdata/*.txtar")

// input is a fixture's input.yaml: a fleet and its findings, with the defaults
// that most fixtures share left out.
type input struct {
	RemoteURL, Branch string
	Clusters          []string
	Tolerance         int
	Sources           []struct{ Cluster, Namespace, Name, URL, Branch, Tag string }
	Kustomizations    []struct {
		Cluster, Name, Path, Source, SourceNamespace, SourceKind, Origin string
		Suspended, Remote                                                bool
	}
	Applications []struct {
		Cluster, Name, Path, URL, Commit, Chart, Origin, OriginKind, OwnerSet string
		Remote                                                                bool
		Sources                                                               []collector.ArgoSource
	}
	Artifacts    []struct{ Cluster, Name, Source, Revision string }
	HelmReleases []struct{ Cluster, Name, Origin string }
	Objects      []struct {
		Cluster, Kind, Namespace, Name, Origin, OriginKind string
		Containers                                         []string
		CPU                                                collector.MilliCPU // requested by the first container
		Replicas                                           int
		Params, ParamsKind                                 string // what applies argocd-cmd-params-cm, where it is another than argocd-cm's
		HPA                                                bool
	}
	Reconcilers []struct { // of any other kind, in their own form
		Cluster, Of, OfKind string
		collector.Reconciler
	}
	Settings []struct {
		Cluster string
		collector.Setting
	}
	Gaps     []collector.Gap
	Findings []struct {
		ID, Cluster, APIVersion, Kind, Namespace, Name, Status, Recommender string
		Target                                                              string // the Deployment that the changes fall on, where it is not the subject
		Changes                                                             []struct{ Path, Before, After string }
	}
}

const oneCluster = "uk"

func (in *input) fleet() *collector.Fleet {
	clusters := map[string]*collector.Cluster{}
	at := func(name string) *collector.Cluster {
		name = cmpOr(name, oneCluster)
		if clusters[name] == nil {
			clusters[name] = &collector.Cluster{Name: name, Version: "v1.34.1"}
		}
		return clusters[name]
	}
	for _, s := range in.Sources {
		c := at(s.Cluster)
		c.Reconcilers = append(c.Reconcilers, collector.Reconciler{Kind: "GitRepository", Namespace: cmpOr(s.Namespace, "flux-system"), Name: cmpOr(s.Name, "fleet"),
			URL: cmpOr(s.URL, "https://git.example/acme/fleet.git"), Ref: collector.GitRef{Branch: s.Branch, Tag: s.Tag}})
	}
	for _, k := range in.Kustomizations {
		c := at(k.Cluster)
		r := collector.Reconciler{APIVersion: "kustomize.toolkit.fluxcd.io/v1", Kind: "Kustomization", Namespace: "flux-system", Name: k.Name, Path: k.Path,
			Suspended: k.Suspended, Remote: k.Remote,
			Source: collector.Origin{Kind: cmpOr(k.SourceKind, "GitRepository"), Namespace: cmpOr(k.SourceNamespace, "flux-system"), Name: cmpOr(k.Source, "fleet")}}
		if k.Origin != "" {
			r.Origin = collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: k.Origin}
		}
		c.Reconcilers = append(c.Reconcilers, r)
		if len(in.Sources) == 0 && !slices.ContainsFunc(c.Reconcilers, func(r collector.Reconciler) bool { return r.Kind == "GitRepository" }) {
			c.Reconcilers = append(c.Reconcilers, collector.Reconciler{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet",
				URL: "https://git.example/acme/fleet.git", Ref: collector.GitRef{Branch: "main"}})
		}
	}
	for _, a := range in.Artifacts {
		c := at(a.Cluster)
		c.Reconcilers = append(c.Reconcilers, collector.Reconciler{Kind: "OCIRepository", Namespace: "flux-system", Name: cmpOr(a.Name, "fleet"),
			Artifact: collector.Artifact{Source: cmpOr(a.Source, "https://git.example/acme/fleet.git"), Revision: a.Revision}})
	}
	for _, h := range in.HelmReleases {
		c := at(h.Cluster)
		r := collector.Reconciler{APIVersion: "helm.toolkit.fluxcd.io/v2", Kind: "HelmRelease", Namespace: "flux-system", Name: h.Name}
		if h.Origin != "" {
			r.Origin = collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: h.Origin}
		}
		c.Reconcilers = append(c.Reconcilers, r)
	}
	for _, r := range in.Reconcilers {
		c := at(r.Cluster)
		r.Origin = originOf(r.Of, r.OfKind)
		c.Reconcilers = append(c.Reconcilers, r.Reconciler)
	}
	for _, s := range in.Settings {
		c := at(s.Cluster)
		c.Operators = append(c.Operators, collector.Controller{Settings: []collector.Setting{s.Setting}})
	}
	for _, a := range in.Applications {
		c := at(a.Cluster)
		for i := range a.Sources {
			a.Sources[i].URL = cmpOr(a.Sources[i].URL, "https://git.example/acme/fleet.git")
		}
		c.Reconcilers = append(c.Reconcilers, collector.Reconciler{APIVersion: "argoproj.io/v1alpha1", Kind: "Application", Namespace: "argocd", Name: a.Name,
			URL: cmpOr(a.URL, "https://git.example/acme/fleet.git"), Path: cmpOr(a.Path, a.Chart), Remote: a.Remote, Ref: collector.GitRef{Commit: a.Commit, SemVer: a.Chart},
			Sources: a.Sources, TargetNamespace: "shop", OwnerSet: a.OwnerSet, Origin: originOf(a.Origin, a.OriginKind)})
	}
	for _, o := range in.Objects {
		c := at(o.Cluster)
		origin := originOf(o.Origin, o.OriginKind)
		if o.Kind == "ConfigMap" {
			params := collector.Setting{Name: "reposerver.parallelism.limit", In: collector.InConfigMap, Origin: origin,
				Object: collector.WorkloadRef{APIVersion: "v1", Kind: "ConfigMap", Namespace: o.Namespace, Name: "argocd-cmd-params-cm"}}
			switch o.Params {
			case "":
			case "nothing":
				params.Origin = collector.Origin{}
			default:
				params.Origin = originOf(o.Params, o.ParamsKind)
			}
			c.Controllers = append(c.Controllers, collector.Controller{Kind: "argocd", Namespace: o.Namespace, Name: "argocd", Origin: origin, Settings: []collector.Setting{params}})
			continue
		}
		w := collector.Workload{APIVersion: "apps/v1", Kind: cmpOr(o.Kind, "Deployment"), Namespace: o.Namespace, Name: o.Name, Origin: origin}
		for _, name := range o.Containers {
			w.Containers = append(w.Containers, collector.Container{Name: name})
		}
		if w.Replicas = o.Replicas; o.HPA {
			w.HPA = &collector.HPA{}
		}
		if len(w.Containers) > 0 {
			w.Containers[0].Requests.CPU = o.CPU
			if !slices.ContainsFunc(in.Gaps, func(g collector.Gap) bool { return g.Source == "prometheus" }) {
				w.Containers[0].Usage.Source = "prometheus"
			}
		}
		c.Workloads = append(c.Workloads, w)
	}
	for _, g := range in.Gaps {
		c := at(g.Cluster)
		c.Gaps = append(c.Gaps, g)
	}
	f := &collector.Fleet{}
	for _, name := range slices.Sorted(maps.Keys(clusters)) {
		f.Clusters = append(f.Clusters, *clusters[name])
	}
	return f
}

// originOf is a Kustomization of Flux's own namespace, or what kind says: Argo CD
// does not tell its namespace.
func originOf(name, kind string) collector.Origin {
	switch {
	case name == "":
		return collector.Origin{}
	case kind == "Application":
		return collector.Origin{Kind: kind, Name: name}
	}
	return collector.Origin{Kind: cmpOr(kind, "Kustomization"), Namespace: "flux-system", Name: name}
}

func cmpOr(s ...string) string { return cmp0.Or(s...) }

func (in *input) findings() []recommend.Finding {
	var out []recommend.Finding
	for _, f := range in.Findings {
		o := recommend.Object{Cluster: cmpOr(f.Cluster, oneCluster), APIVersion: cmpOr(f.APIVersion, "apps/v1"), Kind: cmpOr(f.Kind, "Deployment"), Namespace: f.Namespace, Name: f.Name}
		finding := recommend.Finding{ID: f.ID, Recommender: f.Recommender, Subject: o, Status: recommend.Status(cmpOr(f.Status, string(recommend.Proposed)))}
		if f.Target != "" {
			o.APIVersion, o.Kind, o.Name = "apps/v1", "Deployment", f.Target
		}
		for _, c := range f.Changes {
			finding.Changes = append(finding.Changes, recommend.Change{Object: o, Path: steps(c.Path), Before: c.Before, After: c.After})
		}
		out = append(out, finding)
	}
	return out
}

// steps reads a.b[name=x].c, or /a/b.with.dots/c with ~1 for a slash. "cpu:app" is short for the CPU
// request of the container app of a pod template.
func steps(s string) []string {
	if name, ok := strings.CutPrefix(s, "cpu:"); ok {
		s = "spec.template.spec.containers[name=" + name + "].resources.requests.cpu"
	}
	if strings.HasPrefix(s, "/") {
		list := strings.Split(s[1:], "/")
		for i := range list {
			list[i] = strings.ReplaceAll(list[i], "~1", "/")
		}
		return list
	}
	return strings.Split(strings.ReplaceAll(s, "[", ".["), ".")
}

// fixture is one testdata file: comment, input, tree, and the golden parts.
type fixture struct {
	archive *txtar.Archive
	input   input
}

func loadFixture(t testing.TB, name string) *fixture {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{archive: a}
	if err := yaml.UnmarshalStrict(f.file("input.yaml"), &f.input); err != nil {
		t.Fatalf("input.yaml: %v", err)
	}
	return f
}

func (f *fixture) file(name string) []byte {
	for _, file := range f.archive.Files {
		if file.Name == name {
			return file.Data
		}
	}
	return nil
}

// write lays the fixture's tree out. Files named in crlf get CRLF line ends;
// "link -> target" lines in links become symbolic links; big lines huge files. Lines
// of bytes name a file and the encoding that it gets.
func (f *fixture) write(t testing.TB) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "tree")
	must(t, os.MkdirAll(root, 0o755))
	crlf := strings.Fields(string(f.file("crlf")))
	for _, file := range f.archive.Files {
		name, ok := strings.CutPrefix(file.Name, "tree/")
		if !ok {
			continue
		}
		data := file.Data
		if slices.Contains(crlf, name) {
			data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
		}
		at := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		must(t, os.WriteFile(at, data, 0o644))
	}
	for line := range strings.Lines(string(f.file("bytes"))) {
		name, form, _ := strings.Cut(strings.TrimSpace(line), " ")
		at := filepath.Join(root, name)
		data, err := os.ReadFile(at)
		must(t, err)
		must(t, os.WriteFile(at, odd(data, form), 0o644))
	}
	for line := range strings.Lines(string(f.file("links"))) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), " -> ")
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, from)), 0o755))
		must(t, os.Symlink(to, filepath.Join(root, from)))
	}
	for name := range strings.FieldsSeq(string(f.file("huge"))) {
		at := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		must(t, os.WriteFile(at, nil, 0o644))
		must(t, os.Truncate(at, maxFile+1<<20))
	}
	for line := range strings.Lines(string(f.file("hugetext"))) { // at the end of a huge file
		name, end, _ := strings.Cut(strings.TrimSpace(line), " ")
		file, err := os.OpenFile(filepath.Join(root, name), os.O_APPEND|os.O_WRONLY, 0)
		must(t, err)
		_, err = file.WriteString(end)
		must(t, err)
		must(t, file.Close())
	}
	return root
}

// odd is data in another encoding, or no text at all.
func odd(data []byte, form string) []byte {
	switch form {
	case "utf16":
		out := []byte{0xff, 0xfe}
		for _, b := range data {
			out = append(out, b, 0)
		}
		return out
	case "bom":
		return append([]byte("\xef\xbb\xbf"), data...)
	}
	return []byte{0x7f, 'E', 'L', 'F', 0, 1, 0xff}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) plan(t testing.TB, root string) *Plan {
	t.Helper()
	p, err := Make(context.Background(), root, f.input.fleet(), f.input.findings(), Options{Clusters: f.input.Clusters, RemoteURL: f.input.RemoteURL, Branch: f.input.Branch, Tolerance: f.input.Tolerance})
	must(t, err)
	return p
}

// summary is what a plan says, a line each.
func summary(p *Plan) string {
	var b strings.Builder
	line := func(what string, q Placed) {
		fmt.Fprintf(&b, "%s %s: %s %s: %q -> %q", what, q.Finding, q.Change.Object.Cluster, q.Change.Field(), q.Git, q.Change.After)
		if q.File != "" {
			fmt.Fprintf(&b, " in %s", q.File)
		}
		if q.Note != "" {
			fmt.Fprintf(&b, " (%s)", q.Note)
		}
		b.WriteString("\n")
	}
	for _, q := range p.Placed {
		line("placed", q)
	}
	for _, q := range p.Already {
		line("already", q)
	}
	for _, s := range p.Stale {
		fmt.Fprintf(&b, "stale %s: %s: %s: %s\n", strings.Join(s.Findings, ", "), s.File, s.Object, s.Reason)
	}
	for _, u := range p.Unplaced {
		fmt.Fprintf(&b, "unplaced %s: %s: %s\n", u.Finding, u.Object, u.Reason)
	}
	return b.String()
}

// snapshot is every file below root, links as their target.
func snapshot(t testing.TB, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(p)
			out[name] = "link to " + target
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > maxFile {
			out[name] = "huge"
			return nil
		}
		data, err := os.ReadFile(p)
		out[name] = string(data)
		return err
	}))
	return out
}

func TestFixtures(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	must(t, err)
	if len(names) == 0 {
		t.Fatal("no fixtures")
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runFixture(t, name)
		})
	}
}

func runFixture(t *testing.T, name string) {
	f := loadFixture(t, name)
	root := f.write(t)
	before := snapshot(t, root)
	p := f.plan(t, root)
	if diff := cmp.Diff(before, snapshot(t, root)); diff != "" {
		t.Fatalf("making a plan changed the tree:\n%s", diff)
	}
	got := []txtar.File{{Name: "want.txt", Data: []byte(summary(p))}}
	for _, u := range p.Unplaced {
		if f.file("want.snippet") != nil {
			got = append(got, txtar.File{Name: "want.snippet", Data: []byte(u.Snippet)})
		}
	}
	for _, c := range p.Files {
		if c.After == nil {
			got = append(got, txtar.File{Name: "want.gone/" + c.Path})
			continue
		}
		got = append(got, txtar.File{Name: "want/" + c.Path, Data: bytes.ReplaceAll(c.After, []byte("\r"), []byte("␍"))})
	}
	if *update {
		f.renew(t, name, got)
		return
	}
	for _, g := range got {
		if diff := cmp.Diff(string(f.file(g.Name)), string(g.Data)); diff != "" {
			t.Errorf("%s (-want +got, -update to renew):\n%s", g.Name, diff)
		}
	}
	for _, file := range f.archive.Files {
		if strings.HasPrefix(file.Name, "want") && !slices.ContainsFunc(got, func(g txtar.File) bool { return g.Name == file.Name }) {
			t.Errorf("%s is expected and not planned", file.Name)
		}
	}
	must(t, p.Apply())
	want := maps.Clone(before)
	for _, c := range p.Files {
		want[c.Path] = string(c.After)
		if c.After == nil {
			delete(want, c.Path)
		}
	}
	if diff := cmp.Diff(want, snapshot(t, root)); diff != "" {
		t.Errorf("the tree after Apply (-want +got):\n%s", diff)
	}
	again := f.plan(t, root)
	if len(again.Files) != 0 || len(again.Placed) != 0 {
		t.Errorf("the second run plans again:\n%s%s", summary(again), again.Diff())
	}
}

func (f *fixture) renew(t *testing.T, name string, got []txtar.File) {
	t.Helper()
	f.archive.Files = slices.DeleteFunc(f.archive.Files, func(file txtar.File) bool { return strings.HasPrefix(file.Name, "want") })
	f.archive.Files = append(f.archive.Files, got...)
	must(t, os.WriteFile(name, txtar.Format(f.archive), 0o644))
}
