package main

import (
	"cmp"
	"errors"
	"slices"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// openAudit is nil where no log is kept.
func (b *proposing) openAudit() (*pull.Audit, error) {
	if b.config.Audit == "" || b.agent.syncer.DryRun {
		return nil, nil
	}
	return pull.OpenAudit(b.config.Audit)
}

// write adds a line for every finding of every request to the audit log.
func (b *proposing) write(log *pull.Audit, outcomes []pull.Outcome, plans map[string]*patch.Plan) (err error) {
	if log == nil {
		return nil
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	for _, o := range outcomes {
		if plan := plans[o.Key]; plan != nil {
			for _, r := range b.records(o, plan) {
				err = errors.Join(err, log.Write(r))
			}
		}
	}
	return err
}

// records are the lines about one request, in the order of its findings.
func (b *proposing) records(o pull.Outcome, plan *patch.Plan) []pull.Record {
	var out []pull.Record
	for _, q := range plan.Placed {
		at := slices.IndexFunc(out, func(r pull.Record) bool { return r.Finding == q.Finding })
		if at < 0 {
			at = len(out)
			out = append(out, b.record(o, b.finding(q.Finding).Recommender, q.Finding))
			out[at].Gates = plan.Checks[q.Finding]
		}
		out[at].Changes = append(out[at].Changes, pull.Changed{Object: q.Change.Object, Field: q.Change.Field(), Before: cmp.Or(q.Git, q.Change.Before), After: q.Change.After})
	}
	for _, s := range plan.Stale {
		r := b.record(o, unasked, s.File)
		r.Gates = []recommend.Check{{Name: unasked, Verdict: recommend.Passed, Detail: s.Reason}}
		before := fileBefore(plan, s.File)
		for _, cluster := range s.Clusters {
			object := objectOf(s)
			object.Cluster = cluster
			r.Changes = append(r.Changes, pull.Changed{Object: object, Field: s.File, Before: before})
		}
		out = append(out, r)
	}
	return out
}

// unasked is the rule by which a patch goes: no finding asks for it any more. The field
// that it changes is its file.
const unasked = "unasked-patch"

// record is a line without its changes and gates.
func (b *proposing) record(o pull.Outcome, rule, finding string) pull.Record {
	return pull.Record{
		Time: b.now(), Version: version(), Recording: b.recording, Key: o.Key, Action: o.Verb, Reason: o.Reason, Request: o.URL, Rule: rule, Finding: finding,
	}
}
