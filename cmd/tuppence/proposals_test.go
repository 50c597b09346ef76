package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestWhatWasNotReadTakesNothingOutOfARequest(t *testing.T) {
	open := func(key string, findings ...string) pull.Existing {
		return pull.Existing{Request: pull.Request{State: pull.Open}, Marker: &pull.Marker{Key: key, Findings: findings}}
	}
	gap := []collector.Gap{{Cluster: "man", Source: "kubernetes", Reason: "no answer"}}
	for name, test := range map[string]struct {
		gaps   []collector.Gap
		seen   []pull.Existing
		wanted []pull.Proposal
		want   string // keys, those that stay as they are with a star
	}{
		"all was read: what is not wanted goes":                 {nil, []pull.Existing{open("a", "1")}, nil, ""},
		"a cluster is missing: what is not wanted stays":        {gap, []pull.Existing{open("a", "1")}, nil, "a*"},
		"one of its findings is missing: it stays as it is":     {gap, []pull.Existing{open("a", "1", "2")}, []pull.Proposal{{Key: "a", Findings: []string{"2"}}}, "a*"},
		"all of its findings are there: it is brought up":       {gap, []pull.Existing{open("a", "1")}, []pull.Proposal{{Key: "a", Findings: []string{"1", "2"}}}, "a"},
		"nothing is open for it: it is proposed":                {gap, nil, []pull.Proposal{{Key: "a", Findings: []string{"1"}}}, "a"},
		"a gap in prices is none in what the fleet holds":       {[]collector.Gap{{Source: "pricing"}}, []pull.Existing{open("a", "1")}, nil, ""},
		"one that ended, or is somebody else's, does not count": {gap, []pull.Existing{{Request: pull.Request{State: pull.Merged}, Marker: &pull.Marker{Key: "a"}}, {Request: pull.Request{State: pull.Open}}}, nil, ""},
	} {
		b := &proposing{report: &report.Report{Gaps: test.gaps}}
		var got []string
		for _, p := range b.untold(&pull.Seen{Requests: test.seen}, test.wanted) {
			if p.Untold != "" {
				p.Key += "*"
			}
			got = append(got, p.Key)
		}
		if fmt.Sprint(got) != fmt.Sprint(strings.Fields(test.want)) {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}

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
