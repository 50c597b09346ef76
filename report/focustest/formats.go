package focustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// moment is the one way to write a moment (DateTimeFormat-A-003-M).
const moment = "2006-01-02T15:04:05Z"

var (
	capitals = regexp.MustCompile(`^[A-Z]{3}$`)
	// numericFormat is NumericFormat-A-003-M to A-011-M: no sign but the minus, of
	// the exponent too, no commas, no units.
	numericFormat = regexp.MustCompile(`^-?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE]-?[0-9]+)?$`)
	// unitFormat is UnitFormat-A-001-M and A-002-O: a unit, unit-times, unit/time,
	// with a whole number before the unit or before the time.
	unitFormat = regexp.MustCompile(`^([0-9]+ )?` + unit + `(-` + times + `|/(` + time1 + `|[0-9]+ ` + times + `))?$`)
)

// Parts of a unit. FOCUS lists the units of size (GB, GiB, …) and of time, and
// leaves what is counted open ("Requests", "API Calls", "vCPU"), which takes in
// the sizes.
const (
	unit  = `[A-Za-z][A-Za-z0-9]*( [A-Za-z][A-Za-z0-9]*)*`
	times = `(Years|Months|Days|Hours|Minutes|Seconds)`
	time1 = `(Year|Month|Day|Hour|Minute|Second)`
)

// Bounds of a number: "1e999999999" is a few bytes to write and a gigabyte to
// compute with.
const (
	maxDigits   = 64
	maxExponent = 64
)

// number reads a decimal number, which may have signs and an exponent. It gives
// an error for what is none, or is longer or larger than any amount.
func number(s string) (decimal.Decimal, error) {
	if len(s) > maxDigits {
		return decimal.Decimal{}, fmt.Errorf("%.40q… is longer than a number", s)
	}
	d, err := decimal.NewFromString(s)
	if err != nil || d.Exponent() > maxExponent || d.Exponent() < -2*maxExponent {
		return decimal.Decimal{}, fmt.Errorf("%.40q is not a number", s)
	}
	return d, nil
}

func isDecimal(s string) bool {
	_, err := number(s)
	return err == nil
}

// isDateTime takes each usual way to write a moment or a day; the one way that
// FOCUS allows is dateTimeFormat's.
func isDateTime(s string) bool {
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", time.DateOnly} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// dateTimeFormat also looks at the length, since time.Parse takes fractions of
// a second where the layout has none.
func dateTimeFormat(s string) bool {
	_, err := time.Parse(moment, s)
	return err == nil && len(s) == len(moment)
}

// keyValueFormat is KeyValueFormat-A-001-M to A-004-M: one JSON object, each key
// once, no object or array in it.
func keyValueFormat(s string) bool {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	seen := map[json.Token]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil || seen[key] {
			return false
		}
		seen[key] = true
		value, err := d.Token()
		if _, nested := value.(json.Delim); err != nil || nested {
			return false
		}
	}
	if _, err := d.Token(); err != nil {
		return false
	}
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}
