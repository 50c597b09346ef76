package pricing

import (
	"errors"
	"fmt"
	"strings"

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

// CheckCurrency returns an error where s is no ISO 4217 code that has an exchange
// rate: three capitals, and not GBP.
func CheckCurrency(s string) error {
	if len(s) != 3 || strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return fmt.Errorf("currency: %.40q must be an ISO 4217 code such as USD", s)
	}
	if s == pound {
		return errors.New("currency: GBP is always 1; leave it out")
	}
	return nil
}

const pound = "GBP"

// Pound is the rate of the pound itself for a period: 1.
func Pound(period string) FXRate {
	return FXRate{Currency: pound, PerGBP: one, Source: "pounds need no exchange rate", Period: period}
}
