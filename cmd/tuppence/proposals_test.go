package main

import (
	"slices"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestADigestBearsSmallDifferences(t *testing.T) {
	digest := func(after string) string {
		return evidenceDigest(&patch.Plan{Placed: []patch.Placed{{Finding: "rightsize-1", Change: recommend.Change{Path: []string{"spec", "cpu"}, After: after}}}})
	}
	if digest("212m") != digest("214m") || digest("0.212") != digest("212m") {
		t.Error("a difference of 1 %, or another notation, changes the digest: what was declined would be proposed each night")
	}
	for _, other := range []string{"400m", "100m", "5m", "1h"} {
		if digest("212m") == digest(other) {
			t.Errorf("212m and %s have one digest", other)
		}
	}
}

// The branch of a request of which all was declined stays, or it could not be opened
// again.
func TestARequestIsKeptWhereAllOfItWasDeclined(t *testing.T) {
	item := pull.Item{Owner: "shop", Wave: pull.Staging}
	held := []pull.Held{{Item: item, Declined: true}, {Item: item, Declined: true}, {Item: pull.Item{Owner: "till"}}}
	key := pull.Key("shop", pull.Staging)
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
