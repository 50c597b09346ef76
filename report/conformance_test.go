package report

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tuppence-dev/tuppence/pricing"
)

// TestEveryFormatShowsWhatItMust holds each of Formats to the same promise:
// every gap, every note, the window, each price source with its date, each
// exchange rate with its period and source, the policy and the totals.
func TestEveryFormatShowsWhatItMust(t *testing.T) {
	for _, f := range reports() {
		t.Run(f.Name, func(t *testing.T) {
			for _, in := range []Input{ordinary(), empty(), holes()} {
				conform(t, f, Build(in))
			}
			rapid.Check(t, func(t *rapid.T) { conform(t, f, Build(drawInput(t))) })
		})
	}
}

// reports are the formats that show a whole report. FOCUS is a table of charges,
// which the tests of the specification hold.
func reports() []Format {
	return slices.DeleteFunc(slices.Clone(Formats), func(f Format) bool { return strings.HasPrefix(f.Name, "focus") })
}

// fataler is a test of either kind.
type fataler interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

func conform(t fataler, f Format, r *Report) {
	// Wide enough that no name need lose its middle beside amounts of millions.
	wide := View{Width: 300}
	text := written(t, func(w io.Writer, r *Report, v View) error { return f.Write(w, r, v) }, r, wide)
	if again := written(t, func(w io.Writer, r *Report, v View) error { return f.Write(w, r, v) }, r, wide); again != text {
		t.Fatal("the same report gives other bytes")
	}
	want := required(r)
	if f.Name == "json" {
		want = requiredJSON(t, r)
	}
	have := squeeze(text)
	for _, w := range want {
		if !strings.Contains(have, squeeze(w)) {
			t.Fatalf("no %q in\n%s", w, text)
		}
	}
}

// required is what people must be able to read.
func required(r *Report) []string {
	want := []string{"tuppence" + r.Version, "18 Oct 2026 15:05 BST to 1 Nov 2026 14:05 GMT (14 days)", "weights 9:1"}
	for _, g := range append(r.Gaps, r.Notes...) {
		want = append(want, g.String())
	}
	for _, p := range r.Provenance.Prices {
		want = append(want, p.Source, "as of 18 Jun 2026")
	}
	for _, x := range r.Provenance.FX {
		want = append(want, "£1 = 1.3554 "+x.Currency, x.Source, "November 2026", x.Warning)
	}
	want = append(want, r.Provenance.Usage...)
	if len(r.Clusters) == 0 {
		return want
	}
	for _, t := range append([]ClusterReport{{Totals: r.Total}}, r.Clusters...) {
		for _, a := range []pricing.Amount{t.Totals.Bill, t.Totals.Used, t.Totals.Idle, t.Totals.Overhead, t.Totals.Saving.Allocated, t.Totals.Saving.Realisable} {
			switch {
			case a.Known || !a.Money.IsZero():
				want = append(want, a.Money.String())
			default:
				want = append(want, "unknown")
			}
		}
		want = append(want, t.Name)
	}
	return want
}

// requiredJSON is what programs must be able to read, as JSON writes it.
func requiredJSON(t fataler, r *Report) []string {
	values := []any{r.Window.Start, r.Window.End, r.Version, r.Provenance.Policy.Name, r.Total.Bill.Money, r.Total.Saving.Allocated.Money}
	for _, g := range append(r.Gaps, r.Notes...) {
		values = append(values, g.Cluster, g.Source, g.Reason)
	}
	for _, p := range r.Provenance.Prices {
		values = append(values, p.Source, p.AsOf)
	}
	for _, x := range r.Provenance.FX {
		values = append(values, x.Source, x.Period, x.PerGBP)
	}
	want := make([]string, len(values))
	for i, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		want[i] = string(b)
	}
	return want
}

func TestFormatsAreWhole(t *testing.T) {
	files := map[string]bool{}
	for _, f := range Formats {
		if f.Name == "" || f.Doc == "" || f.File == "" || f.Write == nil || files[f.File] {
			t.Errorf("format %+v lacks something or shares its file", f.Name)
		}
		files[f.File] = true
		if got, err := Lookup(f.Name); err != nil || got.Name != f.Name {
			t.Errorf("Lookup(%q) = %v, %v", f.Name, got.Name, err)
		}
	}
	if _, err := Lookup("yaml"); err == nil || err.Error() != `no format "yaml": use one of table, json, markdown, focus, focus-1.3` {
		t.Errorf("got %v", err)
	}
}

var errFull = errors.New("disk full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestEveryFormatReturnsTheWritersError(t *testing.T) {
	for _, f := range Formats {
		if err := f.Write(fullDisk{}, Build(ordinary()), View{}); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v", f.Name, err)
		}
	}
	r := Build(ordinary())
	if err := Explain(fullDisk{}, r, r.Findings[0].ID, View{}); !errors.Is(err, errFull) {
		t.Errorf("explain: got %v", err)
	}
}
