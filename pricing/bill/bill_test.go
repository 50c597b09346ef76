package bill_test

import (
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/hmrc"
)

// window is a month, before the end of HMRC's table.
var window = collector.Window{Start: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}

func dollars(t testing.TB) pricing.FX {
	t.Helper()
	r, err := hmrc.Default()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// digits writes an amount with every digit.
func digits(a pricing.Amount) string {
	s := a.Money.Decimal.String()
	if !a.Known {
		s += " + unknown"
	}
	return s
}

const timeFormat = "2006-01-02T15:04:05Z"

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
