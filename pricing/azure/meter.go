package azure

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// meter is a price that one meter of the API gives.
type meter struct {
	kind    pricing.Kind
	name    string // the type of its key
	service string
	product string
	meter   string
	unit    string          // as the API writes it
	factor  decimal.Decimal // from the API's unit to the kind's
	rough   bool            // an estimate for what it prices
}

// meters are the prices beside the machines'.
//
// A managed disk is billed a month by its tier and not by the GiB. The price of a
// GiB is that of tier 10 (128 GiB) divided by its size, P10 at 19.71 a month
// being 0.154 a GiB: small disks cost more a GiB and large ones less, so it is an
// estimate. Premium SSD v2 is billed by the GiB-hour: its month is 730 of them.
//
// The load balancer's hour includes five rules. Traffic is the first tier that
// costs anything. The free tier of AKS has no meter: its control plane costs
// nothing.
var meters = func() []meter {
	one, hours := decimal.NewFromInt(1), decimal.NewFromInt(pricing.HoursPerMonth)
	tier10 := decimal.New(78125, -7) // 1 ÷ 128, exactly
	const ssdV2 = "Premium LRS Provisioned Capacity"
	return []meter{
		{pricing.Storage, "Premium_LRS", "Storage", "Premium SSD Managed Disks", "P10 LRS Disk", "1/Month", tier10, true},
		{pricing.Storage, "StandardSSD_LRS", "Storage", "Standard SSD Managed Disks", "E10 LRS Disk", "1/Month", tier10, true},
		{pricing.Storage, "Standard_LRS", "Storage", "Standard HDD Managed Disks", "S10 LRS Disk", "1/Month", tier10, true},
		{pricing.Storage, "PremiumV2_LRS", "Storage", "Azure Premium SSD v2", ssdV2, "1 GiB/Hour", hours, false},
		{pricing.Balancer, "standard", "Load Balancer", "Load Balancer", "Standard Included LB Rules and Outbound Rules", "1 Hour", one, false},
		{pricing.ControlPlane, "aks/standard", "Azure Kubernetes Service", "Azure Kubernetes Service", "Standard Uptime SLA", "1 Hour", one, false},
		{pricing.ControlPlane, "aks/premium", "Azure Kubernetes Service", "Azure Kubernetes Service", "Standard Long Term Support", "1 Hour", one, false},
		{pricing.Egress, "internet", "Bandwidth", "Rtn Preference: MGN", "Standard Data Transfer Out", "1 GB", one, true},
	}
}()

// meters adds the prices that one meter each gives. Some are listed for every
// region, some for "Global" alone. One that is listed nowhere is named among what
// was left out.
func (r *reader) meters(ctx context.Context) error {
	for i := range meters {
		m := &meters[i]
		found := false
		for _, place := range []string{r.region, "Global"} {
			items, err := r.find(ctx, m, place)
			if err != nil {
				return fmt.Errorf("%s: %w", m.service, err)
			}
			for j := range items {
				k := pricing.Key{Kind: m.kind, Type: m.name}
				r.take(&items[j], k, m.factor, m.rough)
			}
			if found = len(items) > 0; found {
				break
			}
		}
		if !found {
			r.list.Leave(m.name, fmt.Sprintf("the list has no meter %q", m.meter))
		}
	}
	return nil
}

// find returns the items of a meter's first tier that costs anything.
func (r *reader) find(ctx context.Context, m *meter, place string) ([]item, error) {
	var found []item
	var lowest uint64
	filter := fmt.Sprintf("serviceName eq '%s' and armRegionName eq '%s' and meterName eq '%s'", m.service, place, m.meter)
	err := r.each(ctx, filter, nil, func(it *item) {
		if it.ProductName != m.product || it.MeterName != m.meter || it.UnitOfMeasure != m.unit || it.Type != "Consumption" || it.ArmRegionName != place {
			return
		}
		tier, err := strconv.ParseUint(strings.TrimSuffix(string(it.TierMinimumUnits), ".0"), 10, 63)
		if err != nil || it.RetailPrice.zero() || len(found) > 0 && tier > lowest {
			return
		}
		if tier < lowest {
			found = nil
		}
		found, lowest = append(found, *it), tier
	})
	return found, err
}
