// Package pull proposes changes to a fleet's repository: one branch and one pull
// request for each owner and wave, updated in place by the next run and closed
// when nothing is left to propose. A Forge is where the requests stand; what
// tuppence must remember of them (which findings, on what evidence) stands in
// their bodies, and whose a commit is in the commit itself, so no run depends on
// files of an earlier one.
//
// A run goes through these files:
//
//   - git.go, auth.go: a clone of the base branch's last commit;
//   - owners.go, waves.go, waiting.go: which findings share a request, and which have
//     to wait; settle.go: until each request is of those who own what it changes;
//   - text.go, takestext.go: what the request says; evidence.go: what it will be
//     remembered by;
//   - sync.go: Look reads what stands, marker.go what is remembered of it;
//   - decide.go: what is to be done, a pure function with a rule a case;
//   - sync.go: Sync does it, by commit.go and push.go, in an order that the next run
//     can go on from wherever it ended; seal.go is how it knows its own commits;
//   - audit.go: the log of it.
//
// How to add a forge: a folder with a type that implements Forge and gives its
// refusals as *Fault, a call of the conformance suite in its test, and a case
// where cmd/tuppence chooses the forge.
package pull
