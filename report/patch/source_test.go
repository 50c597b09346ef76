package patch

import (
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestARevisionOfArgoCDIsABranchATagOrACommit(t *testing.T) {
	tests := map[string]collector.GitRef{
		"": {}, "HEAD": {},
		"main": {Branch: "main"}, "refs/heads/main": {Branch: "main"}, "release-1.2": {Branch: "release-1.2"}, "release/1.2.3": {Branch: "release/1.2.3"}, "2024": {Branch: "2024"},
		"v1.2.3": {Tag: "v1.2.3"}, "1.2.*": {Tag: "1.2.*"}, ">=1.0.0 <2.0.0": {Tag: ">=1.0.0 <2.0.0"}, "*": {Tag: "*"}, "refs/tags/uk": {Tag: "uk"},
		"0123abc": {Commit: "0123abc"}, "0123456789012345678901234567890123456789": {Commit: "0123456789012345678901234567890123456789"},
	}
	for ref, want := range tests {
		if got := refOf(collector.ArgoSource{Ref: ref}); got != want {
			t.Errorf("%q is %+v, want %+v", ref, got, want)
		}
	}
	if got := refOf(collector.ArgoSource{Chart: "web"}); got.SemVer == "" {
		t.Errorf("a chart of any version is %+v, want a range of versions", got)
	}
}
