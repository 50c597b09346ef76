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

// receiver has a Receiver of a type wake all sources of a cluster.
func receiver(hook string) func(*collector.Cluster) {
	return func(c *collector.Cluster) {
		r := object("Receiver", 10*time.Minute)
		r.Name, r.Hook = "in", hook
		for i := range c.Reconcilers {
			c.Reconcilers[i].Hooked = true
			r.Targets = append(r.Targets, collector.Origin{Kind: c.Reconcilers[i].Kind, Namespace: c.Reconcilers[i].Namespace, Name: c.Reconcilers[i].Name})
		}
		c.Reconcilers = append(c.Reconcilers, r)
	}
}

func each(cs []collector.Cluster, f func(*collector.Cluster)) []collector.Cluster {
	for i := range cs {
		f(&cs[i])
	}
	return cs
}

// instances are clusters with an Argo CD each, of five Applications from one
// repository, with the timeout that it comes with.
func instances(n int, f func(*collector.Reconciler)) []collector.Cluster {
	var all []collector.Cluster
	for i := range n {
		c := collector.Cluster{Name: fmt.Sprint("a", i), Controllers: []collector.Controller{{Kind: "argocd", Namespace: "argocd"}}}
		for _, r := range applications(5) {
			r.Sources[0].URL = fleetRepository
			f(&r)
			c.Reconcilers = append(c.Reconcilers, r)
		}
		all = append(all, c)
	}
	return all
}

// A source at 5m with a run of a second asks 3600 ÷ 301 = 11.96 times an hour, and at
// 1h once: of 6 clusters webhooks save 6 × 10.96 = 65.8, and of 5 54.8.
func TestWhereWebhooksPay(t *testing.T) {
	same := func(*collector.Reconciler) {}
	at := func(url string) func(*collector.Reconciler) {
		return func(r *collector.Reconciler) { r.URL = url }
	}
	slow := func(r *collector.Reconciler) { r.Wishes.Deploy, r.Measured.Mean = d(90*time.Second), d(20*time.Second) }
	busy := func(r *collector.Reconciler) { r.Wishes.Deploy, r.Measured.Mean = d(90*time.Second), d(time.Minute) }
	for rule, c := range map[string]struct {
		clusters []collector.Cluster
		title    string // "": nothing is said
	}{
		"a request a minute":             {sources(6, 1, same), "Have webhooks of github.com/acme/fleet call 6 clusters: 65.8 fewer requests an hour"},
		"less is not worth it":           {sources(5, 1, same), ""},
		"of one cluster":                 {sources(1, 6, same), "Have webhooks of github.com/acme/fleet call 1 cluster: 65.8 fewer requests an hour"},
		"a host of one's own":            {sources(30, 1, at("https://git.acme.example/fleet")), "Have webhooks of git.acme.example/fleet call 30 clusters: 329 fewer requests an hour"},
		"one that cannot call":           {sources(30, 1, at("https://git-codecommit.eu-west-2.amazonaws.com/v1/repos/fleet")), ""},
		"no address is known":            {sources(30, 1, at("")), ""},
		"each called already":            {each(sources(30, 1, same), receiver("github")), ""},
		"pinned to a commit":             {sources(30, 1, func(r *collector.Reconciler) { r.Ref.Commit = "abc" }), ""},
		"releases have a time of theirs": {sources(30, 1, func(r *collector.Reconciler) { r.Ref.SemVer = ">=1" }), ""},
		"suspended":                      {sources(30, 1, func(r *collector.Reconciler) { r.Suspended = true }), ""},
		"a registry":                     {sources(30, 1, func(r *collector.Reconciler) { r.Kind, r.URL = "OCIRepository", "oci://ghcr.io/acme/fleet" }), ""},
		"its owner is content":           {sources(30, 1, func(r *collector.Reconciler) { r.Wishes.Deploy = d(24 * time.Hour) }), ""},
		"no interval is in time":         {sources(1, 1, slow), "Have webhooks of github.com/acme/fleet call 1 cluster: no interval has commits deployed in time"},
		"nor is a webhook":               {sources(1, 1, busy), ""},
		"nearly too much is asked": {append(each(sources(28, 1, func(r *collector.Reconciler) {
			r.APIVersion, r.Kind, r.Interval = "fluxcd.controlplane.io/v1", "ResourceSetInputProvider", d(time.Second)
		}), func(c *collector.Cluster) { c.Name = "p" + c.Name }), sources(1, 1, same)...), "Have webhooks of github.com/acme/fleet call 1 cluster: it is asked nearly what it allows"},
		"20 are allowed":                {sources(20, 1, same), "Have webhooks of github.com/acme/fleet call 20 clusters: 219 fewer requests an hour"},
		"21 are not":                    {sources(21, 1, same), "Have one webhook of github.com/acme/fleet fan out to 21 clusters: 21 would be more than it may have"},
		"of GitLab 100":                 {sources(100, 1, at("https://gitlab.com/acme/fleet")), "Have webhooks of gitlab.com/acme/fleet call 100 clusters"},
		"but not 101":                   {sources(101, 1, at("https://gitlab.com/acme/fleet")), "Have one webhook of gitlab.com/acme/fleet fan out to 101 clusters"},
		"of Bitbucket it is not known":  {sources(101, 1, at("https://bitbucket.org/acme/fleet")), "Have webhooks of bitbucket.org/acme/fleet call 101 clusters"},
		"those there are count":         {append(each(sources(11, 1, same), receiver("github")), sources(10, 1, same)...), "Have one webhook of github.com/acme/fleet fan out to 10 clusters: 21 would be more"},
		"but not what a pipeline calls": {append(each(sources(11, 1, same), receiver("generic-hmac")), sources(10, 1, same)...), "Have webhooks of github.com/acme/fleet call 10 clusters"},
		"225 at once are a minute":      {each(sources(225, 1, same), receiver("generic")), ""},
		"226 are more":                  {each(sources(226, 1, same), receiver("generic")), "Spread what a webhook of github.com/acme/fleet wakes: a commit has 226 objects ask it at once"},
		"Argo CD":                       {instances(5, same), "Have webhooks of github.com/acme/fleet call 5 Argo CD instances: "},
		"and Flux":                      {append(instances(4, same), sources(3, 1, same)...), "Have webhooks of github.com/acme/fleet call 3 clusters and 4 Argo CD instances: "},
		"whose one timeout an Application keeps short": {instances(5, func(r *collector.Reconciler) {
			if r.Name == "a0" {
				r.Wishes.Deploy = d(20 * time.Minute)
			}
		}), ""},
		"Argo CD that is called, as its owner says": {instances(5, func(r *collector.Reconciler) { r.Wishes.Deploy = d(90 * time.Minute) }), ""},
	} {
		fs := planned(t, c.clusters).webhooks()
		if c.title == "" && len(fs) == 0 {
			continue
		}
		if len(fs) != 1 || c.title == "" || !strings.HasPrefix(fs[0].Title, c.title) {
			t.Errorf("%s: %+v", rule, fs)
		}
	}
}

