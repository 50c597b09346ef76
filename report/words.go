package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/recommend"
)

// headline is the report in a sentence or two, without any name.
func headline(r *Report) string {
	if len(r.Clusters) == 0 {
		return "No cluster was read, so there is nothing to price."
	}
	clusters, verb, what := Count(len(r.Clusters), "cluster"), "cost", "they cost"
	if len(r.Clusters) == 1 {
		verb, what = "costs", "it costs"
	}
	bill := r.Total.Bill
	switch {
	case bill.Known:
		clusters += fmt.Sprintf(" %s %s a month", verb, bill)
	case bill.Money.IsZero():
		clusters += fmt.Sprintf(": what %s is unknown", what)
	default:
		clusters += fmt.Sprintf(" %s at least %s a month, and some prices are unknown", verb, amountWords(pricing.Known(bill.Money)))
	}
	sentence := clusters + "; " + savingWords(&r.Total) + "."
	if n := len(r.Gaps); n > 0 {
		sentence += " What could not be read (" + Count(n, "gap") + ", listed below) is missing from these figures."
	}
	return sentence
}

// savingWords says what the proposed changes are worth.
func savingWords(t *Totals) string {
	changes := Count(t.Findings, "change")
	verb := "are"
	if t.Findings == 1 {
		verb = "is"
	}
	saved, leaves := t.Saving.Allocated, t.Saving.Realisable
	switch {
	case t.Findings == 0:
		return "no change is proposed"
	case saved.Money.IsZero() && !saved.Known:
		return fmt.Sprintf("%s %s proposed, and what they would save is unknown", changes, verb)
	case saved.Money.IsZero():
		return fmt.Sprintf("%s %s proposed, which would save no pounds", changes, verb)
	case saved.Money.IsNegative():
		return fmt.Sprintf("%s %s proposed for safety, which would add %s a month to workloads", changes, verb, amountWords(saved))
	}
	s := fmt.Sprintf("%s would take %s a month off workloads", changes, amountWords(saved))
	switch {
	case !leaves.Known && leaves.Money.IsZero():
		return s + ", and how much of it would leave the bill is unknown"
	case leaves.Money.IsNegative():
		return s + fmt.Sprintf(", but the bill would rise by %s", amountWords(leaves))
	case leaves.Money.IsZero():
		return s + ", but none of it leaves the bill, because no node could go"
	}
	return s + fmt.Sprintf(", of which %s leaves the bill once the nodes that are no longer needed go", amountWords(leaves))
}

// amountWords is the size of a, whatever its sign.
func amountWords(a pricing.Amount) string {
	m := pricing.Money{Decimal: a.Money.Abs()}.String()
	if a.Known {
		return m
	}
	return "at least " + m
}

// amountLines is a over two lines where a part is unknown, so that columns of
// money stay narrow.
func amountLines(a pricing.Amount) []string {
	if a.Known || a.Money.IsZero() {
		return []string{a.String()}
	}
	return []string{a.Money.String(), "+ unknown"}
}

// object is o without its cluster.
func object(o recommend.Object) string {
	if o.Namespace == "" {
		return Plain(o.Kind + " " + o.Name)
	}
	return Plain(o.Kind + " " + o.Namespace + "/" + o.Name)
}

// containerOf is the container whose field c changes, empty where it is none's.
func containerOf(c recommend.Change) string {
	for i, step := range c.Path {
		if i > 0 && (c.Path[i-1] == "containers" || c.Path[i-1] == "initContainers") {
			return strings.TrimSuffix(strings.TrimPrefix(step, "[name="), "]")
		}
	}
	return ""
}

// field is the short name of what the finding's change i changes: "app cpu" for
// the request of a container, "interval"; with the object where it is not the
// finding's subject. The container is named once: what follows of the same one
// is indented under it, "  memory limit".
func field(f *recommend.Finding, i int) string {
	c := f.Changes[i]
	name, container := "", Plain(containerOf(c))
	switch {
	case container == "":
	case i > 0 && Plain(containerOf(f.Changes[i-1])) == container && f.Changes[i-1].Object == c.Object:
		container = "  "
	default:
		container += " "
	}
	for i, step := range c.Path {
		if step == "resources" && i+2 < len(c.Path) {
			name = c.Path[i+2]
			if c.Path[i+1] == "limits" {
				name += " limit"
			}
		}
	}
	if n := len(c.Path); name == "" && n > 0 && recommend.IsFlag(c.Path[n-1]) {
		name = strings.Trim(c.Path[n-1], "[]")
	}
	if name == "" && len(c.Path) > 0 {
		last := c.Path[max(0, len(c.Path)-2):]
		if !strings.HasPrefix(last[len(last)-1], "[") {
			last = last[len(last)-1:]
		}
		name = strings.Join(last, "")
	}
	text := container + Plain(name)
	if c.Object != f.Subject && c.Object.Name != "" {
		text = object(c.Object) + " " + text
	}
	return text
}

