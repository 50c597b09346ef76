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

// agenda is a heap of events.
type agenda []event

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a agenda) Less(i, j int) bool {
	if a[i].at != a[j].at {
		return a[i].at < a[j].at
	}
	return a[i].seq < a[j].seq
}
func (a *agenda) Push(x any) { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}
