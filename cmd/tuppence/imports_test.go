package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tuppence-dev/tuppence/"

// rooms are the house in the direction of imports: a package imports only from
// rooms after its own, within its room only parents, children never a sibling.
var rooms = []string{"cmd", "report/pull", "report/patch", "report", "recommend", "pricing", "collector", "fixtures"}

func roomOf(pkg string) int {
	return slices.IndexFunc(rooms, func(room string) bool {
		return pkg == room || strings.HasPrefix(pkg, room+"/")
	})
}

// mayImport holds one import against the plan of the house.
func mayImport(from, to string) bool {
	a, b := roomOf(from), roomOf(to)
	switch {
	case a < 0 || b < 0 || rooms[a] == "fixtures":
		return false // outside the house, or fixtures, which import nothing
	case rooms[a] == "cmd":
		return true
	case a == b:
		return strings.HasPrefix(from, to+"/") || // an adapter imports its parent
			to == "pricing/web" && from != "pricing" || // and what fetches prices or rates does it with one client
			to == "report/patch/chart" && from == "report/patch" || // a part of it that reads charts alone
			to == "recommend/interval/model" && from == "recommend/interval" || // the arithmetic, which knows no fleet
			to == "report/pull/pullhttp" && from != "report/pull" // as what asks forges does
	default:
		return a < b
	}
}

func TestImportsRunOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	packages := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages++
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, imp := range p.Imports {
			to, ours := strings.CutPrefix(imp, module)
			if ours && !mayImport(from, to) {
				t.Errorf("%s imports %s, against the direction of the rooms", from, to)
			}
		}
	}
	if packages < 10 {
		t.Errorf("only %d packages were listed", packages)
	}
}

func TestTheDirectionItself(t *testing.T) {
	for _, tc := range []struct {
		from, to string
		want     bool
	}{
		{"cmd/tuppence", "collector/prom", true},
		{"report/patch", "report", true},
		{"report", "report/patch", false},
		{"recommend/spot", "recommend", true},
		{"recommend/spot", "recommend/rightsize", false},
		{"recommend/interval", "recommend/interval/model", true},
		{"recommend/interval/model", "recommend/rightsize", false},
		{"collector/prom", "collector", true},
		{"collector/prom", "collector/kube", false},
		{"collector", "pricing", false},
		{"pricing", "collector", true},
		{"pricing/hmrc", "pricing/web", true},
		{"pricing/web", "pricing/hmrc", false},
		{"pricing", "pricing/web", false},
		{"pricing/hmrc", "pricing/book", false},
		{"collector/prom", "pricing/web", false},
		{"fixtures", "collector", false},
		{"elsewhere", "collector", false},
	} {
		if got := mayImport(tc.from, tc.to); got != tc.want {
			t.Errorf("%s imports %s: allowed %v, want %v", tc.from, tc.to, got, tc.want)
		}
	}
}
