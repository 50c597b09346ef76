package collector_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
)

var salt = []byte("sixteen bytes or more")

func pseudonymised(t testing.TB, f *collector.Fleet, salt []byte) *collector.Fleet {
	t.Helper()
	if err := collector.Pseudonymise(f, salt); err != nil {
		t.Fatal(err)
	}
	return f
}

// staying are the texts that may stay, each with its reason in privacy_keep.go. A
// field that is to join them is to join this list too.
var staying = func() []string {
	var out []string
	for path := range strings.FieldsSeq(`name environment version controlplane-service controlplane-tier controlplane-region
		nodes-provider nodes-instancetype nodes-region nodes-zone nodes-arch nodes-capacitytype nodes-gpumodel
		pastnodes-provider pastnodes-instancetype pastnodes-region pastnodes-zone pastnodes-arch pastnodes-capacitytype pastnodes-gpumodel
		volumes-provider volumes-type volumes-region volumes-zone loadbalancers-provider loadbalancers-region loadbalancers-type
		workloads-containers-runtime workloads-containers-usage-source workloads-labels-key
		reconcilers-measured-source controllers-measured-source operators-measured-source
		reconcilers-measured-doubts controllers-measured-doubts operators-measured-doubts
		controllers-queues-doubts operators-queues-doubts reconcilers-timers-path gaps-source`) {
		out = append(out, "mk-cluster-"+path+"-z")
	}
	return out
}()

func TestNoTextOutlivesPseudonymsButThoseListed(t *testing.T) {
	f, markers := full(t)
	if err := collector.Pseudonymise(f, salt); err != nil {
		t.Fatal(err)
	}
	if f.Clusters[0].PodOwners != nil || f.Clusters[0].PodNodes != nil {
		t.Error("pods are named still")
	}
	b := recorded(t, f)
	if len(markers) < 100 {
		t.Fatalf("only %d texts in a whole fleet", len(markers))
	}
	for _, m := range markers {
		if stays := slices.Contains(staying, m); bytes.Contains(b, []byte(m)) != stays {
			t.Errorf("%s: in the recording %v, may stay %v", m, !stays, stays)
		}
	}
}

func TestARecordingOfPseudonymsReadsBackAndIsMarked(t *testing.T) {
	whole, _ := full(t)
	for name, f := range map[string]*collector.Fleet{"every field": whole, "a plausible one": collectortest.Generate(3, 20, 1)} {
		before := recorded(t, pseudonymised(t, f, salt))
		path := filepath.Join(t.TempDir(), "r.jsonl.gz")
		if err := collector.WriteFile(path, f); err != nil {
			t.Fatal(err)
		}
		back, err := collector.ReadFile(path)
		if err != nil || !back.Pseudonymised || !bytes.Equal(before, recorded(t, back)) {
			t.Fatalf("%s: %v, or it reads back as another", name, err)
		}
		if err := collector.Pseudonymise(back, salt); !errors.Is(err, collector.ErrPseudonymised) {
			t.Errorf("%s: pseudonyms of pseudonyms: %v", name, err)
		}
		if !bytes.Equal(before, recorded(t, back)) {
			t.Errorf("%s: what was refused has changed", name)
		}
	}
}

