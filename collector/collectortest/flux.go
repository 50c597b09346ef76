package collectortest

import (
	"fmt"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// flux gives c a Git repository, a Kustomization for each team and the
// controllers that run them, at the intervals people copy from examples.
func (g *generator) flux(c *collector.Cluster) {
	repository := collector.Origin{Kind: "GitRepository", Namespace: "flux-system", Name: "fleet"}
	c.Reconcilers = append(c.Reconcilers, collector.Reconciler{
		APIVersion: "source.toolkit.fluxcd.io/v1", Kind: repository.Kind, Namespace: repository.Namespace, Name: repository.Name,
		Interval: minutes(1), Ready: "True", Reason: "Succeeded", URL: "https://git.example/fleet.git",
		Ref: collector.GitRef{Branch: "main"}, Revision: "main@sha1:9f2c", Measured: measured(minutes(1).Duration, 800*time.Millisecond, 40),
	})
	for i := range 12 {
		c.Reconcilers = append(c.Reconcilers, g.kustomization(i, repository))
	}
	for _, kind := range []string{"kustomize-controller", "source-controller"} {
		c.Controllers = append(c.Controllers, collector.Controller{Kind: kind, Namespace: "flux-system", Name: kind})
	}
}

func (g *generator) kustomization(i int, source collector.Origin) collector.Reconciler {
	interval := minutes([]int{1, 5, 10, 30, 60}[g.rng.IntN(5)])
	took := time.Duration(300+g.rng.IntN(4000)) * time.Millisecond
	changes := g.rng.IntN(12)
	r := collector.Reconciler{
		APIVersion: "kustomize.toolkit.fluxcd.io/v1", Kind: "Kustomization", Namespace: "flux-system", Name: fmt.Sprintf("team-%02d", i),
		Origin:   collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "flux-system"},
		Interval: interval, Ready: "True", Reason: "ReconciliationSucceeded", Source: source, Path: fmt.Sprintf("./teams/team-%02d", i),
		Revision: "main@sha1:9f2c", Objects: 10 + g.rng.IntN(200), Wait: g.rng.IntN(3) == 0,
		Measured: measured(interval.Duration, took, changes),
	}
	last := End.Add(-time.Minute)
	for j := range min(changes+1, 5) {
		first := last.Add(-time.Duration(1+g.rng.IntN(70)) * time.Hour)
		r.History = append(r.History, collector.Reconciled{
			Digest: fmt.Sprintf("sha256:%08x", g.rng.Uint32()), Revision: fmt.Sprintf("main@sha1:%04x", 0x9f2c-j), Status: "ReconciliationSucceeded",
			First: first, Last: last, Duration: collector.Duration{Duration: took}, Total: 1 + int(last.Sub(first)/interval.Duration),
		})
		last = first.Add(-interval.Duration)
	}
	return r
}

// measured is 14 days of reconciles at their interval.
func measured(interval, took time.Duration, changes int) collector.Measured {
	span := collector.Duration{Duration: Days * 24 * time.Hour}
	return collector.Measured{Source: "prometheus", Count: int(span.Duration / interval), Span: span,
		Mean: collector.Duration{Duration: took}, Changes: changes, ChangeSpan: span}
}

func minutes(n int) collector.Duration {
	return collector.Duration{Duration: time.Duration(n) * time.Minute}
}
