package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// waits says what is held and why, in one line for those that share a reason.
func (b *proposing) waits(held []pull.Held) {
	var waits, declined grouped
	for _, h := range held {
		list := &waits
		if h.Declined != "" {
			list = &declined
		}
		var object recommend.Object
		if !h.Item.Takes {
			object = b.finding(h.Item.Finding).Subject
		}
		list.add(h.Reason, h.Item.Finding, object)
	}
	for _, g := range waits {
		b.say("waits: %s: %s", g, g.text)
	}
	for _, g := range declined {
		b.say("declined: %s: %s", g, g.text)
	}
}

// tell prints what became of each request; of a dry run also what it would hold.
func (b *proposing) tell(outcomes []pull.Outcome, proposals []pull.Proposal, plans map[string]*patch.Plan) {
	for _, o := range outcomes {
		verb := string(o.Verb)
		if b.agent.syncer.DryRun {
			verb = "would " + verb
		}
		line := fmt.Sprintf("%-10s %s", verb, o.Key)
		if o.URL != "" {
			line += " " + o.URL
		}
		fmt.Fprintln(b.out, report.Plain(line+": "+o.Reason))
		i := slices.IndexFunc(proposals, func(p pull.Proposal) bool { return p.Key == o.Key })
		if !b.agent.syncer.DryRun || i < 0 || o.Verb != pull.Propose && o.Verb != pull.Update {
			continue
		}
		text := "\n# " + proposals[i].Title + "\n\n" + proposals[i].Body + "\n" + plans[o.Key].Diff() + "\n"
		for part := range strings.Lines(text) {
			fmt.Fprintln(b.out, report.Plain(strings.TrimSuffix(part, "\n")))
		}
	}
	if len(outcomes) == 0 {
		b.say("nothing to propose, and no request is open")
	}
}