// named is every name in f by the kinds of objects that teams name themselves.
func named(f *collector.Fleet) []string {
	var out []string
	for i := range f.Clusters {
		c := &f.Clusters[i]
		for _, n := range c.Nodes {
			out = append(out, n.Name, n.ProviderID)
		}
		for _, w := range c.Workloads {
			out = append(out, w.Namespace, w.Name)
			for _, k := range w.Containers {
				out = append(out, k.Name, k.Image)
			}
		}
		for _, r := range c.Reconcilers {
			out = append(out, r.Name, r.URL, r.Path, r.Revision, r.Ref.Branch)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" || s == "flux-system" })
}

func TestTheNamesOfAPlausibleFleetAreGoneAndItsFiguresAreNot(t *testing.T) {
	f := collectortest.Generate(4, 20, 1)
	names, before := named(f), copied(t, f)
	b := recorded(t, pseudonymised(t, f, salt))
	text := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	there := map[string]bool{}
	for _, quoted := range text.FindAll(b, -1) {
		there[string(quoted)] = true
	}
	for _, n := range names {
		if there[`"`+n+`"`] {
			t.Errorf("%q is there still", n)
		}
	}
	figures := func(b []byte) int { return len(text.ReplaceAll(b, nil)) }
	if got, want := figures(bytes.Replace(b, []byte(`,"pseudonymised":true`), nil, 1)), figures(recorded(t, before)); got != want {
		t.Errorf("%d bytes of figures and fields, %d before", got, want)
	}
}

func TestPseudonymsAreAFunctionOfNameAndSaltAlone(t *testing.T) {
	run := func(salt string) string {
		return string(recorded(t, pseudonymised(t, collectortest.Generate(2, 30, 1), []byte(salt))))
	}
	first := run("one salt of many bytes")
	if first != run("one salt of many bytes") {
		t.Error("two runs differ")
	}
	shape := regexp.MustCompile(`"n-[0-9a-f]{12}"`)
	for _, p := range shape.FindAllString(run("another salt of as many"), -1) {
		if strings.Contains(first, p) {
			t.Errorf("%s stands under two salts", p)
		}
	}
	if n := len(shape.FindAllString(first, -1)); n < 100 {
		t.Errorf("%d pseudonyms", n)
	}
}

func TestTheOrderOfTheInputChangesNoPseudonymAndNoByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := collectortest.Fleet().Draw(t, "fleet")
		turned := &collector.Fleet{Window: f.Window}
		b, err := json.Marshal(f.Clusters)
		if err == nil {
			err = json.Unmarshal(b, &turned.Clusters)
		}
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(turned.Clusters)
		for i := range turned.Clusters {
			slices.Reverse(turned.Clusters[i].Nodes)
			slices.Reverse(turned.Clusters[i].Workloads)
		}
		var out [2]bytes.Buffer
		for i, fleet := range []*collector.Fleet{f, turned} {
			if err := collector.Pseudonymise(fleet, salt); err != nil {
				t.Fatal(err)
			}
			if err := collector.Write(&out[i], fleet); err != nil {
				t.Fatal(err)
			}
		}
		if out[0].String() != out[1].String() {
			t.Error(cmp.Diff(out[0].String(), out[1].String()))
		}
	})
}

