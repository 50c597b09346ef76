package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
	"github.com/tuppence-dev/tuppence/pricing/bill"
)

// privacyConfig hides names: with a salt, every name in recordings and reports is
// a pseudonym.
type privacyConfig struct {
	SaltFile string `json:"saltFile,omitempty"` // at least 16 bytes, kept secret; the same file gives the same pseudonyms
}

// salt is what pseudonyms are made with; nil where names are shown.
func (p *privacyConfig) salt() ([]byte, error) {
	if p.SaltFile == "" {
		return nil, nil
	}
	b, err := os.ReadFile(p.SaltFile)
	if err != nil {
		return nil, fmt.Errorf("reading privacy.saltFile: %w", err)
	}
	b = bytes.TrimSpace(b)
	if len(b) < collector.MinSalt {
		return nil, usagef("privacy.saltFile %s has %d bytes: give at least %d that nobody can guess, such as those of openssl rand -hex 32",
			p.SaltFile, len(b), collector.MinSalt)
	}
	return b, nil
}

// hide puts pseudonyms in place of the names in f, unless it has them already.
func hide(f *collector.Fleet, salt []byte) error {
	if salt == nil || f.Pseudonymised {
		return nil
	}
	return collector.Pseudonymise(f, salt)
}

// called is the names that a user gives as the fleet has them.
type called struct{ name, label func(string) string }

func calledIn(f *collector.Fleet, salt []byte) called {
	if !f.Pseudonymised || salt == nil {
		same := func(s string) string { return s }
		return called{same, same}
	}
	return called{
		name:  func(s string) string { return collector.Pseudonym(salt, s) },
		label: func(s string) string { return collector.LabelPseudonym(salt, s) },
	}
}

// hiddenBill is a bill for a fleet whose provider ids have become pseudonyms since
// it was read.
type hiddenBill struct {
	*bill.Bill
	ids map[string]string // by pseudonym
}

func hideBill(b *bill.Bill, f *collector.Fleet, salt []byte) *hiddenBill {
	h := &hiddenBill{Bill: b, ids: map[string]string{}}
	var hiding []string
	ids := slices.Sorted(maps.Keys(chargedIDs(f)))
	for _, id := range slices.Backward(ids) { // node-10 before node-1, whose pseudonym would leave a 0 behind
		pseudonym := collector.Pseudonym(salt, id)
		h.ids[pseudonym] = id
		hiding = append(hiding, id, pseudonym)
	}
	names := strings.NewReplacer(hiding...)
	for i := range b.Warnings {
		b.Warnings[i].Reason = names.Replace(b.Warnings[i].Reason)
	}
	return h
}

// Charged implements pricing.Bill.
func (h *hiddenBill) Charged(pseudonym string) (pricing.Charged, bool) {
	id, ok := h.ids[pseudonym]
	if !ok {
		return pricing.Charged{}, false
	}
	return h.Bill.Charged(id)
}
