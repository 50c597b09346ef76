package patch

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

const benchDeployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  labels: {app: %[1]s}
spec:
  replicas: 2
  selector:
    matchLabels: {app: %[1]s}
  template:
    metadata:
      labels: {app: %[1]s}
    spec:
      containers:
        - name: app
          image: registry.example/%[1]s:1.2.3
          ports: [{containerPort: 8080}]
          env:
            - {name: LOG_LEVEL, value: info}
          resources:
            requests: {cpu: 500m, memory: 512Mi}
            limits: {memory: 512Mi}
`

// monorepo lays out a fleet's repository of clusters overlays that each take 8 of 100
// applications of 10 files, and have 44 manifests of their own, so build 116 objects:
// with 200 clusters 200 × 45 + 100 × 10 = 10,000 files. In every cluster two of its
// applications are to be changed: one as in all other clusters, one in its own way.
func monorepo(t testing.TB, root string, clusters int) (*collector.Fleet, []recommend.Finding) {
	t.Helper()
	files := 0
	write := func(name, content string) {
		files++
		at := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		must(t, os.WriteFile(at, []byte(content), 0o644))
	}
	kust := func(resources ...string) string {
		return "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: shop\nresources:\n  - " + strings.Join(resources, "\n  - ") + "\n"
	}
	for app := range 100 {
		name := fmt.Sprintf("app-%02d", app)
		dir := "apps/base/" + name + "/"
		list := []string{"deployment.yaml"}
		write(dir+"deployment.yaml", fmt.Sprintf(benchDeployment, name))
		for n := range 8 {
			file := fmt.Sprintf("config-%02d.yaml", n)
			list = append(list, file)
			write(dir+file, fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s-%d\ndata:\n  key: value\n", name, n))
		}
		write(dir+"kustomization.yaml", kust(list...))
	}
	f := &collector.Fleet{}
	var findings []recommend.Finding
	for n := range clusters {
		cluster := fmt.Sprintf("cluster-%03d", n)
		dir := "clusters/" + cluster + "/"
		var list []string
		c := collector.Cluster{Name: cluster, Reconcilers: []collector.Reconciler{
			{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet", URL: "https://git.example/acme/fleet.git", Ref: collector.GitRef{Branch: "main"}},
			{APIVersion: "kustomize.toolkit.fluxcd.io/v1", Kind: "Kustomization", Namespace: "flux-system", Name: "apps", Path: "./" + dir,
				Source: collector.Origin{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet"}}}}
		for a := range 8 {
			app := fmt.Sprintf("app-%02d", (n+10*a)%100)
			list = append(list, "../../apps/base/"+app)
			c.Workloads = append(c.Workloads, collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: app, Origin: collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "apps"}})
			if a > 1 {
				continue
			}
			o := recommend.Object{Cluster: cluster, APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: app}
			after := "200m"
			if a == 1 {
				after = fmt.Sprintf("%dm", 100+n)
			}
			findings = append(findings, recommend.Finding{ID: recommend.FindingID("rightsize", o), Subject: o, Status: recommend.Proposed, Changes: []recommend.Change{
				{Object: o, Path: strings.Split("spec.template.spec.containers.[name=app].resources.requests.cpu", "."), Before: "500m", After: after}}})
		}
		for k := range 44 {
			file := fmt.Sprintf("own-%02d.yaml", k)
			list = append(list, file)
			write(dir+file, fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: own-%d\ndata:\n  cluster: %s\n", k, cluster))
		}
		write(dir+"kustomization.yaml", kust(list...))
		f.Clusters = append(f.Clusters, c)
	}
	t.Logf("%d files", files)
	return f, findings
}

// BenchmarkMonorepo plans and proves the changes of 200 clusters in a repository of
// 10,000 files. It says how often the folder that was built most often was.
func BenchmarkMonorepo(b *testing.B) {
	for _, clusters := range []int{20, 200} {
		b.Run(fmt.Sprint(clusters), func(b *testing.B) {
			root := b.TempDir()
			f, findings := monorepo(b, root, clusters)
			b.ReportAllocs()
			for b.Loop() {
				d, err := openDisk(root)
				must(b, err)
				m := newMaker(b.Context(), d, f, Options{Tolerance: DefaultTolerance})
				all := m.candidates(findings, Options{})
				must(b, m.plan(b.Context(), all))
				most, placed := 0, 0
				for _, builds := range m.builds {
					most = max(most, builds)
				}
				for _, c := range all {
					if c.err == nil && c.failed == nil {
						placed++
					}
				}
				if placed != len(findings) {
					b.Fatalf("%d of %d findings placed", placed, len(findings))
				}
				var mem runtime.MemStats
				runtime.ReadMemStats(&mem)
				b.ReportMetric(float64(most), "builds/folder")
				b.ReportMetric(float64(len(m.accepted)), "files")
				b.ReportMetric(float64(mem.Sys)/(1<<20), "sys-MiB")
				d.root.Close()
			}
		})
	}
}
