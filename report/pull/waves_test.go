package pull

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func item(subject string, wave Wave) Item {
	return Item{Finding: fmt.Sprintf("%s-%s", subject, wave), Subject: subject, Wave: wave, Owner: "shop"}
}

// holds is a request with the subjects.
func holds(number int, state State, wave Wave, ended time.Time, subjects ...string) Existing {
	p := Proposal{Key: Key("shop", wave), Wave: wave, Digest: "1", Subjects: subjects}
	m := p.marker()
	return Existing{Marker: &m, Request: Request{Number: number, URL: fmt.Sprint("pulls/", number), Base: "main", State: state, Ended: ended}}
}

func TestWaves(t *testing.T) {
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	elsewhere := holds(1, Open, Staging, time.Time{}, "cart")
	elsewhere.Base = "release"
	for _, tc := range []struct {
		name     string
		items    []Item
		requests []Existing
		unread   []Unread
		groups   []string
		held     []string
	}{
		{name: "nothing is held without an earlier wave", items: []Item{item("cart", Production), item("till", Staging)},
			groups: []string{"shop-production: cart", "shop-staging: till"}},
		{name: "production waits for staging, and staging for development", items: []Item{item("cart", Production), item("cart", Development), item("cart", Staging)},
			groups: []string{"shop-development: cart"},
			held:   []string{"cart-production: the same change is to be made in development first", "cart-staging: the same change is to be made in development first"}},
		{name: "one subject waits and another does not", items: []Item{item("cart", Staging), item("cart", Production), item("till", Production)},
			groups: []string{"shop-staging: cart", "shop-production: till"},
			held:   []string{"cart-production: the same change is to be made in staging first"}},
		{name: "declined in staging holds production while staging's finding stands", items: []Item{item("cart", Staging), item("cart", Production)},
			requests: []Existing{holds(1, Closed, Staging, ago(time.Hour), "cart")},
			groups:   []string{"shop-staging: cart"},
			held:     []string{"cart-production: the same change is to be made in staging first"}},
		{name: "declined in staging no longer counts once staging's finding has gone", items: []Item{item("cart", Production)},
			requests: []Existing{holds(1, Closed, Staging, ago(time.Hour), "cart")},
			groups:   []string{"shop-production: cart"}},
		{name: "an open request of an earlier wave holds, though its finding has gone", items: []Item{item("cart", Production)},
			requests: []Existing{holds(1, Open, Staging, time.Time{}, "cart", "till")},
			held:     []string{"cart-production: pulls/1 has the same change for staging and is open"}},
		{name: "an open request of the same wave holds nothing", items: []Item{item("cart", Production)},
			requests: []Existing{holds(1, Open, Production, time.Time{}, "cart")},
			groups:   []string{"shop-production: cart"}},
		{name: "an open request of a later wave has to lose the subject first", items: []Item{item("cart", Staging), item("cart", Production)},
			requests: []Existing{holds(1, Open, Production, time.Time{}, "cart")},
			held: []string{"cart-staging: pulls/1 has the same change for production, which comes later, and is open",
				"cart-production: the same change is to be made in staging first"}},
		{name: "where both waves are open, the earlier stays", items: []Item{item("cart", Staging), item("cart", Production)},
			requests: []Existing{holds(1, Open, Production, time.Time{}, "cart"), holds(2, Open, Staging, time.Time{}, "cart")},
			groups:   []string{"shop-staging: cart"},
			held:     []string{"cart-production: the same change is to be made in staging first"}},
		{name: "merged a moment less than the soak ago holds", items: []Item{item("cart", Production)},
			requests: []Existing{holds(1, Merged, Staging, ago(DefaultSoak-time.Second), "cart")},
			held:     []string{"cart-production: the same change was merged for staging and is watched until 24 Nov 2026 12:00 UTC"}},
		{name: "merged as long as the soak ago does not", items: []Item{item("cart", Production)},
			requests: []Existing{holds(1, Merged, Staging, ago(DefaultSoak), "cart")},
			groups:   []string{"shop-production: cart"}},
		{name: "of several merges the last one counts", items: []Item{item("cart", Production)},
			requests: []Existing{holds(1, Merged, Staging, ago(time.Hour), "cart"), holds(2, Merged, Staging, ago(DefaultSoak), "cart")},
			held:     []string{"cart-production: the same change was merged for staging and is watched until 27 Nov 2026 11:00 UTC"}},
		{name: "a merge into production holds no other production change", items: []Item{item("cart", Production)},
			requests: []Existing{holds(1, Merged, Production, ago(time.Hour), "cart")},
			groups:   []string{"shop-production: cart"}},
		{name: "requests into another base, and ones without a marker, hold nothing", items: []Item{item("cart", Production)},
			requests: []Existing{elsewhere, {Request: Request{State: Open, Base: "main"}}},
			groups:   []string{"shop-production: cart"}},
		{name: "what could not be read of staging holds production, and nothing before it", items: []Item{item("cart", Production), item("cart", Development), item("till", Staging), item("web", Production)},
			unread: []Unread{{Wave: Staging, Reason: "uat could not be read"}},
			groups: []string{"shop-development: cart", "shop-staging: till"},
			held: []string{"cart-production: the same change is to be made in development first",
				"web-production: uat could not be read, so whether the same change is to be made in staging first is not known"}},
		{name: "what is not known of one subject holds no other", items: []Item{item("cart", Production), item("till", Production)},
			unread: []Unread{{Wave: Staging, Subject: "cart", Reason: "its use in uat could not be read"}},
			groups: []string{"shop-production: till"},
			held:   []string{"cart-production: its use in uat could not be read, so whether the same change is to be made in staging first is not known"}},
		{name: "what staging has merged goes on, though staging can't be read any more", items: []Item{item("cart", Production), item("till", Production)},
			requests: []Existing{holds(1, Merged, Staging, ago(DefaultSoak), "cart")},
			unread:   []Unread{{Wave: Staging, Reason: "uat could not be read"}},
			groups:   []string{"shop-production: cart"},
			held:     []string{"till-production: uat could not be read, so whether the same change is to be made in staging first is not known"}},
		{name: "what is open for production stays in its request", items: []Item{item("cart", Production), item("till", Production)},
			requests: []Existing{holds(1, Open, Production, time.Time{}, "cart")},
			unread:   []Unread{{Wave: Staging, Reason: "uat could not be read"}},
			groups:   []string{"shop-production: cart"},
			held:     []string{"till-production: uat could not be read, so whether the same change is to be made in staging first is not known"}},
		{name: "what production could not be read of holds nothing", items: []Item{item("cart", Production)},
			unread: []Unread{{Wave: Production, Reason: "lon could not be read"}},
			groups: []string{"shop-production: cart"}},
		{name: "patches that go have requests of their own, and wait as changes do",
			items:  []Item{item("cart", Staging), {Finding: "s.yaml", Subject: "till", Wave: Staging, Owner: "shop", Takes: true}, {Finding: "p.yaml", Subject: "till", Wave: Production, Owner: "shop", Takes: true}},
			groups: []string{"shop-staging: cart", "unasked-patches--shop-staging: till"},
			held:   []string{"p.yaml: the same change is to be made in staging first"}},
		{name: "what changes no object waits for nothing, and nothing for it",
			items:    []Item{{Finding: "s.yaml", Wave: Staging, Owner: "shop", Takes: true}, {Finding: "p.yaml", Wave: Production, Owner: "shop", Takes: true}, item("cart", Production)},
			requests: []Existing{holds(1, Open, Staging, time.Time{}, "")},
			groups:   []string{"unasked-patches--shop-staging: ", "unasked-patches--shop-production: ", "shop-production: cart"}},
		{name: "a wave that is none counts as production", items: []Item{item("cart", Wave(7)), item("cart", Staging)},
			groups: []string{"shop-staging: cart"},
			held:   []string{"cart-production: the same change is to be made in staging first"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for range 2 {
				groups, held := Waves(tc.items, &Seen{Requests: tc.requests}, Policy{Base: "main"}, DefaultSoak, noon, tc.unread...)
				var gotGroups, gotHeld []string
				for _, g := range groups {
					var subjects []string
					for _, i := range g.Items {
						subjects = append(subjects, i.Subject)
					}
					gotGroups = append(gotGroups, g.Key+": "+strings.Join(subjects, " "))
				}
				for _, h := range held {
					gotHeld = append(gotHeld, h.Item.Finding+": "+h.Reason)
				}
				if diff := cmp.Diff(tc.groups, gotGroups); diff != "" {
					t.Errorf("groups:\n%s", diff)
				}
				if diff := cmp.Diff(tc.held, gotHeld); diff != "" {
					t.Errorf("held:\n%s", diff)
				}
				slices.Reverse(tc.requests)
			}
		})
	}
}

