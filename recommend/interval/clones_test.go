package interval

import (
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// At 5m and a run of a second it is 3600 ÷ 301 = 11.96 an hour, at 24h 3600 ÷ 86,401 =
// 0.0417 and at 1h 3600 ÷ 3,601 = 1.
func TestWhoClonesEveryIntervalSaysSo(t *testing.T) {
	for rule, c := range map[string]struct {
		kind          string
		interval      time.Duration
		ref           collector.GitRef
		title, clones string
	}{
		"a commit": {"GitRepository", 5 * time.Minute, collector.GitRef{Branch: "main", Commit: "abc"},
			"Reconcile every 24h instead of every 5m: it is pinned to a commit and clones in full every interval",
			"12 an hour now, 0.0417 after (predicted), the whole history each time, though nothing new can come: source-controller#2146"},
		"a semver range": {"GitRepository", 5 * time.Minute, collector.GitRef{SemVer: ">=1"},
			"Reconcile every 1h instead of every 5m: it follows a semver range and clones every interval",
			"12 an hour now, 1 after (predicted), without history"},
		"a range that is looked at too seldom": {"GitRepository", 6 * time.Hour, collector.GitRef{SemVer: ">=1"},
			"Reconcile every 1h, as every 6h misses its objective", "0.167 an hour now, 1 after (predicted), without history"},
		"a branch":                   {"GitRepository", time.Minute, collector.GitRef{Branch: "main"}, "Reconcile every 5m instead of every 1m", ""},
		"a semver range in registry": {"OCIRepository", time.Minute, collector.GitRef{SemVer: ">=1"}, "Reconcile every 5m instead of every 1m", ""},
	} {
		r := object(c.kind, c.interval)
		r.Ref = c.ref
		fs := run(asking(), collector.Cluster{Reconcilers: []collector.Reconciler{r}})
		if len(fs) != 1 || fs[0].Status != recommend.Proposed || fs[0].Title != c.title || evidence(&fs[0])["clones"] != c.clones {
			t.Errorf("%s: %+v", rule, fs)
		}
	}
	pinned := object("GitRepository", 24*time.Hour)
	pinned.Ref.Commit = "abc"
	if fs := run(Default(), collector.Cluster{Reconcilers: []collector.Reconciler{pinned}}); len(fs) > 0 {
		t.Errorf("once a day is as seldom as there is, and there is %+v", fs)
	}
	pinned.Interval, pinned.Suspended = d(5*time.Minute), true
	if f := run(Default(), collector.Cluster{Reconcilers: []collector.Reconciler{pinned}})[0]; evidence(&f)["clones"] != "" || evidence(&f)["measured rate"] != "none: it does not run" || f.Title != "Reconcile every 24h instead of every 5m" {
		t.Errorf("it never runs, and is said to clone: %s, %s", f.Title, evidence(&f)["clones"])
	}
}
