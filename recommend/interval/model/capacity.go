package model

import (
	"slices"
	"sort"
	"time"
)

// LeastShards is over how many controllers a queue's tasks must be spread, each
// with its workers, for the mean wait to be within the bound, or false where not
// even the most are enough. Tasks are dealt out in turn. The system must be valid.
func LeastShards(s *System, queue int, bound time.Duration, most int) (int, bool) {
	enough := func(shards int) bool {
		next := *s
		next.Queues, next.Tasks = slices.Clone(s.Queues), slices.Clone(s.Tasks)
		for range shards - 1 {
			next.Queues = append(next.Queues, s.Queues[queue])
		}
		dealt := 0
		for i := range next.Tasks {
			if next.Tasks[i].Queue == queue {
				if at := dealt % shards; at > 0 {
					next.Tasks[i].Queue = len(s.Queues) + at - 1
				}
				dealt++
			}
		}
		out := solve(&next).outcome().Queues
		runs, waits := out[queue].Runs, out[queue].Runs*out[queue].Wait.Seconds()
		for _, q := range out[len(s.Queues):] {
			runs += q.Runs
			waits += q.Runs * q.Wait.Seconds()
		}
		return share(waits, runs) <= bound.Seconds()
	}
	n := sort.Search(most, func(n int) bool { return enough(n + 1) }) + 1 // more is never worse
	return n, n <= most
}
