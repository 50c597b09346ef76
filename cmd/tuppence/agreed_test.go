package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

func TestAgreementsWithoutEffectAreRefused(t *testing.T) {
	reservation := commitmentConfig{Name: "r", Kind: pricing.Reservation, Machines: "1", PerHour: "0.1"}
	plan := commitmentConfig{Name: "p", Kind: pricing.SavingsPlan, PerHour: "0.1", PercentOff: "20"}
	of := func(c commitmentConfig, change func(*commitmentConfig)) pricingConfig {
		change(&c)
		return pricingConfig{Commitments: []commitmentConfig{c}}
	}
	discount := func(d discountConfig) pricingConfig { return pricingConfig{Discounts: []discountConfig{d}} }
	for name, c := range map[string]struct {
		pricingConfig
		want string // part of the error; empty: none
	}{
		"a reservation":                       {of(reservation, func(*commitmentConfig) {}), ""},
		"a savings plan":                      {of(plan, func(*commitmentConfig) {}), ""},
		"a reservation with a percentage":     {of(reservation, func(c *commitmentConfig) { c.PercentOff = "5" }), "percentOff is a savings plan's"},
		"a savings plan with machines":        {of(plan, func(c *commitmentConfig) { c.Machines = "5" }), "machines are a reservation's"},
		"a savings plan that takes off what?": {of(plan, func(c *commitmentConfig) { c.PercentOff = "" }), "needs percentOff"},
		"a currency that is no code":          {of(plan, func(c *commitmentConfig) { c.Currency = "usd" }), `currency "usd"`},
		"a price of no day":                   {of(plan, func(c *commitmentConfig) { c.AsOf = "May" }), `asOf "May"`},
		"an end before the beginning":         {of(plan, func(c *commitmentConfig) { c.From, c.Until = "2026-05-01", "2026-04-01" }), "before it begins"},
		"a discount":                          {discount(discountConfig{Kind: pricing.Machine, CapacityType: collector.OnDemand, PercentOff: "5"}), ""},
		"a discount on no kind":               {discount(discountConfig{Kind: "nodes"}), `kind "nodes": there are machine, `},
		"a discount on no capacity":           {discount(discountConfig{CapacityType: "cheap"}), `capacityType "cheap": there are on-demand, spot and reserved`},
		"the account of no provider":          {pricingConfig{Accounts: map[collector.Provider]string{"oci": "1"}}, `provider "oci"`},
		"sharing nothing":                     {pricingConfig{Sharing: sharingConfig{Shared: pricing.Even}}, "name sharedNamespaces"},
		"sharing something":                   {pricingConfig{Sharing: sharingConfig{Shared: pricing.Even, SharedNamespaces: []string{"kube-system"}}}, ""},
	} {
		err := c.check()
		var usage usageError
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &usage) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