func TestWhatJoinedByNameJoinsByPseudonym(t *testing.T) {
	ref := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
	hosted := []collector.Label{{Key: "kubernetes.io/hostname", Value: "n1"}}
	f := pseudonymised(t, &collector.Fleet{Window: collectortest.Window(), Clusters: []collector.Cluster{{
		Name:  "prod",
		Nodes: []collector.Node{{Name: "n1", Taints: []collector.Taint{{Key: "team", Value: "payments", Effect: "NoSchedule"}}}},
		Workloads: []collector.Workload{{
			APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web",
			Origin:     collector.Origin{Kind: "Kustomization", Namespace: "gitops", Name: "apps"},
			Placements: []collector.Placement{{Node: "n1", Pods: 1}}, PodTime: []collector.PodTime{{Node: "n1"}},
			Labels: []collector.Label{{Key: "team", Value: "payments"}},
			Pod: collector.PodTraits{NodeSelector: hosted,
				Tolerations: []collector.Toleration{{Key: "team", Operator: "Equal", Value: "payments", Effect: "NoSchedule"}}},
		}},
		Volumes:       []collector.Volume{{Name: "pv", Users: []collector.WorkloadRef{ref}}},
		LoadBalancers: []collector.LoadBalancer{{Kind: "Service", Namespace: "shop", Name: "web", Users: []collector.WorkloadRef{ref}}},
		Reconcilers: []collector.Reconciler{
			{APIVersion: "v1", Kind: "Kustomization", Namespace: "gitops", Name: "apps", DependsOn: []string{"gitops/base"}},
			{APIVersion: "v1", Kind: "Kustomization", Namespace: "gitops", Name: "base"},
		},
		Gaps: []collector.Gap{{Cluster: "prod", Source: "kubernetes", Reason: "rollout shop/web: not read"}},
	}}}, salt)
	c := &f.Clusters[0]
	w, node := &c.Workloads[0], &c.Nodes[0]
	if w.Placements[0].Node != node.Name || w.PodTime[0].Node != node.Name || w.Pod.NodeSelector[0].Value != node.Name {
		t.Errorf("node %q, pods on %q, their time on %q, selected %q", node.Name, w.Placements[0].Node, w.PodTime[0].Node, w.Pod.NodeSelector[0].Value)
	}
	if c.Volumes[0].Users[0] != w.Ref() || c.LoadBalancers[0].Users[0] != w.Ref() || c.LoadBalancers[0].Name != w.Name {
		t.Errorf("workload %v, users %v and %v", w.Ref(), c.Volumes[0].Users, c.LoadBalancers[0].Users)
	}
	taint, toleration := node.Taints[0], w.Pod.Tolerations[0]
	if taint.Key != toleration.Key || taint.Value != toleration.Value || taint.Effect != "NoSchedule" || w.Labels[0].Value != taint.Value {
		t.Errorf("taint %v, toleration %v, label %v", taint, toleration, w.Labels[0])
	}
	apps := slices.IndexFunc(c.Reconcilers, func(r collector.Reconciler) bool { return len(r.DependsOn) > 0 })
	a, b := c.Reconcilers[apps], c.Reconcilers[1-apps]
	if w.Origin != (collector.Origin{Kind: a.Kind, Namespace: a.Namespace, Name: a.Name}) || a.DependsOn[0] != b.Namespace+"/"+b.Name {
		t.Errorf("origin %v of %v, which depends on %v", w.Origin, a, b)
	}
	if want := "rollout " + w.Namespace + "/" + w.Name + ": not read"; c.Gaps[0].Reason != want {
		t.Errorf("gap %q, want %q", c.Gaps[0].Reason, want)
	}
}

func TestWhatEveryClusterHasKeepsItsName(t *testing.T) {
	for _, tc := range []struct {
		rule          string
		in            collector.Workload
		hidden        string // what must go
		apiKind, stay string
	}{
		{"Kubernetes' own kinds and namespaces", collector.Workload{APIVersion: "apps/v1", Kind: "DaemonSet", Namespace: "kube-system", Name: "x"}, `"x"`, `"apps/v1","kind":"DaemonSet"`, `"kube-system"`},
		{"an organisation's kind", collector.Workload{APIVersion: "pay.example/v1beta1", Kind: "Payment", Namespace: "a", Name: "x"}, "ay", `/v1beta1"`, `"kind":"n-`},
		{"an API version that is none", collector.Workload{APIVersion: "secret", Kind: "Pod", Namespace: "a", Name: "x"}, "secret", `"kind":"Pod"`, ""},
		{"the cloud's selector, with its value", collector.Workload{Name: "x", Pod: collector.PodTraits{NodeSelector: []collector.Label{{Key: "karpenter.sh/capacity-type", Value: "spot"}}}}, `"x"`, `"karpenter.sh/capacity-type"`, `"spot"`},
		{"a node pool's key, without its name", collector.Workload{Name: "x", Pod: collector.PodTraits{NodeSelector: []collector.Label{{Key: "karpenter.sh/nodepool", Value: "payments"}}}}, "payments", `"karpenter.sh/nodepool"`, `"value":"n-`},
		{"an allowed label's key, and no value of it", collector.Workload{Name: "x", Labels: []collector.Label{{Key: "team", Value: "default"}}}, "default", `"key":"team"`, `"value":"n-`},
		{"what this program is told to ignore, but no other word", collector.Workload{Name: "x", Ignore: "payments,rightsize"}, "payments", `"ignore":"n-`, `,rightsize"`},
		{"a VPA's mode, without its name", collector.Workload{Name: "x", VPA: &collector.VPA{Name: "payments", Mode: "InPlaceOrRecreate"}}, "payments", `"vpa":{"name":"n-`, `"mode":"InPlaceOrRecreate"`},
		{"the kind of a target, without its name", collector.Workload{Name: "x", Target: collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "default", Name: "payments"}}, "payments", `"target":{"apiVersion":"apps/v1","kind":"Deployment","namespace":"default","name":"n-`, ""},
		{"a budget's figure", collector.Workload{Name: "x", PDB: &collector.PDB{Name: "b", MinAvailable: "50%", MaxUnavailable: "some"}}, "some", `"minAvailable":"50%"`, `"maxUnavailable":"n-`},
	} {
		b := recorded(t, pseudonymised(t, &collector.Fleet{Clusters: []collector.Cluster{{Name: "c", Workloads: []collector.Workload{tc.in}}}}, salt))
		if bytes.Contains(bytes.ReplaceAll(b, []byte("readinessProbe"), nil), []byte(tc.hidden)) || !bytes.Contains(b, []byte(tc.apiKind)) || !bytes.Contains(b, []byte(tc.stay)) {
			t.Errorf("%s: %s", tc.rule, b)
		}
	}
}

