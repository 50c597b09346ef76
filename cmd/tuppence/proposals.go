package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// groups are the requests to make, with the plan of each on the base branch by its key,
// and the findings that wait.
func (b *proposing) groups(ctx context.Context, all *patch.Plan, seen *pull.Seen) ([]pull.Group, []pull.Held, map[string]*patch.Plan, error) {
	made := map[string]*patch.Plan{} // by what is in the group
	unread := b.unread()
	groups, held, err := pull.Settle(b.items(all),
		func(items []pull.Item) ([]pull.Group, []pull.Held) {
			groups, held := pull.Waves(items, seen, b.agent.syncer.Policy, b.soak(), b.now(), unread...)
			return b.asked(all, groups, held)
		},
		func(g pull.Group) ([]pull.Item, error) {
			plan := made[content(g)]
			if plan == nil {
				var err error
				if plan, err = b.planOf(ctx, g); err != nil {
					return nil, err
				}
				made[content(g)] = plan
			}
			return b.items(plan), nil
		})
	if err != nil {
		return nil, nil, nil, err
	}
	plans := map[string]*patch.Plan{}
	for _, g := range groups {
		plans[g.Key] = made[content(g)]
	}
	return groups, held, plans, nil
}

// content names what is in a group, which its plan depends on.
func content(g pull.Group) string {
	names := []string{fmt.Sprint(g.Takes)}
	for _, item := range g.Items {
		names = append(names, item.Finding)
	}
	return strings.Join(names, "\x00")
}

// planOf plans a group by itself.
func (b *proposing) planOf(ctx context.Context, g pull.Group) (*patch.Plan, error) {
	names := make([]string, len(g.Items))
	for i := range g.Items {
		names[i] = g.Items[i].Finding
	}
	if g.Takes {
		return b.plan(ctx, patch.Options{Only: []string{}, Sweep: names})
	}
	return b.plan(ctx, patch.Options{Only: names, Partial: true})
}

// proposals are those of the groups that have something to write.
func (b *proposing) proposals(groups []pull.Group, plans map[string]*patch.Plan) []pull.Proposal {
	var out []pull.Proposal
	for _, g := range groups {
		plan := plans[g.Key]
		for _, u := range plan.Unplaced { // it is placed beside the findings of other requests, and not without them
			b.say("not placed in %s by itself: %s (%s): %s", g.Key, u.Finding, u.Object, u.Reason)
		}
		switch {
		case g.Takes && len(plan.Stale) > 0:
			out = append(out, b.takes(g, plan))
		case len(plan.Placed) > 0:
			out = append(out, b.proposal(g, plan))
		}
	}
	return out
}

func (b *proposing) proposal(g pull.Group, plan *patch.Plan) pull.Proposal {
	t := pull.Text{Owner: g.Owner, Wave: g.Wave, Version: version(), Recording: b.recording, Lists: plan.Lists(),
		Saving: recommend.Saving{Allocated: pricing.Known(pricing.Money{}), Realisable: pricing.Known(pricing.Money{})}}
	p := pull.Proposal{Key: g.Key, Files: plan.Files, Wave: g.Wave, Labels: b.config.Labels}
	for _, item := range g.Items {
		if !slices.ContainsFunc(plan.Placed, func(q patch.Placed) bool { return q.Finding == item.Finding }) {
			continue
		}
		f := b.finding(item.Finding)
		t.Saving.Allocated = t.Saving.Allocated.Plus(f.Saving.Allocated)
		t.Saving.Realisable = t.Saving.Realisable.Plus(f.Saving.Realisable)
		t.Findings = append(t.Findings, findingText(f, plan))
		p.Findings = append(p.Findings, f.ID)
		p.Subjects = append(p.Subjects, item.Subject)
		p.Evidence = append(p.Evidence, item.Evidence)
		p.Clusters = append(p.Clusters, f.Subject.Cluster)
	}
	p.Title, p.Body, p.Digest = t.Title(), t.Body(), pull.DigestOf(p.Evidence)
	return p
}

func findingText(f *recommend.Finding, plan *patch.Plan) pull.FindingText {
	t := pull.FindingText{
		ID: f.ID, Title: f.Title, Workload: f.Subject.Kind + " " + f.Subject.Namespace + "/" + f.Subject.Name, Cluster: f.Subject.Cluster,
		Saving: f.Saving, Confidence: f.Confidence, Evidence: f.Evidence, Checks: append(slices.Clone(f.Checks), telling(plan.Checks[f.ID])...),
	}
	for _, q := range plan.Placed {
		if q.Finding == f.ID {
			t.Changes = append(t.Changes, pull.ChangeText{Field: q.Change.Field(), Before: cmp.Or(q.Git, q.Change.Before), After: q.Change.After, Note: q.Note})
		}
	}
	return t
}

// telling puts the gates that a change is none of the business of into one line.
func telling(checks []recommend.Check) []recommend.Check {
	var out []recommend.Check
	var others []string
	for _, c := range checks {
		if c.Verdict == recommend.Passed && strings.HasPrefix(c.Detail, "not applicable") {
			others = append(others, c.Name)
			continue
		}
		out = append(out, c)
	}
	if len(others) > 0 {
		out = append(out, recommend.Check{Name: "not applicable", Verdict: recommend.Passed, Detail: strings.Join(others, ", ")})
	}
	return out
}

// recordingDigest is the SHA-256 of what was read, as a recording holds it before
// it is compressed.
func recordingDigest(f *collector.Fleet) (string, error) {
	h := sha256.New()
	if err := collector.Write(h, f); err != nil {
		return "", fmt.Errorf("the digest of what was read: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// declined are the requests of which all is declined: their branches stay, so that the
// request can be opened again.
func declined(held []pull.Held, groups []pull.Group, seen *pull.Seen) []pull.Proposal {
	var out []pull.Proposal
	for _, h := range held {
		key := h.Declined
		switch {
		case key == "",
			slices.ContainsFunc(groups, func(g pull.Group) bool { return g.Key == key }),
			slices.ContainsFunc(out, func(p pull.Proposal) bool { return p.Key == key }),
			slices.ContainsFunc(seen.Requests, func(r pull.Existing) bool {
				return r.State == pull.Open && r.Marker != nil && r.Marker.Key == key
			}):
			continue
		}
		out = append(out, pull.Proposal{Key: key, Untold: "all that is left for it was declined"})
	}
	return out
}
