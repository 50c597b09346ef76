package interval

import (
	"fmt"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// woken reports whether a webhook has a change of r fetched at once: a Receiver that is
// in order is to wake it, and nothing speaks against that it does.
func woken(r *collector.Reconciler) bool { return r.Hooked && !unheard(r) }

// unheard reports whether r, which a Receiver is to wake, has changed and was never asked
// to run: a Receiver is in order as soon as its Secret is there, whether the Git host
// calls it or not.
func unheard(r *collector.Reconciler) bool {
	return r.Hooked && r.Requested.IsZero() && r.Measured.Changes > 0
}

// deaf is what there is to say of all sources whose webhook has never come.
func (p *Plan) deaf() []recommend.Finding {
	var names []string
	for i := range p.fleet.Clusters {
		c := &p.fleet.Clusters[i]
		pass := recommend.Pass{Cluster: c}
		for j := range c.Reconcilers {
			if r := &c.Reconcilers[j]; unheard(r) && !r.Suspended && pass.Ignored(Name, objectOf(c, r)) == "" {
				names = append(names, c.Name+" "+nameOf(r))
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	o := recommend.Object{Kind: "Fleet", Name: "webhooks that never called"}
	t := telling{recommend.Finding{ID: recommend.FindingID(Name, o), Subject: o, Confidence: recommend.Medium}}
	t.f.Title = "See to the webhook of 1 source, which has not called yet"
	if n := len(names); n > 1 {
		t.f.Title = fmt.Sprintf("See to the webhooks of %d sources, which have not called yet", n)
	}
	t.f.Reason = "a Receiver that is in order is to wake them, and they have changed, but nothing has ever asked them to run: add the webhook at the Git host, or have its calls reach the Receiver"
	t.say("sources", "%s", firstFew(names))
	t.say("until then", "their intervals are held to what deploys may take, as if there were no Receiver")
	return []recommend.Finding{t.f}
}
