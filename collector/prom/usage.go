package prom

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// extent is the largest question that the server has not refused for a batch:
// the next day starts from it.
type extent struct {
	namespaces int
	span       time.Duration
	refused    int // questions in a row that were too large at any size
}

// batch reads one batch, day by day. No other batch has its namespaces, so it
// writes to its workloads alone.
func (r *run) batch(ctx context.Context, b batch, all []day) {
	h, size, ev := newHomes(r.index), &extent{namespaces: len(b.namespaces), span: 24 * time.Hour}, newEvents()
	read := map[collector.Day]bool{}
	for _, d := range all {
		f, ran := folding{}, newPresence(d, r.cfg.Step)
		for _, m := range [...]struct {
			what, metric string
			query        func(selector, time.Duration) string
			scale        float64
			memory       bool
		}{
			{"CPU", cpuMetric, cpuQuery, 1000, false}, // cores to millicores
			{"memory", memoryMetric, memoryQuery, 1, true},
		} {
			if !r.has(m.metric) {
				continue
			}
			whole := r.pieces(ctx, size, b, d, m.what, func(p piece) error {
				answer, err := r.matrix(ctx, m.query(r.selector(p), r.cfg.Step),
					v1.Range{Start: p.from.Add(r.cfg.Step), End: p.to, Step: r.cfg.Step})
				if err != nil {
					return err
				}
				r.house(ctx, h, p, d, answer)
				r.count(d, m.memory, f.fold(h, answer, m.scale, m.memory))
				ran.see(answer, r.nodeLabel(answer))
				return nil
			})
			read[d.Day] = read[d.Day] || whole // either tells when a pod ran
		}
		r.events(ctx, ev, size, b, d)
		r.place(ctx, h, size, b, ran)
		r.traffic(ctx, h, size, b, d)
		f.flush(r.c.Workloads, d.Day)
		if ctx.Err() != nil {
			break
		}
	}
	r.incomplete(b, all, read)
	ev.flush(h)
	r.farewell(h)
}

// pieces asks one question of a batch and day, in as many pieces as the server
// wants it, and notes how it went. Pieces that were answered before one failed
// are kept. It reports whether all were answered.
func (r *run) pieces(ctx context.Context, size *extent, b batch, d day, what string, ask func(piece) error) bool {
	if ctx.Err() != nil || size.refused >= inARow {
		return false
	}
	err := r.divide(cut(b.namespaces, size.namespaces, d, size.span), size, r.cfg.Step, ask)
	r.done(ctx, err, what+" of "+b.label()+" on "+string(d.Day), &d)
	if f, ok := errors.AsType[*Fault](err); !ok || f.kind != heavy {
		size.refused = 0
	} else if size.refused++; size.refused == inARow {
		r.giveUp(b)
	}
	return err == nil
}

// divide asks every piece, halving those that are too large down to the floor.
func (r *run) divide(work []piece, size *extent, step time.Duration, ask func(piece) error) error {
	slows := 0
	for len(work) > 0 {
		p := work[0]
		err := ask(p)
		if err == nil {
			work = work[1:]
			continue
		}
		f, ok := errors.AsType[*Fault](err)
		if !ok || f.kind != heavy && f.kind != slow {
			return err
		}
		// A server that has answered no query yet is hanging, not overworked, and
		// one that still is slow at a quarter will be so at an eighth.
		if f.kind == slow {
			if slows++; slows > 2 || !r.alive() {
				return err
			}
		}
		first, second, ok := p.halve(step)
		if !ok {
			return err
		}
		size.namespaces = min(size.namespaces, max(1, len(second.namespaces)))
		if len(p.namespaces) <= 1 {
			size.span = min(size.span, second.to.Sub(second.from))
		}
		work = slices.Concat([]piece{first, second}, work[1:])
	}
	return nil
}

// house asks for the owners of pods in answer that nobody knows, once a piece.
func (r *run) house(ctx context.Context, h *homes, p piece, d day, answer model.Matrix) {
	key := pieceKey{p.namespaces[0], p.from.Unix(), p.to.Unix()}
	if h.asked[key] || !r.has(podOwnerMetric) || !h.missing(answer) {
		return
	}
	h.asked[key] = true
	err := r.learn(ctx, h, p)
	r.done(ctx, err, "pod owners on "+string(d.Day), nil)
}

func (r *run) count(d day, memory bool, x folded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if memory {
		r.memory += x.samples
	} else {
		r.cpu += x.samples
	}
	r.refused += x.refused
	r.ours = r.ours || x.ours
	if x.samples > 0 {
		r.read[d.Day] = true
	}
}

// farewell notes the pods of a batch that found no workload. One that went with
// its workload is nobody's loss; one that ran to the end is.
func (r *run) farewell(h *homes) {
	end := model.TimeFromUnixNano(r.w.End.Add(-3 * r.cfg.Step).UnixNano())
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range sortedPods(h.lost) {
		l := h.lost[p]
		switch text := p.Namespace + "/" + p.Name; {
		case l.ambiguous:
			r.ambiguous = append(r.ambiguous, text)
		case l.last > end:
			r.homeless = append(r.homeless, text)
		}
	}
}

func sortedPods[V any](m map[collector.PodRef]V) []collector.PodRef {
	all := make([]collector.PodRef, 0, len(m))
	for p := range m {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b collector.PodRef) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return all
}
