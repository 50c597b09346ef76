package recommend

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/pricing"
)

// Object names an object in a cluster.
type Object struct {
	Cluster    string `json:"cluster"`
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

func (o Object) String() string {
	return o.Cluster + " " + o.Kind + " " + o.Namespace + "/" + o.Name
}

// Change sets one field of one object. Path leads to it from the object's
// root; a step "[name=app]" selects the element of a list, as kyaml's PathGetter
// does, and one of digits the element of that number, from 0. A last step
// "[--concurrent]" is that flag in a list of words: its value alone, whether it
// stands there as --concurrent=4 or as --concurrent and 4. Before is the value read,
// After the value proposed, both in the API's own form ("500m", "1Gi", "30m"); empty
// means the field is not there.
type Change struct {
	Object Object   `json:"object"`
	Path   []string `json:"path"`
	Before string   `json:"before,omitempty"`
	After  string   `json:"after,omitempty"`
}

// Field is the path as people write it:
// spec.template.spec.containers[name=app].resources.requests.cpu.
func (c Change) Field() string {
	return strings.ReplaceAll(strings.Join(c.Path, "."), ".[", "[")
}

// IsFlag tells whether a step of a path is that of a flag, [--concurrent].
func IsFlag(step string) bool {
	return strings.HasPrefix(step, "[-") && strings.HasSuffix(step, "]") && !strings.Contains(step, "=")
}

// Evidence is one thing the finding rests on: "CPU p95" "212m over 14 days".
type Evidence struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Verdict is the outcome of a check.
type Verdict string

// The verdicts. Undecided never counts as Passed: what could not be read is said.
const (
	Passed    Verdict = "pass"
	Failed    Verdict = "fail"
	Undecided Verdict = "unknown"
)

// Check is one condition with its verdict and what it was judged on.
type Check struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail,omitempty"`
}

// Confidence in a finding.
type Confidence string

// The levels. High: a full window of data. Low: little data, or a single sample.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// Status tells what becomes of a finding.
type Status string

// The statuses.
const (
	// Proposed findings have changes that can be patched.
	Proposed Status = "proposed"
	// Advised findings tell a person something, but change nothing by themselves.
	Advised Status = "advised"
	// Withheld findings were held back by a check, with the reason.
	Withheld Status = "withheld"
	// Superseded findings want a field that an earlier finding changes.
	Superseded Status = "superseded"
)

// Finding is one recommendation: its subject, its changes, its evidence, its
// confidence and its saving.
type Finding struct {
	ID          string     `json:"id"` // stable while the subject is the same: rightsize-1a2b3c4d
	Recommender string     `json:"recommender"`
	Subject     Object     `json:"subject"`
	Status      Status     `json:"status"`
	Title       string     `json:"title"` // one plain sentence of what to do
	Reason      string     `json:"reason,omitempty"`
	Changes     []Change   `json:"changes,omitempty"`
	Evidence    []Evidence `json:"evidence,omitempty"`
	Checks      []Check    `json:"checks,omitempty"`
	Confidence  Confidence `json:"confidence"`
	Saving      Saving     `json:"saving"`

	// effect is what the changes do to each pod's demand; Run prices it, and keeps
	// in saved what of the allocated saving lies in each pool of nodes.
	effect *Effect
	saved  []pricing.Money
}

// Saving is a month's pounds in two columns. Negative is a cost.
type Saving struct {
	// Allocated is the cost moved off the workload, whether or not a node leaves.
	Allocated pricing.Amount `json:"allocated"`
	// Realisable is what leaves the bill once nodes that are no longer needed
	// leave. It is never more than Allocated.
	Realisable pricing.Amount `json:"realisable"`
}

// FindingID is the stable name of a recommender's finding about o: eight hex
// digits of a SHA-256, so that about 9,000 findings share one with probability
// 1 %; Run lengthens those that do.
func FindingID(recommender string, o Object) string {
	return recommender + "-" + hex.EncodeToString(hashOf(o)[:4])
}

func hashOf(o Object) []byte {
	sum := sha256.Sum256([]byte(strings.Join([]string{o.Cluster, o.APIVersion, o.Kind, o.Namespace, o.Name}, "\x00")))
	return sum[:]
}

// NotPassed returns the names of the checks that did not pass.
func (f *Finding) NotPassed() []string {
	var names []string
	for _, c := range f.Checks {
		if c.Verdict != Passed {
			names = append(names, c.Name)
		}
	}
	return slices.Compact(names)
}
