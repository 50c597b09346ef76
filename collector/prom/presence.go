package prom

import (
	"time"

	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// presence is at which steps of one day each pod of a batch ran, and on which
// node it was seen. A pod ran in a step of which any of its containers has a
// value: its time is right to a step at either end, or to the 5 minutes that the
// queries look back over where the step is shorter.
type presence struct {
	day
	step time.Duration
	ran  map[collector.PodRef]steps
	told map[collector.PodRef]map[string]steps
}

func newPresence(d day, step time.Duration) *presence {
	return &presence{d, step, map[collector.PodRef]steps{}, map[collector.PodRef]map[string]steps{}}
}

// see notes an answer about usage, and the nodes that nodeOf tells of it.
func (x *presence) see(answer model.Matrix, nodeOf func(model.Metric) string) {
	for _, s := range answer {
		pod := podOf(s.Metric)
		ran := x.ran[pod]
		if ran == nil {
			ran = newSteps(x.steps(x.step))
		}
		if x.add(ran, s) {
			x.ran[pod] = ran
			x.tell(pod, nodeOf(s.Metric), s)
		}
	}
}

// tell notes the steps at which a pod was on a node; an empty one tells nothing.
func (x *presence) tell(pod collector.PodRef, node string, s *model.SampleStream) {
	at := x.told[pod][node]
	if at == nil {
		at = newSteps(x.steps(x.step))
	}
	if node == "" || !x.add(at, s) {
		return
	}
	if x.told[pod] == nil {
		x.told[pod] = map[string]steps{}
	}
	x.told[pod][node] = at
}

// add adds the steps of the day at which s has a value, and reports whether it
// has one.
func (x *presence) add(into steps, s *model.SampleStream) bool {
	found := false
	for _, v := range s.Values {
		if i, ok := x.index(v.Timestamp, x.step); ok {
			into.add(i)
			found = true
		}
	}
	return found
}

// nodes returns the node of a pod at each step: the one that was told for it,
// else the one told last before, else the first after. A step for which two were
// told is the one in which the pod moved, and goes to where it came from. All are
// empty where nothing was told.
func (x *presence) nodes(pod collector.PodRef) []string {
	all := make([]string, x.steps(x.step))
	first, last := "", ""
	for i := range all {
		if now := x.only(pod, i); now != "" {
			last = now
		}
		if first == "" {
			first = last
		}
		all[i] = last
	}
	for i := 0; i < len(all) && all[i] == ""; i++ {
		all[i] = first
	}
	return all
}

// only is the one node that was told for a step, empty where none was, or several.
func (x *presence) only(pod collector.PodRef, i int) string {
	found := ""
	for node, at := range x.told[pod] {
		if !at.has(i) {
			continue
		}
		if found != "" {
			return ""
		}
		found = node
	}
	return found
}
