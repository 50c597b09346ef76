package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/recommend"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./report -update makes it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, go test ./report -update:\n%s", path, diff)
	}
}

func TestGoldenReports(t *testing.T) {
	for name, in := range map[string]Input{"ordinary": ordinary(), "empty": empty(), "holes": holes(), "hostile": hostile(hostileNames)} {
		for _, f := range reports() {
			t.Run(name+"/"+f.Name, func(t *testing.T) {
				golden(t, name+filepath.Ext(f.File), render(t, f.Name, in, View{}))
			})
		}
	}
}

func TestGoldenExplain(t *testing.T) {
	r := Build(holes())
	for name, id := range map[string]string{
		"saving":   finding("prod-lon", "shop", "web", recommend.Saving{}).ID,
		"dearer":   finding("prod-lon", "payments", "api", recommend.Saving{}).ID,
		"interval": intervalFinding("prod-lon", "apps").ID,
		"unknown":  finding("staging-uks", "shop", "worker", recommend.Saving{}).ID,
		"withheld": finding("staging-uks", "shop", "till", recommend.Saving{}).ID,
	} {
		t.Run(name, func(t *testing.T) { golden(t, "explain-"+name+".txt", explain(t, r, id)) })
	}
}
