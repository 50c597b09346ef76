package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/book"
	"github.com/tuppence-dev/tuppence/pricing/hmrc"
	"github.com/tuppence-dev/tuppence/report"
)

func (a *app) pricesShow() *cobra.Command {
	var chosen prices
	var local localBook
	var output string
	cmd := &cobra.Command{
		Use:   "show [TYPE]",
		Short: "Show a price with its source and its pounds, or what the book holds",
		Long: `show gives the prices of TYPE (an instance type, a type of volume, eks/standard, …)
with where and when each was read, and what it is in pounds at HMRC's rate of this
month. Without TYPE it counts what the book has, by provider, region and kind.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && args[0] == "" {
				return usagef("show takes one type at most, such as m6i.xlarge")
			}
			return nil
		},
		Example: "  tuppence prices show --provider aws\n  tuppence prices show m6i.xlarge",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := chosen.check(); err != nil {
				return err
			}
			if output != "table" && output != "json" {
				return usagef("-o %s: there are table and json", output)
			}
			b, err := local.laid(cmd.Flags().Changed("book"))
			if err != nil {
				return err
			}
			if !chosen.known(b) {
				return usagef("--region %s: the price book has no prices of that region; see tuppence prices show", chosen.region)
			}
			if len(args) == 0 {
				return a.showBook(b, chosen, output)
			}
			return a.showType(b, chosen, args[0], output)
		},
	}
	chosen.flags(cmd)
	local.flag(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "table", "format: table, json")
	return cmd
}

// laid is the bundled book with the local one over it.
func (l *localBook) laid(must bool) (*book.Book, error) {
	bundled, err := book.Default()
	if err != nil {
		return nil, err
	}
	own, err := l.read(must)
	if err != nil {
		return nil, err
	}
	return book.Merge(bundled, own), nil
}

// shownPrice is one price as show gives it.
type shownPrice struct {
	Kind         string         `json:"kind"`
	Provider     string         `json:"provider"`
	Region       string         `json:"region"`
	Type         string         `json:"type"`
	CapacityType string         `json:"capacityType,omitempty"`
	pricing.Rate                // in pounds a unit, the list price, the exchange rate
	PerMonth     *pricing.Money `json:"gbpPerMonth,omitempty"` // of what is priced by the hour: 730 of them

	key pricing.Key
}

func (a *app) showType(b *book.Book, chosen prices, name, output string) error {
	fx, err := hmrc.Default()
	if err != nil {
		return err
	}
	var found []shownPrice
	for k, p := range b.All() {
		if k.Type != name || !chosen.has(k) {
			continue
		}
		rate, err := fx.Rate(p.Currency, a.now())
		if err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		found = append(found, shownOf(k, p, rate))
	}
	switch {
	case len(found) == 0:
		return noSuchType(b, chosen, name)
	case output == "json":
		return writeJSON(a.out, found)
	}
	for _, s := range found {
		if _, err := fmt.Fprintln(a.out, s.text()); err != nil {
			return err
		}
	}
	return nil
}

// poundDigits is the precision of a price in pounds, as the ledger rounds it.
const poundDigits = 12

func shownOf(k pricing.Key, p pricing.ListPrice, rate pricing.FXRate) shownPrice {
	s := shownPrice{
		Kind: string(k.Kind), Provider: string(k.Provider), Region: k.Region, Type: k.Type, CapacityType: string(k.CapacityType),
		Rate: pricing.Rate{PerUnit: pricing.Pounds(p.PerUnit.DivRound(rate.PerGBP, poundDigits)), Price: p, FX: rate}, key: k,
	}
	if p.Unit == pricing.Hour {
		s.PerMonth = new(s.PerUnit.Times(decimal.NewFromInt(pricing.HoursPerMonth)))
	}
	return s
}

// text shows the arithmetic, so that a reader can do it again.
func (s *shownPrice) text() string {
	p, fx := s.Price, s.FX
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s %s %s ÷ %s = £%s %s", report.Plain(s.key.String()), p.PerUnit, p.Currency, per(p.Unit), fx.PerGBP, s.PerUnit.Decimal, per(p.Unit))
	if s.PerMonth != nil {
		fmt.Fprintf(&b, ", × %d = %s a month", pricing.HoursPerMonth, s.PerMonth)
	}
	fmt.Fprintf(&b, "\n  price: %s, %s", report.Plain(p.Source), p.AsOf)
	if p.Estimate {
		b.WriteString(" (an estimate)")
	}
	if p.Currency != "GBP" {
		fmt.Fprintf(&b, "\n  exchange rate: %s %s a pound, %s, %s", fx.PerGBP, fx.Currency, fx.Period, fx.Source)
	}
	if fx.Warning != "" {
		b.WriteString("\n  note: " + fx.Warning)
	}
	return b.String()
}

// per is "an hour", "a GiB".
func per(u pricing.Unit) string {
	if u == pricing.Hour {
		return "an hour"
	}
	return "a " + string(u)
}

// near is how many types an error suggests.
const near = 3

// noSuchType names the types that begin most like name.
func noSuchType(b *book.Book, chosen prices, name string) error {
	var types []string
	for k := range b.All() {
		if chosen.has(k) {
			types = append(types, k.Type)
		}
	}
	if len(types) == 0 {
		return errors.New("the price book has nothing of that provider, region and kind")
	}
	slices.Sort(types)
	types = slices.Compact(types)
	slices.SortStableFunc(types, func(a, c string) int { return cmp.Compare(common(c, name), common(a, name)) })
	return fmt.Errorf("the price book has no price of %q; the nearest are %s", name, strings.Join(types[:min(near, len(types))], ", "))
}

// common is how many bytes a and b begin with alike, in whatever case.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && strings.EqualFold(a[n:n+1], b[n:n+1]) {
		n++
	}
	return n
}

// shelf is what the book has of one provider, region and kind.
type shelf struct {
	Provider  string   `json:"provider"`
	Region    string   `json:"region"`
	Kind      string   `json:"kind"`
	Prices    int      `json:"prices"`
	Estimates int      `json:"estimates"`
	Oldest    string   `json:"oldest"` // date
	Newest    string   `json:"newest"`
	Sources   []string `json:"sources"`
}

func (a *app) showBook(b *book.Book, chosen prices, output string) error {
	var shelves []shelf
	for k, p := range b.All() {
		if chosen.has(k) {
			shelves = shelve(shelves, k, p)
		}
	}
	if len(shelves) == 0 {
		return errors.New("the price book has nothing of that provider, region and kind")
	}
	for i := range shelves {
		slices.Sort(shelves[i].Sources)
	}
	if output == "json" {
		return writeJSON(a.out, shelves)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "Provider\tRegion\tKind\tPrices\tEstimates\tOldest\tNewest\tSources")
	for _, s := range shelves {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", s.Provider, report.Plain(s.Region), s.Kind, s.Prices, s.Estimates, s.Oldest, s.Newest, report.Plain(sourcesOf(s)))
	}
	return w.Flush()
}

// shelve counts a price; prices come in the order of their keys.
func shelve(shelves []shelf, k pricing.Key, p pricing.ListPrice) []shelf {
	last := len(shelves) - 1
	if last < 0 || shelves[last].Provider != string(k.Provider) || shelves[last].Region != k.Region || shelves[last].Kind != string(k.Kind) {
		shelves = append(shelves, shelf{Provider: string(k.Provider), Region: k.Region, Kind: string(k.Kind), Oldest: p.AsOf, Newest: p.AsOf})
		last++
	}
	s := &shelves[last]
	s.Prices++
	if p.Estimate {
		s.Estimates++
	}
	s.Oldest, s.Newest = min(s.Oldest, p.AsOf), max(s.Newest, p.AsOf)
	if !slices.Contains(s.Sources, p.Source) {
		s.Sources = append(s.Sources, p.Source)
	}
	return shelves
}

// sourcesOf names one source, and counts the others.
func sourcesOf(s shelf) string {
	if len(s.Sources) == 1 {
		return s.Sources[0]
	}
	return fmt.Sprintf("%s and %s", s.Sources[0], report.Count(len(s.Sources)-1, "more source"))
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
