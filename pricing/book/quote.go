package book

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// malformed says what of q no row of a table could hold.
func (c *checker) malformed(q pricing.Quote) string {
	k, p := q.Key, q.Price
	for _, check := range []func() error{
		func() error { return checkKey(k) },
		func() error { return checkPrice(k.Kind, p.PerUnit) },
		func() error { return named("currency", checkCurrency(p.Currency)) },
		func() error { return named("source", checkText(p.Source)) },
		func() error { return named("date", checkDate(p.AsOf)) },
		func() error { return checkSize(q) },
	} {
		if err := check(); err != nil {
			return err.Error()
		}
	}
	today := c.Now.UTC().Format(time.DateOnly)
	switch {
	case p.Unit != k.Kind.Unit():
		return fmt.Sprintf("its unit, %.20q, is not that of its kind, %s", p.Unit, k.Kind.Unit())
	case p.AsOf > today:
		return fmt.Sprintf("its date, %s, is in the future (today is %s)", p.AsOf, today)
	case p.Interruption != nil && (!isSpot(k) || k.Kind != pricing.Machine || *p.Interruption < 0 || *p.Interruption > 4):
		return "its interruption bucket is not 0 to 4 of a machine on spot"
	}
	return ""
}

func named(what string, err error) error {
	if err != nil {
		return fmt.Errorf("its %s, %w", what, err)
	}
	return nil
}

func checkKey(k pricing.Key) error {
	i := itemOf(k)
	switch {
	case !slices.Contains(kinds, string(k.Kind)):
		return fmt.Errorf("its kind, %.40q, must be one of %q", k.Kind, kinds)
	case k.Provider != collector.AWS && k.Provider != collector.Azure && k.Provider != collector.GCP:
		return fmt.Errorf("its provider, %.40q, must be aws, azure or gcp", k.Provider)
	case i.hasSpot() && k.Region == Everywhere:
		return fmt.Errorf("the kind %s needs a region", k.Kind)
	case i.hasSpot() && k.CapacityType != collector.OnDemand && !isSpot(k), !i.hasSpot() && k.CapacityType != "":
		return fmt.Errorf("the book holds no price of the kind %s at capacity type %.40q", k.Kind, k.CapacityType)
	}
	if err := named("region", checkText(k.Region)); err != nil {
		return err
	}
	return named("type", checkText(k.Type))
}

// checkSize holds what a machine is to what a row takes. Nothing else has a size.
func checkSize(q pricing.Quote) error {
	memory := q.Memory
	if q.Key.Kind != pricing.Machine {
		if q.Arch != "" || q.Price.VCPU != 0 || !memory.IsZero() {
			return fmt.Errorf("it has the size of a machine, and is of the kind %s", q.Key.Kind)
		}
		return nil
	}
	switch {
	case !slices.Contains(arches, q.Arch):
		return fmt.Errorf("its architecture, %.40q, must be one of %q", q.Arch, arches)
	case q.Price.VCPU < 1 || q.Price.VCPU > maxVCPU:
		return fmt.Errorf("its vCPU, %d, must be 1 to %d", q.Price.VCPU, maxVCPU)
	case !small(memory) || !memory.IsPositive() || memory.GreaterThan(decimal.NewFromInt(maxMemory)):
		return fmt.Errorf("its memory must be more than 0 and up to %d GiB", maxMemory)
	}
	return nil
}
