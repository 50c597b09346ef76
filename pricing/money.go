package pricing

import (
	"fmt"
	"io"
	"strings"

	"github.com/shopspring/decimal"
)

// Money is an exact amount in pounds sterling (GBP), ex VAT. The zero value is
// £0. Amounts are never rounded but in String; see Amount for what may be
// unknown.
type Money struct{ decimal.Decimal }

// Pounds makes Money of d pounds.
func Pounds(d decimal.Decimal) Money { return Money{d} }

// Plus returns m + o.
func (m Money) Plus(o Money) Money { return Money{m.Add(o.Decimal)} }

// Minus returns m - o.
func (m Money) Minus(o Money) Money { return Money{m.Sub(o.Decimal)} }

// Times returns m × d, exact.
func (m Money) Times(d decimal.Decimal) Money { return Money{m.Mul(d)} }

// String writes m as people read it: £1,234.56, -£0.50. It rounds half up to
// the penny.
func (m Money) String() string {
	s := m.Abs().Round(2).StringFixed(2)
	whole, pence, _ := strings.Cut(s, ".")
	var b strings.Builder
	if m.Round(2).IsNegative() {
		b.WriteByte('-')
	}
	b.WriteString("£")
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String() + "." + pence
}

// Format writes m as String does for every verb. Without it the decimal's own
// Format would print the bare figure.
func (m Money) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, m.String()) }

// MarshalJSON writes m as a JSON string with every digit, "1234.5600", because
// a JSON number is a float to most readers.
func (m Money) MarshalJSON() ([]byte, error) { return []byte(`"` + m.Decimal.String() + `"`), nil }

// Amount is Money that may be unknown. Unknown parts are carried along: a sum
// of known and unknown amounts has the known sum and Known false.
type Amount struct {
	Money Money `json:"gbp"`
	Known bool  `json:"known"` // false: Money leaves something out
}

// Known is the amount m, fully known.
func Known(m Money) Amount { return Amount{m, true} }

// Plus adds o; the sum is known where both are.
func (a Amount) Plus(o Amount) Amount {
	return Amount{a.Money.Plus(o.Money), a.Known && o.Known}
}

// Minus subtracts o; the difference is known where both are.
func (a Amount) Minus(o Amount) Amount {
	return Amount{a.Money.Minus(o.Money), a.Known && o.Known}
}

// times is a × d, exact: unknown where a is.
func (a Amount) times(d decimal.Decimal) Amount {
	if !a.Known {
		return Amount{}
	}
	return Known(a.Money.Times(d))
}

// String writes a, "unknown" where nothing is known, and "£5.00 + unknown"
// where a part is.
func (a Amount) String() string {
	switch {
	case a.Known:
		return a.Money.String()
	case a.Money.IsZero():
		return "unknown"
	default:
		return a.Money.String() + " + unknown"
	}
}
