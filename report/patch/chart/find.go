package chart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxTries bounds the renderings of one Find. A chart of 20 templates and 40 objects
// renders in some 10 ms, so that the longest search in vain takes two seconds.
const maxTries = 200

// Set asks that a field have a value, in the API's own form: "200m".
type Set struct {
	Field Field
	Value string
}

// Value is a change of the values. Path has steps "[name=x]" through lists that the
// user's values hold; where a list is only the chart's, After is the whole list,
// since Helm replaces lists and never merges them. Before is the value as merged,
// nil where there is none; numbers are float64, as Helm has them.
type Value struct {
	Path          []string
	Before, After any
}

// Answer is what to set in the values, in order of paths; nothing where all is as
// wanted already.
type Answer struct {
	Values []Value
	Tries  int // renderings that it took
}

// Find returns the values that, set over values, make exactly the wanted fields have
// the wanted values and change nothing else that the chart renders. The error says
// why there are none: a field that no value sets, a value that would change other
// fields too, a chart that does not render.
func (c *Chart) Find(ctx context.Context, r Release, values map[string]any, want []Set) (*Answer, error) {
	f := &finder{chart: c, release: r, ctx: ctx, original: values, values: values}
	objects, err := c.render(ctx, r, values)
	if err != nil {
		return nil, fmt.Errorf("the chart in %s does not render: %w", c.dir, err)
	}
	f.first = newRendering(objects, r.Namespace)
	f.now = f.first
	if err := f.read(want); err != nil {
		return nil, err
	}
	f.known = c.catalogue(values)
	for {
		i := slices.IndexFunc(f.wants, func(w *wanted) bool { return !w.met(f.now) })
		if i < 0 {
			break
		}
		if err := f.solve(f.wants[i]); err != nil {
			return nil, err
		}
	}
	if extra := f.unwanted(f.first, f.now); len(extra) > 0 {
		return nil, fmt.Errorf("the values found for the chart in %s would together also change %s", c.dir, list(extra))
	}
	return &Answer{f.answer(), f.tries}, nil
}

// wanted is a Set with its place in the rendering.
type wanted struct {
	Set
	at     leaf
	file   string
	before any
}

func (w *wanted) met(r *rendering) bool {
	v, ok := r.leaves[w.at]
	return ok && !hollow(v) && text(v) == w.Value
}

type finder struct {
	chart   *Chart
	release Release
	ctx     context.Context
	known   *catalogue
	wants   []*wanted // in order of places

	original, values map[string]any // the user's, and with what is found so far
	first, now       *rendering     // of each
	set              [][]string     // paths found so far
	tries            int
	ended            error // why no more are made
}

// read places the wanted fields in the first rendering.
func (f *finder) read(want []Set) error {
	for _, s := range want {
		if len(s.Field.Path) == 0 || s.Value == "" {
			return fmt.Errorf("%s: a field and its value are needed", s.Field)
		}
		at, i, before, err := f.first.locate(s.Field, f.release.Namespace)
		if err != nil {
			return fmt.Errorf("the chart in %s %w", f.chart.dir, err)
		}
		w := &wanted{s, at, f.first.objects[i].file, before}
		if at := slices.IndexFunc(f.wants, func(o *wanted) bool { return o.at == w.at }); at >= 0 {
			if f.wants[at].Value != w.Value {
				return fmt.Errorf("%s is wanted to be %s and %s", s.Field, f.wants[at].Value, s.Value)
			}
			continue
		}
		f.wants = append(f.wants, w)
	}
	slices.SortFunc(f.wants, func(a, b *wanted) int {
		return cmp.Or(cmp.Compare(a.at.object, b.at.object), cmp.Compare(a.at.pointer, b.at.pointer))
	})
	return nil
}

// assignment is a path of the values and what to set it to.
type assignment struct {
	path  []string
	value any
}

// solve finds what sets w, and with it whatever else is wanted and comes along.
func (f *finder) solve(w *wanted) error {
	miss := miss{want: w}
	for _, c := range f.known.candidates(w.Field) {
		for _, plan := range f.plans(w, c) {
			if f.tries == maxTries {
				miss.why = append(miss.why, fmt.Sprintf("%d renderings were tried and no more are", maxTries))
				return miss.error(f)
			}
			extra, err := f.try(w, plan)
			if f.ended != nil {
				return fmt.Errorf("find values of the chart in %s for %s: %w", f.chart.dir, w.Field, f.ended)
			}
			if err == nil && len(extra) == 0 {
				return nil
			}
			miss.add(c, extra, err)
			// The rest of the map it is in changed too: perhaps a preset gave way to it.
			if err == nil && c.from == 1 && f.own(w, extra) {
				if extra, err := f.try(w, f.fill(w, c)); err == nil && len(extra) == 0 {
					return nil
				}
			}
		}
		miss.tried++
	}
	return miss.error(f)
}

