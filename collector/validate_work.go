package collector

import (
	"errors"
	"fmt"
	"math"
)

// Bounds on what a controller may have of queues and of repositories. A source
// leaves out what exceeds them, the least first.
const (
	MaxQueues   = 256
	MaxGit      = 4096
	maxRuns     = 16
	mostCounted = int64(1) << 60
)

func (k *Controller) validateWork() error {
	if len(k.Queues) > MaxQueues || len(k.GitRequests) > MaxGit {
		return fmt.Errorf("it has more than %d queues, or %d repositories", MaxQueues, MaxGit)
	}
	names := map[string]bool{}
	for i := range k.Queues {
		q := &k.Queues[i]
		if names[q.Name] {
			return fmt.Errorf("queue %q stands twice", q.Name[:min(len(q.Name), MaxText)])
		}
		names[q.Name] = true
		if err := q.validate(); err != nil {
			return fmt.Errorf("a queue: %w", err)
		}
	}
	for _, g := range k.GitRequests {
		if err := counts(g.Count); err != nil {
			return fmt.Errorf("requests to Git: %w", err)
		}
		if err := short(g.URL, g.Kind); err != nil {
			return fmt.Errorf("requests to Git: %w", err)
		}
	}
	if err := counts(k.ClusterEvents.Count, k.KubectlRuns.Count); err != nil {
		return err
	}
	p := &k.Process
	if !sane(Resources{CPU: p.CPU, Memory: p.Memory}) || !sane(Resources{CPU: p.CPUPeak, Memory: p.MemoryPeak}) {
		return errors.New("what its process used is out of bounds")
	}
	return k.Cost.validate()
}

func (q *Queue) validate() error {
	if q.Workers < 0 || len(q.Runs) > maxRuns || len(q.Doubts) > maxDoubts {
		return errors.New("negative workers, or too many results or doubts")
	}
	texts := []string{q.Name, q.WorkersFrom}
	all := []int64{q.Errors, q.Adds, q.Retries, q.Waited.Count, q.Worked.Count, q.Deepest}
	for _, t := range q.Runs {
		texts, all = append(texts, t.Name), append(all, t.Count)
	}
	for _, d := range q.Doubts {
		texts = append(texts, string(d))
	}
	return errors.Join(short(texts...), counts(all...))
}

func counts(all ...int64) error {
	for _, n := range all {
		if n < 0 || n > mostCounted {
			return fmt.Errorf("a count of %d is out of bounds", n)
		}
	}
	return nil
}

// validate checks that m may be of real steps: that they are counted once, and that
// no sum is negative, or beyond what all the cores of the world amount to.
func (m *Moments) validate() error {
	const most = 1e30
	if m.Steps < 0 || m.XX[0] != float64(m.Steps) {
		return fmt.Errorf("moments of %d steps that count %v", m.Steps, m.XX[0])
	}
	for _, v := range append(append([]float64{m.YY}, m.XX[:]...), m.XY[:]...) {
		if !(v >= 0 && v <= most) || math.IsInf(v, 0) {
			return errors.New("a moment is negative, or out of bounds")
		}
	}
	return nil
}
