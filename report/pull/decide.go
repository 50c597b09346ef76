package pull

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Existing is a request that is there, with what is remembered of it.
type Existing struct {
	Request
	// Marker is nil where the body holds none, or one that somebody has changed:
	// such a request is nobody's business but people's.
	Marker *Marker
}

// Seen is what stands at the forge and in the repository.
type Seen struct {
	Requests []Existing
	Tips     map[string]Tip // by branch
}

// open counts the open requests into the base.
func (s *Seen) open(base string) int {
	n := 0
	for i := range s.Requests {
		if r := &s.Requests[i]; r.State == Open && r.Base == base {
			n++
		}
	}
	return n
}

// Verb is what is done about a proposal or a request.
type Verb string

// The verbs.
const (
	Propose   Verb = "propose"   // push a branch and open a request
	Update    Verb = "update"    // push a new commit, and edit the request in place
	Leave     Verb = "leave"     // it is as it should be
	Keep      Verb = "keep"      // it is not as it should be, and is not tuppence's to touch
	Tell      Verb = "tell"      // keep it, and say once in a comment what is new
	Declined  Verb = "declined"  // somebody said no to just this
	Wait      Verb = "wait"      // not now
	Withdraw  Verb = "withdraw"  // say why, close the request, delete its branch
	Tidy      Verb = "tidy"      // delete a branch that has no request
	Failed    Verb = "failed"    // see the reason; the next run goes on from there
	Unreached Verb = "unreached" // the run ended before
)

// Action is one thing to do, and why, in one sentence that holds before and after.
type Action struct {
	Verb     Verb
	Key      string
	Reason   string
	Request  *Existing // nil: there is none yet
	Proposal *Proposal // nil: none is wanted
	Branch   string
	Tip      Tip  // where the branch stands; zero: it is not there
	Push     bool // the branch is to get a new commit
	Delete   bool // the branch is to go
	comment  string
}

// Decide returns what is to be done so that what stands becomes what is wanted:
// first for each proposal, in the order given, then for requests that are no
// longer wanted, then for branches that were left over. It depends on nothing else;
// the order of the requests does not matter.
func Decide(s *Seen, wanted []Proposal, policy Policy) []Action {
	d := &decider{state: s, policy: policy, open: map[string][]*Existing{}, strange: map[string]*Existing{}, standing: map[string]int{}, taken: map[string]bool{}, count: s.open(policy.Base)}
	d.sort()
	wants := map[string]*Proposal{}
	for i := range wanted {
		if p := &wanted[i]; p.Untold != "" || len(p.Files) > 0 {
			wants[p.Key] = p
		}
	}
	d.unwanted(wants)
	d.duplicates(wanted, wants)
	rest := d.actions // decided first, since they make room
	d.actions = nil
	for i := range wanted {
		if p := wants[wanted[i].Key]; p != nil {
			d.proposal(p)
		}
	}
	d.actions = append(d.actions, rest...)
	d.tidy()
	return d.actions
}

type decider struct {
	state    *Seen
	policy   Policy
	open     map[string][]*Existing // ours, by key, oldest first
	ended    []*Existing
	strange  map[string]*Existing // open without a marker, by the key that its branch names
	standing map[string]int       // open requests by branch, of any base
	count    int                  // requests that will be open in the end
	taken    map[string]bool      // branches that are not to be tidied
	actions  []Action
}

// sort sorts out whose the requests are.
func (d *decider) sort() {
	all := make([]*Existing, len(d.state.Requests))
	for i := range d.state.Requests {
		all[i] = &d.state.Requests[i]
	}
	slices.SortFunc(all, func(a, b *Existing) int { return cmp.Compare(a.Number, b.Number) })
	for _, r := range all {
		if r.State == Open {
			d.standing[r.Branch]++
		}
		switch {
		case r.Base != d.policy.Base:
		case r.State == Open && r.Marker == nil:
			d.strange[d.keyOf(r.Branch)] = r
		case r.State == Open:
			d.open[r.Marker.Key] = append(d.open[r.Marker.Key], r)
		case r.Marker != nil:
			d.ended = append(d.ended, r)
		}
	}
}

