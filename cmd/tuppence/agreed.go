package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// kinds are what a price, and so a discount, can be of.
func kinds() []pricing.Kind {
	return []pricing.Kind{pricing.Machine, pricing.Accelerator, pricing.Storage, pricing.Balancer, pricing.ControlPlane, pricing.Egress}
}

// providers are those that have prices.
func providers() []collector.Provider {
	return []collector.Provider{collector.AWS, collector.Azure, collector.GCP}
}

// check refuses what would be without effect, or could not be read, before the
// fleet is: what is priced wrongly costs more than a refused start.
func (p *pricingConfig) check() error {
	for i := range p.Discounts {
		if err := p.Discounts[i].check(fmt.Sprintf("pricing.discounts[%d]", i)); err != nil {
			return err
		}
	}
	for i := range p.Commitments {
		if err := p.Commitments[i].check(fmt.Sprintf("pricing.commitments[%d]", i)); err != nil {
			return err
		}
	}
	for _, provider := range slices.Sorted(maps.Keys(p.Accounts)) {
		if !slices.Contains(providers(), provider) {
			return usagef("pricing.accounts: provider %q: there are %s", provider, words(providers()))
		}
	}
	if spread := p.Sharing.Shared; spread != "" && spread != pricing.Apart && len(p.Sharing.SharedNamespaces) == 0 {
		return usagef("pricing.sharing: shared: %s shares nothing: name sharedNamespaces, such as kube-system", spread)
	}
	return p.checkBill()
}

// checkBill looks whether the bill's files are there; it is read once the fleet is
// known.
func (p *pricingConfig) checkBill() error {
	for _, path := range p.Bill {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return usagef("there is no bill %q", path)
		case err != nil:
			return fmt.Errorf("looking for the bill: %w", err)
		case info.IsDir():
			return usagef("the bill %q is a folder: name the FOCUS exports in it", path)
		}
	}
	return nil
}

func (s *scopeConfig) check(setting string) error {
	if s.From != "" && s.Until != "" && s.From >= s.Until { // both are days: scope reads them
		return usagef("%s: it ends on %s, before it begins on %s", setting, s.Until, s.From)
	}
	return nil
}

func (d *discountConfig) check(setting string) error {
	capacities := []collector.CapacityType{collector.OnDemand, collector.Spot, collector.Reserved}
	switch {
	case d.Kind != "" && !slices.Contains(kinds(), d.Kind):
		return usagef("%s.kind %q: there are %s", setting, d.Kind, words(kinds()))
	case d.CapacityType != "" && !slices.Contains(capacities, d.CapacityType):
		return usagef("%s.capacityType %q: there are %s", setting, d.CapacityType, words(capacities))
	}
	return d.scopeConfig.check(setting)
}

// currencyCode is an ISO 4217 code.
var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func (c *commitmentConfig) check(setting string) error {
	_, asOf := time.Parse(time.DateOnly, cmp.Or(c.AsOf, "2026-04-01"))
	switch {
	case c.Kind == pricing.Reservation && c.PercentOff != "":
		return usagef("%s: a reservation has machines and perHour, the price of one; percentOff is a savings plan's", setting)
	case c.Kind == pricing.SavingsPlan && c.Machines != "":
		return usagef("%s: a savings plan has perHour, the money that it commits to, and percentOff; machines are a reservation's", setting)
	case c.Kind == pricing.SavingsPlan && c.PercentOff == "":
		return usagef("%s: a savings plan needs percentOff, what it takes off the price", setting)
	case c.Currency != "" && !currencyCode.MatchString(c.Currency):
		return usagef("%s.currency %q is not a code such as GBP or USD", setting, c.Currency)
	case asOf != nil:
		return usagef("%s.asOf %q is not a day such as 2026-04-01", setting, c.AsOf)
	}
	return c.scopeConfig.check(setting)
}

// words lists two names or more as a sentence does: "aws, azure and gcp".
func words[S ~string](names []S) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = string(n)
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last]
}
