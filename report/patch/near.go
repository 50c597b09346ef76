package patch

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// shortfalls is how many times smaller the tolerance is below what is asked than
// above it.
const shortfalls = 5

// standsFor tells whether the value in Git, which tuppence set once, may stay though
// a little else is asked for now: use differs from night to night, and would be asked
// for anew each night. percent is the tolerance, of the larger one.
//
// More than is asked is safe, and stays within the tolerance. Less is not: of
// processor time a fifth of the tolerance is borne (at 10 %, 212m stays for 215m and
// 210m does not: 2 % off a headroom of 15 % leaves 12.7 %), since a container that
// lacks some runs slower; of memory nothing, since one that lacks some is killed. An
// interval may be shorter than is asked, not longer: it is what a team can wait for.
func standsFor(path []string, asked, git string, percent int) bool {
	if percent < 0 || asked == "" || git == "" {
		return same(path, asked, git)
	}
	switch last := path[len(path)-1]; {
	case !slices.Contains(path, "resources"):
		return near(path, git, asked, percent)
	case last == "cpu" && nearer(path, git, asked, percent, shortfalls):
		return true
	}
	return near(path, asked, git, percent)
}

// near tells whether a is b, or for amounts of resources and lengths of time is
// less than b by at most the percentage.
func near(path []string, a, b string, percent int) bool { return nearer(path, a, b, percent, 1) }

// nearer is near, with a tolerance so many times smaller.
func nearer(path []string, a, b string, percent, times int) bool {
	if same(path, a, b) {
		return true
	}
	var low, high float64
	if slices.Contains(path, "resources") {
		qa, errA := resource.ParseQuantity(a)
		qb, errB := resource.ParseQuantity(b)
		if errA != nil || errB != nil {
			return false
		}
		low, high = float64(qa.MilliValue()), float64(qb.MilliValue()) // whole, so that the bound itself is within
	} else {
		unit := ""
		if strings.HasSuffix(path[len(path)-1], "Seconds") { // whole ones
			unit = "s"
		}
		da, errA := time.ParseDuration(a + unit)
		db, errB := time.ParseDuration(b + unit)
		if errA != nil || errB != nil {
			return false
		}
		low, high = float64(da), float64(db)
	}
	return low <= high && high > 0 && (high-low)*100*float64(times) <= high*float64(percent)
}

// stay takes c for placed where Git has, by tuppence's own patches, about all that
// it asks for. One field that is to change takes the others along: a limit that stays
// may not fit a request that goes. Of a value in a plain manifest or in a chart's value
// file nothing says who set it, so there it changes.
func (m *maker) stay(c *candidate) {
	list := m.ownedIn(c.dir)
	about := func(i *intent) bool {
		if i.inline != nil {
			return i.inline.about(i.listed, m.tolerance)
		}
		path := i.change.Path
		for _, f := range i.fulfils { // a variable or a chart's value is of the kind of what it sets
			if f.After == i.change.After {
				path = f.Path
			}
		}
		s, err := locate(m.befores[c.dir].objects[i.key], i.change.Path)
		return err == nil && standsFor(path, i.change.After, i.git, m.tolerance) && slices.ContainsFunc(list, func(o *owned) bool {
			value, ok := o.value(i.change.Path, pointer(s.steps))
			return ok && o.object == identity(i.key) && same(path, value, i.git)
		})
	}
	if c.err != nil || slices.ContainsFunc(c.intents, func(i *intent) bool { return !about(i) }) {
		return
	}
	for _, i := range c.intents {
		i.note = joinNotes("an earlier patch set about that", i.note)
	}
	c.already, c.intents = append(c.already, c.intents...), nil
}

// about tells whether a holder's list has a patch of tuppence's for the object, with
// about the values that are asked for.
func (n *inline) about(list []any, percent int) bool {
	_, docs := parted(list, n.holder.nested)
	for _, c := range n.changes {
		_, isFlag := flagOf(c.Path)
		at := indexDoc(docs, n.target, isFlag)
		s, err := locate(n.subject, c.Path)
		if at < 0 || err != nil {
			return false
		}
		value, ok := docs[at].owned.value(c.Path, pointer(s.steps))
		if !ok || !standsFor(c.Path, c.After, value, percent) {
			return false
		}
	}
	return true
}
