package github_test

import (
	"testing"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/github"
	"github.com/tuppence-dev/tuppence/report/pull/pulltest"
)

func TestConformance(t *testing.T) {
	pulltest.Conformance(t, func(t *testing.T) (pull.Forge, *pulltest.Server) {
		s := pulltest.Start(t, pulltest.GitHub)
		f, err := github.New(s.Options())
		if err != nil {
			t.Fatal(err)
		}
		return f, s
	})
}
