package model

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// hostile numbers are those that no controller has, beside some that one may.
func hostileFloat(t *rapid.T, name string) float64 {
	return rapid.OneOf(
		rapid.SampledFrom([]float64{0, 1, 0.5, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 5e-324, 1e6, 0.999}),
		rapid.Float64Range(0, 1), rapid.Float64Range(0, 1e6)).Draw(t, name)
}

func hostileDuration(t *rapid.T, name string) time.Duration {
	return time.Duration(rapid.OneOf(
		rapid.SampledFrom([]int64{0, -1, 1, math.MaxInt64, math.MinInt64, int64(time.Second), int64(maxDuration), int64(maxDuration) + 1, int64(time.Hour)}),
		rapid.Int64Range(0, int64(time.Hour))).Draw(t, name))
}

// tame is a generator that keeps to what is valid for most fields, so that what
// is predicted and simulated is reached too.
func hostileFleet(t *rapid.T) *Fleet {
	tame := rapid.Bool().Draw(t, "tame")
	number := func(name string, high float64) float64 {
		if tame {
			return rapid.Float64Range(0, high).Draw(t, name)
		}
		return hostileFloat(t, name)
	}
	length := func(name string) time.Duration {
		if tame {
			return time.Duration(rapid.SampledFrom([]int64{int64(time.Second), int64(time.Minute), int64(time.Hour), int64(maxDuration)}).Draw(t, name))
		}
		return hostileDuration(t, name)
	}
	at := func(name string, n int) int {
		if tame {
			return rapid.IntRange(-1, max(-1, n-1)).Draw(t, name)
		}
		return rapid.IntRange(-3, n+1).Draw(t, name)
	}
	f := &Fleet{
		Hosts:        []Host{{Name: "h", Limit: number("limit", 100)}},
		Repositories: []Repository{{Host: at("host", 1), Limit: number("limit", 100)}},
	}
	s := System{RefCache: length("cache")}
	for range rapid.IntRange(1, 3).Draw(t, "queues") {
		workers := rapid.SampledFrom([]int{1, 2, 20, 0, -1, math.MaxInt}).Draw(t, "workers")
		if tame {
			workers = rapid.IntRange(1, 20).Draw(t, "workers")
		}
		s.Queues = append(s.Queues, Queue{Workers: workers, OneEntry: rapid.Bool().Draw(t, "one entry")})
	}
	n := rapid.IntRange(0, 6).Draw(t, "tasks")
	for i := range n {
		task := Task{
			Queue: at("queue", len(s.Queues)), Timer: Timer(rapid.IntRange(0, 2).Draw(t, "timer")),
			Interval: length("interval"), Spread: length("spread"), Retry: length("retry"), Requeue: length("requeue"), Run: length("run"),
			Jitter: number("jitter", 1), RunCV: number("cv", 3), Failing: number("failing", 0.9), Source: at("source", n),
			Revisions: number("revisions", 60), Other: number("other", 60), Events: number("events", 60), Webhook: rapid.Bool().Draw(t, "webhook"),
			Poll: Poll{Repository: at("repository", 1), Unchanged: number("unchanged", 5), Changed: number("changed", 5)},
			Cost: Cost{Controller: number("ms", 100), Calls: number("calls", 100)},
		}
		for range rapid.IntRange(0, 2).Draw(t, "dependencies") {
			task.DependsOn = append(task.DependsOn, at("dependency", n))
		}
		if tame { // what excludes each other
			task.Queue, task.Run = max(0, task.Queue), min(task.Run, time.Hour)
			task.Source, task.DependsOn = None, task.DependsOn[:0]
			if task.Timer == Triggered {
				task.Failing = 0
			}
			if i > 0 && task.Timer != ArgoRefresh {
				task.Source, task.Revisions, task.Webhook = rapid.IntRange(-1, i-1).Draw(t, "source"), 0, false
				task.DependsOn = append(task.DependsOn, rapid.IntRange(0, i-1).Draw(t, "dependency"))
			}
		}
		s.Tasks = append(s.Tasks, task)
	}
	f.Systems = []System{s}
	return f
}

