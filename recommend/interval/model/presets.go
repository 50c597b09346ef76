package model

import (
	"slices"
	"time"
)

// Preset is a rule of intervals to compare a plan with.
type Preset struct {
	Name string
	// Intervals are by kind; Platform and Applications are for every other task
	// with a source. What none of them names stays as it is.
	Intervals              map[string]time.Duration
	Platform, Applications time.Duration
	Retry                  map[string]time.Duration
}

// Presets are the rules that people start from: the one that most tell, and what
// Flux's documentation recommends (its advice on GitRepository, Kustomization with
// retryInterval, OCIRepository, and HelmRelease with drift detection).
var Presets = []Preset{
	{
		Name: "usual", Platform: 30 * time.Minute, Applications: 5 * time.Minute,
		Intervals: map[string]time.Duration{
			"GitRepository": time.Minute, "OCIRepository": time.Minute, "Bucket": time.Minute,
			"HelmRepository": time.Minute, "HelmChart": time.Minute,
		},
	},
	{
		Name: "flux",
		Intervals: map[string]time.Duration{
			"GitRepository": time.Minute, "OCIRepository": 5 * time.Minute,
			"Kustomization": time.Hour, "HelmRelease": 30 * time.Minute,
		},
		Retry: map[string]time.Duration{"Kustomization": 2 * time.Minute},
	},
}

// Apply returns the fleet with the preset's intervals. Argo CD's is one for all
// Applications, and no preset's.
func (p *Preset) Apply(f *Fleet) *Fleet {
	next := *f
	next.Systems = slices.Clone(f.Systems)
	for i := range next.Systems {
		next.Systems[i].Tasks = slices.Clone(f.Systems[i].Tasks)
		for j := range next.Systems[i].Tasks {
			p.apply(&next.Systems[i].Tasks[j])
		}
	}
	return &next
}

func (p *Preset) apply(t *Task) {
	if t.Timer != AfterRun {
		return
	}
	if r, ok := p.Retry[t.Kind]; ok {
		t.Retry = r
	}
	interval, ok := p.Intervals[t.Kind]
	switch {
	case ok:
		t.Interval = interval
	case t.Source == None:
	case t.Platform && p.Platform > 0:
		t.Interval = p.Platform
	case !t.Platform && p.Applications > 0:
		t.Interval = p.Applications
	}
}
