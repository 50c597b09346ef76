package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// observedPeak holds lowered sizes to what was used, by what rightsize promises:
// a memory request or limit is not lowered under the peak, nor a CPU limit, nor a
// CPU request under the quantile of the samples that it covers. What rises to less
// than the peak, because a LimitRange ends there, is better than before and passes.
func observedPeak(c *Case) recommend.Check {
	list, not := c.containers()
	if not != nil {
		return *not
	}
	if !resized(list) {
		return beside("no size changes")
	}
	var p peaks
	for i := range list {
		if list[i].changes() {
			p.hold(&list[i], c.Needs.cpuQuantile())
		}
	}
	switch {
	case len(p.under) > 0:
		return fail("%s", p.under)
	case len(p.open) > 0:
		return undecided("%s", p.open)
	case len(p.short) > 0:
		return pass("%s", p.short)
	}
	return pass("nothing is lowered under what was used")
}

// peaks is what new sizes are beside what was used.
type peaks struct {
	under faults // lowered under it
	short faults // raised, and still under it
	open  faults // not known
}

// hold compares the figures of k that change with its samples.
func (p *peaks) hold(k *container, quantile float64) {
	used, resident, err := k.Usage.Merged()
	if err != nil {
		p.open.add("%s: its usage can't be read: %s", k.Name, brief(err.Error()))
		return
	}
	b, a := k.before, k.after
	for _, f := range []struct {
		what          string
		before, after int64
		samples       *collector.Sketch
		covers        float64
		limit         bool
	}{
		{"CPU request", int64(b.requests.CPU), int64(a.requests.CPU), used, quantile, false},
		{"CPU limit", int64(b.limits.CPU), int64(a.limits.CPU), used, 1, true},
		{"memory request", int64(b.requests.Memory), int64(a.requests.Memory), resident, 1, false},
		{"memory limit", int64(b.limits.Memory), int64(a.limits.Memory), resident, 1, true},
	} {
		write := func(v int64) string { return memory(collector.Bytes(v)) }
		if f.samples == used {
			write = func(v int64) string { return cpu(collector.MilliCPU(v)) }
		}
		need := int64(math.Ceil(f.samples.Quantile(f.covers)))
		switch {
		case f.before == f.after || f.limit && f.after == 0: // unchanged, or no limit any more
		case f.samples.Count() == 0:
			p.open.add("%s: no samples to hold its new %s to", k.Name, f.what)
		case f.after >= need:
		case f.after < f.before || f.limit && f.before == 0:
			p.under.add("%s %s %s is under %s, which was %s", k.Name, f.what, write(f.after), write(need), quantileName(f.covers))
		default:
			p.short.add("%s %s rises to %s, and %s was used", k.Name, f.what, write(f.after), write(need))
		}
	}
}

func quantileName(q float64) string {
	if q == 1 {
		return "the peak"
	}
	return fmt.Sprintf("p%g", q*100)
}

// enoughData holds a change of sizes to a week of usage, and one of an interval
// to what was seen of its reconciles. Of either a low confidence is too little.
func enoughData(c *Case) recommend.Check {
	if c.Workload == nil {
		return c.enoughReconciles()
	}
	list, not := c.containers()
	if not != nil {
		return *not
	}
	setsFlag := slices.ContainsFunc(c.Finding.Changes, func(change recommend.Change) bool {
		return slices.ContainsFunc(change.Path, recommend.IsFlag)
	})
	if !resized(list) && (!setsFlag || c.Finding.Confidence != recommend.Low) {
		return beside("no size changes, and usage decides nothing else")
	}
	if c.Finding.Confidence == recommend.Low {
		return fail("the finding's own confidence is low")
	}
	need := c.Needs.days()
	if window := int(math.Ceil(c.Window.Length().Hours() / 24)); window > 0 {
		need = min(need, window)
	}
	var short faults
	for i := range list {
		k := &list[i]
		b, a := k.before, k.after
		if b.requests.CPU != a.requests.CPU || b.limits.CPU != a.limits.CPU {
			daysOf(&short, k.Name+" CPU", &k.Usage, need, func(d collector.DayUsage) collector.Digest { return d.CPU })
		}
		if b.requests.Memory != a.requests.Memory || b.limits.Memory != a.limits.Memory {
			daysOf(&short, k.Name+" memory", &k.Usage, need, func(d collector.DayUsage) collector.Digest { return d.Memory })
		}
	}
	if len(short) > 0 {
		return fail("%s; %d days are needed", short, need)
	}
	return pass("at least %d days of usage", need)
}

func daysOf(short *faults, what string, u *collector.Usage, need int, of func(collector.DayUsage) collector.Digest) {
	days := 0
	for _, d := range u.Days {
		if len(of(d)) > 0 {
			days++
		}
	}
	if days < need {
		short.add("%s was measured on %d days", what, days)
	}
}

// enoughReconciles is enoughData of a GitOps object.
func (c *Case) enoughReconciles() recommend.Check {
	if c.Finding.Confidence == recommend.Low {
		return fail("neither the rate nor the duration of its reconciles was measured")
	}
	i := slices.IndexFunc(c.Cluster.Reconcilers, func(r collector.Reconciler) bool {
		return key{groupOf(r.APIVersion), r.Kind, r.Namespace, r.Name} == keyOfObject(c.Finding.Subject)
	})
	if i < 0 {
		return beside("%s is set for all its objects at once", c.Finding.Subject.Kind)
	}
	m := c.Cluster.Reconcilers[i].Measured
	if m.Source == "" {
		return pass("how long a run takes is known, how often it ran is not")
	}
	return pass("%d reconciles over %s", m.Count, recommend.Interval(m.Span.Duration))
}
