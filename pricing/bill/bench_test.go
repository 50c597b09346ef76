package bill_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/pricing/bill"
)

// made is a bill that is written while it is read: hour by hour, one row for
// each of 1,000 instances, of which the fleet has every tenth, in 45 columns.
type made struct {
	rows, next int
	waiting    []byte
}

func (m *made) Read(p []byte) (int, error) {
	for len(m.waiting) < len(p) && m.next <= m.rows {
		m.waiting = m.line(m.waiting, m.next)
		m.next++
	}
	n := copy(p, m.waiting)
	m.waiting = append(m.waiting[:0], m.waiting[n:]...)
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

const (
	hour    = "2006-01-02T15:00:00Z"
	columns = "AvailabilityZone,BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart," +
		"ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,CommitmentDiscountCategory," +
		"CommitmentDiscountId,CommitmentDiscountName,CommitmentDiscountStatus,CommitmentDiscountType,ConsumedQuantity,ConsumedUnit," +
		"ContractedCost,ContractedUnitPrice,EffectiveCost,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingQuantity," +
		"PricingUnit,ProviderName,PublisherName,RegionId,RegionName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName," +
		"SkuId,SkuPriceId,SubAccountId,SubAccountName,Tags,x_Operation,x_UsageType\n"
)

func (m *made) line(b []byte, n int) []byte {
	if n == 0 {
		return append(b, columns...)
	}
	i := n - 1
	from := window.Start.Add(time.Duration(i/1000) * time.Hour)
	b = append(b, "eu-west-2a,0.2220000000,123456789012,Example Ltd,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,"+
		"\"$0.222 per On Demand Linux m6i.xlarge Instance Hour, London\",Usage-Based,"...)
	b = from.Add(time.Hour).AppendFormat(b, hour)
	b = append(b, ',')
	b = from.AppendFormat(b, hour)
	b = append(b, ",,,,,,1.0000000000,Hours,0.2109000000,0.2109,0.1998000000,\"Amazon Web Services, Inc.\",0.2220000000,0.2220000000,"+
		"Standard,1.0000000000,Hours,AWS,\"Amazon Web Services, Inc.\",eu-west-2,Europe (London),"...)
	b = fmt.Appendf(b, "arn:aws:ec2:eu-west-2:123456789012:instance/i-%017x", i%1000)
	return append(b, ",,Instance,Compute,Amazon Elastic Compute Cloud,ABCDEFGHIJKLMNOP,ABCDEFGHIJKLMNOP.JRTCKXETXF.6YS6EN2CT7,"+
		"210987654321,platform-production,\"{\"\"team\"\":\"\"payments\"\",\"\"cluster\"\":\"\"prod-london\"\",\"\"environment\"\":\"\"production\"\"}\",RunInstances,EUW2-BoxUsage:m6i.xlarge\n"...)
}

// BenchmarkRead reads a bill of a million rows and 45 columns, some 700 MB, of
// which the fleet has every tenth resource.
func BenchmarkRead(b *testing.B) {
	const rows = 1_000_000
	want := map[string]string{}
	for i := 0; i < 1000; i += 10 {
		want[fmt.Sprintf("aws:///eu-west-2a/i-%017x", i)] = "prod-london"
	}
	var peak uint64
	b.ReportAllocs()
	for b.Loop() {
		in := &watched{Reader: &made{rows: rows}, peak: &peak}
		bill, err := bill.Read(context.Background(), bill.Options{Want: want, Window: window, FX: dollars(b)},
			bill.File{Name: "made.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(in), nil }})
		if err != nil || len(bill.Resources) != 100 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
}

// watched looks at the heap every 64 MiB or so.
type watched struct {
	io.Reader
	reads int
	peak  *uint64
}

func (w *watched) Read(p []byte) (int, error) {
	if w.reads++; w.reads%1024 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		*w.peak = max(*w.peak, m.HeapInuse)
	}
	return w.Reader.Read(p)
}
