// Package gate holds a proposed change against named checks before it goes into
// a pull request. A check that fails keeps the change out; so does one that can't
// be decided, unless its gate says why that may pass.
//
// Gates are pure functions of a Case: what is known of the cluster, the finding,
// and the objects as Git builds them before and after it. They read no file, no
// clock and no cluster. Where Git leaves a request or a limit out, the figure
// that the live pod has stands in for it, and the check says so.
//
// How to add one: write its function beside those of its subject, add a line with
// the reason for its place to All, a row to the tables of its test for each
// verdict, and renew the reference: go test ./report/gate -update.
package gate
