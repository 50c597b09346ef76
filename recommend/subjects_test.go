package recommend_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// What is ignored leaves the demand as it was: the second recommender prices its
// change from the whole request, 1.5 cores × 73 × 9 ÷ 52.
func TestAdviceThatNobodyWantsIsWithheld(t *testing.T) {
	for rule, tc := range map[string]struct {
		set    func(*collector.Cluster)
		reason string
		want   []string
	}{
		"nobody said so": {func(*collector.Cluster) {}, "", []string{"size proposed: £12.63, £0.00", "again proposed: £6.32, £0.00"}},
		"on the workload": {func(c *collector.Cluster) { c.Workloads[0].Ignore = "true" },
			"tuppence.dev/ignore is set on it", []string{"size withheld: £0.00, £0.00", "again withheld: £0.00, £0.00"}},
		"for one recommender": {func(c *collector.Cluster) { c.Workloads[0].Ignore = "other,size" },
			"tuppence.dev/ignore is set on it", []string{"again proposed: £18.95, £0.00", "size withheld: £0.00, £0.00"}},
		"on the namespace": {func(c *collector.Cluster) {
			c.Namespaces = []collector.Namespace{{Name: "other"}, {Name: "shop", Ignore: "true"}}
		}, "tuppence.dev/ignore is set on the namespace shop", []string{"size withheld: £0.00, £0.00", "again withheld: £0.00, £0.00"}},
		"on another namespace": {func(c *collector.Cluster) { c.Namespaces = []collector.Namespace{{Name: "other", Ignore: "true"}} },
			"", []string{"size proposed: £12.63, £0.00", "again proposed: £6.32, £0.00"}},
		"on what a person edits": {func(c *collector.Cluster) {
			original := requesting("original", 2000, 4)
			original.Ignore = "true"
			c.Workloads[0].Target = original.Ref()
			c.Workloads = append(c.Workloads, original)
		}, "tuppence.dev/ignore is set on Deployment shop/original", []string{"size withheld: £0.00, £0.00", "again withheld: £0.00, £0.00"}},
	} {
		t.Run(rule, func(t *testing.T) {
			c := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: []collector.Workload{requesting("web", 2000, 4, "a")}}
			tc.set(&c)
			again := to("again", "web", 500, 4)
			inner := again.Func
			again.Func = func(p *recommend.Pass) []recommend.Finding {
				found := inner(p)
				found[0].Changes[0].Path = []string{"spec", "other"}
				return found
			}
			var got []string
			for _, f := range findings(t, c, to("size", "web", 1000, 4), again) {
				got = append(got, saving(f))
				if withheld := f.Status == recommend.Withheld; withheld && f.Reason != tc.reason || withheld != slices.Contains(f.NotPassed(), "not ignored") {
					t.Errorf("%s is %s: %q, want %q; not passed %q", f.Recommender, f.Status, f.Reason, tc.reason, f.NotPassed())
				}
			}
			slices.Sort(got)
			slices.Sort(tc.want)
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestIntervalsThatNobodyWantsChangedAreWithheld(t *testing.T) {
	for rule, tc := range map[string]struct {
		set  func(*collector.Cluster)
		want []string // kinds that are withheld, with the reason
	}{
		"none": {func(*collector.Cluster) {}, nil},
		"a Kustomization's": {func(c *collector.Cluster) { c.Reconcilers[0].Ignore = "interval" },
			[]string{"Kustomization: tuppence.dev/ignore is set on it"}},
		"not for another recommender": {func(c *collector.Cluster) { c.Reconcilers[0].Ignore = "rightsize,spot" }, nil},
		"Argo CD's":                   {func(c *collector.Cluster) { c.Controllers[0].Ignore = "true" }, []string{"ConfigMap: tuppence.dev/ignore is set on it"}},
		"of a namespace": {func(c *collector.Cluster) { c.Namespaces = []collector.Namespace{{Name: "gitops", Ignore: "true"}} },
			[]string{"Kustomization: tuppence.dev/ignore is set on the namespace gitops", "ConfigMap: tuppence.dev/ignore is set on the namespace gitops"}},
	} {
		c := collector.Cluster{Name: "c", Reconcilers: []collector.Reconciler{{APIVersion: "kustomize.toolkit.fluxcd.io/v1", Kind: "Kustomization",
			Namespace: "gitops", Name: "apps", Ready: "True", Interval: collector.Duration{Duration: time.Minute}}},
			Controllers: []collector.Controller{{Kind: "argocd", Namespace: "gitops", Name: "argocd-cm", Timeout: collector.Duration{Duration: time.Minute}, TimeoutSet: true}}}
		c.Reconcilers = append(c.Reconcilers, application)
		tc.set(&c)
		var got []string
		found := findings(t, c, all(t)...)
		for _, f := range found {
			if f.Status == recommend.Withheld {
				got = append(got, f.Subject.Kind+": "+f.Reason)
			}
		}
		slices.Sort(got)
		slices.Sort(tc.want)
		if d := cmp.Diff(tc.want, got); d != "" || len(found) != 3 { // the third is of the fleet
			t.Errorf("%s: %d findings: %s", rule, len(found), d)
		}
	}
}

// application is one of the Argo CD in the namespace gitops.
var application = collector.Reconciler{APIVersion: "argoproj.io/v1alpha1", Kind: "Application", Namespace: "gitops", Name: "web",
	Sources: []collector.ArgoSource{{URL: "https://git.example/web", Path: "."}}}

// changing proposes a change of each of the objects for the workload web.
func changing(objects ...func(recommend.Object) recommend.Object) recommend.Recommender {
	r := to("size", "web", 1000, 4)
	inner := r.Func
	r.Func = func(p *recommend.Pass) []recommend.Finding {
		found := inner(p)
		for i := range found {
			found[i].Changes = nil
			for _, of := range objects {
				found[i].Changes = append(found[i].Changes, recommend.Change{Object: of(found[i].Subject), Path: []string{"spec"}})
			}
		}
		return found
	}
	return r
}

// What a program's setting stands in may say that it is to be left alone, and the
// program not.
func TestWhatAFindingWouldChangeMayBeIgnored(t *testing.T) {
	params := recommend.Object{Cluster: "c", APIVersion: "v1", Kind: "ConfigMap", Namespace: "argocd", Name: "argocd-cmd-params-cm"}
	for ignore, want := range map[string]string{"": "", "other": "", "true": "tuppence.dev/ignore is set on ConfigMap argocd/argocd-cmd-params-cm"} {
		c := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: []collector.Workload{requesting("web", 2000, 4, "a")}}
		c.Controllers = []collector.Controller{{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm", Settings: []collector.Setting{{Name: "controller.status.processors",
			Object: collector.WorkloadRef{APIVersion: params.APIVersion, Kind: params.Kind, Namespace: params.Namespace, Name: params.Name}, Ignore: ignore}}}}
		found := findings(t, c, changing(func(recommend.Object) recommend.Object { return params }))
		if len(found) != 1 || found[0].Reason != want || (found[0].Status == recommend.Withheld) != (want != "") {
			t.Errorf("%q: %+v, want %q", ignore, found, want)
		}
	}
}

