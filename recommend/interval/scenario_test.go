package interval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// chosenFleet has two Kustomizations, of which one retries as often as it runs, a
// HelmRelease with a chart of its own, and an Argo CD.
func chosenFleet() *interval.Mapped {
	release := collector.Reconciler{APIVersion: helmAPI, Kind: "HelmRelease", Namespace: "shop", Name: "cart", Interval: every(time.Hour), HasChart: true,
		Source: collector.Origin{Kind: "HelmRepository", Namespace: "flux-system", Name: "charts"}}
	chart := collector.Reconciler{APIVersion: sourceAPI, Kind: "HelmChart", Namespace: "flux-system", Name: "shop-cart", Interval: every(time.Hour), Source: release.Source}
	oci := collector.Reconciler{APIVersion: sourceAPI, Kind: "HelmRepository", Namespace: "flux-system", Name: "registry", Interval: every(time.Hour), Idle: true, URL: "oci://ghcr.io/acme"}
	changing := ks("changing", 10*time.Minute)
	changing.Measured.Changes, changing.Measured.ChangeSpan = 30, every(240*time.Hour)
	return interval.Model(fleet(collector.Cluster{
		Controllers: []collector.Controller{{Kind: "argocd", Namespace: "argocd", Name: "argocd-cm"}},
		Reconcilers: []collector.Reconciler{release, chart, oci, git("fleet", "https://github.com/acme/fleet"), ks("infra", 10*time.Minute), ks("apps", 10*time.Minute, "infra"), changing, app("argocd", "web")}}))
}

func choose(kind, namespace, name string, d time.Duration) interval.Choice {
	return interval.Choice{Kind: kind, Namespace: namespace, Name: name, Interval: d}
}

func TestChosenIntervals(t *testing.T) {
	m := chosenFleet()
	of := func(f *model.Fleet, kind, name string) *model.Task {
		for i := range m.Systems {
			for j := range m.Systems[i].Tasks {
				if m.Systems[i].Tasks[j].Kind == kind && m.Systems[i].Tasks[j].Name == name {
					return &f.Systems[i].Tasks[j]
				}
			}
		}
		t.Fatalf("no %s %s", kind, name)
		return nil
	}
	all := choose("Kustomization", "", "", time.Hour)
	one := choose("Kustomization", "flux-system", "infra", time.Minute)
	for _, tc := range []struct {
		name       string
		preset     interval.Preset
		choices    []interval.Choice
		kind, task string
		want       time.Duration
	}{
		{"none leaves it", interval.Current, nil, "Kustomization", "infra", 10 * time.Minute},
		{"of a kind", interval.Current, []interval.Choice{all}, "Kustomization", "infra", time.Hour},
		{"of another kind leaves it", interval.Current, []interval.Choice{all}, "HelmRelease", "cart", time.Hour},
		{"of a namespace", interval.Current, []interval.Choice{choose("Kustomization", "flux-system", "", time.Minute)}, "Kustomization", "apps", time.Minute},
		{"of one", interval.Current, []interval.Choice{one}, "Kustomization", "infra", time.Minute},
		{"of one leaves the others", interval.Current, []interval.Choice{one}, "Kustomization", "apps", 10 * time.Minute},
		{"the more exact holds, in either order", interval.Current, []interval.Choice{one, all}, "Kustomization", "infra", time.Minute},
		{"the later of two holds", interval.Current, []interval.Choice{all, choose("Kustomization", "", "", 30*time.Minute)}, "Kustomization", "infra", 30 * time.Minute},
		{"a chart follows its release", interval.Current, []interval.Choice{choose("HelmRelease", "", "", 5*time.Minute)}, "HelmChart", "shop-cart", 5 * time.Minute},
		{"unless it is chosen itself", interval.Current, []interval.Choice{choose("HelmChart", "", "", 2*time.Hour), choose("HelmRelease", "", "", 5*time.Minute)}, "HelmChart", "shop-cart", 2 * time.Hour},
		{"an Argo CD's timeout", interval.Current, []interval.Choice{choose("Application", "argocd", "", 5*time.Minute)}, "Application", "web", 5 * time.Minute},
		{"what others depend on is platform", interval.Usual, nil, "Kustomization", "infra", 30 * time.Minute},
		{"what changes is an app", interval.Usual, nil, "Kustomization", "changing", 5 * time.Minute},
		{"Flux's recommendation", interval.Flux, nil, "Kustomization", "apps", time.Hour},
		{"a choice over a preset", interval.Flux, []interval.Choice{one}, "Kustomization", "infra", time.Minute},
	} {
		f, err := m.At(tc.preset, tc.choices, interval.Default())
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got := of(&f, tc.kind, tc.task).Interval; got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
	if f, err := m.At(interval.Flux, nil, interval.Default()); err != nil || of(&f, "Kustomization", "apps").Retry != 2*time.Minute {
		t.Errorf("Flux's recommendation retries after %s, want 2m: %v", of(&f, "Kustomization", "apps").Retry, err)
	}
	if got := of(&m.Fleet, "Kustomization", "infra").Interval; got != 10*time.Minute {
		t.Errorf("the fleet itself was changed to %s", got)
	}
}

func TestChoicesWithoutAnEffectOnTheTimer(t *testing.T) {
	m := chosenFleet()
	f, err := m.At(interval.Current, []interval.Choice{choose("HelmRepository", "", "", time.Minute), choose("Application", "", "", 5*time.Minute)}, interval.Default())
	if err != nil {
		t.Fatal(err)
	}
	registry, _ := task(t, m, "HelmRepository", "registry")
	for i := range m.Fleet.Systems[0].Tasks {
		if &m.Fleet.Systems[0].Tasks[i] == registry && f.Systems[0].Tasks[i].Timer != model.Triggered {
			t.Error("a registry's interval, which has no effect, now has one")
		}
	}
	if got := f.Systems[1].RefCache; got != 5*time.Minute {
		t.Errorf("references are kept for %s, want the timeout", got)
	}
}

func TestChoicesThatAreRefused(t *testing.T) {
	for _, tc := range []struct {
		choice interval.Choice
		want   string
	}{
		{choose("Kustomisation", "", "", time.Minute), "Kustomisation=1m: there is no Kustomisation that runs; there are Application, GitRepository, HelmChart, HelmRelease, HelmRepository, Kustomization"},
		{choose("Kustomization", "shop", "", time.Minute), "there is no such Kustomization that runs"},
		{choose("Kustomization", "", "", time.Millisecond), "give an interval from 1s to 8760h"},
		{choose("Kustomization", "", "", -time.Hour), "give an interval from 1s to 8760h"},
		{choose("Kustomization", "", "", 9000*time.Hour), "give an interval from 1s to 8760h"},
		{choose("Application", "argocd", "web", time.Minute), "one timeout holds for all Applications"},
	} {
		if _, err := chosenFleet().At(interval.Current, []interval.Choice{tc.choice}, interval.Default()); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.choice, err, tc.want)
		}
	}
}