func TestGapsAreStillReadAndNameNothing(t *testing.T) {
	const p = `n-[0-9a-f]{12}`
	for _, tc := range []struct{ rule, in, want string }{
		{"rights stay", "cannot list horizontalpodautoscalers.autoscaling: forbidden; grant list on horizontalpodautoscalers.autoscaling (see deploy/)",
			`cannot list horizontalpodautoscalers\.autoscaling: forbidden; grant list on horizontalpodautoscalers\.autoscaling \(see deploy/\)`},
		{"rights to custom resources stay", "cannot list canaries.flagger.app: forbidden; grant list on verticalpodautoscalers.autoscaling.k8s.io (see deploy/)",
			`cannot list canaries\.flagger\.app: forbidden; grant list on verticalpodautoscalers\.autoscaling\.k8s\.io \(see deploy/\)`},
		{"figures and flags stay", `prometheus "prod": 422: query used 5.1 GiB, limit 4 GiB; try --step 10m`, `prometheus "prod": 422: query used 5\.1 GiB, limit 4 GiB; try --step 10m`},
		{"days and metrics stay", "no kube_pod_owner on 2026-11-20", "no kube_pod_owner on 2026-11-20"},
		{"a known word goes", "workload web: cut", "workload " + p + ": cut"},
		{"another that is known goes from within", "a=web", p},
		{"what has the shape of a name goes", "pod checkout-7f9 of billing/checkout.", "pod " + p + " of " + p + "/" + p + `\.`},
		{"hosts go", "10.0.0.1:6443: connect: connection refused", p + ": connect: connection refused"},
		{"addresses go", "get http://user@prom.example/api?x=1: 503", "get " + p + ": 503"},
		{"accounts go", "account 123456789012 is closed", "account " + p + " is closed"},
		{"what is quoted goes", `User "alice" may not`, `User "` + p + `" may not`},
		{"a quote with a quote in it goes", `said "a \"bob\" carol" twice`, `said ".*` + p + `.*" twice`},
		{"a name that is cut goes", "no answer of checko…", "no answer of " + p + "…"},
		{"a name of two words goes", "path ./My Team was not found", "path " + p + " was not found"},
	} {
		f := pseudonymised(t, &collector.Fleet{Clusters: []collector.Cluster{{Name: "prod",
			Workloads:   []collector.Workload{{Namespace: "shop", Name: "web"}},
			Reconcilers: []collector.Reconciler{{Path: "./My Team"}},
			Gaps:        []collector.Gap{{Cluster: "prod", Source: "kubernetes", Reason: tc.in}}}}}, salt)
		got := f.Clusters[0].Gaps[0].Reason
		if !regexp.MustCompile("^"+tc.want+"$").MatchString(got) || strings.Contains(got, "bob") || strings.Contains(got, "carol") {
			t.Errorf("%s: %q, want %q", tc.rule, got, tc.want)
		}
	}
}