func TestChangesFallOnWhatAPersonEdits(t *testing.T) {
	itself := func(o recommend.Object) recommend.Object { return o }
	scaler := func(name string) func(recommend.Object) recommend.Object {
		return func(o recommend.Object) recommend.Object {
			return recommend.Object{Cluster: o.Cluster, APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler", Namespace: o.Namespace, Name: name}
		}
	}
	const subject = "c Deployment shop/web"
	deployment := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "original"}
	template := collector.WorkloadRef{APIVersion: "v1", Kind: "PodTemplate", Namespace: "shop", Name: "pods"}
	for rule, tc := range map[string]struct {
		target  collector.WorkloadRef
		hpa     *collector.HPA
		objects []func(recommend.Object) recommend.Object
		want    []string
		reason  string
	}{
		"itself":                        {want: []string{subject}},
		"its target":                    {target: deployment, want: []string{"c Deployment shop/original"}},
		"not a kind of unknown fields":  {target: template, want: []string{subject}, reason: "its pods are described by PodTemplate shop/pods, a kind whose fields are not known here"},
		"its own HPA":                   {hpa: &collector.HPA{Name: "web"}, objects: []func(recommend.Object) recommend.Object{itself, scaler("web")}, want: []string{subject, "c HorizontalPodAutoscaler shop/web"}},
		"the HPA that Flagger copied":   {target: deployment, hpa: &collector.HPA{Name: "web", Target: "scale"}, objects: []func(recommend.Object) recommend.Object{itself, scaler("web")}, want: []string{"c Deployment shop/original", "c HorizontalPodAutoscaler shop/scale"}},
		"another HPA":                   {target: deployment, hpa: &collector.HPA{Name: "web", Target: "scale"}, objects: []func(recommend.Object) recommend.Object{scaler("api")}, want: []string{"c HorizontalPodAutoscaler shop/api"}},
		"not an HPA of unknown origins": {target: deployment, hpa: &collector.HPA{Name: "web"}, objects: []func(recommend.Object) recommend.Object{scaler("web")}, want: []string{"c HorizontalPodAutoscaler shop/web"}, reason: "HPA web scales Flagger's copy of Deployment shop/original, and what that HPA is made from is not known"},
	} {
		w := requesting("web", 2000, 4, "a")
		w.Target, w.HPA = tc.target, tc.hpa
		if tc.objects == nil {
			tc.objects = []func(recommend.Object) recommend.Object{itself}
		}
		c := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: []collector.Workload{w}}
		f := findings(t, c, changing(tc.objects...))[0]
		var got []string
		for _, change := range f.Changes {
			got = append(got, change.Object.String())
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s: %s", rule, d)
		}
		if withheld := f.Status == recommend.Withheld; f.Subject.String() != subject || f.Reason != tc.reason || withheld != (tc.reason != "") || withheld && !f.Saving.Allocated.Money.IsZero() {
			t.Errorf("%s: %s is %s, %q; it saves %s", rule, f.Subject, f.Status, f.Reason, f.Saving.Allocated)
		}
	}
}

