package interval

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

var read = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func named(name string, f func(*collector.Reconciler)) collector.Reconciler {
	r := object("Kustomization", 10*time.Minute)
	r.Name = name
	f(&r)
	return r
}

func waitsFor(name string, on ...string) collector.Reconciler {
	return named(name, func(r *collector.Reconciler) { r.DependsOn, r.Ready, r.Reason = on, "False", notReady })
}

func TestStates(t *testing.T) {
	counted := func(span time.Duration, count int, doubts ...collector.Doubt) collector.Reconciler {
		return named("x", func(r *collector.Reconciler) {
			r.Measured = collector.Measured{Source: "prometheus", Span: d(span), Count: count, Doubts: doubts}
		})
	}
	last := func(ago time.Duration, f func(*collector.Reconciler)) collector.Reconciler {
		return named("x", func(r *collector.Reconciler) {
			r.History = []collector.Reconciled{{Last: read.Add(-ago)}}
			f(r)
		})
	}
	same := func(*collector.Reconciler) {}
	for rule, c := range map[string]struct {
		objects []collector.Reconciler // of which the first is asked for
		want    state
		says    string
	}{
		"ready":               {[]collector.Reconciler{named("x", same)}, running, ""},
		"not known to be so":  {[]collector.Reconciler{named("x", func(r *collector.Reconciler) { r.Ready = "" })}, running, ""},
		"suspended":           {[]collector.Reconciler{named("x", func(r *collector.Reconciler) { r.Suspended, r.Ready = true, "False" })}, suspended, "it is suspended, so its interval has no effect"},
		"failing":             {[]collector.Reconciler{named("x", func(r *collector.Reconciler) { r.Ready, r.Reason = "False", "BuildFailed" })}, failing, "it is failing (BuildFailed)"},
		"failing, nobody why": {[]collector.Reconciler{named("x", func(r *collector.Reconciler) { r.Ready = "False" })}, failing, "it is failing (no reason given)"},
		"applying a revision": {[]collector.Reconciler{named("x", func(r *collector.Reconciler) { r.Ready, r.Reason = "False", "Progressing" })}, waiting, "it waits (Progressing), which passes by itself"},

		"none in 30m, of three":        {[]collector.Reconciler{counted(30*time.Minute, 0)}, stuck, "it should run every 10m, and did not in 30m (from prometheus)"},
		"none in 29m, of nearly three": {[]collector.Reconciler{counted(29*time.Minute, 0)}, running, ""},
		"a longer run counts": {[]collector.Reconciler{named("x", func(r *collector.Reconciler) {
			r.Measured = counted(40*time.Minute, 0).Measured
			r.Measured.Mean = d(5 * time.Minute)
		})}, running, ""},
		"one in 24h":               {[]collector.Reconciler{counted(24*time.Hour, 1)}, running, ""},
		"none, and a counter fell": {[]collector.Reconciler{counted(time.Hour, 0, collector.CounterReset)}, running, ""},
		"none, by another clock":   {[]collector.Reconciler{counted(time.Hour, 0, collector.ClocksDiffer)}, running, ""},
		"none at a minute, in 10": {[]collector.Reconciler{named("x", func(r *collector.Reconciler) {
			r.Interval, r.Measured = d(time.Minute), counted(10*time.Minute, 0).Measured
		})}, running, ""},
		"nothing was counted":               {[]collector.Reconciler{named("x", func(r *collector.Reconciler) { r.Measured.Span = d(time.Hour) })}, running, ""},
		"no interval, nothing to be due":    {[]collector.Reconciler{named("x", func(r *collector.Reconciler) { r.Interval, r.Measured = d(0), counted(time.Hour, 0).Measured })}, running, ""},
		"ready, and last 2h ago":            {[]collector.Reconciler{last(2*time.Hour, same)}, stuck, "last did 2h before it was read (from status.history)"},
		"ready, and last 20m ago":           {[]collector.Reconciler{last(20*time.Minute, same)}, running, ""},
		"last 2h ago, and it runs":          {[]collector.Reconciler{last(2*time.Hour, func(r *collector.Reconciler) { r.Ready, r.Reason = "Unknown", "Progressing" })}, running, ""},
		"last 2h ago, and others were seen": {[]collector.Reconciler{last(2*time.Hour, func(r *collector.Reconciler) { r.Measured = counted(time.Hour, 6).Measured })}, running, ""},

		"waits for what runs":         {[]collector.Reconciler{waitsFor("x", "y"), named("y", same)}, waiting, "it waits (DependencyNotReady), which passes by itself"},
		"waits for what is not there": {[]collector.Reconciler{waitsFor("x", "y")}, stuck, "it waits for Kustomization flux-system/y, which is not there"},
		"waits for what is suspended": {[]collector.Reconciler{waitsFor("x", "flux-system/y"), named("y", func(r *collector.Reconciler) { r.Suspended = true })}, stuck, "Kustomization flux-system/y, which is suspended"},
		"waits for what fails": {[]collector.Reconciler{waitsFor("x", "z", "y"), named("z", same), named("y", func(r *collector.Reconciler) { r.Ready, r.Reason = "False", "HealthCheckFailed" })},
			stuck, "Kustomization flux-system/y, which is failing (HealthCheckFailed)"},
		"waits for what waits in vain":               {[]collector.Reconciler{waitsFor("x", "y"), waitsFor("y", "z")}, stuck, "Kustomization flux-system/y, which is stuck too"},
		"waits for itself":                           {[]collector.Reconciler{waitsFor("x", "x")}, stuck, "Kustomization flux-system/x, which waits for this in turn"},
		"waits in a ring":                            {[]collector.Reconciler{waitsFor("x", "y"), waitsFor("y", "z"), waitsFor("z", "x")}, stuck, "Kustomization flux-system/y, which is stuck too"},
		"runs, and would wait for what is not there": {[]collector.Reconciler{named("x", func(r *collector.Reconciler) { r.DependsOn = []string{"y"} })}, running, ""},
	} {
		c0 := collector.Cluster{Reconcilers: c.objects}
		if got, says := Default().wanted(&c0).state(&c0.Reconcilers[0], read); got != c.want || !strings.Contains(says, c.says) || (says == "") != (c.says == "") {
			t.Errorf("%s:\ngot  %d %q\nwant %d %q", rule, got, says, c.want, c.says)
		}
	}
}

