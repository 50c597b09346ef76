// Package rightsize recommends CPU and memory requests and memory limits from
// what containers used.
//
// The rule, for each container with enough data:
//
//   - CPU request: a quantile of the samples × headroom, rounded up to 5m.
//   - Memory request: the largest sample × headroom, rounded up to 1Mi.
//   - Memory limit, where one is set: the largest sample × the limit's headroom.
//     After OOM kills at least 1.25 times the limit and 100Mi over the peak.
//     Where request and limit were equal they stay equal, at the limit's figure.
//   - CPU limits are never added. One that is set stays, unless the new request
//     exceeds it.
//
// Each figure is then held to a floor and to the namespace's LimitRange, and the
// finding says where one of them bound. What a webhook, an HPA or a JVM's own
// settings own is not proposed, but said.
//
// What the default promises: nothing about the future. On 365 PlanetLab
// machines (5-minute samples, the first half of each sets the request, the
// second half judges it; 1 % of a machine is taken as 10m, floor 10m) this
// package's own p95 × 1.15 reserves 2.24 units for each unit used, and 6.9 % of
// later samples exceed it, more than the 5 % that its name suggests. p95 alone
// gives 1.96 and 9.4 %, p98 × 1.15 2.91 and 3.4 %, the maximum × 1.15 6.27 and
// 0.3 %: every policy lies on one frontier of cost against risk. So a finding
// tells how often the new request was exceeded within the window, and that later
// windows exceed more often.
package rightsize
