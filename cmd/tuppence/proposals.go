package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// items are the findings that have their place, in the order of the report: who
// owns the file that changes, and how far on the way to production its cluster is. A
// folder that is built for several changes in all of them at once, so that its wave is
// that of the last.
func (b *proposing) items(p *patch.Plan) []pull.Item {
	environments := map[string]string{}
	for i := range b.fleet.Clusters {
		environments[b.fleet.Clusters[i].Name] = b.fleet.Clusters[i].Environment
	}
	var items []pull.Item
	for _, q := range p.Placed {
		if slices.ContainsFunc(items, func(i pull.Item) bool { return i.Finding == q.Finding }) {
			continue
		}
		o := b.finding(q.Finding).Subject
		wave := b.config.Waves.of(environments[o.Cluster])
		for _, cluster := range q.Clusters {
			wave = max(wave, b.config.Waves.of(environments[cluster]))
		}
		items = append(items, pull.Item{Finding: q.Finding, Subject: o.Kind + " " + o.Namespace + "/" + o.Name, Wave: wave, Owner: b.owners.Of(q.File), Evidence: evidenceOf(p, q.Finding)})
	}
	return items
}

// finding is the report's, which has one of every name that a plan has.
func (b *proposing) finding(id string) *recommend.Finding {
	i := slices.IndexFunc(b.report.Findings, func(f recommend.Finding) bool { return f.ID == id })
	return &b.report.Findings[i]
}

// proposals plans each group by itself, on the base branch.
func (b *proposing) proposals(ctx context.Context, groups []pull.Group) ([]pull.Proposal, map[string]*patch.Plan, error) {
	var out []pull.Proposal
	plans := map[string]*patch.Plan{}
	for _, g := range groups {
		var names []string
		for _, item := range g.Items {
			names = append(names, item.Finding)
		}
		plan, err := b.plan(ctx, names, true)
		if err != nil {
			return nil, nil, err
		}
		for _, u := range plan.Unplaced { // it is placed beside the findings of other requests, and not without them
			b.say("not placed in %s by itself: %s (%s): %s", g.Key, u.Finding, u.Object, u.Reason)
		}
		if len(plan.Placed) == 0 {
			continue
		}
		out = append(out, b.proposal(g, plan))
		plans[g.Key] = plan
	}
	return out, plans, nil
}

// staleKey names the request that takes patches out.
const staleKey = "patches-that-nothing-asks-for"

// stale is the proposal to take out the patches of earlier runs that nothing asks
// for any more, if there are some.
func (b *proposing) stale(ctx context.Context, plans map[string]*patch.Plan) ([]pull.Proposal, error) {
	if b.partial {
		return nil, nil
	}
	plan, err := b.plan(ctx, []string{}, false, b.clusters...)
	if err != nil || len(plan.Stale) == 0 {
		return nil, err
	}
	p := pull.Proposal{
		Key: staleKey, Wave: pull.Production, Labels: b.config.Labels, Files: plan.Files, Digest: staleDigest(plan.Files),
		Title: "tuppence: take out " + report.Count(len(plan.Stale), "patch file") + " that nothing asks for any more",
		Body:  "What an earlier run of tuppence proposed, and nothing asks for any more:\n\n",
	}
	const shown = 100 // a request's body has an end
	for _, s := range plan.Stale[:min(shown, len(plan.Stale))] {
		p.Body += "- " + pull.Code(s.File) + ": " + pull.Code(s.Reason) + "\n"
		p.Findings = append(p.Findings, s.Findings...)
	}
	if more := len(plan.Stale) - shown; more > 0 {
		p.Body += fmt.Sprintf("- and %d more\n", more)
	}
	plans[p.Key] = plan
	return []pull.Proposal{p}, nil
}

func (b *proposing) proposal(g pull.Group, plan *patch.Plan) pull.Proposal {
	t := pull.Text{Owner: g.Owner, Wave: g.Wave, Version: version(), Recording: b.recording,
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

// evidenceOf is what the plan places of a finding, as requests remember it.
func evidenceOf(plan *patch.Plan, finding string) string {
	var wishes []pull.Wish
	for _, q := range plan.Placed {
		if o := q.Change.Object; q.Finding == finding {
			field := strings.Join([]string{o.Cluster, o.APIVersion, o.Kind, o.Namespace, o.Name, q.Change.Field()}, "\x00")
			wishes = append(wishes, pull.Wish{Field: field, Value: q.Change.After, Amount: magnitude(q.Change)})
		}
	}
	return pull.Evidence(finding, wishes...)
}

// magnitude is what the change sets, in the unit of its field or in seconds; 0 where that
// is no amount.
func magnitude(c recommend.Change) float64 {
	if slices.Contains(c.Path, "resources") {
		q, err := resource.ParseQuantity(c.After)
		if err != nil {
			return 0
		}
		return q.AsApproximateFloat64()
	}
	d, err := time.ParseDuration(c.After)
	if err != nil {
		return 0
	}
	return d.Seconds()
}

// staleDigest is that of the files that go: not of the kustomizations that list them,
// which change with whatever else is listed there.
func staleDigest(files []patch.FileChange) string {
	return pull.FilesDigest(slices.DeleteFunc(slices.Clone(files), func(f patch.FileChange) bool { return f.After != nil }))
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