// keyOf is the key that a branch's name ends in: tuppence/shop.2 is shop's second.
func (d *decider) keyOf(branch string) string {
	key, _, _ := strings.Cut(strings.TrimPrefix(branch, d.policy.prefix()), ".")
	return key
}

// ours tells whether nobody has committed to the branch but tuppence. One that is
// gone holds nothing of anybody's.
func (d *decider) ours(branch string) bool {
	tip, ok := d.state.Tips[branch]
	return !ok || tip.Ours
}

func (d *decider) add(a Action) {
	if a.Request != nil {
		a.Branch = a.Request.Branch
	}
	a.Tip = d.state.Tips[a.Branch]
	d.actions = append(d.actions, a)
}

// unwanted decides on open requests that no proposal wants.
func (d *decider) unwanted(wants map[string]*Proposal) {
	var left []*Existing
	for key, list := range d.open {
		if wants[key] == nil {
			left = append(left, list...)
		}
	}
	slices.SortFunc(left, func(a, b *Existing) int { return cmp.Compare(a.Number, b.Number) })
	for _, r := range left {
		switch {
		case d.ours(r.Branch):
			d.withdraw(r, "nothing is left to propose in it", withdrawnText)
		case slices.Contains(r.Marker.Told, toldNothing):
			d.add(Action{Verb: Keep, Key: r.Marker.Key, Request: r, Reason: "nothing is left to propose in it, but it holds somebody else's commits"})
		default:
			d.add(Action{Verb: Tell, Key: r.Marker.Key, Request: r, Reason: "nothing is left to propose in it, but it holds somebody else's commits", comment: nothingText})
		}
	}
}

// duplicates decides on all but the oldest of a proposal's open requests.
func (d *decider) duplicates(wanted []Proposal, wants map[string]*Proposal) {
	for i := range wanted {
		p := wants[wanted[i].Key]
		if p == nil || p.Untold != "" || len(d.open[p.Key]) < 2 {
			continue
		}
		for _, r := range d.open[p.Key][1:] {
			d.withdraw(r, "an older request proposes the same", duplicateText+d.open[p.Key][0].URL)
		}
	}
}

// withdraw closes a request, and deletes its branch where that holds nothing of
// somebody else's and no other request needs it.
func (d *decider) withdraw(r *Existing, reason, comment string) {
	d.count--
	d.standing[r.Branch]--
	_, there := d.state.Tips[r.Branch]
	last := there && d.ours(r.Branch) && d.standing[r.Branch] == 0
	d.add(Action{Verb: Withdraw, Key: r.Marker.Key, Request: r, Reason: reason, Delete: last, comment: comment})
	if last {
		d.taken[r.Branch] = true
	}
}

// proposal decides on one that is wanted.
func (d *decider) proposal(p *Proposal) {
	own := d.open[p.Key]
	switch {
	case p.Untold != "":
		d.untold(p, own)
	case len(own) > 0:
		d.standingRequest(p, own[0])
	case d.strange[p.Key] != nil:
		d.add(Action{Verb: Keep, Key: p.Key, Proposal: p, Request: d.strange[p.Key],
			Reason: "the comment in which tuppence remembers what it proposed is gone from the open request's body or was changed"})
	default:
		d.fresh(p)
	}
}

func (d *decider) untold(p *Proposal, own []*Existing) {
	a := Action{Verb: Keep, Key: p.Key, Proposal: p, Reason: p.Untold}
	if len(own) > 0 {
		a.Request = own[0]
	}
	d.add(a)
	for branch := range d.state.Tips {
		if d.keyOf(branch) == p.Key {
			d.taken[branch] = true
		}
	}
}

