package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tuppence-dev/tuppence/collector"
)

// onBundled runs a command on the bundled recording and returns what it printed.
func onBundled(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), &app{out: &out, err: &errs}, append(args, "--recording", "../../"+bundled)); code != exitDone {
		t.Fatalf("tuppence %q: status %d: %s", args, code, &errs)
	}
	return out.String()
}

// amountOf is an amount of a JSON report.
type amountOf struct {
	GBP   decimal.Decimal `json:"gbp"`
	Known bool            `json:"known"`
}

type totals struct {
	Total struct {
		Bill amountOf `json:"bill"`
	} `json:"total"`
	Unused     amountOf `json:"unusedCommitments"`
	Allocation struct {
		Groups []struct {
			Name           string
			Direct, Spread amountOf
		} `json:"groups"`
		Shared, Idle, Overhead, UnusedCommitments amountOf
	} `json:"allocation"`
	Bill struct {
		Match struct {
			Matched int
			List    amountOf
			Paid    amountOf
			Missing []string
		} `json:"match"`
		Services []struct {
			Name      string
			Rows      int
			Effective amountOf
		} `json:"services"`
		Tax       amountOf `json:"tax"`
		Effective amountOf `json:"effective"`
	} `json:"bill"`
	Clusters []struct {
		Name  string
		Rates []struct {
			Kind, Terms    string
			Count          int
			Quantity       decimal.Decimal
			PerUnit, Cost  amountOf
			Rate           *struct{ GBPPerUnit decimal.Decimal }
			List           amountOf
			Reason, Region string
		} `json:"rates"`
	} `json:"clusters"`
}

