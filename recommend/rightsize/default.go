package rightsize

import (
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// Default returns the default settings:
//
//   - CPU p95 (Robusta KRR's default) × 1.15 (VPA's safety margin). Processor
//     time is shared when short, so the tail is slowed, not killed.
//   - Memory: the largest sample × 1.15 (KRR) for requests, × 1.25 for limits. A
//     request only schedules but a limit kills, so it has more room: what KRR
//     gives after an OOM kill is given before it.
//   - At least 3 days, so that a weekend alone never decides, and 100 samples
//     (KRR).
//   - Floors of 10m (KRR's and Kubecost's) and 32Mi a container. Kubecost takes
//     20Mi; KRR's 100Mi holds back most of what a small sidecar reserves in vain.
//   - Changes under 10m or 16Mi are never proposed, and those under 50m or 64Mi
//     only from 10 % of what is set: a review costs more than they save. A core
//     of an m5.xlarge in London is about £21 a month on demand (0.222 USD an
//     hour, 36/52 of it for 4 cores, 1.3554 USD a pound), so 10m is 21p a pod.
//   - Jobs from 10 minutes: two 5-minute samples, as one sample averages over
//     time when the pod was not there.
func Default() Settings {
	return Settings{
		CPUQuantile: 0.95, CPUHeadroom: 1.15, MemoryHeadroom: 1.15, LimitHeadroom: 1.25,
		MinDays: 3, MinSamples: 100,
		Floor:    Resources{CPU: 10, Memory: 32 * collector.MiB},
		Tiny:     Resources{CPU: 10, Memory: 16 * collector.MiB},
		Small:    Resources{CPU: 50, Memory: 64 * collector.MiB},
		ShortJob: collector.Duration{Duration: 10 * time.Minute},
	}
}
