package pull

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/recommend"
)

func sampleRecord() Record {
	cart := recommend.Object{Cluster: "staging-uk", APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "cart\n"}
	return Record{
		Time: noon.In(time.FixedZone("", 3600)), Version: "v0.4.0", Recording: "sha256:1a2b3c4d", Key: "shop-staging", Action: Propose,
		Reason: "no request for it is open", Request: "https://git.example/pulls/1", Rule: "rightsize", Finding: "rightsize-1a2b3c4d",
		Changes: []Changed{{Object: cart, Field: "spec.replicas", Before: "3", After: "2"}, {Object: cart, Field: "spec.minReadySeconds", After: "30"}},
		Gates:   []recommend.Check{{Name: "builds", Verdict: recommend.Passed}},
	}
}

func TestAnAuditLineHoldsTheWholeDecision(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	a, err := OpenAudit(path)
	must(t, err)
	must(t, a.Write(sampleRecord()))
	must(t, a.Close())
	data, err := os.ReadFile(path)
	must(t, err)
	golden(t, "audit.jsonl", string(data))
}

func TestTheAuditLogIsOnlyAddedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	must(t, os.WriteFile(path, []byte("{\"time\":\"cut o"), 0o600))
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			a, err := OpenAudit(path)
			if err != nil {
				t.Error(err)
				return
			}
			for i := range 25 {
				r := sampleRecord()
				r.Finding = fmt.Sprint(n, " ", i, strings.Repeat("x", 5000))
				if err := a.Write(r); err != nil {
					t.Error(err)
				}
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	data, err := os.ReadFile(path)
	must(t, err)
	begun, whole := strings.HasPrefix(string(data), "{\"time\":\"cut o\n"), 0
	for line := range strings.Lines(string(data)) {
		if json.Valid([]byte(line)) && strings.TrimSpace(line) != "" {
			whole++
		}
	}
	if !begun || whole != 100 {
		t.Errorf("%d whole lines, want 100; what was there is kept: %t", whole, begun)
	}
}

func TestAnAuditLogThatCanNotBeKeptIsAnError(t *testing.T) {
	if _, err := OpenAudit(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	a, err := OpenAudit(filepath.Join(t.TempDir(), "audit.jsonl"))
	must(t, err)
	r := sampleRecord()
	r.Changes[0].After = strings.Repeat("x", maxRecord)
	if err := a.Write(r); err == nil {
		t.Error("a line without end was written")
	}
	must(t, a.Close())
	if err := a.Write(sampleRecord()); err == nil {
		t.Error("a closed log was written to")
	}
}