func TestARequestHoldsSoManyFindings(t *testing.T) {
	var items []Item
	for i := range maxGroup + 2 {
		items = append(items, item(fmt.Sprint("w", i), Staging))
	}
	groups, held := Waves(items, &Seen{}, Policy{Base: "main"}, DefaultSoak, noon)
	if len(groups) != 1 || len(groups[0].Items) != maxGroup || len(held) != 2 || held[1].Item != items[maxGroup+1] {
		t.Errorf("%d groups, %d held", len(groups), len(held))
	}
}

// However items and requests lie: each item is in one group or held, a subject is
// in one wave of the groups at most, and none is in a group while another wave's
// request has it, but for an open one of a later wave beside one of its own.
func TestASubjectIsNeverInTwoWaves(t *testing.T) {
	waves, subjects := rapid.IntRange(0, 2), rapid.SampledFrom([]string{"a", "b", "c", "d"})
	rapid.Check(t, func(t *rapid.T) {
		var items []Item
		for n := range rapid.IntRange(0, 12).Draw(t, "items") {
			items = append(items, Item{Finding: fmt.Sprint(n), Subject: subjects.Draw(t, "subject"), Wave: Wave(waves.Draw(t, "wave")),
				Owner: rapid.SampledFrom([]string{"shop", "@shop", "fleet"}).Draw(t, "owner")})
		}
		seen := &Seen{}
		for n := range rapid.IntRange(0, 6).Draw(t, "requests") {
			seen.Requests = append(seen.Requests, holds(n, rapid.SampledFrom([]State{Open, Merged, Closed}).Draw(t, "state"), Wave(waves.Draw(t, "of")),
				noon.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "hours"))*time.Hour), rapid.SliceOfN(subjects, 1, 3).Draw(t, "subjects")...))
		}
		groups, held := Waves(items, seen, Policy{Base: "main"}, DefaultSoak, noon)
		count := map[string]int{}
		wave := map[string]Wave{}
		for _, g := range groups {
			if !validKey(g.Key) || len(g.Items) == 0 {
				t.Fatalf("group %+v", g)
			}
			for _, i := range g.Items {
				count[i.Finding]++
				if w, ok := wave[i.Subject]; ok && w != i.Wave || i.Wave != g.Wave || i.Owner != g.Owner {
					t.Fatalf("%+v in group %s, and its subject in %s too", i, g.Key, w)
				}
				wave[i.Subject] = i.Wave
			}
		}
		for _, h := range held {
			count[h.Item.Finding]++
			if h.Reason == "" {
				t.Fatalf("%+v is held without a reason", h.Item)
			}
		}
		for _, i := range items {
			if count[i.Finding] != 1 {
				t.Fatalf("%+v is there %d times", i, count[i.Finding])
			}
		}
		for _, r := range seen.Requests {
			for s, w := range wave {
				if !slices.Contains(r.Marker.Subjects, subjectDigest(s)) || r.Marker.Wave == w {
					continue
				}
				if r.State == Open && r.Marker.Wave < w || r.State == Merged && r.Marker.Wave < w && noon.Sub(r.Ended) < DefaultSoak {
					t.Fatalf("%s is in %s, and %s in %s", s, w, r.URL, r.Marker.Wave)
				}
			}
		}
	})
}

