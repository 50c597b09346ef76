package main

import (
	"slices"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// What counts as an amount, and so bears small differences, is told by the field.
func TestADeclineIsOfWhatAFindingProposes(t *testing.T) {
	cpu, every := []string{"spec", "resources", "requests", "cpu"}, []string{"spec", "interval"}
	of := func(path []string, after string) pull.Item {
		plan := &patch.Plan{Placed: []patch.Placed{{Finding: "a", Change: recommend.Change{Path: path, After: after}}, {Finding: "b", Change: recommend.Change{After: "other"}}}}
		return pull.Item{Finding: "a", Subject: "Deployment shop/web", Wave: pull.Staging, Owner: "shop", Evidence: evidenceOf(plan, "a")}
	}
	for _, c := range []struct {
		path     []string
		was, now string
		same     bool
	}{
		{cpu, "212m", "230m", true}, {cpu, "212m", "0.212", true}, {cpu, "212m", "300m", false}, {cpu, "212m", "100m", false}, {cpu, "212m", "", false},
		{cpu, "1Gi", "1100Mi", true}, {cpu, "1Gi", "1G", true}, {cpu, "", "", true},
		{every, "1h", "60m0s", true}, {every, "30m", "1h", false}, {every, "60m", "60", false},
		{[]string{"spec", "replicas"}, "10", "11", false}, {[]string{"spec", "replicas"}, "10", "10", true},
	} {
		closed := pull.Existing{Request: pull.Request{State: pull.Closed, Base: "main", URL: "pulls/1"}, Marker: &pull.Marker{Key: "shop-staging", Evidence: []string{of(c.path, c.was).Evidence}}}
		_, held := pull.Waves([]pull.Item{of(c.path, c.now)}, &pull.Seen{Requests: []pull.Existing{closed}}, pull.Policy{Base: "main"}, 0, time.Time{})
		if same := len(held) > 0; same != c.same {
			t.Errorf("%v: %q was declined; %q counts as the same: %t, want %t", c.path, c.was, c.now, same, c.same)
		}
	}
}

// The branch of a request of which all was declined stays, or it could not be opened
// again.
func TestARequestIsKeptWhereAllOfItWasDeclined(t *testing.T) {
	const key = "shop-staging" // of the request, whoever owns what was declined by now
	item := pull.Item{Owner: "till", Wave: pull.Staging}
	held := []pull.Held{{Item: item, Declined: key}, {Item: item, Declined: key}, {Item: item}}
	if got := declined(held, nil, &pull.Seen{}); len(got) != 1 || got[0].Key != key || got[0].Untold == "" {
		t.Errorf("%+v, want %s kept", got, key)
	}
	if got := declined(held, []pull.Group{{Key: key}}, &pull.Seen{}); len(got) != 0 {
		t.Errorf("%+v beside the group that is proposed for it", got)
	}
	open := &pull.Seen{Requests: []pull.Existing{{Request: pull.Request{State: pull.Open}, Marker: &pull.Marker{Key: key}}}}
	if got := declined(held, nil, open); len(got) != 0 {
		t.Errorf("%+v, and an open request, which has nothing left, would stay", got)
	}
}

func TestEnvironmentsHaveTheirWaves(t *testing.T) {
	own := wavesConfig{Development: []string{"Play"}, Staging: []string{"dress-rehearsal"}}
	for environment, want := range map[string][2]pull.Wave{
		"dev": {pull.Development, pull.Production}, "Staging": {pull.Staging, pull.Production}, "production": {pull.Production, pull.Production},
		"": {pull.Production, pull.Production}, "play": {pull.Production, pull.Development}, "dress-rehearsal": {pull.Production, pull.Staging},
	} {
		if got := [2]pull.Wave{(&wavesConfig{}).of(environment), own.of(environment)}; got != want {
			t.Errorf("%q is of %v by default and %v as configured, want %v", environment, got[0], got[1], want)
		}
	}
}

func TestGatesThatHaveNoSayTakeOneLine(t *testing.T) {
	got := telling([]recommend.Check{
		{Name: "builds", Verdict: recommend.Passed, Detail: "objects built: 3"}, {Name: "vpa", Verdict: recommend.Passed, Detail: "not applicable: none"},
		{Name: "quota", Verdict: recommend.Undecided, Detail: "not applicable? it was not read"}, {Name: "grace", Verdict: recommend.Passed, Detail: "not applicable: no spot"},
	})
	want := []string{"builds", "quota", "not applicable"}
	if names := names(got); !slices.Equal(names, want) || got[2].Detail != "vpa, grace" {
		t.Errorf("%v, want %v: %+v", names, want, got)
	}
}

func names(checks []recommend.Check) []string {
	var all []string
	for _, c := range checks {
		all = append(all, c.Name)
	}
	return all
}

func TestAFolderIsOfTheLastWaveThatItIsBuiltFor(t *testing.T) {
	for name, c := range map[string]struct {
		clusters []string
		want     pull.Wave
	}{
		"its own cluster alone":      {[]string{"lab"}, pull.Development},
		"another that is staging":    {[]string{"lab", "uat"}, pull.Staging},
		"another that is not known":  {[]string{"", "lab"}, pull.Production},
		"a base on which they agree": {nil, pull.Development},
	} {
		b := &proposing{
			config: &proposeConfig{}, owners: &pull.Owners{},
			fleet:  &collector.Fleet{Clusters: []collector.Cluster{{Name: "lab", Environment: "dev"}, {Name: "uat", Environment: "staging"}}},
			report: &report.Report{Findings: []recommend.Finding{{ID: "a", Subject: recommend.Object{Cluster: "lab"}}}},
		}
		items := b.items(&patch.Plan{Placed: []patch.Placed{{Finding: "a", File: "apps/p.yaml", Clusters: c.clusters}}})
		if len(items) != 1 || items[0].Wave != c.want {
			t.Errorf("%s: %+v, want %s", name, items, c.want)
		}
	}
}

func TestADeclinedRequestToTakePatchesOutIsOfThePatchesAlone(t *testing.T) {
	files := func(patched, kustomization string) []patch.FileChange {
		return []patch.FileChange{
			{Path: "apps/kustomization.yaml", Before: []byte(kustomization), After: []byte("resources: []")},
			{Path: "apps/tuppence-deployment-shop-web.yaml", Before: []byte(patched)},
		}
	}
	digest := staleDigest(files("200m", "old"))
	if staleDigest(files("200m", "new")) != digest {
		t.Error("another entry of the kustomization changes the digest, so that a declined request would come back")
	}
	if staleDigest(files("300m", "old")) == digest {
		t.Error("another patch of the same name keeps the digest, so that it would count as declined")
	}
}
