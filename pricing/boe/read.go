package boe

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

const (
	// maxTable bounds what is read. Fifty years of two series are 400 KB.
	maxTable = 4 << 20
	// day is how the Bank writes one: 02 Jan 2026.
	day = "02 Jan 2006"
	// none is how the Bank writes that a series has no figure on a day.
	none = ".."
)

// Read reads the Bank's export as CSV: a line DATE,XUDLUSS (or XUDLERS, or both)
// and a line a day, 02 Jan 2026,1.3456, in any order. An empty figure and ".."
// are days without a rate. It refuses, naming the line, what is not a day or a
// rate greater than zero, a day given twice, a series that it does not know, and
// a rate more than a quarter away from the one before it.
func Read(r io.Reader) (*Rates, error) {
	limited := &io.LimitedReader{R: r, N: maxTable + 1}
	in := csv.NewReader(limited)
	columns, err := readHeader(in)
	if err != nil {
		return nil, fmt.Errorf("the Bank of England's rates: %w", err)
	}
	rates := &Rates{byCurrency: map[string][]entry{}}
	for {
		fields, err := in.Read()
		if limited.N <= 0 {
			return nil, fmt.Errorf("the Bank of England's rates: more than %d MiB", maxTable>>20)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the Bank of England's rates: %w", err)
		}
		if err := rates.add(columns, fields); err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("the Bank of England's rates: line %d: %w", line, err)
		}
	}
	if err := rates.settle(); err != nil {
		return nil, fmt.Errorf("the Bank of England's rates: %w", err)
	}
	return rates, nil
}

// readHeader returns the currencies of the columns after the first.
func readHeader(in *csv.Reader) ([]string, error) {
	header, err := in.Read()
	if err != nil || len(header) < 2 || !strings.EqualFold(header[0], "DATE") {
		return nil, errors.New("the first line is not DATE,XUDLUSS or the like; the Bank answers with a web page where it does not know a series or a date")
	}
	var columns []string
	for _, code := range header[1:] {
		i := slices.IndexFunc(known, func(s series) bool { return s.code == strings.TrimSpace(code) })
		if i < 0 {
			return nil, fmt.Errorf("line 1: series %.20q is none of %s", code, codes())
		}
		if slices.Contains(columns, known[i].currency) {
			return nil, fmt.Errorf("line 1: series %s is there twice", known[i].code)
		}
		columns = append(columns, known[i].currency)
	}
	return columns, nil
}

// add adds one line.
func (r *Rates) add(columns, fields []string) error {
	at, err := time.Parse(day, strings.TrimSpace(fields[0]))
	if err != nil {
		return fmt.Errorf("date: %.20q must be written as 02 Jan 2026", fields[0])
	}
	for i, currency := range columns {
		figure := strings.TrimSpace(fields[i+1])
		if figure == "" || figure == none {
			continue
		}
		perGBP, err := pricing.ParseFigure(figure)
		if err != nil {
			return fmt.Errorf("%s: %w", currency, err)
		}
		r.byCurrency[currency] = append(r.byCurrency[currency], entry{at, perGBP})
	}
	return nil
}

// settle sorts and checks what was read.
func (r *Rates) settle() error {
	if len(r.byCurrency) == 0 {
		return errors.New("the table has no rates")
	}
	for _, s := range known {
		e := r.byCurrency[s.currency]
		slices.SortStableFunc(e, func(a, b entry) int { return a.day.Compare(b.day) })
		for i := 1; i < len(e); i++ {
			if err := check(e[i-1], e[i]); err != nil {
				return fmt.Errorf("%s: %w", s.code, err)
			}
		}
	}
	return nil
}

var aQuarterMore = decimal.New(125, -2)

// check refuses a day given twice, and two rates within a month of each other of
// which one is more than a quarter above the other: the pound's worst day, 24 June
// 2016, took it down by 8 %, so that is a misplaced digit.
func check(a, b entry) error {
	if a.day.Equal(b.day) {
		return fmt.Errorf("%s is there twice", a.day.Format(day))
	}
	low, high := decimal.Min(a.perGBP, b.perGBP), decimal.Max(a.perGBP, b.perGBP)
	if b.day.Sub(a.day) <= maxDays*24*time.Hour && high.GreaterThan(low.Mul(aQuarterMore)) {
		return fmt.Errorf("%s on %s and %s on %s differ by more than a quarter: check both", a.perGBP, a.day.Format(day), b.perGBP, b.day.Format(day))
	}
	return nil
}
