package pricing

import "github.com/tuppence-dev/tuppence/collector"

// place puts the pods of workload w on the nodes that they ran on, for as long
// as they did. Where that was not measured, or the nodes that have gone are not
// known, they are taken to have run where they are now, since the node and the
// workload have both been there. Pending pods cost nothing yet.
func (s *splitter) place(w int) {
	load := &s.cluster.Workloads[w]
	if len(load.PodTime) > 0 && !s.span.Assumed {
		for _, p := range load.PodTime {
			s.ran(w, p)
		}
		return
	}
	for _, p := range load.Placements {
		if p.Node == "" || p.Pods <= 0 {
			continue
		}
		at := s.places[p.Node]
		if len(at) == 0 || at[0] >= len(s.cluster.Nodes) { // none of that name stands
			s.unlisted(w, p.Node)
			continue
		}
		together := s.life(at[0])
		if load.Created.After(s.span.Start) && !s.span.Assumed {
			together = min(together, max(1, s.span.End.Sub(load.Created).Milliseconds()))
		}
		s.put(w, at[0], clampedProduct(together, int64(p.Pods)))
	}
}

// ran puts the pods of w on the nodes that had p's name one after the other, for
// parts of p's time in proportion to how long each stood.
func (s *splitter) ran(w int, p collector.PodTime) {
	if p.Time.Duration <= 0 {
		return
	}
	at := s.places[p.Node]
	if len(at) == 0 {
		s.unlisted(w, p.Node)
	}
	var lives int64
	for _, i := range at {
		lives += s.life(i)
	}
	for _, i := range at {
		s.put(w, i, proportion(p.Time.Milliseconds(), s.life(i), lives))
	}
}

// life is how long machine i stood within the window, in milliseconds, never 0.
func (s *splitter) life(i int) int64 { return max(1, s.span.life(s.nodes[i]).Milliseconds()) }

// unlisted notes that w ran on a node that the cluster does not have: its cost
// there is unknown.
func (s *splitter) unlisted(w int, node string) {
	s.notes.unlist(node)
	s.index.workloads[w].lost = true
}

func (s *splitter) put(w, machine int, time int64) {
	asks := &s.asks[machine]
	if last := len(*asks) - 1; last >= 0 && (*asks)[last].workload == w {
		(*asks)[last].time += time
		return
	}
	*asks = append(*asks, ask{w, time})
}