func reportOf(t *testing.T, args ...string) totals {
	t.Helper()
	var r totals
	if err := json.Unmarshal([]byte(onBundled(t, append([]string{"analyse", "-o", "json"}, args...)...)), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// Every grouping is the whole bill, and every figure price × quantity.
func TestEveryGroupingIsTheBill(t *testing.T) {
	for _, by := range []string{"cluster", "environment", "namespace", "team", "label:team", "kustomization", "helmrelease", "application", "repository", "path"} {
		r := reportOf(t, "--group-by", by)
		a := &r.Allocation
		sum := decimal.Sum(a.Shared.GBP, a.Idle.GBP, a.Overhead.GBP, a.UnusedCommitments.GBP)
		for _, g := range a.Groups {
			sum = sum.Add(g.Direct.GBP).Add(g.Spread.GBP)
		}
		if !sum.Equal(r.Total.Bill.GBP) || len(a.Groups) == 0 {
			t.Errorf("by %s: %d groups are %s, the bill is %s", by, len(a.Groups), sum, r.Total.Bill.GBP)
		}
	}
}

func TestEveryFigureIsPriceTimesQuantity(t *testing.T) {
	r := reportOf(t)
	sum := r.Unused.GBP
	for _, c := range r.Clusters {
		for _, x := range c.Rates {
			sum = sum.Add(x.Cost.GBP)
			if x.Cost.Known && !x.PerUnit.GBP.Mul(x.Quantity).Equal(x.Cost.GBP) {
				t.Errorf("%s %s: %s × %s is not %s", c.Name, x.Kind, x.PerUnit.GBP, x.Quantity, x.Cost.GBP)
			}
			if x.Rate != nil && !x.Rate.GBPPerUnit.Mul(x.Quantity).Equal(x.List.GBP) {
				t.Errorf("%s %s: %s × %s is not %s", c.Name, x.Kind, x.Rate.GBPPerUnit, x.Quantity, x.List.GBP)
			}
			if !x.Cost.Known && x.Reason == "" {
				t.Errorf("%s %s: unknown, and no reason", c.Name, x.Kind)
			}
		}
	}
	if !sum.Equal(r.Total.Bill.GBP) {
		t.Errorf("charges are %s, the bill is %s", sum, r.Total.Bill.GBP)
	}
}

// billOfLondon writes a FOCUS export that charges the first cluster's nodes, those that
// went included, a pound an hour each, and something that is not the fleet's. It
// returns how many nodes they are, and their hours.
func billOfLondon(t *testing.T) (path string, nodes int, hours decimal.Decimal) {
	t.Helper()
	f, err := collector.ReadFile("../../" + bundled)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := func(cells ...string) { _ = w.Write(cells) } // to memory
	row("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "BillingCurrency", "ChargePeriodStart", "ChargePeriodEnd",
		"ChargeCategory", "ChargeClass", "ResourceId", "ServiceName", "ProviderName")
	line := func(stood time.Duration, end time.Time, cost, category, id, service string) {
		row(cost, cost, cost, cost, "GBP", end.Add(-stood).Format(time.RFC3339), end.Format(time.RFC3339), category, "", id, service, "AWS")
	}
	for _, n := range slices.Concat(f.Clusters[0].Nodes, f.Clusters[0].PastNodes) {
		stood, end := n.Within(f.Window), f.Window.End
		if !n.Removed.IsZero() {
			end = n.Removed
		}
		pounds := decimal.NewFromInt(int64(stood)).Div(decimal.NewFromInt(int64(time.Hour)))
		line(stood, end, pounds.String(), "Usage", "arn:aws:ec2:eu-west-2:123456789012:instance/"+n.ProviderID[strings.LastIndex(n.ProviderID, "/")+1:], "Amazon Elastic Compute Cloud")
		nodes, hours = nodes+1, hours.Add(pounds)
	}
	line(f.Window.Length(), f.Window.End, "12.34", "Usage", "arn:aws:s3:::attic", "Amazon Simple Storage Service")
	line(f.Window.Length(), f.Window.End, "200", "Tax", "", "Tax")
	w.Flush()
	path = filepath.Join(t.TempDir(), "bill.csv")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, nodes, hours
}

func TestABillIsPricedAsItWasCharged(t *testing.T) {
	path, nodes, hours := billOfLondon(t)
	r := reportOf(t, "--bill", path)
	m := &r.Bill.Match
	if want := hours.Mul(decimal.NewFromInt(730)).DivRound(decimal.NewFromInt(14*24), 6); m.Matched != nodes || !m.Paid.GBP.Round(6).Equal(want) || !m.Paid.Known {
		t.Errorf("%d matched for £%s a month, want %d for £%s", m.Matched, m.Paid.GBP, nodes, want)
	}
	if len(r.Bill.Services) != 1 || r.Bill.Services[0].Name != "Amazon Simple Storage Service" || !r.Bill.Services[0].Effective.GBP.Equal(decimal.RequireFromString("12.34")) {
		t.Errorf("beside the fleet: %+v", r.Bill.Services)
	}
	if !r.Bill.Tax.GBP.Equal(decimal.NewFromInt(200)) {
		t.Errorf("tax of £%s", r.Bill.Tax.GBP)
	}
	for _, x := range r.Clusters[0].Rates {
		if x.Kind == "machine" && (x.Terms != "bill" || !x.PerUnit.GBP.Round(9).Equal(decimal.NewFromInt(1))) {
			t.Errorf("nodes at £%s an hour by %s", x.PerUnit.GBP, x.Terms)
		}
	}
	text := onBundled(t, "analyse", "--bill", path)
	for _, want := range []string{"The bill beside the fleet", "Amazon Simple Storage Service", fmt.Sprintf("%d charges of the fleet stand in the bill", nodes), "priced by list and terms: prod-london: volume "} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// With a salt, no name of the fleet leaves: not in the recording, not in any format.
func TestNamesCanBeHidden(t *testing.T) {
	f, err := collector.ReadFile("../../" + bundled)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "tuppence.yaml")
	salt := filepath.Join(dir, "salt")
	kept := filepath.Join(dir, "kept.jsonl")
	path, _, _ := billOfLondon(t)
	if err := os.WriteFile(salt, []byte("0123456789abcdef0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("privacy: {saltFile: "+salt+"}\npricing: {bill: ["+path+"]}\n"+
		"budgets: [{name: payments' budget, amount: 100, namespace: payments}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	onBundled(t, "analyse", "--config", config, "--record", kept, "--out", dir, "--group-by", "namespace",
		"-o", "table,json,markdown,focus,focus-1.3")
	for _, name := range []string{"kept.jsonl", "report.txt", "report.json", "report.md", "report.focus.csv", "report.focus-1.3.csv"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Clusters {
			for j := range f.Clusters[i].Workloads {
				w := &f.Clusters[i].Workloads[j]
				if w.Namespace == "flux-system" { // everyone's programs
					continue
				}
				for _, secret := range []string{w.Namespace + "/" + w.Name, `"` + w.Name + `"`, "/" + w.Name + " "} {
					if strings.Contains(string(b), secret) {
						t.Errorf("%s holds %q", name, secret)
					}
				}
			}
			for j := range f.Clusters[i].Nodes {
				n := &f.Clusters[i].Nodes[j]
				if strings.Contains(string(b), n.Name) || strings.Contains(string(b), n.ProviderID) {
					t.Errorf("%s holds node %s", name, n.Name)
				}
			}
		}
	}
	// The bill and the budget still met what they are about.
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r totals
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if r.Bill.Match.Matched == 0 || !strings.Contains(string(text), `"name": "payments' budget"`) {
		t.Errorf("%d charges stand in the bill", r.Bill.Match.Matched)
	}
}
