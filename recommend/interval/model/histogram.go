package model

import "math"

// histogram counts times with weights, in buckets that are 2 % wide, from a
// nanosecond to 30 years.
type histogram struct {
	buckets     []float64
	weight, sum float64
	max         float64
}

const (
	bucketWidth = 0.02
	shortest    = 1e-9
	bucketCount = 2100
)

func (h *histogram) add(x, weight float64) {
	h.sum += x * weight
	h.bucket(x, weight)
}

func (h *histogram) bucket(x, weight float64) {
	if h.buckets == nil {
		h.buckets = make([]float64, bucketCount)
	}
	h.weight += weight
	h.max = math.Max(h.max, x)
	at := int(math.Log(math.Max(x, shortest)/shortest) / bucketWidth)
	h.buckets[min(at, bucketCount-1)] += weight
}

// addBetween counts all moments from low to high alike.
func (h *histogram) addBetween(low, high float64) {
	const parts = 4
	for i := range parts {
		h.bucket(low+(high-low)*(float64(i)+0.5)/parts, (high-low)/parts)
	}
	h.sum += (high - low) * (high + low) / 2
	h.max = math.Max(h.max, high)
}

func (h *histogram) mean() float64 { return share(h.sum, h.weight) }

func (h *histogram) spread() Spread {
	if h.weight == 0 {
		return Spread{}
	}
	at := func(q float64) float64 {
		var sum float64
		for k, w := range h.buckets {
			if sum += w; sum >= q*h.weight {
				return math.Min(h.max, shortest*math.Exp((float64(k)+0.5)*bucketWidth))
			}
		}
		return h.max
	}
	return Spread{Known: true, P50: seconds(at(0.5)), P95: seconds(at(0.95)), Max: seconds(h.max)}
}
