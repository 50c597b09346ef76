package pricing

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// maxFigure is how many characters ParseFigure takes: 0.0000000001 to a hundred
// billion is more than any price or rate needs.
const maxFigure = 24

// ParseFigure reads a price or a rate from a table: digits with at most one
// point, greater than zero. It refuses signs, spaces and exponents ("1e999999999"
// is a few bytes to write and a gigabyte to compute with).
func ParseFigure(s string) (decimal.Decimal, error) {
	points := 0
	for _, r := range s {
		switch {
		case r == '.':
			points++
		case r < '0' || r > '9':
			return decimal.Decimal{}, fmt.Errorf("%.40q is not a plain figure such as 0.1234", s)
		}
	}
	if points > 1 || len(s) == points || len(s) > maxFigure {
		return decimal.Decimal{}, fmt.Errorf("%.40q is not a plain figure such as 0.1234", s)
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("%.40q is not a plain figure such as 0.1234", s)
	}
	if !d.IsPositive() {
		return decimal.Decimal{}, fmt.Errorf("%q is not greater than zero", s)
	}
	return d, nil
}
