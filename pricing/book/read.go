package book

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// Header is the first line of a book: provider (aws, azure or gcp), region,
// instance type as the node label writes it, architecture, vCPU, memory in GiB,
// scale ("own" where the price does not follow the family's, else empty),
// currency, on-demand price an hour, its source and date, spot price an hour,
// its source and date, and the interruption bucket of AWS's Spot Advisor.
const Header = "provider,region,instance_type,arch,vcpu,memory_gib,scale,currency,on_demand,source,as_of,spot,spot_source,spot_as_of,interruption"

// Bounds of a table and of its fields: thousands of times what the clouds sell.
const (
	maxTable  = 16 << 20
	maxText   = 200
	maxVCPU   = 4096
	maxMemory = 1 << 20 // GiB
	maxPrice  = 10000   // an hour
)

// Read reads a book as CSV with the header Header; lines that begin with # are
// comments. It refuses, naming the line: another header, fields that are
// missing or not what they should be, prices that are not greater than zero, a
// spot price that is not below the on-demand one, a machine listed twice, and a
// size whose price per vCPU differs by more than 1 % from its family's median
// without the word "own" in the column scale. The last is how a Windows price
// among Linux ones shows.
func Read(r io.Reader) (*Book, error) {
	limited := &io.LimitedReader{R: r, N: maxTable + 1}
	in := csv.NewReader(limited)
	in.Comment, in.ReuseRecord = '#', true
	header, err := in.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("price book: it is empty; its first line must be " + Header)
	case err != nil:
		return nil, fmt.Errorf("price book: %w", err)
	case strings.Join(header, ",") != Header:
		return nil, errors.New("price book: line 1: the header must be " + Header)
	}
	b := &Book{rows: map[machine]row{}, regions: map[place]bool{}}
	for {
		fields, err := in.Read()
		if limited.N <= 0 {
			return nil, fmt.Errorf("price book: more than %d MiB", maxTable>>20)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("price book: %w", err)
		}
		line, _ := in.FieldPos(0)
		row, err := readRow(fields)
		if err != nil {
			return nil, fmt.Errorf("price book: line %d: %w", line, err)
		}
		row.line = line
		if first, twice := b.rows[row.machine]; twice {
			return nil, fmt.Errorf("price book: line %d: %s is on line %d already", line, row.machine, first.line)
		}
		b.rows[row.machine] = row
		b.regions[row.place] = b.regions[row.place] || !row.spot.IsZero()
	}
	if len(b.rows) == 0 {
		return nil, errors.New("price book: it has no rows")
	}
	if err := b.checkFamilies(); err != nil {
		return nil, err
	}
	return b, nil
}

func (m machine) String() string {
	return string(m.provider) + " " + m.region + " " + m.instanceType
}

// fields reads the columns of one line in order, and keeps the first error.
type fields struct {
	values []string
	names  []string
	err    error
}

func (f *fields) next() (name, value string) {
	name, value = f.names[0], f.values[0]
	f.names, f.values = f.names[1:], f.values[1:]
	return name, value
}

func (f *fields) fail(name string, err error) {
	if f.err == nil {
		f.err = fmt.Errorf("%s: %w", name, err)
	}
}

func (f *fields) text() string {
	name, v := f.next()
	if v == "" || len(v) > maxText || strings.TrimSpace(v) != v || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		f.fail(name, fmt.Errorf("%.40q must be 1 to %d printable characters", v, maxText))
	}
	return strings.Clone(v) // the line's memory is used again
}

func (f *fields) oneOf(allowed ...string) string {
	name, v := f.next()
	for _, a := range allowed {
		if v == a {
			return a
		}
	}
	f.fail(name, fmt.Errorf("%.40q must be one of %q", v, allowed))
	return ""
}

func (f *fields) integer(low, high int) int {
	name, v := f.next()
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		f.fail(name, fmt.Errorf("%.40q must be a whole number, %d to %d", v, low, high))
	}
	return n
}

func (f *fields) figure(most int64) decimal.Decimal {
	name, v := f.next()
	d, err := pricing.ParseFigure(v)
	if err == nil && d.GreaterThan(decimal.NewFromInt(most)) {
		err = fmt.Errorf("%s is more than %d", v, most)
	}
	if err != nil {
		f.fail(name, err)
	}
	return d
}

func (f *fields) currency() string {
	name, v := f.next()
	if len(v) != 3 || strings.ContainsFunc(v, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		f.fail(name, fmt.Errorf("%.40q must be an ISO 4217 code such as USD", v))
	}
	return strings.Clone(v)
}

func (f *fields) date() string {
	name, v := f.next()
	if _, err := time.Parse(time.DateOnly, v); err != nil {
		f.fail(name, fmt.Errorf("%.40q must be a date such as 2026-06-18", v))
	}
	return strings.Clone(v)
}

// empty reports whether the next n columns are, and skips them if so.
func (f *fields) empty(n int) bool {
	if strings.Join(f.values[:n], "") != "" {
		return false
	}
	f.names, f.values = f.names[n:], f.values[n:]
	return true
}

func readRow(values []string) (row, error) {
	f := &fields{values: values, names: strings.Split(Header, ",")}
	var r row
	r.provider = collector.Provider(f.oneOf("aws", "azure", "gcp"))
	r.region, r.instanceType = f.text(), f.text()
	f.oneOf("amd64", "arm64")
	r.vcpu = f.integer(1, maxVCPU)
	f.figure(maxMemory)
	r.own = f.oneOf("", "own") == "own"
	r.currency = f.currency()
	r.onDemand, r.source, r.asOf = f.figure(maxPrice), f.text(), f.date()
	if !f.empty(3) {
		r.spot, r.spotSource, r.spotAsOf = f.figure(maxPrice), f.text(), f.date()
		if f.err == nil && !r.spot.LessThan(r.onDemand) {
			f.fail("spot", fmt.Errorf("%s is not less than the on-demand price, %s", r.spot, r.onDemand))
		}
	}
	if !f.empty(1) {
		r.interruption = new(f.integer(0, 4))
	}
	return r, f.err
}
