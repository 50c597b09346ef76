package book

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tuppence-dev/tuppence/pricing"
)

// Write writes b as Read reads it, in the order of the keys: the same book gives
// the same bytes, and Read gives the same book again. Comments are not kept.
func Write(w io.Writer, b *Book) error {
	out := csv.NewWriter(w)
	_ = out.Write(strings.Split(Header, ",")) // a failure stays until Error
	for _, r := range b.sorted() {
		_ = out.Write(r.columns())
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing the price book: %w", err)
	}
	return nil
}

// columns are r's, in the order of Header.
func (r *row) columns() []string {
	machine := make([]string, 3) // arch, vCPU, memory
	if r.kind == pricing.Machine {
		machine = []string{r.arch, strconv.Itoa(r.vcpu), r.memory.String()}
	}
	spot := ""
	if !r.spot.IsZero() {
		spot = r.spot.String()
	}
	bucket := ""
	if r.interruption != nil {
		bucket = strconv.Itoa(*r.interruption)
	}
	return []string{
		string(r.kind), string(r.provider), r.region, r.name, machine[0], machine[1], machine[2], when(r.own, "own"),
		string(r.kind.Unit()), r.currency, r.price.String(), when(r.estimate, "estimate"), r.source, r.asOf,
		spot, r.spotSource, r.spotAsOf, bucket,
	}
}

func when(is bool, word string) string {
	if is {
		return word
	}
	return ""
}
