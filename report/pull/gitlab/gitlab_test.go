package gitlab_test

import (
	"testing"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/gitlab"
	"github.com/tuppence-dev/tuppence/report/pull/pulltest"
)

func TestConformance(t *testing.T) {
	pulltest.Conformance(t, func(t *testing.T) (pull.Forge, *pulltest.Server) {
		s := pulltest.Start(t, pulltest.GitLab)
		f, err := gitlab.New(s.Options())
		if err != nil {
			t.Fatal(err)
		}
		return f, s
	})
}