func TestWhatWebhooksBringAndTake(t *testing.T) {
	same := func(*collector.Reconciler) {}
	fs := planned(t, sources(25, 1, same)).webhooks()
	got := evidence(&fs[0])
	for name, want := range map[string]string{
		"requests to it":   "299 requests an hour (0.0831 a second) as proposed, 25 requests an hour (0.00694 a second) with webhooks (predicted)",
		"intervals":        "5m as proposed, and 1h with webhooks, as a call that was missed may go unnoticed for 1h30m",
		"a commit is seen": "after 2m32s on average as proposed, and 1s with webhooks (predicted, without the call's own way)",
		"for Flux":         "a Receiver of type github in each of 25 clusters, with a Secret and an address that github.com reaches",
		"webhooks of it":   "25 needed, 20 at most: GitHub lets a repository have 20 webhooks of an event (docs.github.com, types of webhooks)",
		"at once":          "a commit then has 25 objects ask about 100 requests within seconds, which at 15 a second take 7s",
		"for Argo CD":      "",
	} {
		if got[name] != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got[name], want)
		}
	}
	if !strings.HasPrefix(got["instead"], "one webhook to a relay") {
		t.Errorf("the limit forbids it, and instead: %q", got["instead"])
	}

	two := each(sources(4, 2, same), receiver("github"))
	for i := range two { // the Receiver lacks the second
		two[i].Reconcilers[1].Hooked = false
		two[i].Reconcilers[2].Targets = two[i].Reconcilers[2].Targets[:1]
	}
	fs = planned(t, append(two, instances(2, same)...)).webhooks()
	got = evidence(&fs[0])
	if want := "6 needed, 20 at most"; !strings.HasPrefix(got["webhooks of it"], want) || !strings.HasSuffix(got["for Flux"], "; 4 of them have one, which lacks a source") || got["instead"] != "" {
		t.Errorf("got %v", got)
	}
	if want := "tuppence.dev/deploy-within=1h30m on the Applications says it"; !strings.HasSuffix(got["for Argo CD"], want) {
		t.Errorf("got %s", got["for Argo CD"])
	}
	// An Argo CD fetches once for its five Applications.
	fs = planned(t, instances(20, same)).webhooks()
	if got, want := evidence(&fs[0])["at once"], "a commit then has 20 objects ask about 80 requests"; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	if c := planned(t, instances(5, same)).webhooks()[0].Confidence; c != recommend.Low {
		t.Errorf("confidence %s, and whether an Argo CD is called is not known", c)
	}
}

