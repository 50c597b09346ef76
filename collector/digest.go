package collector

import (
	"encoding/binary"
	"errors"
	"math"
)

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

// Valid returns an error where d is not what Sketch.Digest writes: malformed, or
// with a minimum or maximum that lies in none of its own buckets.
func (d Digest) Valid() error { return d.check(largestSample) }

// check is Valid with the most that a sample may be.
func (d Digest) check(most float64) error {
	if len(d) == 0 {
		return nil
	}
	first, last := highestIndex, lowestIndex
	var h digestHeader
	err := d.each(func(header digestHeader, index int64, count uint64) {
		if h = header; count > 0 {
			first, last = min(first, index), max(last, index)
		}
	})
	if err != nil {
		return err
	}
	if h.high > most {
		return errors.New("a sample is out of bounds")
	}
	if (h.zeros > 0) != (h.low < smallestSample) || !near(h.high, last) || h.zeros == 0 && !near(h.low, first) {
		return errDigest
	}
	return nil
}

// near reports whether v belongs in the bucket of that index, or beside it: an
// edge may round either way. Below the smallest sample there are no buckets.
func near(v float64, index int64) bool {
	if v < smallestSample {
		return index == lowestIndex
	}
	at := int64(indexMapping.Index(v))
	return at-1 <= index && index <= at+1
}

// total is the sum and the number of the samples.
func (d Digest) total() (sum float64, count uint64, err error) {
	if len(d) == 0 {
		return 0, 0, nil
	}
	h, _, err := d.open()
	return h.sum, h.total, err
}

type digestHeader struct {
	zeros, total   uint64 // samples: those of zero, and all
	low, high, sum float64
}

// sums reports whether so many samples can add up to the sum, but for rounding.
func (h digestHeader) sums(count uint64) bool {
	n := float64(count)
	return h.sum >= h.low*n*(1-1e-6) && h.sum <= h.high*n*(1+1e-6)
}

// each checks the whole digest first, then calls f with each bucket and, last,
// with count 0 for the header.
func (d Digest) each(f func(h digestHeader, index int64, count uint64)) error {
	h, b, err := d.open()
	if err != nil {
		return err
	}
	for index := int64(0); len(b) > 0; {
		step, k := binary.Varint(b)
		count, n := binary.Uvarint(b[k:])
		b, index = b[k+n:], index+step
		f(h, index, count)
	}
	f(h, 0, 0)
	return nil
}

// open checks the digest and returns its header and the bytes of its buckets.
func (d Digest) open() (h digestHeader, buckets []byte, err error) {
	if len(d) < 26 {
		return h, nil, errDigest
	}
	tail := d[len(d)-24:]
	for i, p := range [...]*float64{&h.low, &h.high, &h.sum} {
		*p = math.Float64frombits(binary.LittleEndian.Uint64(tail[8*i:]))
		if math.IsNaN(*p) || *p < 0 {
			return h, nil, errDigest
		}
	}
	zeros, b, ok := uvarint(d[:len(d)-24])
	n, b, ok2 := uvarint(b)
	if !ok || !ok2 || zeros > maxCount || n > uint64(highestIndex-lowestIndex) || h.low > h.high || h.high > largestSample {
		return h, nil, errDigest
	}
	h.zeros, h.total = zeros, zeros
	rest, index := b, int64(0)
	for i := range n {
		step, k := binary.Varint(rest)
		if k <= 0 {
			return h, nil, errDigest
		}
		count, after, ok := uvarint(rest[k:])
		index += step
		if !ok || count == 0 || count > maxCount || step <= 0 && i > 0 || index < lowestIndex || index > highestIndex {
			return h, nil, errDigest
		}
		rest, h.total = after, h.total+count
	}
	if len(rest) > 0 || h.total == 0 || !h.sums(h.total) {
		return h, nil, errDigest
	}
	return h, b, nil
}

func uvarint(b []byte) (uint64, []byte, bool) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}
