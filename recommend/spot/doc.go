// Package spot recommends workloads that can run on spot capacity, which a
// provider takes back at short notice.
//
// A workload is proposed only if every check passes; a failed one withholds it
// with its reason, and one that could not be decided makes it advice. All checks
// are listed with their verdicts, whatever the outcome. DaemonSets, workloads
// without pods on nodes and those that run on spot already have no finding.
//
// The annotation spot.kubecost.com/spot-ready: "true" is the owner's word: it
// overrides the checks of the workload itself, never those of prices and nodes.
//
// The saving is a range, never a flat discount. As a share of the on-demand cost:
//
//	net = D × (1 − φ) − λ × (T_replace + T_lost)
//
// with D the discount, φ the share of the time fallen back to on demand, T in
// hours, and λ = −ln(1 − p) / 730 the interruptions an hour for a node, where p
// is the chance of one in a month. Worked: D 63 %, bucket 5–10 %, φ at most
// 25 %, T 0.75 h: λ is at most 0.000144 an hour, so the low end is 0.63 × 0.75 −
// 0.00011 = 47.2 %. Interruptions cost little of a stateless workload; time
// without spot capacity costs most.
//
// How to add a check: add a line to checksOf, with its verdict and what it was
// judged on.
package spot