// What waits, and is not held, is proposed; what is held is withheld, and each state
// has a check and a sentence of its own.
func TestSuspendedFailingAndStuckAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		r     collector.Reconciler
		want  recommend.Status
		check []string // not passed
	}{
		"runs":      {named("x", func(*collector.Reconciler) {}), recommend.Proposed, nil},
		"waits":     {waitsFor("x"), recommend.Proposed, nil},
		"suspended": {named("x", func(r *collector.Reconciler) { r.Suspended = true }), recommend.Withheld, []string{"not suspended"}},
		"fails":     {named("x", func(r *collector.Reconciler) { r.Ready, r.Reason = "False", "BuildFailed" }), recommend.Withheld, []string{"ready"}},
		"stuck":     {waitsFor("x", "gone"), recommend.Withheld, []string{"not stuck"}},
	} {
		f := run(Default(), collector.Cluster{Name: "prod", Reconcilers: []collector.Reconciler{c.r}})[0]
		said := ""
		for _, e := range f.Evidence {
			if e.Name == "state" {
				said = e.Value
			}
		}
		if f.Status != c.want || fmt.Sprint(f.NotPassed()) != fmt.Sprint(c.check) {
			t.Errorf("%s: %s, not passed %q", name, f.Status, f.NotPassed())
		}
		if c.check != nil && (f.Reason == "" || f.Reason != said) {
			t.Errorf("%s: reason %q, state %q", name, f.Reason, said)
		}
	}
}

func still(t interface{ Fatal(...any) }, clusters ...collector.Cluster) []recommend.Finding {
	p, err := Default().Plan(Model(&collector.Fleet{Clusters: clusters}))
	if err != nil {
		t.Fatal(err)
	}
	return p.still()
}

func TestWhatDoesNoWorkIsCountedOverTheFleet(t *testing.T) {
	off := func(name string) collector.Reconciler {
		return named(name, func(r *collector.Reconciler) { r.Suspended = true })
	}
	broken := named("broken", func(r *collector.Reconciler) { r.Ready, r.Reason = "False", "BuildFailed" })
	generated := broken
	generated.Kind, generated.APIVersion, generated.Generated = "HelmChart", "source.toolkit.fluxcd.io/v1", true
	left := off("left")
	left.Ignore = "true"
	prod := collector.Cluster{Name: "prod", Reconcilers: []collector.Reconciler{broken, generated, left, waitsFor("held", "gone"), waitsFor("soon")}}
	dev := collector.Cluster{Name: "dev"}
	for i := range 13 {
		dev.Reconcilers = append(dev.Reconcilers, off(fmt.Sprintf("off%02d", i)))
	}
	fs := still(t, prod, dev)
	if len(fs) != 1 || fs[0].Title != "Look after objects that do no work: 13 are suspended, 1 fails and 1 is stuck" {
		t.Fatalf("%+v", fs)
	}
	for i, want := range []string{"dev Kustomization flux-system/off09 and 3 more", "prod Kustomization flux-system/broken", "prod Kustomization flux-system/held"} {
		if got := fs[0].Evidence[i].Value; !strings.HasSuffix(got, want) || len(strings.Split(got, ", ")) > mostNames {
			t.Errorf("got %s, want %s at its end", got, want)
		}
	}
	if fs := still(t, collector.Cluster{Name: "prod", Reconcilers: []collector.Reconciler{waitsFor("soon"), left}}); len(fs) > 0 {
		t.Errorf("nothing is down, and there is %+v", fs)
	}
}

// Whatever waits for whatever, every object has a state, and what is held is held by
// something that does not work.
func TestStatesOfAnyGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "objects")
		c := collector.Cluster{Name: "c"}
		for i := range n {
			c.Reconcilers = append(c.Reconcilers, named(fmt.Sprint("o", i), func(r *collector.Reconciler) {
				r.Suspended = rapid.Float64().Draw(t, "suspended") < 0.1
				r.Ready = rapid.SampledFrom([]string{"True", "False", "Unknown", ""}).Draw(t, "ready")
				r.Reason = rapid.SampledFrom([]string{notReady, notReady, "BuildFailed", ""}).Draw(t, "reason")
				for range rapid.IntRange(0, 3).Draw(t, "dependencies") {
					r.DependsOn = append(r.DependsOn, fmt.Sprint("o", rapid.IntRange(0, n).Draw(t, "on")))
				}
			}))
		}
		w := Default().wanted(&c)
		for i := range c.Reconcilers {
			r := &c.Reconcilers[i]
			s, why := w.state(r, read)
			if (s == running) != (why == "") {
				t.Fatalf("state %d of %+v says %q", s, r, why)
			}
			holds := false
			for _, name := range r.DependsOn {
				on := w.objects["Kustomization flux-system/"+name]
				if on == nil {
					holds = true
					continue
				}
				of, _ := w.state(on, read)
				holds = holds || of == suspended || of == failing || of == stuck
			}
			if waitsForIt := !r.Suspended && r.Ready == "False" && r.Reason == notReady; waitsForIt && holds != (s == stuck) {
				t.Fatalf("held is %v, and %+v is in state %d: %s", holds, r, s, why)
			}
		}
	})
}
