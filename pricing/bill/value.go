package bill

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Bounds of a figure: a bill's longest are decimals of 38 digits, and a trillion
// is more than any row costs. The exponent is what makes a short text a long
// number.
const (
	maxFigure   = 48
	maxExponent = 30
)

var trillion = decimal.New(1, 12)

// figure reads a cost: digits with at most one point, perhaps a minus before
// them, and perhaps an exponent of at most 30 after them, which FOCUS allows
// (NumericFormat-A-003-M) and warehouses write for small costs: 1.5E-7. All else,
// NaN and an empty field included, is an error.
func figure(s string) (decimal.Decimal, error) {
	if !plain(s) {
		return decimal.Decimal{}, fmt.Errorf("%.48q is not a figure such as -0.1234 or 1.5E-7", s)
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("%.48q is not a figure such as -0.1234 or 1.5E-7", s)
	}
	if d.Abs().GreaterThan(trillion) {
		return decimal.Decimal{}, fmt.Errorf("%s is more than a trillion", s)
	}
	return d, nil
}

// plain reports that s is a figure, whose size is bounded.
func plain(s string) bool {
	if len(s) > maxFigure {
		return false
	}
	mantissa := strings.TrimPrefix(s, "-")
	if e := strings.IndexAny(mantissa, "eE"); e >= 0 {
		if !smallExponent(mantissa[e+1:]) {
			return false
		}
		mantissa = mantissa[:e]
	}
	digits, points := 0, 0
	for i := range len(mantissa) {
		switch c := mantissa[i]; {
		case c == '.':
			points++
		case c >= '0' && c <= '9':
			digits++
		default:
			return false
		}
	}
	return digits > 0 && points <= 1
}

func smallExponent(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	if len(s) < 1 || len(s) > 2 {
		return false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n <= maxExponent
}

// The years that a charge may fall in. A span of them fits a time.Duration.
const firstYear, lastYear = 2000, 2199

// instant reads a time as the exports write it: 2026-11-01T00:00:00Z (FOCUS),
// 2026-11-01T00:00Z (Azure's 1.0), 2026-11-01 00:00:00 UTC (BigQuery), 2026-11-01.
// Without a zone it is UTC.
func instant(s string) (time.Time, error) {
	layout := time.RFC3339
	switch {
	case len(s) == len(time.DateOnly):
		layout = time.DateOnly
	case len(s) == len("2026-11-01T00:00Z"):
		layout = "2006-01-02T15:04Z07:00"
	case len(s) > len(time.DateOnly) && s[len(time.DateOnly)] == ' ':
		layout, s = time.DateTime, strings.TrimSuffix(s, " UTC")
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is not a time such as 2026-11-01T00:00:00Z", s)
	}
	if t = t.UTC(); t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, fmt.Errorf("%.40q is not between %d and %d", s, firstYear, lastYear)
	}
	return t, nil
}

// span is a stretch of time, its end not included. One without a length is a
// moment, such as a purchase.
type span struct{ start, end time.Time }

func (r *row) period() (span, error) {
	start, err := instant(r.text(chargePeriodStart))
	if err != nil {
		return span{}, fmt.Errorf("ChargePeriodStart: %w", err)
	}
	end, err := instant(r.text(chargePeriodEnd))
	if err != nil {
		return span{}, fmt.Errorf("ChargePeriodEnd: %w", err)
	}
	if end.Before(start) {
		return span{}, errors.New("the charge period ends before it starts")
	}
	return span{start, end}, nil
}

func (s span) length() time.Duration { return s.end.Sub(s.start) }

// within is the part of s that lies in w, and whether there is any.
func (s span) within(w span) (span, bool) {
	if s.length() == 0 {
		return s, !s.start.Before(w.start) && s.start.Before(w.end)
	}
	if w.start.After(s.start) {
		s.start = w.start
	}
	if w.end.Before(s.end) {
		s.end = w.end
	}
	return s, s.start.Before(s.end)
}

// category is what a row is to the bill.
type category int

const (
	cost category = iota // Purchase, Credit, Adjustment
	usage
	tax
	unused // usage of a commitment by nobody
)

func (r *row) category() (category, error) {
	switch c := r.text(chargeCategory); c {
	case "Usage":
		if strings.EqualFold(r.text(commitmentDiscountStatus), "Unused") {
			return unused, nil
		}
		return usage, nil
	case "Purchase", "Credit", "Adjustment":
		return cost, nil
	case "Tax":
		return tax, nil
	default:
		return cost, fmt.Errorf("ChargeCategory: %.20q is none of Usage, Purchase, Credit, Adjustment, Tax", c)
	}
}