func TestKeysAreReadableAndNeverShared(t *testing.T) {
	for owner, want := range map[string]string{
		"fleet":                   "fleet-staging",
		"shop-till":               "shop-till-staging",
		"@acme/shop":              "acme-shop--",
		"acme-shop":               "acme-shop-staging",
		"@a/b @c/d":               "a-b-c-d--",
		"Ünïcode":                 "n-code--",
		strings.Repeat("long", 9): strings.Repeat("long", 9) + "-staging",
		strings.Repeat("o", 41):   strings.Repeat("o", 40) + "--",
	} {
		if key := Key(owner, Staging); !strings.HasPrefix(key, want) || !validKey(key) {
			t.Errorf("the key of %q is %q, want %q…", owner, key, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		owners := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z]{0,3}-{0,2}[a-z0-9]{0,18}(-staging)?`))
		a, b := owners.Draw(t, "a"), owners.Draw(t, "b")
		v, w := Wave(rapid.IntRange(0, 2).Draw(t, "v")), Wave(rapid.IntRange(0, 2).Draw(t, "w"))
		if !validKey(Key(a, v)) {
			t.Fatalf("%q is no key", Key(a, v))
		}
		if (a != b || v != w) && Key(a, v) == Key(b, w) {
			t.Fatalf("%q %s and %q %s share %s", a, v, b, w, Key(a, v))
		}
	})
}

// What was declined is declined by finding, whatever else the request held, and
// still comes before later waves.
func TestWhatWasDeclinedIsNotProposedAgain(t *testing.T) {
	told := func(subject string, wave Wave, evidence string) Item {
		i := item(subject, wave)
		i.Evidence = Evidence(evidence)
		return i
	}
	request := func(state State, evidence ...string) Existing {
		e := holds(1, state, Staging, noon.Add(-30*24*time.Hour))
		for _, name := range evidence {
			e.Marker.Evidence = append(e.Marker.Evidence, Evidence(name))
		}
		return e
	}
	items := []Item{told("cart", Staging, "a"), told("till", Staging, "b"), told("cart", Production, "c")}
	for name, tc := range map[string]struct {
		request Existing
		group   string // subjects of staging's
		no      int    // findings that were declined
	}{
		"one of two, with others that have gone": {request(Closed, "a", "z"), "till", 1},
		"both":                                   {request(Closed, "a", "b"), "", 2},
		"the same finding, on other evidence":    {request(Closed, "z"), "cart till", 0},
		"merged":                                 {request(Merged, "a"), "cart till", 0},
	} {
		groups, held := Waves(items, &Seen{Requests: []Existing{tc.request}}, Policy{Base: "main"}, time.Hour, noon)
		var got []string
		for _, g := range groups {
			for _, i := range g.Items {
				got = append(got, i.Subject)
			}
		}
		no := 0
		for _, h := range held {
			if h.Declined != "" {
				no++
			}
		}
		if strings.Join(got, " ") != tc.group || no != tc.no || !slices.ContainsFunc(held, func(h Held) bool { return h.Item.Wave == Production && h.Declined == "" }) {
			t.Errorf("%s: proposed %v, declined %d, held %+v", name, got, no, held)
		}
	}
	withdrawn := request(Closed, "a")
	withdrawn.Marker.Withdrawn = true
	if _, held := Waves(items[:1], &Seen{Requests: []Existing{withdrawn}}, Policy{Base: "main"}, time.Hour, noon); len(held) > 0 {
		t.Errorf("what tuppence withdrew itself counts as declined: %+v", held)
	}
}
