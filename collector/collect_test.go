package collector

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

type sourceFunc func(context.Context, Window, *Cluster) error

func (f sourceFunc) Collect(ctx context.Context, w Window, c *Cluster) error { return f(ctx, w, c) }

func gives(name string) Step {
	return Step{Name: "kubernetes", Required: true, Source: sourceFunc(func(_ context.Context, _ Window, c *Cluster) error {
		c.Nodes = append(c.Nodes, Node{Name: name})
		return nil
	})}
}

func fails(name string, required bool) Step {
	return Step{Name: name, Required: required, Source: sourceFunc(func(context.Context, Window, *Cluster) error {
		return errors.New("connection refused\nby\u0085the\u2028peer")
	})}
}

func TestWhatFailsIsAGapAndTheRestIsRead(t *testing.T) {
	hangs := Step{Name: "kubernetes", Required: true, Source: sourceFunc(func(ctx context.Context, _ Window, _ *Cluster) error {
		<-ctx.Done()
		return ctx.Err()
	})}
	targets := []Target{
		{Name: "ok", Steps: []Step{gives("n1")}},
		{Name: "refuses", Steps: []Step{fails("kubernetes", true), gives("never")}},
		{Name: "partly", Steps: []Step{gives("n2"), fails("prometheus", false), gives("n3")}},
		{Name: "hangs", Steps: []Step{hangs}},
	}
	synctest.Test(t, func(t *testing.T) {
		f, err := Collect(t.Context(), targets, Window{}, Options{Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range f.Clusters {
			s := c.Name
			for _, n := range c.Nodes {
				s += " " + n.Name
			}
			got = append(got, s)
		}
		if want := "hangs|ok n1|partly n2 n3|refuses"; strings.Join(got, "|") != want {
			t.Errorf("read %q, want %q", strings.Join(got, "|"), want)
		}
		var gaps []string
		for _, g := range f.Gaps() {
			gaps = append(gaps, g.String())
		}
		want := "hangs: kubernetes: context deadline exceeded|partly: prometheus: connection refused by the peer|refuses: kubernetes: connection refused by the peer"
		if strings.Join(gaps, "|") != want {
			t.Errorf("gaps %q\nwant %q", strings.Join(gaps, "|"), want)
		}
	})
}

func TestNothingReadIsAnErrorThatStillNamesTheGaps(t *testing.T) {
	f, err := Collect(t.Context(), []Target{{Name: "a", Steps: []Step{fails("kubernetes", true)}}}, Window{}, Options{})
	if !errors.Is(err, ErrNothingRead) || len(f.Gaps()) != 1 {
		t.Errorf("got %v with %v", err, f)
	}
}

func TestTwoClustersOfOneNameAreRefused(t *testing.T) {
	_, err := Collect(t.Context(), []Target{{Name: "a"}, {Name: "a"}}, Window{}, Options{})
	if err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("got %v", err)
	}
}

func TestACancelledRunIsNoFleet(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Collect(ctx, []Target{{Name: "a", Steps: []Step{gives("n")}}}, Window{}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRequestsOfAPodCountSidecarsAndTheLargestInit(t *testing.T) {
	app := Container{Name: "app", Requests: Resources{CPU: 500, Memory: 512 * MiB}}
	sidecar := Container{Name: "proxy", Role: Sidecar, Requests: Resources{CPU: 100, Memory: 64 * MiB}}
	initSmall := Container{Name: "wait", Role: Init, Requests: Resources{CPU: 50, Memory: 16 * MiB}}
	initLarge := Container{Name: "migrate", Role: Init, Requests: Resources{CPU: 2000, Memory: 256 * MiB}}
	for name, tc := range map[string]struct {
		in   []Container
		want Resources
	}{
		"app alone":                     {[]Container{app}, Resources{CPU: 500, Memory: 512 * MiB}},
		"a sidecar adds":                {[]Container{sidecar, app}, Resources{CPU: 600, Memory: 576 * MiB}},
		"a small init is free":          {[]Container{initSmall, app}, Resources{CPU: 500, Memory: 512 * MiB}},
		"a large init counts alone":     {[]Container{initLarge, app}, Resources{CPU: 2000, Memory: 512 * MiB}},
		"init after a sidecar":          {[]Container{sidecar, initLarge, app}, Resources{CPU: 2100, Memory: 576 * MiB}},
		"init before the sidecar":       {[]Container{initLarge, sidecar, app}, Resources{CPU: 2000, Memory: 576 * MiB}},
		"no containers ask for nothing": {nil, Resources{}},
	} {
		t.Run(name, func(t *testing.T) {
			w := Workload{Containers: tc.in}
			if got := w.Requests(); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
