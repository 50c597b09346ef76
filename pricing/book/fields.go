package book

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// What the columns kind and arch may say.
var (
	kinds = []string{
		string(pricing.Machine), string(pricing.Accelerator), string(pricing.Storage),
		string(pricing.Balancer), string(pricing.ControlPlane), string(pricing.Egress),
	}
	arches = []string{"amd64", "arm64"}
)

// fields reads the columns of one line in order, and keeps the first error.
type fields struct {
	names  []string
	values []string
	err    error
}

func (f *fields) next() (name, value string) {
	name, value = f.names[0], f.values[0]
	f.names, f.values = f.names[1:], f.values[1:]
	return name, value
}

func (f *fields) fail(name string, err error) {
	if f.err == nil && err != nil {
		f.err = fmt.Errorf("%s: %w", name, err)
	}
}

func (f *fields) text() string {
	name, v := f.next()
	f.fail(name, checkText(v))
	return strings.Clone(v) // the line's memory is used again
}

func (f *fields) oneOf(allowed ...string) string {
	name, v := f.next()
	if i := slices.Index(allowed, v); i >= 0 {
		return allowed[i]
	}
	f.fail(name, fmt.Errorf("%.40q must be one of %q", v, allowed))
	return ""
}

func (f *fields) integer(low, high int) int {
	name, v := f.next()
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		f.fail(name, fmt.Errorf("%.40q must be a whole number, %d to %d", v, low, high))
	}
	return n
}

func (f *fields) figure(most int64) decimal.Decimal {
	name, v := f.next()
	d, err := pricing.ParseFigure(v)
	if err == nil && d.GreaterThan(decimal.NewFromInt(most)) {
		err = fmt.Errorf("%s is more than %d", v, most)
	}
	f.fail(name, err)
	return d
}

// price is a figure, or the 0 of a control plane that costs nothing.
func (f *fields) price(k pricing.Kind) decimal.Decimal {
	if k == pricing.ControlPlane && f.values[0] == "0" {
		f.next()
		return decimal.Decimal{}
	}
	return f.figure(maxPrice)
}

func (f *fields) currency() string {
	name, v := f.next()
	f.fail(name, checkCurrency(v))
	return strings.Clone(v)
}

func (f *fields) date() string {
	name, v := f.next()
	f.fail(name, checkDate(v))
	return strings.Clone(v)
}

// empty reports whether the next n columns are, and skips them if so.
func (f *fields) empty(n int) bool {
	if strings.Join(f.values[:n], "") != "" {
		return false
	}
	f.names, f.values = f.names[n:], f.values[n:]
	return true
}

// mustBeEmpty skips n columns that a row of this kind has nothing for.
func (f *fields) mustBeEmpty(n int) {
	for range n {
		if name, v := f.next(); v != "" {
			f.fail(name, fmt.Errorf("%.40q: leave it empty in a row of this kind", v))
		}
	}
}

// The rules that a field of a table and the same field of a quote keep to.

func checkText(s string) error {
	if s == "" || len(s) > maxText || strings.TrimSpace(s) != s || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("%.40q must be 1 to %d printable characters", s, maxText)
	}
	return nil
}

func checkCurrency(s string) error {
	if len(s) != 3 || strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return fmt.Errorf("%.40q must be an ISO 4217 code such as USD", s)
	}
	return nil
}

func checkDate(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return fmt.Errorf("%.40q must be a date such as 2026-06-18", s)
	}
	return nil
}

// maxDecimals is how fine a figure may be: with maxMemory before the point, as
// much as pricing.ParseFigure reads.
const maxDecimals = 16

// small reports whether d is as short as what a table has.
func small(d decimal.Decimal) bool {
	return d.Exponent() >= -maxDecimals && d.Exponent() <= maxDecimals && d.Coefficient().BitLen() <= 128
}

// checkPrice holds d to what price takes from a table.
func checkPrice(k pricing.Kind, d decimal.Decimal) error {
	switch {
	case !small(d): // before anything that computes with it
		return fmt.Errorf("the price has too many digits: %d decimals are enough", maxDecimals)
	case d.IsZero() && k == pricing.ControlPlane:
		return nil
	case !d.IsPositive():
		return fmt.Errorf("the price, %s, is not greater than zero", d)
	case d.GreaterThan(decimal.NewFromInt(maxPrice)):
		return fmt.Errorf("the price, %s, is more than %d", d, maxPrice)
	}
	return nil
}