func TestTheRepositoriesThatSaveMostAreSaidOneByOne(t *testing.T) {
	var cs []collector.Cluster
	for i := range 13 { // r00 is polled by 6 clusters, r12 by 18
		for j, c := range sources(6+i, 1, func(r *collector.Reconciler) { r.URL = fmt.Sprintf("https://git.acme.example/r%02d", i) }) {
			c.Name = fmt.Sprintf("c%02d-%02d", i, j)
			cs = append(cs, c)
		}
	}
	fs := planned(t, cs).webhooks()
	if len(fs) != mostWebhooks+1 || fs[0].Subject.Name != "git.acme.example/r12" || fs[9].Subject.Name != "git.acme.example/r03" {
		t.Fatalf("%+v", fs)
	}
	// The rest are 6, 7 and 8 clusters: 21 × 10.96.
	if f := fs[10]; f.Title != "Have webhooks of 3 more repositories call what polls them: 230 fewer requests an hour" ||
		f.Evidence[0].Value != "git.acme.example/r00, git.acme.example/r01, git.acme.example/r02" {
		t.Errorf("%+v", f)
	}
}

// Webhooks never have more asked, and what is promised is what the plan proposes once
// they are there.
func TestTheNextRunProposesWhatWebhooksWereSaidToBring(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cs := sources(rapid.IntRange(1, 8).Draw(t, "clusters"), rapid.IntRange(1, 3).Draw(t, "each"), func(r *collector.Reconciler) {
			r.Interval = d(time.Duration(rapid.IntRange(1, 7200).Draw(t, "interval")) * time.Second)
			r.Measured.Mean = d(time.Duration(rapid.IntRange(0, 200).Draw(t, "run")) * time.Second)
			r.Hooked = rapid.Bool().Draw(t, "hooked")
		})
		p := planned(t, cs)
		h := p.hooked()
		if len(h.wakes) == 0 {
			return
		}
		for at := range h.wakes {
			if p.Systems[at.system].Tasks[at.task].Hooked {
				t.Fatalf("%+v is called already", at)
			}
		}
		if before, after := p.Done.Repositories[0].PerHour, h.out.Repositories[0].PerHour; after > before*(1+1e-9) {
			t.Fatalf("%v requests an hour, and with webhooks %v", before, after)
		}
		for at := range h.longer {
			p.Systems[at.system].Tasks[at.task].Hooked = true
		}
		next := planned(t, cs)
		for at := range h.longer {
			want := h.fleet.Systems[at.system].Tasks[at.task].Interval
			if got := next.choices[at.system][at.task].Interval; got != want && float64(want) >= next.settings.MinGain*float64(next.Fleet.Systems[at.system].Tasks[at.task].Interval) {
				t.Fatalf("%+v: %s was promised, and %s is proposed", at, want, got)
			}
		}
	})
}

func TestFleetFindingsHaveIdsOfTheirOwn(t *testing.T) {
	cs := append(sources(100, 10, func(*collector.Reconciler) {}), collector.Cluster{Name: "x", Reconcilers: []collector.Reconciler{waitsFor("held", "gone")}})
	r, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	_, fs := r.Over(&collector.Fleet{Clusters: cs})
	seen := map[string]string{}
	for _, f := range fs {
		if other, twice := seen[f.ID]; twice {
			t.Errorf("%s is %q and %q", f.ID, f.Title, other)
		}
		seen[f.ID] = f.Title
	}
	if len(fs) != 4 {
		t.Errorf("%d findings, not of the intervals, a load, webhooks and what does no work", len(fs))
	}
}
