package rightsize

import (
	"fmt"

	"github.com/tuppence-dev/tuppence/collector"
)

// Settings of the recommender. Default gives the defaults and their sources.
type Settings struct {
	CPUQuantile    float64 // of the samples, over 0 to 1
	CPUHeadroom    float64 // factor on the quantile, at least 1
	MemoryHeadroom float64 // factor on the largest sample, for requests, at least 1
	LimitHeadroom  float64 // factor on the largest sample, for memory limits, at least MemoryHeadroom

	MinDays    int // days with samples, of CPU and of memory
	MinSamples int // a sample is one pod over one step

	Floor Resources // no request is proposed under it
	Tiny  Resources // smaller changes are never proposed
	Small Resources // changes under it are proposed only from 10 % of the present value

	// ShortJob is how long a run of a Job must last for its samples to mean
	// anything.
	ShortJob collector.Duration
}

// Resources is collector.Resources, for the settings' literals.
type Resources = collector.Resources

// What does not change with the settings.
const (
	cpuStep    collector.MilliCPU = 5             // requests are rounded up to 5m
	memoryStep                    = collector.MiB // and to 1Mi, as KRR does
	smallShare                    = 0.10          // see Settings.Small
	oomFactor                     = 1.25          // KRR's "limit × 1.25" after an OOM kill
	oomRoom                       = 100 * collector.MiB
)

// Days and samples for High confidence: every weekday was seen, and a week of
// one pod at 5 minutes is 2,016 samples.
const (
	highDays    = 7
	highSamples = 2016
)

// Valid returns an error that names the first setting out of its range.
func (s Settings) Valid() error {
	switch {
	case !(s.CPUQuantile > 0 && s.CPUQuantile <= 1):
		return fmt.Errorf("rightsize: cpuQuantile %v is not over 0 and at most 1, such as 0.95", s.CPUQuantile)
	case !(s.CPUHeadroom >= 1 && s.CPUHeadroom <= 10):
		return fmt.Errorf("rightsize: cpuHeadroom %v is not a factor of 1 to 10, such as 1.15", s.CPUHeadroom)
	case !(s.MemoryHeadroom >= 1 && s.MemoryHeadroom <= 10):
		return fmt.Errorf("rightsize: memoryHeadroom %v is not a factor of 1 to 10, such as 1.15", s.MemoryHeadroom)
	case !(s.LimitHeadroom >= s.MemoryHeadroom && s.LimitHeadroom <= 10):
		return fmt.Errorf("rightsize: limitHeadroom %v is not between memoryHeadroom (%v) and 10", s.LimitHeadroom, s.MemoryHeadroom)
	case s.MinDays < 1 || s.MinSamples < 1:
		return fmt.Errorf("rightsize: minDays %d and minSamples %d must be at least 1", s.MinDays, s.MinSamples)
	case s.Floor.CPU < 0 || s.Floor.Memory < 0 || s.Tiny.CPU < 0 || s.Tiny.Memory < 0 || s.Small.CPU < 0 || s.Small.Memory < 0:
		return fmt.Errorf("rightsize: floor, tiny and small must not be negative")
	case s.ShortJob.Duration < 0:
		return fmt.Errorf("rightsize: shortJob %s must not be negative", s.ShortJob)
	}
	return nil
}
