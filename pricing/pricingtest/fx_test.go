package pricingtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// source is a source of rates with a fault: it changes what a good one says.
type source func(currency string, at time.Time, r *pricing.FXRate) error

func (s source) Rate(currency string, at time.Time) (pricing.FXRate, error) {
	r, err := Rates{"USD": "1.3"}.Rate(currency, at)
	if fault := s(currency, at, &r); fault != nil {
		return r, fault
	}
	return r, err
}

// complaints are what the suite finds.
type complaints []string

func (*complaints) Helper() {}

func (c *complaints) Errorf(format string, args ...any) {
	*c = append(*c, fmt.Sprintf(format, args...))
}

func TestTheSuiteFindsEachFault(t *testing.T) {
	calls := 0
	dollars := func(change func(at time.Time, r *pricing.FXRate)) source {
		return func(currency string, at time.Time, r *pricing.FXRate) error {
			if currency == "USD" {
				change(at, r)
			}
			return nil
		}
	}
	for _, c := range []struct {
		name string
		fx   source
		want string // "" is no complaint
	}{
		{"none", dollars(func(time.Time, *pricing.FXRate) {}), ""},
		{"a daily source", dollars(func(at time.Time, r *pricing.FXRate) { r.Period = at.UTC().Format(time.DateOnly) }), ""},
		{"a day of four days ago", dollars(func(at time.Time, r *pricing.FXRate) { r.Period = at.UTC().AddDate(0, 0, -4).Format(time.DateOnly) }), ""},
		{"a day of five days ago, silently", dollars(func(at time.Time, r *pricing.FXRate) { r.Period = at.UTC().AddDate(0, 0, -5).Format(time.DateOnly) }), "the warning is \"\""},
		{"the last month, silently", dollars(func(_ time.Time, r *pricing.FXRate) { r.Period = "2026-10" }), "the warning is \"\""},
		{"a warning without a cause", dollars(func(_ time.Time, r *pricing.FXRate) { r.Warning = "oh" }), "the warning is \"oh\""},
		{"the next month", dollars(func(_ time.Time, r *pricing.FXRate) { r.Period = "2026-12" }), "which is later"},
		{"a period in words", dollars(func(_ time.Time, r *pricing.FXRate) { r.Period = "November" }), "neither a month nor a day"},
		{"a negative rate", dollars(func(_ time.Time, r *pricing.FXRate) { r.PerGBP = decimal.NewFromInt(-1) }), "not positive"},
		{"no source", dollars(func(_ time.Time, r *pricing.FXRate) { r.Source = "" }), "without a source"},
		{"another currency", dollars(func(_ time.Time, r *pricing.FXRate) { r.Currency = "EUR" }), "of another currency"},
		{"a rate that makes prices vanish", dollars(func(_ time.Time, r *pricing.FXRate) { r.PerGBP = decimal.New(1, 12) }), "0.0001 is £0"},
		{"a rate that changes within the month", dollars(func(at time.Time, r *pricing.FXRate) { r.PerGBP = decimal.New(int64(13000+at.UTC().Day()), -4) }), "within the same period"},
		{"a day of the asker's zone", dollars(func(at time.Time, r *pricing.FXRate) { r.Source += at.Location().String() }), "in another order and zone"},
		{"a rate that changes by being asked", dollars(func(_ time.Time, r *pricing.FXRate) { calls++; r.PerGBP = decimal.New(int64(13000+calls), -4) }), "in another order"},
		{"a pound of two", func(currency string, _ time.Time, r *pricing.FXRate) error {
			if currency == "GBP" {
				r.PerGBP = decimal.NewFromInt(2)
			}
			return nil
		}, "not one pound"},
		{"an error without a kind", func(currency string, _ time.Time, _ *pricing.FXRate) error {
			if currency == "XXX" {
				return errors.New("no")
			}
			return nil
		}, "want an *UnknownRate"},
		{"an unknown rate of something", func(currency string, _ time.Time, r *pricing.FXRate) error {
			if currency == "XXX" {
				r.PerGBP = decimal.NewFromInt(1)
			}
			return nil
		}, "want an *UnknownRate"},
		{"an error where there is a rate", func(currency string, _ time.Time, _ *pricing.FXRate) error {
			if currency == "USD" {
				return errors.New("not today")
			}
			return nil
		}, "not today"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var found complaints
			at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
			checkFX(&found, c.fx, []Ask{{"USD", at}}, []Ask{{"XXX", at}})
			switch text := strings.Join(found, "\n"); {
			case c.want == "" && text != "":
				t.Errorf("a good source is found fault with: %s", text)
			case !strings.Contains(text, c.want):
				t.Errorf("found %q, want %q", text, c.want)
			}
		})
	}
}