// TestHostileFleets holds that a fleet is refused with a sentence or leads to
// figures that are numbers, the same every time, in a bounded number of events.
func TestHostileFleets(t *testing.T) {
	valid := 0
	rapid.Check(t, func(t *rapid.T) {
		f := hostileFleet(t)
		o := Options{Seed: 3, Warmup: hour, Horizon: 100 * hour, Events: 3000}
		if err := f.Valid(); err != nil {
			if _, err := Simulate(f, o); err == nil {
				t.Error("simulated what is not valid")
			}
			if !strings.Contains(err.Error(), ";") && !strings.Contains(err.Error(), "timer") {
				t.Errorf("says not what to do: %s", err)
			}
			return
		}
		valid++
		told := Predict(f)
		finite(t, reflect.ValueOf(told), "predicted")
		if !reflect.DeepEqual(told, Predict(f)) {
			t.Error("two predictions of one fleet differ")
		}
		seen, err := Simulate(f, o)
		if err != nil {
			t.Fatal(err)
		}
		finite(t, reflect.ValueOf(seen), "observed")
		if again, _ := Simulate(f, o); !reflect.DeepEqual(seen, again) {
			t.Error("two simulations of one seed differ")
		}
	})
	if valid == 0 {
		t.Error("no fleet was valid")
	}
}

// finite fails on any number that is not one, or is below 0.
func finite(t *rapid.T, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			finite(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Slice:
		for i := range v.Len() {
			finite(t, v.Index(i), path)
		}
	case reflect.Float64:
		if x := v.Float(); math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
			t.Errorf("%s is %g", path, x)
		}
	case reflect.Int64:
		if v.Int() < 0 {
			t.Errorf("%s is %d", path, v.Int())
		}
	default:
	}
}

// TestValidNames holds that a refusal says which thing it is of.
func TestValidNames(t *testing.T) {
	for _, c := range []struct {
		want string
		edit func(s *System)
	}{
		{`queue 0 "q": 0 workers; give 1 to 10000`, func(s *System) { s.Queues[0].Workers = 0 }},
		{`task 1 "b": an interval of 0s`, func(s *System) { s.Tasks[1].Interval = 0 }},
		{`task 1 "b": an interval of 2540400h10m14.1s; give 1ms to 87600h0m0s`, func(s *System) { s.Tasks[1].Interval = 9145440614100 * time.Millisecond }},
		{`task 1 "b": source 7 of 2 tasks`, func(s *System) { s.Tasks[1].Source = 7 }},
		{`task 1 "b": it is its own source`, func(s *System) { s.Tasks[1].Source = 1 }},
		{`task 0 "a": its sources and dependencies lead back to itself`, func(s *System) {
			s.Tasks[0].Source, s.Tasks[1].DependsOn, s.Tasks[1].Requeue = 1, []int{0}, second
		}},
		{`task 0 "a": a share of NaN of its runs fails`, func(s *System) { s.Tasks[0].Failing = math.NaN() }},
		{`task 0 "a": a run of -1s`, func(s *System) { s.Tasks[0].Run = -second }},
	} {
		s := System{Name: "s", Queues: []Queue{{Name: "q", Workers: 1}}, Tasks: []Task{
			{Name: "a", Timer: AfterRun, Interval: minute, Source: None}, {Name: "b", Timer: AfterRun, Interval: minute, Source: None}}}
		c.edit(&s)
		err := one(s).Valid()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestSimulationIsBounded holds that events are bounded, and that it is said.
func TestSimulationIsBounded(t *testing.T) {
	f := one(System{Queues: []Queue{{Workers: 1}}, Tasks: like(1, Task{Timer: AfterRun, Interval: time.Millisecond, Source: None})})
	seen, err := Simulate(f, Options{Horizon: maxDuration, Events: 1000})
	if err != nil || len(seen.Cut) != 1 {
		t.Errorf("cut %v, %v: want the one system cut", seen.Cut, err)
	}
	if _, err := Simulate(f, Options{}); err == nil {
		t.Error("simulated no time at all")
	}
}

// A run of ten minutes that began before what is counted, and finds a new revision
// within it, has asked nothing that is counted: whatever a change asks less than none.
func TestAPollBeforeTheCountIsNotTakenOffIt(t *testing.T) {
	f := one(System{Name: "s", Queues: []Queue{{Name: "q", Workers: 1}}, Tasks: []Task{{
		Name: "a", Timer: AfterRun, Interval: minute, Run: 10 * minute, Source: None, Revisions: 60, Poll: Poll{Repository: 0, Unchanged: 2, Changed: 1},
	}}})
	f.Repositories = []Repository{{Name: "r", Host: None}}
	for after := range 22 { // one of them has the end of a run in its last minute, and no other run
		seen, err := Simulate(f, Options{Warmup: time.Hour + time.Duration(after)*minute/2, Horizon: 5 * minute})
		if err != nil {
			t.Fatal(err)
		}
		if got := seen.Repositories[0].PerHour; got < 0 {
			t.Errorf("%g requests an hour", got)
		}
	}
}