// advice is a finding as a sentence, with what keeps it from being a mere change.
func advice(f *recommend.Finding) string {
	switch {
	case f.Title == "":
		return reasonOf(f)
	case f.Reason == "":
		return f.Title
	default:
		return f.Title + " (" + briefReason(f) + ")"
	}
}

// values is what c changes from and to.
func values(c recommend.Change) string {
	before, after := Plain(c.Before), Plain(c.After)
	if before == "" {
		before = "not set"
	}
	if after == "" {
		after = "removed"
	}
	return before + " → " + after
}

// policy is how a node's price was shared out.
func policy(p pricing.Policy) string {
	if p.Name == "" {
		return "no policy is named"
	}
	words := func(w pricing.Weights) string {
		return fmt.Sprintf("a core weighs %s, a GiB of memory %s, a GPU %s", number(int(w.CPU)), number(int(w.Memory)), number(int(w.GPU)))
	}
	parts := []string{Plain(p.Name) + ": " + words(p.Weights)}
	for _, provider := range slices.Sorted(maps.Keys(p.ByProvider)) {
		parts = append(parts, fmt.Sprintf("on %s %s", Plain(string(provider)), words(p.ByProvider[provider])))
	}
	return strings.Join(parts, "; ")
}

func priceSource(p PriceSource) string {
	s := fmt.Sprintf("%s, as of %s, in %s, for %s", Plain(p.Source), date(p.AsOf), Plain(p.Currency), number(p.Charges)+" "+p.Kind.Noun(p.Charges))
	if p.Estimate {
		s += " (an estimate)"
	}
	return s
}

func fxRate(x pricing.FXRate) string {
	s := fmt.Sprintf("£1 = %s %s, %s, %s", x.PerGBP, Plain(x.Currency), Plain(x.Source), month(x.Period))
	if x.Warning != "" {
		s += " (" + Plain(x.Warning) + ")"
	}
	return s
}

func window(w collector.Window) string {
	return fmt.Sprintf("%s to %s (%s)", moment(w.Start), moment(w.End), span(w.Length()))
}

// fact is one line of where the figures came from.
type fact struct{ Name, Value string }

// facts are the provenance of r in the order that text formats show it.
func facts(r *Report) []fact {
	usage := make([]string, len(r.Provenance.Usage))
	for i, s := range r.Provenance.Usage {
		usage[i] = Plain(s)
	}
	if len(usage) == 0 {
		usage = []string{"none was read"}
	}
	all := []fact{
		{"Window", window(r.Window)},
		{"Usage", strings.Join(usage, ", ")},
	}
	for _, p := range r.Provenance.Prices {
		all = append(all, fact{"Prices", priceSource(p)})
	}
	if r.Provenance.Unpriced > 0 {
		all = append(all, fact{"Prices", "unknown for " + Count(r.Provenance.Unpriced, "charge")})
	} else if len(r.Provenance.Prices) == 0 {
		all = append(all, fact{"Prices", "nothing was priced"})
	}
	for _, x := range r.Provenance.FX {
		all = append(all, fact{"Exchange rate", fxRate(x)})
	}
	return append(all,
		fact{"Cost split", policy(r.Provenance.Policy)},
		fact{"Money", fmt.Sprintf("pounds a month of %d hours at the pace of the window, without VAT; each figure is rounded on its own, so a column may differ from its total by pennies", pricing.HoursPerMonth)},
		fact{"Made by", "tuppence " + Plain(r.Version)},
	)
}

// hidden says what the minimum saving left out; empty where nothing.
func hidden(r *Report) string {
	if r.Hidden == 0 {
		return ""
	}
	verb := "are"
	if r.Hidden == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%s that would save less than %s a month %s not listed, but counted in the totals. "+
		"Those that also raise or first set a request or a limit are listed, whatever they save.",
		Count(r.Hidden, "change"), r.MinSaving.String(), verb)
}