// A Rollout's HPA is a person's own, as Argo Rollouts makes none.
func TestARolloutsHPAIsItsOwn(t *testing.T) {
	w := requesting("web", 2000, 4, "a")
	w.APIVersion, w.Kind, w.HPA = "argoproj.io/v1alpha1", "Rollout", &collector.HPA{Name: "web"}
	w.Target = collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
	c := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: []collector.Workload{w}}
	f := findings(t, c, changing(func(o recommend.Object) recommend.Object {
		return recommend.Object{Cluster: o.Cluster, Kind: "HorizontalPodAutoscaler", Namespace: o.Namespace, Name: "web"}
	}))[0]
	if f.Status != recommend.Proposed || f.Changes[0].Object.Kind != "HorizontalPodAutoscaler" {
		t.Errorf("%s, %q, %+v", f.Status, f.Reason, f.Changes)
	}
}

// Two workloads of one template, a Rollout's and what Flagger copied: their changes
// meet in one object, so that only the first stands.
func TestChangesOfTwoWorkloadsThatMeetInOneObjectConflict(t *testing.T) {
	target := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "original"}
	web, api := requesting("web", 1000, 4, "a"), requesting("api", 1000, 4, "a")
	web.Target, api.Target = target, target
	c := collector.Cluster{Name: "c", Nodes: []collector.Node{machine("a")}, Workloads: []collector.Workload{web, api}}
	got := map[string]string{}
	for _, f := range findings(t, c, to("size", "web", 500, 4), to("again", "api", 500, 4)) {
		got[f.Subject.Name] = string(f.Status)
	}
	if d := cmp.Diff(map[string]string{"web": "proposed", "api": "superseded"}, got); d != "" {
		t.Error(d)
	}
}

// wanted reports whether any owner has set tuppence.dev/ignore against f.
func wanted(f *collector.Fleet, x *recommend.Finding) bool {
	ignored := false
	names := func(s string) bool { return s == "true" || slices.Contains(strings.Split(s, ","), x.Recommender) }
	for i := range f.Clusters {
		c := &f.Clusters[i]
		if c.Name != x.Subject.Cluster {
			continue
		}
		by := map[string]string{} // what is said on each object
		for _, w := range c.Workloads {
			by[fmt.Sprint(w.Kind, w.Namespace, w.Name)] = w.Ignore
		}
		for _, w := range c.Workloads {
			if recommend.Subject(c.Name, &w) == x.Subject {
				ignored = ignored || names(w.Ignore) || names(by[fmt.Sprint(w.Target.Kind, w.Target.Namespace, w.Target.Name)])
			}
		}
		for _, r := range c.Reconcilers {
			ignored = ignored || r.APIVersion == x.Subject.APIVersion && r.Kind == x.Subject.Kind && r.Namespace == x.Subject.Namespace && r.Name == x.Subject.Name && names(r.Ignore)
		}
		for _, k := range c.Controllers {
			ignored = ignored || k.Kind == "argocd" && x.Subject.Kind == "ConfigMap" && k.Namespace == x.Subject.Namespace && names(k.Ignore)
		}
		for _, n := range c.Namespaces {
			ignored = ignored || n.Name == x.Subject.Namespace && names(n.Ignore)
		}
	}
	return !ignored
}

func TestNothingIsProposedThatSomebodyIgnores(t *testing.T) {
	held := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		found, _ := runAll(t, f, pricing.Terms{Prices: prices{}, FX: pounds{}, Policy: pricing.NineToOne}, rapid.Uint64().Draw(t, "seed"))
		for i := range found {
			x := &found[i]
			if open := x.Status == recommend.Proposed || x.Status == recommend.Advised || x.Status == recommend.Superseded; open && !wanted(f, x) {
				t.Fatalf("%s of %s is %s", x.Recommender, x.Subject, x.Status)
			}
			if strings.HasPrefix(x.Reason, collector.IgnoreAnnotation) {
				held[x.Subject.Kind]++
				if wanted(f, x) {
					t.Fatalf("%s of %s: %s", x.Recommender, x.Subject, x.Reason)
				}
			}
		}
	})
	for _, kind := range []string{"Deployment", "Kustomization", "ConfigMap"} {
		if held[kind] == 0 {
			t.Errorf("no %s was ever ignored: %v", kind, held)
		}
	}
}