// plans are what to try for a candidate: with all that is wanted in the same map, as
// charts may ask that a request be under its limit, alone, and without the unit
// where the template appends it.
func (f *finder) plans(w *wanted, c candidate) [][]assignment {
	alone := []assignment{{c.path, f.typed(w, c.path)}}
	head, tail := w.Field.tail()
	all := slices.Clone(alone)
	for _, o := range f.wants {
		h, t := o.Field.tail()
		if o == w || o.met(f.now) || c.from >= len(tail) || o.at.object != w.at.object || !slices.Equal(h, head) || len(t) < c.from || !slices.Equal(t[:c.from], tail[:c.from]) {
			continue
		}
		path := append(slices.Clone(c.base), t[c.from:]...)
		all = append(all, assignment{path, f.typed(o, path)})
	}
	plans := [][]assignment{alone}
	if len(all) > 1 {
		plans = [][]assignment{all, alone}
	}
	old, _ := lookUp(f.known.merged, c.path)
	unit, cut := strings.CutPrefix(text(w.before), text(old))
	if bare, ok := strings.CutSuffix(w.Value, unit); cut && ok && text(old) != "" && unit != "" {
		plans = append(plans, []assignment{{c.path, typed(old, bare)}})
	}
	return plans
}

// try renders with the plan. It is kept where w is met and nothing unwanted changes;
// otherwise the unwanted changes are returned, or why it can't be.
func (f *finder) try(w *wanted, plan []assignment) ([]leaf, error) {
	values := f.values
	for _, a := range plan {
		var ok bool
		if values, ok = f.with(values, a); !ok {
			return nil, errNoEffect
		}
	}
	if f.ended != nil {
		return nil, f.ended
	}
	f.tries++
	objects, err := f.chart.render(f.ctx, f.release, values)
	if f.ctx.Err() != nil || errors.Is(err, ErrUnending) {
		f.ended = cmp.Or(f.ctx.Err(), ErrUnending)
	}
	if err != nil {
		return nil, fmt.Errorf("set to %s, the chart does not render: %w", w.Value, err)
	}
	after := newRendering(objects, f.release.Namespace)
	if !w.met(after) {
		v, ok := after.leaves[w.at]
		if b, had := f.now.leaves[w.at]; ok && (!had || !same(b, v)) && !hollow(v) {
			return nil, fmt.Errorf("set to %s, gives it %q", w.Value, brief(text(v)))
		}
		return nil, errNoEffect
	}
	if extra := f.unwanted(f.now, after); len(extra) > 0 {
		return extra, nil
	}
	f.values, f.now = values, after
	for _, a := range plan {
		f.set = append(f.set, a.path)
	}
	return nil, nil
}

// with sets a value. A list that only the chart has is copied into the user's values.
func (f *finder) with(values map[string]any, a assignment) (map[string]any, bool) {
	for i, step := range a.path {
		if !strings.HasPrefix(step, "[") {
			continue
		}
		if _, ok := lookUp(values, a.path[:i]); ok {
			continue
		}
		whole, _ := lookUp(f.known.merged, a.path[:i])
		var ok bool
		if values, ok = with(values, a.path[:i], cloneAny(whole)); !ok {
			return nil, false
		}
	}
	return with(values, a.path, a.value)
}

// typed is what to set path to for w. What is not there yet takes the field's own type.
func (f *finder) typed(w *wanted, path []string) any {
	old, _ := lookUp(f.known.merged, path)
	if _, tail := w.Field.tail(); old == nil && w.before == nil && tail[0] != "resources" {
		return typed(float64(0), w.Value)
	}
	if old == nil {
		old = w.before
	}
	return typed(old, w.Value)
}

// typed is s in the type that old has: a number stays a number and a text a text.
func typed(old any, s string) any {
	switch old.(type) {
	case float64, int64:
		if n, err := strconv.ParseFloat(s, 64); err == nil && text(n) == s {
			return n
		}
	case bool:
		if b, err := strconv.ParseBool(s); err == nil {
			return b
		}
	}
	return s
}

// unwanted are the differences that are none of the wanted ones.
func (f *finder) unwanted(before, after *rendering) []leaf {
	return slices.DeleteFunc(differ(before, after), func(at leaf) bool {
		return slices.ContainsFunc(f.wants, func(w *wanted) bool {
			if w.at == at {
				return w.met(after)
			}
			// An empty map on the way that the field fills.
			return w.at.object == at.object && strings.HasPrefix(w.at.pointer, at.pointer+"/") && hollow(before.leaves[at])
		})
	})
}

// answer is what was set, each path once, lists that only the chart has as a whole.
func (f *finder) answer() []Value {
	var out []Value
	for _, path := range f.set {
		for i, step := range path {
			if _, ok := lookUp(f.original, path[:i]); !ok && strings.HasPrefix(step, "[") {
				path = path[:i]
				break
			}
		}
		if slices.ContainsFunc(out, func(v Value) bool { return slices.Equal(v.Path, path) }) {
			continue
		}
		before, _ := lookUp(f.known.merged, path)
		after, _ := lookUp(f.values, path)
		out = append(out, Value{path, cloneAny(before), cloneAny(after)})
	}
	slices.SortFunc(out, func(a, b Value) int { return slices.Compare(a.Path, b.Path) })
	return out
}
