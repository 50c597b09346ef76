package model

// event is something that happens to a task, or a resync.
type event struct {
	at   float64
	seq  int // the first that was planned, of two at once
	kind eventKind
	task int // or index of the tick
	gen  int // of the timer that it is of
}

type eventKind int

const (
	timerDue eventKind = iota
	runEnds
	commitComes
	otherComes
	liveEvent
	resync
)

func (v *event) before(o *event) bool {
	return v.at < o.at || v.at == o.at && v.seq < o.seq
}

// agenda is a binary heap of events: the first that comes is at its head. It is
// container/heap without an interface for each event, which half of a simulation's
// time would go to.
type agenda []event

func (a *agenda) push(v event) {
	*a = append(*a, v)
	h := *a
	at := len(h) - 1
	for at > 0 {
		up := (at - 1) / 2
		if h[up].before(&v) {
			break
		}
		h[at] = h[up]
		at = up
	}
	h[at] = v
}

// pop takes the first event, of which there must be one.
func (a *agenda) pop() event {
	h := *a
	first, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*a = h
	at := 0
	for {
		down := 2*at + 1
		if down >= len(h) {
			break
		}
		if next := down + 1; next < len(h) && h[next].before(&h[down]) {
			down = next
		}
		if last.before(&h[down]) {
			break
		}
		h[at] = h[down]
		at = down
	}
	if len(h) > 0 {
		h[at] = last
	}
	return first
}
