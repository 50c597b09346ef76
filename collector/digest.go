package collector

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/mapping"
	"github.com/DataDog/sketches-go/ddsketch/store"
)

// RelativeAccuracy of every quantile that a Sketch gives: 1 %. A p95 of 400m
// was between 396m and 404m.
const RelativeAccuracy = 0.01

// What a sketch can hold, in millicores or bytes: below the first a sample
// counts as zero, above the second it is refused. Their bucket indices, about
// -346 and 2073 at 1 %, bound the memory of a hostile digest.
const (
	smallestSample = 1e-3
	largestSample  = 1e18
)

// indexMapping is shared: it is immutable.
var indexMapping = func() mapping.IndexMapping {
	m, err := mapping.NewLogarithmicMapping(RelativeAccuracy)
	if err != nil {
		panic(err) // a constant accuracy between 0 and 1 is never refused
	}
	return m
}()

// Sketch is a mergeable summary of samples with quantiles of a known relative
// accuracy (DDSketch, https://arxiv.org/abs/1908.10693). Count, sum, minimum and
// maximum are exact.
type Sketch struct {
	dd             *ddsketch.DDSketch
	zeros          uint64
	count          uint64
	sum, low, high float64
}

// NewSketch returns an empty sketch.
func NewSketch() *Sketch {
	provider := func() store.Store { return store.NewDenseStore() }
	return &Sketch{
		dd:  ddsketch.NewDDSketchFromStoreProvider(indexMapping, provider),
		low: math.Inf(1), high: math.Inf(-1),
	}
}

// Add counts one sample. It refuses NaN, infinities, negatives and values over
// 1e18, which no container has used.
func (s *Sketch) Add(v float64) error {
	if math.IsNaN(v) || v < 0 || v > largestSample {
		return fmt.Errorf("sample %v is not a usage", v)
	}
	if v < smallestSample {
		s.zeros++
	} else if err := s.dd.Add(v); err != nil {
		return err
	}
	s.count++
	s.sum += v
	s.low, s.high = min(s.low, v), max(s.high, v)
	return nil
}

// Count is the number of samples.
func (s *Sketch) Count() int { return int(s.count) }

// Max is the largest sample, 0 where there is none.
func (s *Sketch) Max() float64 {
	if s.count == 0 {
		return 0
	}
	return s.high
}

// Mean is the mean sample, 0 where there is none.
func (s *Sketch) Mean() float64 {
	if s.count == 0 {
		return 0
	}
	return s.sum / float64(s.count)
}

// Quantile returns the value that a share q of the samples, 0 to 1, does not
// exceed, within RelativeAccuracy and never above Max. Zero where there is none.
func (s *Sketch) Quantile(q float64) float64 {
	switch {
	case s.count == 0:
		return 0
	case q >= 1:
		return s.high
	case float64(s.zeros) > q*float64(s.count-1):
		return 0
	}
	rank := (q*float64(s.count-1) - float64(s.zeros)) / max(1, float64(s.count-s.zeros-1))
	v, err := s.dd.GetValueAtQuantile(min(max(rank, 0), 1))
	if err != nil {
		return 0 // unreachable: rank is within 0 and 1 and the sketch is not empty
	}
	return min(max(v, s.low), s.high)
}

// Above is the share of samples above v, 0 to 1, within one bucket (1 %).
func (s *Sketch) Above(v float64) float64 {
	if s.count == 0 {
		return 0
	}
	var above float64
	s.dd.GetPositiveValueStore().ForEach(func(index int, count float64) bool {
		if indexMapping.LowerBound(index) >= v {
			above += count
		}
		return false
	})
	return above / float64(s.count)
}

// Digest is a Sketch on disk: a few dozen bytes for a day of steady use. As
// written by Sketch.Digest: uvarints of the zeros and of the number of buckets,
// each bucket's index (varint, a difference from the one before) and count
// (uvarint), then minimum, maximum and sum as little-endian float64. The empty
// digest has no samples.
type Digest []byte

