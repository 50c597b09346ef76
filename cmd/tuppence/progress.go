package main

import (
	"sync"

	"github.com/schollz/progressbar/v3"

	"github.com/tuppence-dev/tuppence/collector"
)

// progress is a bar on stderr while collecting, and nothing where stderr is not
// a terminal.
type progress struct {
	bar  *progressbar.ProgressBar
	once sync.Once
}

func (a *app) progress(targets []collector.Target) *progress {
	if !a.errTTY {
		return &progress{}
	}
	steps := 0
	for _, t := range targets {
		steps += len(t.Steps)
	}
	return &progress{bar: progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(a.err),
		progressbar.OptionSetDescription("collecting"),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(),
	)}
}

// step moves the bar on by one source of one cluster.
func (p *progress) step(cluster, step string) {
	if p.bar == nil {
		return
	}
	p.bar.Describe(cluster + " " + step)
	_ = p.bar.Add(1) // a bar that can't be drawn is no reason to stop
}

// finish takes the bar away. It may be called again.
func (p *progress) finish() {
	p.once.Do(func() {
		if p.bar != nil {
			_ = p.bar.Finish()
		}
	})
}
