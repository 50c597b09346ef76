package main

import (
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing/bill"
)

// A bill's warning shows no part of a hidden id, also not where one id begins
// with another.
func TestHideBillHidesWholeIDs(t *testing.T) {
	salt := []byte("a salt of sixteen bytes and more")
	fleet := &collector.Fleet{Clusters: []collector.Cluster{{
		Name:  "prod",
		Nodes: []collector.Node{{ProviderID: "gce://p/z/node-1"}, {ProviderID: "gce://p/z/node-10"}, {ProviderID: "gce://p/z/node-100"}},
	}}}
	b := &bill.Bill{Warnings: []collector.Gap{
		{Reason: "gce://p/z/node-100 has two prices"},
		{Reason: "gce://p/z/node-1 has two prices"},
		{Reason: "gce://p/z/node-10 has two prices"},
	}}
	hidden := hideBill(b, fleet, salt)
	for i, id := range []string{"gce://p/z/node-100", "gce://p/z/node-1", "gce://p/z/node-10"} {
		pseudonym := collector.Pseudonym(salt, id)
		if got, want := hidden.Warnings[i].Reason, pseudonym+" has two prices"; got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
		if hidden.ids[pseudonym] != id {
			t.Errorf("the bill can't be asked for %s by its pseudonym", id)
		}
	}
}
