package model

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawSystem is a small system of sources and appliers, with objectives.
func drawSystem(t *rapid.T, tasks int) (System, []Objective) {
	s := System{Queues: []Queue{{Name: "sources", Workers: 1}, {Name: "appliers", Workers: rapid.IntRange(1, 2).Draw(t, "workers")}}}
	objective := func(name string) time.Duration {
		return rapid.SampledFrom([]time.Duration{0, 30 * second, 90 * second, 3 * minute, 7 * minute, 20 * minute, 2 * hour}).Draw(t, name)
	}
	var want []Objective
	for i := range tasks {
		task := Task{
			Name: fmt.Sprint("task", i), Timer: AfterRun, Jitter: 0.05, Source: None, Retry: minute, Cost: Reference.Cost(10, 0, false),
			Interval: rapid.SampledFrom(Ladder).Draw(t, "interval"), RunCV: rapid.Float64Range(0, 1.5).Draw(t, "cv"),
			Run: time.Duration(rapid.IntRange(100, 40_000).Draw(t, "run ms")) * time.Millisecond,
		}
		o := Objective{Drift: objective("drift"), Deploy: objective("deploy")}
		if i > 0 && rapid.Bool().Draw(t, "applier") {
			task.Source, task.Queue = 0, 1
		} else {
			task.Revisions, task.Webhook = rapid.Float64Range(0.01, 10).Draw(t, "revisions"), rapid.IntRange(0, 4).Draw(t, "webhook") == 0
			task.Poll = poll(1)
		}
		s.Tasks = append(s.Tasks, task)
		want = append(want, o)
	}
	return s, want
}

// demand is the cores that the fleet would take if nothing ever waited: what a plan
// has the least of. Waits make fewer runs, which is no merit of a plan.
func demand(f *Fleet) float64 {
	next := *f
	next.Systems = slices.Clone(f.Systems)
	for i := range next.Systems {
		next.Systems[i].Queues = slices.Clone(f.Systems[i].Queues)
		for q := range next.Systems[i].Queues {
			next.Systems[i].Queues[q].Workers = maxWorkers
		}
	}
	o := Predict(&next)
	return o.Total.Cores.Sum()
}

// keeps is whether a prediction keeps to all objectives.
func keeps(o *Outcome, want [][]Objective) bool {
	for i, s := range o.Systems {
		for j, t := range s.Tasks {
			w := want[i][j]
			if w.Drift > 0 && t.Longest > w.Drift || w.Deploy > 0 && t.Deploy.Known && t.Deploy.Worst > w.Deploy {
				return false
			}
		}
	}
	for _, l := range slices.Concat(o.Repositories, o.Hosts) {
		if l.Over {
			return false
		}
	}
	return true
}

// brute tries every combination of the rungs, and returns the least cores of those
// that keep to the objectives.
func brute(f *Fleet, want [][]Objective, ladder []time.Duration) (least float64, found bool) {
	s := &f.Systems[0]
	rungs := make([][]time.Duration, len(s.Tasks))
	for i := range rungs {
		rungs[i] = withRung(ladder, s.Tasks[i].Interval)
	}
	next := *f
	next.Systems = []System{*s}
	next.Systems[0].Tasks = slices.Clone(s.Tasks)
	var try func(i int)
	try = func(i int) {
		if i == len(rungs) {
			if o := Predict(&next); !keeps(&o, want) {
				return
			}
			if cost := demand(&next); !found || cost < least {
				least, found = cost, true
			}
			return
		}
		for _, r := range rungs[i] {
			next.Systems[0].Tasks[i].Interval = r
			try(i + 1)
		}
	}
	try(0)
	return least, found
}

// TestOptimiseIsTheLeast holds, against every combination there is, that a plan
// breaks no objective that can be kept, and that none that keeps them is cheaper.
func TestOptimiseIsTheLeast(t *testing.T) {
	ladder := []time.Duration{minute, 5 * minute, 30 * minute, 6 * hour}
	met := 0
	rapid.Check(t, func(t *rapid.T) {
		s, want := drawSystem(t, rapid.IntRange(1, 4).Draw(t, "tasks"))
		f := one(s)
		f.Repositories[0].Limit = rapid.SampledFrom([]float64{0, 0.001, 0.01, 0.1}).Draw(t, "limit")
		all := [][]Objective{want}
		plan, err := Optimise(f, all, ladder)
		if err != nil {
			t.Fatal(err)
		}
		told := Predict(plan.Fleet)
		if !reflect.DeepEqual(told, plan.Outcome) {
			t.Error("the plan's outcome is not what is predicted of its fleet")
		}
		least, found := brute(f, all, ladder)
		if !found {
			if len(plan.Unmet) == 0 && !overLimit(&told) {
				t.Error("no combination keeps the objectives, and the plan names none that it breaks")
			}
			return
		}
		met++
		if len(plan.Unmet) > 0 || !keeps(&told, all) {
			t.Errorf("a combination keeps all objectives, the plan breaks %+v", plan.Unmet)
		}
		if cost := demand(plan.Fleet); cost > least*(1+1e-9) {
			t.Errorf("the plan costs %g cores, a combination %g", cost, least)
		}
	})
	if met == 0 {
		t.Error("no objectives could be kept")
	}
}

func overLimit(o *Outcome) bool {
	return slices.ContainsFunc(slices.Concat(o.Repositories, o.Hosts), func(l Load) bool { return l.Over })
}

