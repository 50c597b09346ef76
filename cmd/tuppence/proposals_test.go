package main

import (
	"slices"
	"testing"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/pull"
)

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
