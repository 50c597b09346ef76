// Package model is the arithmetic of reconcile intervals: what a fleet of GitOps
// controllers does, costs and answers in, given its intervals; which intervals
// are the cheapest that keep to what is asked of them; and what a run costs.
//
//   - A Fleet is plain values: hosts and repositories that are polled, and a
//     System for each cluster: queues with workers, and the tasks that run there.
//   - Predict answers in closed form, in microseconds a task.
//   - Simulate answers the same questions by discrete events, from the process
//     that the controllers' source describes. It is what Predict is checked by.
//   - Fit learns what a run costs from what a controller used, beginning with
//     the constants of Reference.
//   - Optimise chooses intervals, and says which objective cannot be met and why.
//
// Predict and Simulate return the same Outcome, so that they compare field by field.
// How to add a timer: a constant of Timer; what it does in engine.go and actor.go;
// its rates, its residual and its longest period; and a row where they must agree.
//
// # What is modelled
//
// A worker takes the task that has waited longest. A key is in a queue at most
// once and never with two workers: what triggers it while it waits is merged, and
// what triggers it while it runs makes it run once more. A Flux object starts its
// timer when a run ends, and AddAfter keeps the earlier of two times. With
// client-go's delaying queue (controller-runtime before 0.23) a timer stands
// beside what triggers the task; the priority queue that came in its place has
// one entry a key, so that a trigger takes the timer away: Queue.OneEntry.
//
// # Past saturation
//
// What is offered is what would be asked for if nothing had to wait. Beyond what
// the workers can do, a queue comes to rest because what is asked for while a key
// waits is merged, and Predict and Simulate both call it saturated: see merging.go
// and backlog.go. From 0.9 to 1.1 offered there is no such line. How busy workers
// are goes from one to the other, and where what is offered comes in few and large
// bursts, chance leaves them idle far beyond that: one source whose commits come by
// webhook keeps four workers 86 % busy with twice what they can do. Predict follows
// that too, within 5 to 10 %; who needs more simulates.
//
// # What is not
//
// The long run is modelled, with phases that are spread as they come to be. After
// a restart every object runs at once, and with a jitter of 5 % that takes a
// hundred intervals or so to spread. Backing off, rate limits, and a controller
// short of CPU are not modelled: a run is as long as it is said to be.
package model
