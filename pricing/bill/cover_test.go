package bill

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A cover is as long as the seconds that any of its spans holds, in whatever
// order they come, and it keeps no more stretches than it was given spans.
func TestCoverHoldsEachMomentOnce(t *testing.T) {
	base := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var c cover
		held := map[int]bool{}
		n, kept := rapid.IntRange(0, 200).Draw(t, "spans"), 0
		for range n {
			from := rapid.IntRange(0, 500).Draw(t, "start")
			length := rapid.IntRange(0, 5).Draw(t, "length")
			kept += c.add(span{base.Add(time.Duration(from) * time.Second), base.Add(time.Duration(from+length) * time.Second)})
			for s := from; s < from+length; s++ {
				held[s] = true
			}
		}
		if kept != len(c.list) || kept > n {
			t.Fatalf("%d stretches of %d spans, counted as %d", len(c.list), n, kept)
		}
		if got := c.total(); got != time.Duration(len(held))*time.Second {
			t.Fatalf("%s, want %d s", got, len(held))
		}
	})
}
