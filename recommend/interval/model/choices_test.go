package model

import (
	"strings"
	"testing"
	"time"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// TestOptimiseChooses holds the worked numbers of small fleets.
func TestOptimiseChooses(t *testing.T) {
	source := Task{Name: "repo", Timer: AfterRun, Interval: 10 * minute, Jitter: 0.05, Run: second, Source: None, Revisions: 1, Poll: poll(1)}
	applier := Task{Name: "apps", Queue: 1, Timer: AfterRun, Interval: 5 * minute, Jitter: 0.05, Run: 10 * second, Source: 0}
	app := Task{Name: "app", Timer: ArgoRefresh, Interval: 2 * minute, Spread: minute, Run: second, Source: None, Revisions: 1, Poll: poll(1)}
	hooked := source
	hooked.Webhook = true
	odd := applier
	odd.Interval = 45 * minute
	for _, c := range []struct {
		name      string
		tasks     []Task
		want      []Objective
		intervals []time.Duration
		retry     time.Duration // of the second
		binds     []Serves
	}{
		// 1h has a longest period of 1h3m and the run; the deploy objective leaves
		// the source 5m: 5m15s and 1 s, twice 1 s and 10 s.
		{"drift and deploy", []Task{source, applier}, []Objective{{}, {Drift: 90 * minute, Deploy: 8 * minute}},
			[]time.Duration{5 * minute, hour}, 5 * minute, []Serves{Deploy, Drift}},
		{"nothing asked", []Task{source, applier}, []Objective{{}, {}},
			[]time.Duration{24 * hour, 24 * hour}, 5 * minute, []Serves{Nothing, Nothing}},
		{"shorter", []Task{source, applier}, []Objective{{}, {Deploy: 2 * minute, Drift: 3 * minute, Retry: 3 * minute}},
			[]time.Duration{minute, 2 * minute}, 2 * minute, []Serves{Deploy, Drift}},
		{"a webhook bounds the latency", []Task{hooked, applier}, []Objective{{}, {Deploy: minute}},
			[]time.Duration{24 * hour, 24 * hour}, 5 * minute, []Serves{Nothing, Nothing}},
		{"an interval in force between the rungs stays", []Task{source, odd}, []Objective{{}, {Drift: 50 * minute}},
			[]time.Duration{24 * hour, 45 * minute}, 45 * minute, []Serves{Nothing, Drift}},
		{"one timeout for all Applications", []Task{app, app}, []Objective{{Drift: 20 * minute}, {Drift: 12 * minute}},
			[]time.Duration{5 * minute, 5 * minute}, 0, []Serves{Drift, Drift}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := one(System{Queues: []Queue{{Workers: 2}, {Workers: 4}}, Tasks: c.tasks})
			plan, err := Optimise(f, [][]Objective{c.want}, Ladder)
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Unmet) > 0 {
				t.Errorf("unmet: %+v", plan.Unmet)
			}
			for i, got := range plan.Choices[0] {
				if got.Interval != c.intervals[i] || got.Binds != c.binds[i] {
					t.Errorf("task %d: %s, bound by %s; want %s, %s", i, got.Interval, got.Binds, c.intervals[i], c.binds[i])
				}
			}
			if got := plan.Choices[0][1].Retry; got != c.retry {
				t.Errorf("retry %s, want %s", got, c.retry)
			}
			if f.Systems[0].Tasks[0].Interval != c.tasks[0].Interval {
				t.Error("the fleet that was asked about has changed")
			}
		})
	}
}

// TestATimeoutThatIsChosenIsHowLongReferencesAreKept has two Applications of one
// repository at the controller's default, where the repo-server has its own.
func TestATimeoutThatIsChosenIsHowLongReferencesAreKept(t *testing.T) {
	app := Task{Name: "app", Timer: ArgoRefresh, Interval: 2 * minute, Spread: minute, Run: second, Source: None, Poll: poll(1)}
	for name, c := range map[string]struct {
		cache time.Duration
		want  Objective
		then  time.Duration
	}{
		"chosen":     {3 * minute, Objective{Deploy: 25 * minute}, 5 * minute},
		"as it was":  {3 * minute, Objective{Fixed: true}, 3 * minute},
		"never kept": {0, Objective{Deploy: 25 * minute}, 0},
		// 21m31s at 5m, which would be 19m31s if references were kept for 3m still.
		"too long": {3 * minute, Objective{Deploy: 20 * minute}, 3 * minute},
	} {
		t.Run(name, func(t *testing.T) {
			f := one(System{Queues: []Queue{{Workers: 2}}, Tasks: []Task{app, app}, RefCache: c.cache})
			plan, err := Optimise(f, [][]Objective{{c.want, c.want}}, Ladder)
			if err != nil {
				t.Fatal(err)
			}
			worst := Predict(plan.Fleet).Systems[0].Tasks[0].Deploy.Worst
			if got := plan.Fleet.Systems[0].RefCache; got != c.then {
				t.Errorf("references are kept for %s, want %s", got, c.then)
			}
			if worst > c.want.Deploy && c.want.Deploy > 0 {
				t.Errorf("a commit may take %s, longer than %s", worst, c.want.Deploy)
			}
		})
	}
}

// TestOptimiseKeepsHostLimits holds that sources of many clusters are lengthened
// until a repository is within its limit, and no more of them than it takes.
func TestOptimiseKeepsHostLimits(t *testing.T) {
	f := &Fleet{Hosts: []Host{{Name: "host", Limit: 1}}, Repositories: []Repository{{Name: "repository"}}}
	var want [][]Objective
	for range 100 {
		f.Systems = append(f.Systems, System{Queues: []Queue{{Workers: 2}}, Tasks: []Task{
			{Name: "repo", Timer: AfterRun, Interval: minute, Jitter: 0.05, Run: second, Source: None, Revisions: 0.1, Poll: Poll{Unchanged: 1, Changed: 1}}}})
		want = append(want, []Objective{{Deploy: 90 * second}})
	}
	plan, err := Optimise(f, want, Ladder)
	if err != nil {
		t.Fatal(err)
	}
	// 100 at 1m ask 100/61 = 1.64 a second. So x at 2m with 100−x at 1m: 79.
	raised := 0
	for _, c := range plan.Choices {
		if c[0].Host {
			raised++
		}
	}
	if got := plan.Outcome.Hosts[0]; got.Over || got.PerSecond < 0.95 {
		t.Errorf("%.2f requests a second, limit 1", got.PerSecond)
	}
	if raised != 79 || len(plan.Unmet) != raised || plan.Unmet[0].Reason != HostLimit {
		t.Errorf("%d raised, %d unmet: want 79", raised, len(plan.Unmet))
	}
}

// TestCapacity holds that the least is the least.
func TestCapacity(t *testing.T) {
	s := System{Queues: []Queue{{Workers: 4}}, Tasks: like(200, Task{Timer: AfterRun, Interval: minute, Jitter: 0.05, Run: 2 * second, RunCV: 1, Source: None})}
	wait := func(shards int) time.Duration {
		next := s
		next.Tasks = s.Tasks[:200/shards]
		return Predict(one(next)).Systems[0].Queues[0].Wait
	}
	shards, ok := LeastShards(&s, 0, second, 50)
	if !ok || wait(shards) > second || wait(shards-1) <= second {
		t.Errorf("%d shards, %t: a wait of %s, and of %s with one fewer", shards, ok, wait(shards), wait(shards-1))
	}
	if n, ok := LeastShards(&s, 0, 0, 3); ok {
		t.Errorf("%d shards are enough for no wait at all", n)
	}
}
