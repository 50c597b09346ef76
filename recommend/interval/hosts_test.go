package interval

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

const fleetRepository = "https://github.com/acme/fleet"

// sources are clusters with some GitRepositories each, all of one repository.
func sources(clusters, each int, f func(*collector.Reconciler)) []collector.Cluster {
	var all []collector.Cluster
	for i := range clusters {
		c := collector.Cluster{Name: fmt.Sprintf("c%03d", i)}
		for j := range each {
			r := object("GitRepository", time.Minute)
			r.Name, r.URL = fmt.Sprint("r", j), fleetRepository
			f(&r)
			c.Reconcilers = append(c.Reconcilers, r)
		}
		all = append(all, c)
	}
	return all
}

func planned(t interface{ Fatal(...any) }, clusters []collector.Cluster) *Plan {
	p, err := Default().Plan(Model(&collector.Fleet{Clusters: clusters}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func evidence(f *recommend.Finding) map[string]string {
	all := map[string]string{}
	for _, e := range f.Evidence {
		all[e.Name] = e.Value
	}
	return all
}

// A source at 1m with a run of a second asks 3600 ÷ 61 = 59 times an hour, and at 5m
// 12 times: 1,000 are 16.4 a second, and then 3.32. Waits for a worker take 2 of the
// 59,016 an hour.
func TestLoadsOfRepositoriesAndHosts(t *testing.T) {
	same := func(*collector.Reconciler) {}
	at := func(url string) func(*collector.Reconciler) {
		return func(r *collector.Reconciler) { r.URL = url }
	}
	for rule, c := range map[string]struct {
		clusters []collector.Cluster
		subject  string
		title    string // "": nothing is said
	}{
		"over the limit, and within it as proposed": {sources(100, 10, same), "Repository github.com/acme/fleet",
			"Take the proposed intervals: github.com/acme/fleet is asked 16.4 requests a second, of 15"},
		"four fifths of it":    {sources(80, 10, same), "Repository github.com/acme/fleet", "Take the proposed intervals: github.com/acme/fleet is asked 87 % of what it allows"},
		"less is nobody's":     {sources(70, 10, same), "", ""},
		"no limit is known":    {sources(100, 10, at("https://git.acme.example/fleet")), "", ""},
		"no address is known":  {sources(100, 10, at("")), "", ""},
		"by another port":      {sources(100, 10, at("ssh://git@ssh.github.com:443/acme/fleet")), "Repository ssh.github.com:443/acme/fleet", "Take the proposed"},
		"a host's of one user": {sources(110, 10, at("https://gitlab.com/acme/fleet")), "GitHost gitlab.com", "Take the proposed intervals: gitlab.com is asked 18 requests a second, of 16.7"},
		"over 100 clusters that ask little are no reason for a mirror": {sources(300, 1, same), "", ""},
		"over the limit for what is not tuned": {sources(40, 1, func(r *collector.Reconciler) {
			r.APIVersion, r.Kind, r.Interval = "fluxcd.controlplane.io/v1", "ResourceSetInputProvider", d(time.Second)
		}), "Repository github.com/acme/fleet", "Put a mirror or a registry before github.com/acme/fleet: the proposed intervals still ask "},
	} {
		fs := planned(t, c.clusters).loads()
		if c.title == "" && len(fs) == 0 {
			continue
		}
		if len(fs) != 1 || c.title == "" || fs[0].Subject.Kind+" "+fs[0].Subject.Name != c.subject || !strings.HasPrefix(fs[0].Title, c.title) {
			t.Errorf("%s: %+v", rule, fs)
		}
	}
	fs := planned(t, sources(100, 10, same)).loads()
	got := evidence(&fs[0])
	for name, want := range map[string]string{
		"load now":          "59014 requests an hour (16.4 a second), predicted, from 1000 objects in 100 clusters",
		"load as proposed":  "11960 requests an hour (3.32 a second), predicted",
		"limit":             "15 a second: GitHub recommends at most 15 Git operations a second on a repository (docs.github.com, repository limits)",
		"with a Git mirror": "", "with a registry": "", "intervals": "",
	} {
		if got[name] != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got[name], want)
		}
	}
}

// 40 that clone every second, with a run of one, ask 4 × 40 ÷ 2 = 80 a second; as
// tags of a registry they would be 20.
func TestAMirrorIsForWhatNoIntervalKeepsTo(t *testing.T) {
	clone := func(r *collector.Reconciler) {
		r.APIVersion, r.Kind, r.Interval, r.Ref.SemVer = "fluxcd.controlplane.io/v1", "ResourceSetInputProvider", d(time.Second), ">=1"
	}
	cs := sources(40, 1, clone)
	for i := range cs { // as many workers as objects, so that none waits
		cs[i].Controllers = []collector.Controller{{Kind: "flux-operator", Settings: []collector.Setting{{Name: "--concurrent", Value: "10", Set: true}}}}
	}
	f := planned(t, cs).loads()[0]
	got := evidence(&f)
	for name, want := range map[string]string{
		"load as proposed":  "288000 requests an hour (80 a second), predicted",
		"with a Git mirror": "in the fleet's region: 288000 requests an hour (80 a second), and of github.com/acme/fleet only what the mirror fetches",
		"with a registry":   "artifacts pushed to it by a pipeline, and OCIRepositories: 72000 requests an hour (20 a second), as a poll is one HEAD",
	} {
		if got[name] != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got[name], want)
		}
	}
	if f.Status == recommend.Proposed || len(f.Changes) > 0 {
		t.Errorf("nobody can place it: %+v", f)
	}
}

// 1,000 that must have a commit within two minutes ask 16.4 a second at 1m: some go to
// 2m for the host's sake, and say so.
func TestWhoIsLongerForAHostsSakeSaysSo(t *testing.T) {
	hasty := func(r *collector.Reconciler) { r.Wishes.Deploy = d(2 * time.Minute) }
	p := planned(t, sources(100, 10, hasty))
	said := 0
	for i := range p.fleet.Clusters {
		for _, f := range p.findings(&recommend.Pass{Cluster: &p.fleet.Clusters[i]}) {
			if e := evidence(&f)["longer than its objective asks"]; e != "" {
				said++
				if !strings.HasPrefix(e, "as github.com/acme/fleet may not be asked oftener than 15 times a second: GitHub recommends") {
					t.Fatal(e)
				}
				if len(f.Changes) == 0 || f.Changes[0].After != "2m" {
					t.Fatalf("%+v", f.Changes)
				}
			}
		}
	}
	f := p.loads()[0]
	if want := fmt.Sprintf("%d of them longer than their objectives ask, for its sake", said); said == 0 || said == 1000 || evidence(&f)["intervals"] != want {
		t.Errorf("%d say so, and of all it is said that %q", said, evidence(&f)["intervals"])
	}
	if l := p.Then.Repositories[0]; l.PerSecond > l.Limit {
		t.Errorf("%v a second, over its limit", l.PerSecond)
	}
	lab := planned(t, sources(110, 10, func(r *collector.Reconciler) { hasty(r); r.URL = "https://gitlab.com/acme/fleet" }))
	if got, want := lab.sparing(place{0, 0}), "as gitlab.com may not be asked oftener than 16.7 times a second: GitLab.com allows"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := planned(t, sources(1, 10, hasty)); len(got.loads()) > 0 || got.sparing(place{0, 0}) != "" {
		t.Error("nobody is asked too much, and it is said")
	}
}
