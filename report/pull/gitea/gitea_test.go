package gitea_test

import (
	"testing"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/gitea"
	"github.com/tuppence-dev/tuppence/report/pull/pulltest"
)

func TestConformance(t *testing.T) {
	pulltest.Conformance(t, func(t *testing.T) (pull.Forge, *pulltest.Server) {
		s := pulltest.Start(t, pulltest.Gitea)
		f, err := gitea.New(s.Options())
		if err != nil {
			t.Fatal(err)
		}
		return f, s
	})
}
