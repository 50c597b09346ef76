package hmrc

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/pricing"
)

// Header is the first line of a table of rates: the month (2026-09), the
// currency's ISO 4217 code, units of it a pound, and where that was read.
const Header = "month,currency,per_gbp,source"

// Bounds of what is read. A month of HMRC's is about 36 KB.
const (
	maxTable  = 4 << 20
	maxSource = 200
)

// Read reads a table as CSV with the header Header, in any order; lines that
// begin with # are comments. It refuses, naming the line, what is not a month, a
// currency or a rate greater than zero, a month given twice, and a rate more
// than twice or less than half of its neighbour's.
func Read(r io.Reader) (*Rates, error) {
	limited := &io.LimitedReader{R: r, N: maxTable + 1}
	in := csv.NewReader(limited)
	in.Comment = '#'
	header, err := in.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("exchange rates: the table is empty; its first line must be " + Header)
	case err != nil:
		return nil, fmt.Errorf("exchange rates: %w", err)
	case strings.Join(header, ",") != Header:
		return nil, errors.New("exchange rates: line 1: the header must be " + Header)
	}
	rates := &Rates{byCurrency: map[string]series{}}
	for {
		fields, err := in.Read()
		if limited.N <= 0 {
			return nil, fmt.Errorf("exchange rates: more than %d MiB", maxTable>>20)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("exchange rates: %w", err)
		}
		e, err := readEntry(fields)
		if err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("exchange rates: line %d: %w", line, err)
		}
		rates.byCurrency[fields[1]] = append(rates.byCurrency[fields[1]], e)
	}
	if err := rates.settle(); err != nil {
		return nil, err
	}
	return rates, nil
}

func readEntry(fields []string) (entry, error) {
	e := entry{month: fields[0], source: fields[3]}
	if err := checkMonth(e.month); err != nil {
		return e, err
	}
	if err := pricing.CheckCurrency(fields[1]); err != nil {
		return e, err
	}
	if e.source == "" || len(e.source) > maxSource || strings.ContainsFunc(e.source, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return e, fmt.Errorf("source: %.40q must be 1 to %d printable characters", e.source, maxSource)
	}
	rate, err := pricing.ParseFigure(fields[2])
	if err != nil {
		return e, fmt.Errorf("per_gbp: %w", err)
	}
	e.perGBP = rate
	return e, nil
}

func checkMonth(s string) error {
	if _, err := time.Parse(month, s); err != nil {
		return fmt.Errorf("month: %.40q must be written as 2026-09", s)
	}
	return nil
}

// settle sorts and checks what was read.
func (r *Rates) settle() error {
	if len(r.byCurrency) == 0 {
		return errors.New("exchange rates: the table has no rows")
	}
	var errs []string
	for currency, s := range r.byCurrency {
		slices.SortStableFunc(s, func(a, b entry) int { return strings.Compare(a.month, b.month) })
		for i := 1; i < len(s); i++ {
			if s[i].month == s[i-1].month {
				errs = append(errs, fmt.Sprintf("exchange rates: %s: %s is there twice", currency, s[i].month))
			}
		}
		if err := s.check(); err != nil {
			errs = append(errs, fmt.Sprintf("exchange rates: %s: %v", currency, err))
		}
	}
	if len(errs) > 0 {
		return errors.New(slices.Min(errs)) // the same one every time
	}
	return nil
}

// Month is one month of HMRC's rates.
type Month struct {
	Period string                     // 2026-09
	PerGBP map[string]decimal.Decimal // units a pound, by ISO 4217 code
}

// xmlList is HMRC's file, monthly_xml_YYYY-MM.xml.
type xmlList struct {
	XMLName xml.Name `xml:"exchangeRateMonthList"`
	Period  string   `xml:"Period,attr"` // 01/Aug/2026 to 31/Aug/2026
	Rates   []struct {
		Code string `xml:"currencyCode"`
		Rate string `xml:"rateNew"`
	} `xml:"exchangeRate"`
}

// ReadXML reads HMRC's own monthly file. A currency is listed once for each
// country that uses it; its rates must agree. It refuses a file of more than
// 4 MiB, a period that is not one month, and rates that are not greater than
// zero.
func ReadXML(r io.Reader) (Month, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	if err != nil {
		return Month{}, fmt.Errorf("HMRC's monthly file: %w", err)
	}
	if len(data) > maxTable {
		return Month{}, fmt.Errorf("HMRC's monthly file: more than %d MiB", maxTable>>20)
	}
	var list xmlList
	if err := xml.Unmarshal(data, &list); err != nil {
		return Month{}, fmt.Errorf("HMRC's monthly file: %w", err)
	}
	m := Month{PerGBP: make(map[string]decimal.Decimal, len(list.Rates))}
	if m.Period, err = period(list.Period); err != nil {
		return Month{}, fmt.Errorf("HMRC's monthly file: %w", err)
	}
	for i, e := range list.Rates {
		code := strings.TrimSpace(e.Code)
		rate, err := pricing.ParseFigure(strings.TrimSpace(e.Rate))
		if err == nil {
			err = pricing.CheckCurrency(code)
		}
		if before, ok := m.PerGBP[code]; err == nil && ok && !before.Equal(rate) {
			err = fmt.Errorf("%s is %s here and %s before", code, rate, before)
		}
		if err != nil {
			return Month{}, fmt.Errorf("HMRC's monthly file: rate %d of %d: %w", i+1, len(list.Rates), err)
		}
		m.PerGBP[code] = rate
	}
	if len(m.PerGBP) == 0 {
		return Month{}, errors.New("HMRC's monthly file: it has no rates")
	}
	return m, nil
}

// period reads "01/Aug/2026 to 31/Aug/2026" as 2026-08.
func period(s string) (string, error) {
	const day = "02/Jan/2006"
	from, to, _ := strings.Cut(s, " to ")
	first, err1 := time.Parse(day, from)
	last, err2 := time.Parse(day, to)
	if err1 != nil || err2 != nil || first.Day() != 1 || !first.AddDate(0, 1, -1).Equal(last) {
		return "", fmt.Errorf("period %.60q is not one month, such as 01/Aug/2026 to 31/Aug/2026", s)
	}
	return first.Format(month), nil
}