func TestASaltThatCanBeTriedIsRefused(t *testing.T) {
	for _, s := range []string{"", "fifteen bytes .", strings.Repeat("x", collector.MinSalt)} {
		f := collectortest.Generate(1, 3, 1)
		err := collector.Pseudonymise(f, []byte(s))
		if short := len(s) < collector.MinSalt; errors.Is(err, collector.ErrSalt) != short || f.Pseudonymised == short {
			t.Errorf("%d bytes: %v, done %v", len(s), err, f.Pseudonymised)
		}
		if err != nil && s != "" && strings.Contains(err.Error(), s) {
			t.Error("the error holds the salt")
		}
	}
}

// FuzzGaps holds a gap's text to no name of the fleet, whatever stands around it.
func FuzzGaps(f *testing.F) {
	f.Add(`User "`, `" at x/y`, "zq-7")
	f.Add("a\\", "…", "My Team")
	f.Add("", "/z", "10.0.0.1")
	f.Fuzz(func(t *testing.T, before, after, name string) {
		if len(name) < 4 || strings.Contains(before+after, name) || regexp.MustCompile(`^[-n0-9a-f]*$`).MatchString(name) {
			return
		}
		fleet := &collector.Fleet{Clusters: []collector.Cluster{{Name: "c", Workloads: []collector.Workload{{Name: name}},
			Gaps: []collector.Gap{{Cluster: "c", Reason: before + " " + name + " " + after}}}}}
		if err := collector.Pseudonymise(fleet, salt); err != nil {
			t.Fatal(err)
		}
		if w := fleet.Clusters[0].Workloads[0].Name; w == name {
			return // a public word
		}
		if got := fleet.Clusters[0].Gaps[0].Reason; strings.Contains(got, name) {
			t.Errorf("%q names %q", got, name)
		}
	})
}

func BenchmarkPseudonymise(b *testing.B) {
	made := collectortest.Generate(20, 250, 1)
	for b.Loop() {
		b.StopTimer()
		f := copied(b, made)
		b.StartTimer()
		pseudonymised(b, f, salt)
	}
}

func TestSettingsStayButForWhatTheyName(t *testing.T) {
	const updates = "resource.customizations.ignoreResourceUpdates."
	for rule, test := range map[string]struct{ name, value, wantName, wantValue string }{
		"a flag and a number":      {"--concurrent", "20", "--concurrent", "20"},
		"a duration":               {"DEFAULT_REQUEUE_TIME", "1h0m0s", "DEFAULT_REQUEUE_TIME", "1h0m0s"},
		"a choice":                 {"controller.sharding.algorithm", "legacy", "controller.sharding.algorithm", "legacy"},
		"a shard":                  {"--watch-label-selector", "sharding.fluxcd.io/key=payments", "--watch-label-selector", "sharding.fluxcd.io/key=" + collector.Pseudonym(salt, "payments")},
		"all but the shards":       {"--watch-label-selector", "!sharding.fluxcd.io/key", "--watch-label-selector", "!sharding.fluxcd.io/key"},
		"another selector":         {"--watch-label-selector", "team in (payments)", "--watch-label-selector", collector.Pseudonym(salt, "team in (payments)")},
		"updates of a public kind": {updates + "apps_Deployment", "", updates + "apps_Deployment", ""},
		"updates of all":           {updates + "all", "", updates + "all", ""},
		"updates of a kind":        {updates + "acme.example_Widget", "", updates + collector.Pseudonym(salt, "acme.example_Widget"), ""},
		"a setting of nobody's":    {"acme-secret-mode", "ultra", collector.Pseudonym(salt, "acme-secret-mode"), collector.Pseudonym(salt, "ultra")},
	} {
		f := &collector.Fleet{Clusters: []collector.Cluster{{Name: "prod", Controllers: []collector.Controller{{Settings: []collector.Setting{{Name: test.name, Value: test.value, Ignore: "true,acme"}}}}}}}
		got := pseudonymised(t, f, salt).Clusters[0].Controllers[0].Settings[0]
		if want := "true," + collector.Pseudonym(salt, "acme"); got.Ignore != want {
			t.Errorf("%s: it is ignored by %s, want %s", rule, got.Ignore, want)
		}
		if got.Name != test.wantName || got.Value != test.wantValue {
			t.Errorf("%s: %s = %s, want %s = %s", rule, got.Name, got.Value, test.wantName, test.wantValue)
		}
	}
}
