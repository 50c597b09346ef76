package pricing

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// Terms are how a fleet is priced: by which lists, at which exchange rates, and
// what was agreed with the providers beside the list.
type Terms struct {
	Prices Catalog
	FX     FX
	Policy Policy
	// Discounts are tried in order: the first that fits a charge is taken.
	Discounts   []Discount
	Commitments []Commitment
	Bill        Bill // nil: none; it goes before discounts and commitments
}

// valid is for a caller's mistakes.
func (t *Terms) valid() error {
	if t.Prices == nil || t.FX == nil {
		return errors.New("pricing: the catalogue or the exchange rates are missing")
	}
	if err := t.Policy.Valid(); err != nil {
		return err
	}
	for i := range t.Discounts {
		if err := t.Discounts[i].valid(); err != nil {
			return err
		}
	}
	names := map[string]bool{}
	for i := range t.Commitments {
		c := &t.Commitments[i]
		if c.Name == "" || names[c.Name] {
			return fmt.Errorf("commitment %d, %q: it has no name of its own", i+1, c.Name)
		}
		names[c.Name] = true
		if err := c.valid(); err != nil {
			return err
		}
	}
	return nil
}

// Scope is which charges an agreement is about. What is empty fits all.
type Scope struct {
	Provider collector.Provider
	Region   string
	// Type is an instance type, or a family: "m6i.*" fits all that begin with "m6i.".
	Type string
	// From and Until bound the agreement: it holds from the first on, and no
	// longer at the second. Zero is open.
	From, Until time.Time
}

func (s *Scope) fits(k *Key) bool {
	family, several := strings.CutSuffix(s.Type, "*")
	return (s.Provider == "" || s.Provider == k.Provider) && (s.Region == "" || s.Region == k.Region) &&
		(s.Type == k.Type || several && strings.HasPrefix(k.Type, family) || s.Type == "")
}

// Within is the part of w that the agreement holds in; its length is not more
// than zero where that is none of it.
func (s *Scope) Within(w collector.Window) collector.Window {
	if s.From.After(w.Start) {
		w.Start = s.From
	}
	if !s.Until.IsZero() && s.Until.Before(w.End) {
		w.End = s.Until
	}
	return w
}

// active is the part of w that the agreement holds in, 0 to 1.
func (s *Scope) active(w collector.Window) decimal.Decimal {
	part := s.Within(w).Length()
	if w.Length() <= 0 || part <= 0 {
		return decimal.Zero
	}
	return decimal.NewFromInt(int64(part)).DivRound(decimal.NewFromInt(int64(w.Length())), shareDigits)
}

// Discount is a percentage that was negotiated off the list price.
type Discount struct {
	Name string
	Scope
	Kind         Kind                   // empty: every kind
	CapacityType collector.CapacityType // empty: every one but spot, which is rarely in a contract
	PercentOff   decimal.Decimal        // 0 to 100
}

var hundred = decimal.NewFromInt(100)

func percentage(d decimal.Decimal) bool { return !d.IsNegative() && d.LessThanOrEqual(hundred) }

func (d *Discount) valid() error {
	if !percentage(d.PercentOff) {
		return fmt.Errorf("discount %q: %s %% off: it must be 0 to 100", d.Name, d.PercentOff)
	}
	return nil
}

func (d *Discount) applies(k *Key, at time.Time) bool {
	capacity := d.CapacityType == k.CapacityType || d.CapacityType == "" && k.CapacityType != collector.Spot
	return d.fits(k) && capacity && (d.Kind == "" || d.Kind == k.Kind) &&
		!at.Before(d.From) && (d.Until.IsZero() || at.Before(d.Until))
}

// contract takes the discounts off what the charges of b cost by list, and
// taken notes those that were.
func (t *Terms) contract(b *bill, taken []bool) {
	for i := range b.charges {
		c := &b.charges[i]
		if c.Rate == nil {
			continue
		}
		for j := range t.Discounts {
			d := &t.Discounts[j]
			if !d.applies(&c.Key, b.span.End) {
				continue
			}
			taken[j] = true
			off := c.Rate.PerUnit.Mul(d.PercentOff).Shift(-2)
			unit := Known(c.Rate.PerUnit.Minus(Pounds(off.Round(rateDigits))))
			c.Units.Contracted = unit
			if c.Units.Effective.Known {
				c.Units.Effective = unit
			}
			c.Terms = fmt.Sprintf("%s %% off list", d.PercentOff)
			if d.Name != "" {
				c.Terms += " (" + d.Name + ")"
			}
			break
		}
	}
}