// Digest returns s in its encoded form. Equal samples give equal bytes, in
// whatever order they came, but for the last digits of the sum.
func (s *Sketch) Digest() Digest {
	if s.count == 0 {
		return nil
	}
	var buckets []byte
	var n, last int64
	s.dd.GetPositiveValueStore().ForEach(func(index int, count float64) bool {
		buckets = binary.AppendVarint(buckets, int64(index)-last)
		buckets = binary.AppendUvarint(buckets, uint64(count))
		last = int64(index)
		n++
		return false
	})
	b := binary.AppendUvarint(make([]byte, 0, len(buckets)+28), s.zeros)
	b = binary.AppendUvarint(b, uint64(n))
	b = append(b, buckets...)
	for _, f := range [...]float64{s.low, s.high, s.sum} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

var (
	errDigest = errors.New("malformed digest")
	// Buckets of the largest and smallest sample, with one to spare.
	lowestIndex  = int64(indexMapping.Index(smallestSample)) - 1
	highestIndex = int64(indexMapping.Index(largestSample)) + 1
)

// maxCount bounds one bucket: a pod sampled each second for a day is 86,400;
// a trillion leaves room and keeps sums exact in a float64.
const maxCount = 1 << 40

// Merge adds the samples of d to s. A malformed digest is an error and leaves s
// as it was.
func (s *Sketch) Merge(d Digest) error {
	if len(d) == 0 {
		return nil
	}
	return d.each(func(h digestHeader, index int64, count uint64) {
		if count > 0 {
			s.dd.GetPositiveValueStore().AddWithCount(int(index), float64(count))
			s.count += count
			return
		}
		s.zeros += h.zeros
		s.count += h.zeros
		s.sum += h.sum
		s.low, s.high = min(s.low, h.low), max(s.high, h.high)
	})
}

// Valid returns an error where d is not what Sketch.Digest writes.
func (d Digest) Valid() error {
	if len(d) == 0 {
		return nil
	}
	return d.each(func(digestHeader, int64, uint64) {})
}

// total is the sum and the number of the samples.
func (d Digest) total() (sum float64, count uint64, err error) {
	if len(d) == 0 {
		return 0, 0, nil
	}
	err = d.each(func(h digestHeader, _ int64, n uint64) {
		count += n
		if n == 0 {
			count += h.zeros
			sum = h.sum
		}
	})
	return sum, count, err
}

type digestHeader struct {
	zeros          uint64
	low, high, sum float64
}

// each checks the whole digest first, then calls f with each bucket and, last,
// with count 0 for the header.
func (d Digest) each(f func(h digestHeader, index int64, count uint64)) error {
	if len(d) < 26 {
		return errDigest
	}
	tail := d[len(d)-24:]
	var h digestHeader
	for i, p := range [...]*float64{&h.low, &h.high, &h.sum} {
		*p = math.Float64frombits(binary.LittleEndian.Uint64(tail[8*i:]))
		if math.IsNaN(*p) || *p < 0 || *p > largestSample*maxCount {
			return errDigest
		}
	}
	var total uint64
	zeros, b, ok := uvarint(d[:len(d)-24])
	n, b, ok2 := uvarint(b)
	if !ok || !ok2 || zeros > maxCount || n > uint64(highestIndex-lowestIndex) || h.low > h.high {
		return errDigest
	}
	h.zeros, total = zeros, zeros
	for pass := range 2 {
		rest, index := b, int64(0)
		for i := range n {
			step, k := binary.Varint(rest)
			if k <= 0 {
				return errDigest
			}
			count, after, ok := uvarint(rest[k:])
			index += step
			if !ok || count == 0 || count > maxCount || step <= 0 && i > 0 || index < lowestIndex || index > highestIndex {
				return errDigest
			}
			rest = after
			if pass == 1 {
				f(h, index, count)
			} else {
				total += count
			}
		}
		if len(rest) > 0 || total == 0 {
			return errDigest
		}
	}
	f(h, 0, 0)
	return nil
}

func uvarint(b []byte) (uint64, []byte, bool) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}
