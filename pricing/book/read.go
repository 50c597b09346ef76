package book

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// Header is the first line of a book: the kind of thing that is priced,
// provider (aws, azure or gcp), region (Everywhere for all that have no row of
// their own), type as a cluster names it, a machine's architecture, vCPU and
// memory in GiB, scale ("own" where a machine's price does not follow its
// family's, else empty), what one unit is, currency, price of a unit (on
// demand), "estimate" or empty, its source and date, spot price, its source and
// date, and the interruption bucket of AWS's Spot Advisor. README.md has them in
// full.
const Header = "kind,provider,region,type,arch,vcpu,memory_gib,scale,unit,currency,price,estimate,source,as_of,spot,spot_source,spot_as_of,interruption"

// MachineHeader is the header of a table of machines only, as books were before
// they held anything else. Read takes it too.
const MachineHeader = "provider,region,instance_type,arch,vcpu,memory_gib,scale,currency,on_demand,source,as_of,spot,spot_source,spot_as_of,interruption"

// Bounds of a table and of its fields: thousands of times what the clouds sell.
const (
	maxTable  = 16 << 20
	maxErrors = 10
	maxText   = 200
	maxVCPU   = 4096
	maxMemory = 1 << 20 // GiB
	maxPrice  = 10000   // a unit
)

// Read reads a book as CSV with the header Header or MachineHeader; lines that
// begin with # are comments. It refuses, naming the line: another header, fields
// that are missing or not what they should be, prices that are not greater than
// zero (but a control plane's may be), a spot price that is not below the
// on-demand one, a thing listed twice, and a size whose price per vCPU differs
// by more than 1 % from its family's median without the word "own" in the column
// scale. The last is how a Windows price among Linux ones shows. The error names
// up to ten lines.
func Read(r io.Reader) (*Book, error) {
	limited := &io.LimitedReader{R: r, N: maxTable + 1}
	in := csv.NewReader(limited)
	in.Comment, in.ReuseRecord = '#', true
	names, machines, err := readHeader(in)
	if err != nil {
		return nil, err
	}
	rows, wrong := map[item]row{}, problems{}
	for !wrong.full() {
		fields, err := in.Read()
		if limited.N <= 0 {
			return nil, fmt.Errorf("price book: more than %d MiB", maxTable>>20)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			wrong.add(err.Error()) // it names the line
			if errors.Is(err, csv.ErrFieldCount) {
				continue
			}
			break
		}
		line, _ := in.FieldPos(0)
		if machines {
			fields = widen(fields, string(pricing.Machine), string(pricing.Hour), "")
		}
		row, err := readRow(names, fields)
		first, twice := rows[row.item]
		switch {
		case err != nil:
			wrong.add(fmt.Sprintf("line %d: %s", line, err))
		case twice:
			wrong.add(fmt.Sprintf("line %d: %s is on line %d already", line, row.item, first.line))
		default:
			row.line = line
			rows[row.item] = row
		}
	}
	if len(wrong) == 0 && len(rows) == 0 {
		return nil, errors.New("price book: it has no rows")
	}
	b := newBook(rows)
	if len(wrong) == 0 {
		wrong = b.checkFamilies()
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return b, nil
}

// readHeader returns the names of the columns as Header has them, and whether
// the table is one of machines only.
func readHeader(in *csv.Reader) (names []string, machines bool, err error) {
	header, err := in.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, false, errors.New("price book: it is empty; its first line must be " + Header)
	case err != nil:
		return nil, false, fmt.Errorf("price book: %w", err)
	}
	switch strings.Join(header, ",") {
	case Header:
		return strings.Split(Header, ","), false, nil
	case MachineHeader:
		return widen(strings.Split(MachineHeader, ","), "kind", "unit", "estimate"), true, nil
	}
	return nil, false, errors.New("price book: line 1: the header must be " + Header)
}

// widen puts the columns that MachineHeader lacks into one of its lines.
func widen(fields []string, kind, unit, estimate string) []string {
	return slices.Concat([]string{kind}, fields[:7], []string{unit}, fields[7:9], []string{estimate}, fields[9:])
}

// problems are what is wrong with a table, up to maxErrors.
type problems []string

func (p *problems) add(what string) { *p = append(*p, what) }

func (p problems) full() bool { return len(p) >= maxErrors }

// Error names them all on one line.
func (p problems) Error() string {
	s := "price book: " + strings.Join(p, "; ")
	if p.full() {
		s += "; what follows was not checked"
	}
	return s
}

func readRow(names, values []string) (row, error) {
	f := &fields{names: names, values: values}
	var r row
	r.kind = pricing.Kind(f.oneOf(kinds...))
	r.provider = collector.Provider(f.oneOf("aws", "azure", "gcp"))
	r.region, r.name = f.text(), f.text()
	if r.kind == pricing.Machine {
		r.arch = f.oneOf(arches...)
		r.vcpu = f.integer(1, maxVCPU)
		r.memory = f.figure(maxMemory)
		r.own = f.oneOf("", "own") == "own"
	} else {
		f.mustBeEmpty(4)
	}
	f.oneOf(string(r.kind.Unit()))
	r.currency = f.currency()
	r.price = f.price(r.kind)
	r.estimate = f.oneOf("", "estimate") == "estimate"
	r.source, r.asOf = f.text(), f.date()
	if r.hasSpot() && !f.empty(3) {
		r.spot, r.spotSource, r.spotAsOf = f.figure(maxPrice), f.text(), f.date()
		if f.err == nil && !r.spot.LessThan(r.price) {
			f.fail("spot", fmt.Errorf("%s is not less than the on-demand price, %s", r.spot, r.price))
		}
	} else if !r.hasSpot() {
		f.mustBeEmpty(3)
	}
	if r.kind != pricing.Machine {
		f.mustBeEmpty(1)
	} else if !f.empty(1) {
		r.interruption = new(f.integer(0, 4))
	}
	if r.region == Everywhere && r.hasSpot() {
		f.fail("region", fmt.Errorf("%q does not go with the kind %s: name the region", Everywhere, r.kind))
	}
	return r, f.err
}
