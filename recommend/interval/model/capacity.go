package model

import (
	"slices"
	"sort"
	"time"
)

// LeastWorkers is how many workers a queue needs for its mean wait to be within
// the bound, all else as it is, or false where not even the most are enough. The
// system must be valid.
func LeastWorkers(s *System, queue int, bound time.Duration, most int) (int, bool) {
	next := *s
	next.Queues = slices.Clone(s.Queues)
	return least(most, func(workers int) bool {
		next.Queues[queue].Workers = workers
		return solve(&next).outcome().Queues[queue].Wait <= bound
	})
}

// LeastShards is over how many controllers a queue's tasks must be spread, each
// with its workers, for the mean wait to be within the bound, or false where not
// even the most are enough. Tasks are dealt out in turn. The system must be valid.
func LeastShards(s *System, queue int, bound time.Duration, most int) (int, bool) {
	return least(most, func(shards int) bool {
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
	})
}

// least is the least from 1 to most that is enough; more is never worse.
func least(most int, enough func(int) bool) (int, bool) {
	n := sort.Search(most, func(n int) bool { return enough(n + 1) }) + 1
	return n, n <= most
}
