package pricing_test

import (
	"bytes"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
	"github.com/tuppence-dev/tuppence/pricing"
)

// FuzzPriceARecording prices whatever can be read as a recording, and adds it up.
func FuzzPriceARecording(f *testing.F) {
	draw := collectortest.Fleet()
	for seed := range 20 {
		var b bytes.Buffer
		if err := collector.Write(&b, draw.Example(seed)); err == nil {
			f.Add(b.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, recording []byte) {
		fleet, err := collector.Read(bytes.NewReader(recording))
		if err != nil {
			return
		}
		l := mustPrice(t, fleet, pricing.Terms{Prices: toll{}, FX: tollRates, Policy: pricing.OpenCost,
			Commitments: []pricing.Commitment{reservation("reserved", "2", "0.06"), plan("plan", "0.20", "28")}})
		a := l.Allocate(fleet, pricing.ByPath, pricing.Sharing{Idle: pricing.Proportional, Overhead: pricing.Even})
		if got, want := a.Total().Money, l.Total().Money; !got.Equal(want.Decimal) {
			t.Errorf("groups are %s, the bill is %s", got.Decimal, want.Decimal)
		}
		l.Days(fleet, pricing.Selection{})
		l.GitOps(fleet)
	})
}
