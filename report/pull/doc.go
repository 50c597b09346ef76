// Package pull proposes changes to a fleet's repository: one branch and one pull
// request for each owner and wave, updated in place by the next run and closed
// when nothing is left to propose. A Forge is where the requests stand; what
// tuppence must remember of them (which findings, on what evidence, by which
// commit) stands in their bodies, so no run depends on files of an earlier one.
package pull