// standingRequest decides on a proposal whose request is open.
func (d *decider) standingRequest(p *Proposal, r *Existing) {
	a := Action{Key: p.Key, Proposal: p, Request: r}
	files := FilesDigest(p.Files)
	tip, there := d.state.Tips[r.Branch]
	same := r.Marker.proposed(p)
	news := r.Marker.Digest != p.Digest || !same
	told := slices.Contains(r.Marker.Told, p.Digest) && same
	switch {
	case !d.ours(r.Branch) && news && !told:
		a.Verb, a.Reason, a.comment = Tell, "its evidence has changed, but it holds somebody else's commits", newsText
	case !d.ours(r.Branch):
		a.Verb, a.Reason = Keep, "it holds somebody else's commits"
	case there && tip.Files == files && !news && r.Marker.Files == files && !r.Marker.Withdrawn:
		a.Verb, a.Reason = Leave, "it proposes just this"
	default:
		a.Verb, a.Reason, a.Push = Update, "the files that it changes are others now", tip.Files != files
		if news {
			a.Reason = "its evidence has changed"
		}
	}
	d.add(a)
}

// fresh decides on a proposal that has no open request.
func (d *decider) fresh(p *Proposal) {
	for _, r := range slices.Backward(d.ended) {
		if m := r.Marker; r.State == Closed && m.Key == p.Key && !m.Withdrawn && (m.Digest == p.Digest || slices.Contains(m.Told, p.Digest)) && m.proposed(p) {
			d.taken[r.Branch] = true // so that it can be opened again
			d.add(Action{Verb: Declined, Key: p.Key, Proposal: p, Request: r, Reason: "it was closed without a merge, and its evidence is the same"})
			return
		}
	}
	a := Action{Verb: Propose, Key: p.Key, Proposal: p, Branch: d.free(p.Key), Reason: "no request for it is open"}
	switch {
	case d.count >= d.policy.maxOpen():
		a.Verb, a.Branch, a.Reason = Wait, "", "as many requests are open as may be at once ("+strconv.Itoa(d.policy.maxOpen())+")"
	case a.Branch == "":
		a.Verb, a.Reason = Keep, "each of the branches that it could have holds somebody else's commits or another request; delete those that are not needed"
	default:
		a.Push = d.state.Tips[a.Branch].Files != FilesDigest(p.Files)
		d.count++
		d.taken[a.Branch] = true
	}
	d.add(a)
}

// free is the first branch for the key that holds nothing of somebody else's; empty
// where there is none among nine.
func (d *decider) free(key string) string {
	for n := 1; n < 10; n++ {
		branch := d.policy.prefix() + key
		if n > 1 {
			branch += "." + strconv.Itoa(n) // no key has a dot
		}
		if d.standing[branch] == 0 && !d.taken[branch] && d.ours(branch) {
			return branch
		}
	}
	return ""
}

// tidy deletes the branches of tuppence's that no request needs: of merged ones,
// of ones withdrawn or declined earlier, of a run that ended before it opened one.
func (d *decider) tidy() {
	for _, branch := range slices.Sorted(maps.Keys(d.state.Tips)) {
		if tip := d.state.Tips[branch]; tip.Ours && d.standing[branch] == 0 && !d.taken[branch] {
			d.add(Action{Verb: Tidy, Key: d.keyOf(branch), Branch: branch, Delete: true, Reason: "no request needs its branch any more"})
		}
	}
}

// What tuppence says in comments.
const (
	withdrawnText = "Nothing is left to propose here: the findings have gone, or what they change is in Git already. tuppence closes this request."
	nothingText   = "Nothing is left to propose here: the findings have gone, or what they change is in Git already. " +
		"Somebody else has committed to this branch, so tuppence leaves it and this request alone. Close it if nobody needs it."
	newsText = "The evidence for this change is different now. Somebody else has committed to this branch, so tuppence leaves it and this request alone. " +
		"Merge it as it is, or close it: then the change is proposed anew, in a request of its own."
	duplicateText = "tuppence closes this request, because an older one proposes the same: "
)

const (
	toldNothing = "none" // stands in Marker.Told for nothingText
	maxTold     = 20     // what was told longer ago may be told again
)
