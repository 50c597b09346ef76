package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// workloadKinds are the kinds that a ledger puts money on.
var workloadKinds = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob", "Rollout"}

// onWorkload reports whether f is about pods, and so about pounds.
func onWorkload(f *recommend.Finding) bool { return slices.Contains(workloadKinds, f.Subject.Kind) }

// clusterOf is the cluster that f is about, or that it is of no one cluster.
func clusterOf(f *recommend.Finding) string { return cmp.Or(f.Subject.Cluster, pricing.AllClusters) }

// claims reports whether f says anything about pounds: advice on an interval
// does not.
func claims(f *recommend.Finding) bool { return onWorkload(f) || !f.Saving.Allocated.Money.IsZero() }

// statuses in the order that a reader wants them.
var statuses = []recommend.Status{recommend.Proposed, recommend.Advised, recommend.Withheld, recommend.Superseded}

// shown returns the findings in their order, without those under least, and how
// many those are. The order is status, allocated saving (of an amount that is
// known in part, what is known), realisable saving, subject, id. Allocated leads
// because every change has its own: a node leaves for many findings together,
// so realisable savings are often equal or nothing.
func shown(all []recommend.Finding, least pricing.Money) (kept []recommend.Finding, hidden int) {
	kept = make([]recommend.Finding, 0, len(all))
	for i := range all {
		if tooSmall(&all[i], least) {
			hidden++
			continue
		}
		kept = append(kept, all[i])
	}
	slices.SortStableFunc(kept, func(a, b recommend.Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(statuses, a.Status), slices.Index(statuses, b.Status)),
			b.Saving.Allocated.Money.Cmp(a.Saving.Allocated.Money.Decimal),
			b.Saving.Realisable.Money.Cmp(a.Saving.Realisable.Money.Decimal),
			compareObjects(a.Subject, b.Subject),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return kept, hidden
}

func compareObjects(a, b recommend.Object) int {
	return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.APIVersion, b.APIVersion))
}

// tooSmall reports whether the minimum saving hides f. It hides only proposed
// changes to a workload whose saving is known and lies between £0 and least.
// Never hidden: what costs more, what has no price, what is not about pounds
// (an interval), and what also raises or first sets a request or limit, however
// little it saves: it is there for the workload's safety.
func tooSmall(f *recommend.Finding, least pricing.Money) bool {
	saving := f.Saving.Allocated
	return f.Status == recommend.Proposed && onWorkload(f) && saving.Known &&
		!saving.Money.IsNegative() && saving.Money.LessThan(least.Decimal) &&
		!slices.ContainsFunc(f.Changes, raises)
}

// raises reports whether c may be there for safety: it changes a resource in any
// way but from one quantity to one that is not larger.
func raises(c recommend.Change) bool {
	if !slices.Contains(c.Path, "resources") {
		return false
	}
	before, err := resource.ParseQuantity(c.Before)
	if err != nil {
		return true
	}
	after, err := resource.ParseQuantity(c.After)
	return err != nil || after.Cmp(before) > 0
}

// group is findings that a reader looks at with one question in mind.
type group struct {
	Title    string
	Findings []*recommend.Finding
	Limit    int  // rows that text formats show
	Pounds   bool // whether the changes are about pounds
	Advice   bool // whether they are sentences rather than changes
}

// adviceRows is how many advised findings text formats list; of more they count
// the reasons too.
const adviceRows = 10

// groups splits the proposed and advised findings of r. Those that cost more
// stand apart: sorted among savings they would never be seen.
func groups(r *Report) []group {
	g := []group{
		{Title: "Changes that save, £ a month", Limit: 25, Pounds: true},
		{Title: "Changes that cost more, for safety, £ a month", Limit: 10, Pounds: true},
		{Title: "Changes to GitOps settings, which claim no pounds", Limit: 10},
		{Title: "Advice, for a person to act on", Limit: adviceRows, Pounds: true, Advice: true},
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		at := 0
		switch {
		case f.Status == recommend.Advised:
			at = 3
		case f.Status != recommend.Proposed:
			continue
		case f.Saving.Allocated.Money.IsNegative():
			at = 1
		case !claims(f):
			at = 2
		}
		g[at].Findings = append(g[at].Findings, f)
	}
	slices.Reverse(g[1].Findings) // the costliest first
	return slices.DeleteFunc(g, func(g group) bool { return len(g.Findings) == 0 })
}

// reasonCount is how many findings of a status one reason holds back. Reason
// names the check where there is one; Example is what the first of them has to
// say, and Same whether it is what all of them have to say.
type reasonCount struct {
	Recommender, Reason, Example string
	Same                         bool
	N                            int
}

// reasons counts the findings of one status by recommender and reason, most
// first. One that fails several checks counts at each, since each holds it back.
func reasons(r *Report, s recommend.Status) (counts []reasonCount, total int) {
	at := map[[2]string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Status != s {
			continue
		}
		total++
		seen := map[string]bool{}
		for _, c := range holding(f) {
			if seen[c.Name] {
				continue
			}
			seen[c.Name] = true
			k := [2]string{f.Recommender, c.Name}
			n, ok := at[k]
			if !ok {
				n, at[k] = len(counts), len(counts)
				counts = append(counts, reasonCount{Recommender: f.Recommender, Reason: c.Name, Example: c.Detail, Same: true})
			}
			counts[n].N++
			counts[n].Same = counts[n].Same && counts[n].Example == c.Detail
		}
	}
	slices.SortFunc(counts, func(a, b reasonCount) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Recommender, b.Recommender), cmp.Compare(a.Reason, b.Reason))
	})
	return counts, total
}

// holding are the checks that hold f back: those that failed, and where none
// did and the reason names an undecided one, that. Otherwise the reason itself
// stands for them.
func holding(f *recommend.Finding) []recommend.Check {
	for _, v := range []recommend.Verdict{recommend.Failed, recommend.Undecided} {
		var checks []recommend.Check
		for _, c := range f.Checks {
			if c.Verdict == v && c.Detail != "" && strings.Contains(f.Reason, c.Detail) {
				checks = append(checks, c)
			}
		}
		if len(checks) > 0 {
			return checks
		}
	}
	return []recommend.Check{{Name: reasonOf(f)}}
}

// briefReason is the first of the reasons why f is not proposed, and how many
// more there are.
func briefReason(f *recommend.Finding) string {
	checks := holding(f)
	if len(checks) < 2 {
		return reasonOf(f)
	}
	return fmt.Sprintf("%s: %s; and %s", checks[0].Name, checks[0].Detail, Count(len(checks)-1, "more open check"))
}

// text is the reason in words.
func (c reasonCount) text() string {
	switch {
	case c.Example == "":
		return c.Reason
	case c.Same:
		return c.Reason + ": " + c.Example
	default:
		return c.Reason + ", such as: " + c.Example
	}
}

// reasonOf is why f is not proposed.
func reasonOf(f *recommend.Finding) string {
	if f.Reason != "" {
		return f.Reason
	}
	if names := f.NotPassed(); len(names) > 0 {
		return "not passed: " + strings.Join(names, ", ")
	}
	return cmp.Or(f.Title, "no reason given")
}
