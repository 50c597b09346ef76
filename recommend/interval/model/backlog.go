package model

import "math"

// backlog is the work that stands in one queue: how long its workers take to work
// it off, if nothing came. It is a random walk that is turned back at zero. Bursts
// throw it up; the workers take it down by one second a second, less what is asked
// for; and the more of it there is, the less is asked for, since a task that waits
// is not due again: an Ornstein–Uhlenbeck process with a reflecting barrier, whose
// stationary distribution is a normal one cut off at zero (Ward and Glynn 2003).
//
//   - It would come to rest at the level where as much is asked for as the workers
//     can do: (offered − 1)/slope. That is below zero while they can do it all.
//   - Around that its variance is noise/slope: noise is half the square of what
//     bursts bring, by the second.
//   - So its mean is level + σ·h(level/σ), with σ² = noise/slope and h = ϕ/Φ, and
//     the workers idle for slope·σ·h of the time: exactly as much as is asked for,
//     and less than it only by what is merged.
//
// Far below saturation the mean is noise/(1−offered), which is the formula of
// Pollaczek and Khinchine; far beyond it, the level, and the workers are always
// busy. In between chance decides. One source whose commits come by webhook, every
// ten minutes on average, and wake twice what the workers can do in that, keeps them
// 86 % busy by this formula; and indeed 1 − e^(−2), since a burst sets the backlog
// to its own length, whatever was left of the last. Ten such sources that offer as
// much between them keep the workers busy always.
type backlog struct {
	offered float64 // of what the workers can do: what is asked for if none waits
	slope   float64 // how much of it a second of backlog takes away, a second
	noise   float64 // seconds
	area    float64 // seconds: the backlog of all bursts if each came alone
	late    float64 // how much of its own burst a run waits for: 1 where none are merged
}

// backlogs are those of all queues, without bursts.
func (p *predictor) backlogs() []backlog {
	all := make([]backlog, len(p.queues))
	work, lost := make([]float64, len(all)), make([]float64, len(all))
	for i := range p.nodes {
		n, q := &p.nodes[i], p.s.Tasks[i].Queue
		busy, due := p.work(i)*n.run, p.due(i)
		work[q] += busy
		lost[q] += busy * due * n.merges
		all[q].offered += due * n.run / float64(p.s.Queues[q].Workers)
	}
	for q := range all {
		all[q].slope = math.Max(1e-9, share(lost[q], work[q]))
	}
	return all
}

// induced is how much longer than alone, the wait without bursts, runs wait
// because of them; and how much of its own burst a run waits for. What makes runs
// wait without bursts is noise too, as much as explains that wait: near saturation
// two such noises wait less than the sum of what either would.
func (b *backlog) induced(alone float64) (wait, late float64) {
	if b.noise == 0 {
		return 0, 1
	}
	noise, without := 0.0, alone
	if above := alone - math.Max(0, b.level()); above > 0 {
		// Between Pollaczek–Khinchine and, where level = 0, the mean √(2/π)·σ.
		noise = above * (math.Max(0, 1-b.offered) + math.Pi/2*b.slope*above)
		without, _ = b.reflected(noise)
	}
	with, idle := b.reflected(noise + b.noise)
	// Little's law: of the backlog, what the others do not wait for.
	return math.Max(0, with-without), math.Min(1, with*idle/b.area)
}

func (b *backlog) level() float64 { return (b.offered - 1) / b.slope }

// reflected is the mean backlog at this noise, and for how much of the time the
// workers idle.
func (b *backlog) reflected(noise float64) (mean, idle float64) {
	if noise == 0 {
		return math.Max(0, b.level()), math.Max(0, 1-b.offered)
	}
	sigma := math.Sqrt(noise / b.slope)
	z := b.level() / sigma
	return sigma * above(z), b.slope * sigma * (above(z) - z)
}

// above is z + ϕ(z)/Φ(z): the mean of a normal variable of mean z and variance 1
// that is cut off at zero.
func above(z float64) float64 {
	if z < -8 { // where the sum would leave no digits
		return -1/z + 2/(z*z*z)
	}
	return z + math.Exp(-z*z/2)/math.Sqrt(2*math.Pi)/(math.Erfc(-z/math.Sqrt2)/2)
}
