package azure

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// machines adds the region's Linux machines, on demand and spot. Each size has
// meters of Windows and Linux, of Cloud Services and of dedicated hosts besides,
// which differ in productName alone: Windows costs 10 to 92 % more.
func (r *reader) machines(ctx context.Context) error {
	filter := fmt.Sprintf("serviceName eq 'Virtual Machines' and armRegionName eq '%s'", r.region)
	primary := url.Values{"meterRegion": {"'primary'"}}
	one := decimal.NewFromInt(1)
	err := r.each(ctx, filter, primary, func(it *item) {
		if _, ok := parseSize(it.ArmSKUName); !ok || !it.linuxMachine(r.region) {
			return
		}
		k := pricing.Key{Kind: pricing.Machine, Type: it.ArmSKUName, CapacityType: collector.OnDemand}
		spot := strings.HasSuffix(it.SKUName, " Spot")
		if spot {
			k.CapacityType = collector.Spot
		}
		r.take(it, k, one, spot) // a spot price is one moment's
	})
	if err != nil {
		return fmt.Errorf("virtual machines: %w", err)
	}
	return nil
}

// otherProducts are words of meters that no Linux node is billed by.
var otherProducts = regexp.MustCompile(`Windows|Cloud Services|CloudServices|Dedicated Host|Low Priority|Expired`)

func (it *item) linuxMachine(region string) bool {
	return it.Type == "Consumption" && it.UnitOfMeasure == "1 Hour" && it.IsPrimaryMeterRegion && it.ArmRegionName == region &&
		!otherProducts.MatchString(it.ProductName+"\n"+it.SKUName+"\n"+it.MeterName)
}

// size is what the name of a machine's size says of it.
type size struct {
	vcpu int
	arch string
}

// sizeName is Azure's naming convention: Standard, family, number, after a
// hyphen the vCPU where they are constrained, then features in small letters (p
// is an Arm processor), and the version.
// https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
var sizeName = regexp.MustCompile(`^Standard_([A-Z]+)([0-9]{1,4})(?:-([0-9]{1,4}))?([a-z]*)((?:_[A-Za-z0-9]+)*)$`)

// ordinals are the vCPU of sizes older than the convention, whose number only
// counts them: D and DS without a version and of version 2, and G and GS.
var ordinals = map[string]map[int]int{
	"D": {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 11: 2, 12: 4, 13: 8, 14: 16, 15: 20},
	"G": {1: 2, 2: 4, 3: 8, 4: 16, 5: 32},
}

// parseSize reads the name of a size: Standard_D4ps_v5 has 4 vCPU and an Arm
// processor, Standard_E64-16s_v4 the 16 vCPU that it is constrained to,
// Standard_DS3_v2 has 4. The memory is in no name and in none of the API's
// answers. It reports false for what is not a size, and for the A series of 2012,
// which is no more.
func parseSize(name string) (size, bool) {
	m := sizeName.FindStringSubmatch(name)
	if m == nil || len(name) > 60 {
		return size{}, false
	}
	family, features, version := strings.TrimSuffix(m[1], "S"), m[4], m[5]
	n, _ := strconv.Atoi(m[2]) // four digits at most
	if m[3] != "" {
		n, _ = strconv.Atoi(m[3])
	} else if old := ordinals[family]; old != nil && (version == "" || strings.HasPrefix(version, "_v2") || strings.HasPrefix(version, "_Promo")) {
		n = old[n]
	} else if family == "A" && version == "" {
		n = 0
	}
	s := size{n, "amd64"}
	if strings.Contains(features, "p") {
		s.arch = "arm64"
	}
	return s, n > 0
}
