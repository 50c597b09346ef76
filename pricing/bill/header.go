package bill

import (
	"fmt"
	"strings"
)

// column is one of the columns that are read, of the 40 to 100 that a bill has.
type column int

const (
	resourceID column = iota
	chargeCategory
	chargePeriodStart
	chargePeriodEnd
	billingCurrency
	listCost
	contractedCost
	effectiveCost
	billedCost
	serviceName
	needed // the columns above it are

	chargeClass = iota - 1
	commitmentDiscountStatus
	pricingCategory
	providerName
	serviceProviderName // takes ProviderName's place from FOCUS 1.3 on
	resourceName
	resourceType
	availabilityZone
	subAccountID
	columns
)

var names = [columns]string{
	"ResourceId", "ChargeCategory", "ChargePeriodStart", "ChargePeriodEnd", "BillingCurrency",
	"ListCost", "ContractedCost", "EffectiveCost", "BilledCost", "ServiceName",
	"ChargeClass", "CommitmentDiscountStatus", "PricingCategory", "ProviderName", "ServiceProviderName",
	"ResourceName", "ResourceType", "AvailabilityZone", "SubAccountId",
}

const maxColumns = 1000

// layout is where each column stands in a file, -1 where it does not.
type layout [columns]int

// readHeader finds the columns, whose names some warehouses write in lower case.
func readHeader(header []string) (*layout, error) {
	if len(header) > maxColumns {
		return nil, fmt.Errorf("line 1: %d columns, more than the %d that are read", len(header), maxColumns)
	}
	var at layout
	for c, name := range names {
		at[c] = -1
		for i, h := range header {
			if !strings.EqualFold(strings.TrimSpace(h), name) {
				continue
			}
			if at[c] >= 0 {
				return nil, fmt.Errorf("line 1, column %d: the header has %s twice", i+1, name)
			}
			at[c] = i
		}
		if at[c] < 0 && column(c) < needed {
			return nil, fmt.Errorf("line 1: the header lacks the column %s: export the bill in the FOCUS format, with all its columns", name)
		}
	}
	return &at, nil
}

// row is one record of a file.
type row struct {
	at     *layout
	fields []string
	file   string
	line   int
}

func (r *row) String() string { return fmt.Sprintf("%s line %d", r.file, r.line) }

// text is the row's value of c without the space around it, empty where the file
// does not have the column. It shares the memory of the whole record.
func (r *row) text(c column) string {
	if i := r.at[c]; i >= 0 {
		return strings.TrimSpace(r.fields[i])
	}
	return ""
}

// provider is who the service is bought from.
func (r *row) provider() string {
	if p := r.text(serviceProviderName); p != "" {
		return p
	}
	return r.text(providerName)
}
