package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sync/errgroup"
)

// Source reads one thing about one cluster: its objects, its usage, its GitOps
// controllers. Collect adds what it reads to c, which no other source touches
// meanwhile. What it could read only in part it says with c.AddGap; an error is
// for a source that gave nothing, and becomes a gap too. A source must stop when
// ctx does, and must put no secret in an error.
type Source interface {
	Collect(ctx context.Context, w Window, c *Cluster) error
}

// Step is a source under the name that its gaps carry.
type Step struct {
	Name   string
	Source Source
	// Required steps end the cluster when they fail: without the objects there
	// is nothing for usage to belong to.
	Required bool
}

// Target is a cluster to read, with the steps that read it in order.
type Target struct {
	Name        string
	Environment string
	Steps       []Step
}

// Options bound a Collect.
type Options struct {
	// Parallel is how many clusters are read at once; 0 means 8.
	Parallel int
	// Timeout is for each cluster as a whole; 0 means 10 minutes. It keeps one
	// that hangs from holding up the report.
	Timeout time.Duration
	// Progress, where set, is called as each step of a cluster ends, from
	// several goroutines.
	Progress func(cluster, step string)
}

// ErrNothingRead is returned by Collect when no cluster could be read.
var ErrNothingRead = errors.New("no cluster could be read")

// Collect reads every target at once, bounded by o.Parallel. What failed is a
// Gap of its cluster; the error is for a fleet of which nothing could be read,
// for a cancelled ctx, or for targets that share a name. The fleet it returns
// is normalised, and is complete but for its gaps also beside ErrNothingRead.
func Collect(ctx context.Context, targets []Target, w Window, o Options) (*Fleet, error) {
	names := map[string]bool{}
	for _, t := range targets {
		if names[t.Name] {
			return nil, fmt.Errorf("two clusters are named %q: give each a name of its own", t.Name)
		}
		names[t.Name] = true
	}
	f := &Fleet{Window: w, Clusters: make([]Cluster, len(targets))}
	failed := make([]bool, len(targets))
	var g errgroup.Group
	g.SetLimit(cmp.Or(o.Parallel, 8))
	for i, t := range targets {
		g.Go(func() error {
			failed[i] = !collectCluster(ctx, t, w, o, &f.Clusters[i])
			return nil
		})
	}
	_ = g.Wait() // the functions above return no error
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("collecting the fleet: %w", err)
	}
	f.Normalise()
	if !slices.Contains(failed, false) {
		return f, ErrNothingRead
	}
	return f, nil
}

// collectCluster runs the steps of t and reports whether the cluster was read.
func collectCluster(ctx context.Context, t Target, w Window, o Options, c *Cluster) bool {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(o.Timeout, 10*time.Minute))
	defer cancel()
	c.Name, c.Environment = t.Name, t.Environment
	for _, s := range t.Steps {
		err := s.Source.Collect(ctx, w, c)
		if o.Progress != nil {
			o.Progress(t.Name, s.Name)
		}
		if err == nil {
			continue
		}
		c.AddGap(s.Name, err.Error())
		if s.Required {
			return false
		}
	}
	return true
}

// AddGap notes that source could not read something, and why. Line ends and
// control characters of a remote answer are folded into one line of at most 400
// characters.
func (c *Cluster) AddGap(source, reason string) {
	reason = strings.Join(strings.FieldsFunc(reason, breaks), " ")
	if r := []rune(reason); len(r) > 400 {
		reason = string(r[:399]) + "…"
	}
	g := Gap{Cluster: c.Name, Source: source, Reason: reason}
	if !slices.Contains(c.Gaps, g) {
		c.Gaps = append(c.Gaps, g)
	}
}

// breaks reports whether r ends a line or controls a terminal.
func breaks(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