// TestOptimiseIsMonotone holds that an objective which is looser never costs more,
// and that the same question has the same answer.
func TestOptimiseIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := drawSystem(t, rapid.IntRange(1, 30).Draw(t, "tasks"))
		f := one(s)
		plan, err := Optimise(f, [][]Objective{want}, Ladder)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := Optimise(f, [][]Objective{want}, Ladder); !reflect.DeepEqual(plan, again) {
			t.Error("two plans of one question differ")
		}
		looser := slices.Clone(want)
		i := rapid.IntRange(0, len(looser)-1).Draw(t, "looser")
		looser[i].Drift *= 2
		looser[i].Deploy *= 2
		more, err := Optimise(f, [][]Objective{looser}, Ladder)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := demand(plan.Fleet), demand(more.Fleet); b > a*(1+1e-9) {
			t.Errorf("%g cores, with a looser objective %g", a, b)
		}
	})
}

// TestOptimiseBeatsPresets holds that a plan which keeps what a preset keeps costs
// no more than it. The objectives are 1 % above what the preset does: the formulae
// of the waits may rise by less than that when an interval does, with the mix of
// what is in a queue.
func TestOptimiseBeatsPresets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := drawSystem(t, rapid.IntRange(2, 30).Draw(t, "tasks"))
		for i := range s.Tasks {
			s.Tasks[i].Kind = "GitRepository"
			if s.Tasks[i].Source != None {
				s.Tasks[i].Kind = rapid.SampledFrom([]string{"Kustomization", "HelmRelease"}).Draw(t, "kind")
				s.Tasks[i].Platform = rapid.Bool().Draw(t, "platform")
			}
		}
		preset := rapid.SampledFrom(Presets).Draw(t, "preset")
		f := preset.Apply(one(s))
		told := Predict(f)
		for i, o := range told.Systems[0].Tasks {
			want[i] = Objective{Drift: o.Longest * 101 / 100, Deploy: o.Deploy.Worst * 101 / 100}
		}
		plan, err := Optimise(f, [][]Objective{want}, Ladder)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Unmet) > 0 {
			t.Errorf("unmet: %+v", plan.Unmet)
		}
		if a, b := demand(plan.Fleet), demand(f); a > b*(1+1e-9) {
			t.Errorf("the plan costs %g cores, %q %g", a, preset.Name, b)
		}
	})
}

// TestUnmet holds that what cannot be kept is named, with the reason and the
// closest there is.
func TestUnmet(t *testing.T) {
	source := Task{Name: "repo", Timer: AfterRun, Interval: minute, Jitter: 0.05, Run: second, Source: None, Revisions: 1, Poll: poll(1)}
	applier := Task{Name: "apps", Queue: 1, Timer: AfterRun, Interval: 5 * minute, Jitter: 0.05, Run: 10 * second, Source: 0}
	for _, c := range []struct {
		name   string
		edit   func(f *Fleet)
		want   [2]Objective
		unmet  Serves
		reason Reason
		detail string
	}{
		{"run", func(f *Fleet) { f.Systems[0].Tasks[1].Run = 10 * minute }, [2]Objective{1: {Drift: 5 * minute}}, Drift, RunTooLong,
			`the runs of "apps" take 10m, longer than 5m; the closest is 11m3s`},
		{"ladder", func(*Fleet) {}, [2]Objective{1: {Deploy: 80 * second}}, Deploy, LadderTooLong,
			`with 1m, the shortest interval of its source "repo", it is 1m25s`},
		{"fixed", func(f *Fleet) { f.Systems[0].Tasks[0].Interval = hour }, [2]Objective{0: {Fixed: true}, 1: {Deploy: 10 * minute}}, Deploy, FixedInterval,
			`the interval of its source "repo" of 1h is fixed; the closest is 1h3m22s`},
		{"queue", func(f *Fleet) {
			f.Systems[0].Tasks = append(f.Systems[0].Tasks, like(200, applier)...)
			for i := range 200 {
				f.Systems[0].Tasks[2+i].Source = None
			}
		}, [2]Objective{1: {Drift: 2 * minute}}, Drift, QueueTooBusy, `give it more workers`},
		{"host", func(f *Fleet) { f.Repositories[0].Limit = 0.002 }, [2]Objective{1: {Deploy: 2 * minute}}, Deploy, HostLimit,
			`the interval of its source "repo" is 15m, as the host may not be asked more often; the closest is 16m7s`},
		{"retry", func(*Fleet) {}, [2]Objective{1: {Retry: 30 * second}}, Retry, LadderTooLong, `try again after is 1m`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := one(System{Queues: []Queue{{Name: "sources", Workers: 2}, {Name: "appliers", Workers: 4}}, Tasks: []Task{source, applier}})
			c.edit(f)
			want := make([]Objective, len(f.Systems[0].Tasks))
			copy(want, c.want[:])
			for i := 2; i < len(want); i++ {
				want[i].Drift = 2 * minute
			}
			plan, err := Optimise(f, [][]Objective{want}, Ladder)
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Unmet) == 0 {
				t.Fatal("nothing is unmet")
			}
			u := plan.Unmet[0]
			if u.Objective != c.unmet || u.Reason != c.reason || !contains(u.Detail, c.detail) || u.Got <= u.Want {
				t.Errorf("%s: %s: %s (want %s, got %s)\nwant %s: %s: %s", u.Objective, u.Reason, u.Detail, u.Want, u.Got, c.unmet, c.reason, c.detail)
			}
		})
	}
}
