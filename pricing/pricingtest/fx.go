package pricingtest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// Ask is a question to a source of exchange rates: a currency at a time.
type Ask struct {
	Currency string
	Time     time.Time
}

const (
	month = "2006-01"
	// freeDays is how far back a daily rate may be taken from without a word: from
	// the Thursday before Easter on Easter Monday.
	freeDays = 4
	// rateDigits is the precision that prices are converted with; see package
	// pricing.
	rateDigits = 12
)

// FX checks that fx answers each of known with a positive rate and its
// provenance, the same in whatever order and zone it is asked and for the whole
// month or day of its period, with a warning where, and only where, the period is
// not the one that was asked for (a daily rate may be up to four days older); that
// amounts survive the way to pounds and back; that a pound is one pound; and that
// it answers each of unknown with an *pricing.UnknownRate.
func FX(t *testing.T, fx pricing.FX, known, unknown []Ask) {
	t.Helper()
	checkFX(t, fx, known, unknown)
}

// complainer is what of a *testing.T the suite uses, so that it can be tested
// itself.
type complainer interface {
	Helper()
	Errorf(format string, args ...any)
}

func checkFX(t complainer, fx pricing.FX, known, unknown []Ask) {
	t.Helper()
	answers := make([]pricing.FXRate, len(known))
	for i, a := range known {
		r, err := fx.Rate(a.Currency, a.Time)
		if err != nil {
			t.Errorf("%s %s: %v", a.Currency, a.Time, err)
			continue
		}
		answers[i] = r
		if !r.PerGBP.IsPositive() || r.Currency != a.Currency || r.Source == "" {
			t.Errorf("%s %s: a rate that is not positive, or of another currency, or without a source: %+v", a.Currency, a.Time, r)
			continue
		}
		checkPeriod(t, fx, a, r)
		checkRoundTrip(t, r)
		checkPound(t, fx, a.Time)
	}
	for _, a := range unknown {
		checkUnknownRate(t, fx, a)
	}
	tokyo := time.FixedZone("JST", 9*3600)
	for i, a := range slices.Backward(known) {
		same(t, fx, Ask{a.Currency, a.Time.In(tokyo)}, answers[i], "in another order and zone")
	}
}

// checkPeriod checks that the period of r is a month or a day that suits a, that
// a warning says where it does not, and that the rate holds for all of a's month
// or day.
func checkPeriod(t complainer, fx pricing.FX, a Ask, r pricing.FXRate) {
	t.Helper()
	u := a.Time.UTC()
	first := time.Date(u.Year(), u.Month(), 1, 0, 0, 0, 0, time.UTC)
	next, free := first.AddDate(0, 1, 0), 0
	of, err := time.Parse(month, r.Period)
	if err != nil {
		first = time.Date(u.Year(), u.Month(), u.Day(), 0, 0, 0, 0, time.UTC)
		next, free = first.AddDate(0, 0, 1), freeDays
		of, err = time.Parse(time.DateOnly, r.Period)
	}
	if err != nil {
		t.Errorf("%s %s: period %q is neither a month nor a day", a.Currency, a.Time, r.Period)
		return
	}
	if of.After(first) {
		t.Errorf("%s %s: the rate is of %s, which is later", a.Currency, a.Time, r.Period)
	}
	if stale := of.AddDate(0, 0, free).Before(first); stale != (r.Warning != "") {
		t.Errorf("%s %s: the rate is of %s, and the warning is %q", a.Currency, a.Time, r.Period, r.Warning)
	}
	for _, at := range []time.Time{first, next.Add(-1)} {
		same(t, fx, Ask{a.Currency, at}, r, "within the same period")
	}
}

// checkRoundTrip checks that prices down to a hundredth of a cent are more than
// nothing in pounds, and come back within the last digit that they are kept
// with: at 1.3367 dollars a pound, $0.1048 is £0.078402034862 and $0.1048000000000354.
func checkRoundTrip(t complainer, r pricing.FXRate) {
	t.Helper()
	tolerance := r.PerGBP.Shift(-rateDigits)
	for _, price := range []string{"0.0001", "0.1048", "1", "32.7726", "1000000.01"} {
		amount := decimal.RequireFromString(price)
		pounds := amount.DivRound(r.PerGBP, rateDigits)
		back := pounds.Mul(r.PerGBP)
		if !pounds.IsPositive() || back.Sub(amount).Abs().GreaterThan(tolerance) {
			t.Errorf("%s: %s is £%s, and that is %s", r.Currency, amount, pounds, back)
		}
		if r.Currency == "GBP" && !pounds.Equal(amount) {
			t.Errorf("£%s is £%s", amount, pounds)
		}
	}
}

// checkPound checks that a pound is one pound at any time.
func checkPound(t complainer, fx pricing.FX, at time.Time) {
	t.Helper()
	r, err := fx.Rate("GBP", at)
	if err != nil || !r.PerGBP.Equal(decimal.NewFromInt(1)) || r.Currency != "GBP" || r.Warning != "" || r.Source == "" {
		t.Errorf("GBP at %s: a pound is not one pound: %+v, %v", at, r, err)
		return
	}
	checkRoundTrip(t, r)
}

func checkUnknownRate(t complainer, fx pricing.FX, a Ask) {
	t.Helper()
	r, err := fx.Rate(a.Currency, a.Time)
	u, ok := errors.AsType[*pricing.UnknownRate](err)
	if !ok || u.Currency != a.Currency || u.Period == "" || u.Reason == "" || !r.PerGBP.IsZero() {
		t.Errorf("%s %s: got %+v, %v; want an *UnknownRate", a.Currency, a.Time, r, err)
	}
}

// same checks that a has the answer r.
func same(t complainer, fx pricing.FX, a Ask, r pricing.FXRate, when string) {
	t.Helper()
	o, err := fx.Rate(a.Currency, a.Time)
	if err != nil || !o.PerGBP.Equal(r.PerGBP) || o.Source != r.Source || o.Period != r.Period || o.Warning != r.Warning {
		t.Errorf("%s at %s: %+v, %v; %+v when asked %s", a.Currency, a.Time, o, err, r, when)
	}
}
