package collector

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func smallFleet(t testing.TB) *Fleet {
	t.Helper()
	s := sketchOf(t, []float64{10, 20, 30})
	end := time.Date(2026, 9, 14, 10, 0, 0, 0, time.UTC)
	f := &Fleet{
		Window: Window{Start: end.Add(-14 * 24 * time.Hour), End: end},
		Clusters: []Cluster{
			{Name: "b", Gaps: []Gap{{"b", "prometheus", "503"}}},
			{
				Name: "a", Environment: "production",
				Nodes:        []Node{{Name: "n1", CapacityType: Spot, Capacity: Resources{CPU: 4000, Memory: 16 * GiB}, Allocatable: Resources{CPU: 3900, Memory: 15 * GiB}, GPUModel: "Tesla-T4"}},
				PastNodes:    []Node{{Name: "n0", CapacityType: Spot, Created: end.Add(-48 * time.Hour), Removed: end.Add(-24 * time.Hour)}},
				ControlPlane: ControlPlane{Service: "eks", Tier: "standard", Region: "eu-west-2", Requests: 12},
				Volumes: []Volume{{Name: "pv-1", Namespace: "shop", Claim: "data", ProviderID: "vol-1", Provider: AWS, Type: "gp3", Class: "fast", Capacity: 20 * GiB,
					Users: []WorkloadRef{{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}}}},
				LoadBalancers: []LoadBalancer{{Kind: "Service", Namespace: "shop", Name: "web", Provider: AWS, Type: "nlb", Rules: 2, Created: end}},
				Workloads: []Workload{{
					APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web", Replicas: 2,
					Containers: []Container{{
						Name: "app", Requests: Resources{CPU: 500, Memory: GiB},
						Usage: Usage{Source: "prometheus", Days: []DayUsage{{"2026-09-13", s.Digest(), s.Digest()}}},
					}},
					Placements: []Placement{{"n1", 2}},
					Pod:        PodTraits{GracePeriod: Duration{30 * time.Second}},
					Labels:     []Label{{"team", "payments"}},
					PodTime:    []PodTime{{"n0", Duration{time.Hour}}, {"n1", Duration{48 * time.Hour}}},
					Traffic:    Traffic{Measured: true, Internet: GiB, CrossZone: MiB},
					VPA:        &VPA{Name: "sizes", Mode: "Off"},
					Target:     WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "original"},
				}},
				Reconcilers: []Reconciler{{
					APIVersion: "v1", Kind: "Kustomization", Namespace: "flux-system", Name: "apps",
					Interval: Duration{time.Minute},
					History:  []Reconciled{{Digest: "sha256:1", First: end.Add(-time.Hour), Last: end, Total: 60}},
					Ignore:   "interval",
					Artifact: Artifact{Source: "https://git.example/a.git", Revision: "main@sha1:1"},
					Sources:  []ArgoSource{{URL: "https://git.example/b.git", Ref: "main", ValueFiles: []string{"prod.yaml"}}},
				}},
			},
		},
	}
	f.Normalise()
	return f
}

func written(t testing.TB, f *Fleet) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestARecordingReadsBackAsItWas(t *testing.T) {
	f := smallFleet(t)
	for _, name := range []string{"fleet.jsonl", "fleet.jsonl.gz"} {
		path := filepath.Join(t.TempDir(), name)
		if err := WriteFile(path, f); err != nil {
			t.Fatal(err)
		}
		back, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, back); diff != "" {
			t.Errorf("%s: -written +read:\n%s", name, diff)
		}
		if !bytes.Equal(written(t, f), written(t, back)) {
			t.Errorf("%s: writing it again gives other bytes", name)
		}
	}
}

func TestAFileIsReplacedWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sub") // a folder, so the last step fails
	if err := os.MkdirAll(filepath.Join(path, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, smallFleet(t)); err == nil {
		t.Fatal("writing over a folder gave no error")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestBadRecordingsAreRefusedInOneLine(t *testing.T) {
	good := string(written(t, smallFleet(t)))
	lines := strings.SplitAfter(good, "\n")
	replace := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the recording has no %q", old)
		}
		return strings.Replace(good, old, with, 1)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, good)
	_ = z.Close()
	rotten := bytes.Clone(zipped.Bytes())
	rotten[len(rotten)-5] ^= 1                           // of the checksum: the content still reads
	small := sketchOf(t, []float64{10, 20, 30}).Digest() // of smallFleet
	controls := `"kind":"Deployment","namespace":"shop","name":"web"`

	for name, tc := range map[string]struct{ in, want string }{
		"empty":                 {"", "no header"},
		"not JSON":              {"hello\n", "not a tuppence header"},
		"other JSON":            {`{"a":1}` + "\n", "not a tuppence header"},
		"a future version":      {replace(`"version":1`, `"version":99`), "use a newer tuppence"},
		"version zero":          {replace(`"version":1`, `"version":0`), "never was"},
		"truncated in a line":   {good[:len(lines[0])+100], "truncated"},
		"truncated at a line":   {lines[0] + lines[1], "truncated"},
		"without its end":       {strings.Join(lines[:3], ""), "truncated"},
		"gzip cut short":        {zipped.String()[:zipped.Len()/2], "truncated"},
		"more than promised":    {replace(`"clusters":2`, `"clusters":1`), "truncated"},
		"a billion clusters":    {replace(`"clusters":2`, `"clusters":1000000000`), "promises"},
		"trailing data":         {good + `{"end":true}` + "\n", "goes on"},
		"a trailing half line":  {good + "x", "goes on"},
		"after a blank line":    {good + "\n" + good, "goes on"},
		"after the end itself":  {strings.TrimSuffix(good, "\n") + "}\n", "end line"},
		"two on a line":         {replace(lines[1], strings.TrimSuffix(lines[1], "\n")+"]\n"), "more than one value"},
		"gzip that has rotted":  {string(rotten), "checksum"},
		"gzip without its end":  {zipped.String()[:zipped.Len()-8], "unexpected EOF"},
		"line ends in a name":   {replace(controls, `"kind":"","namespace":"a\n\u001b[2J","name":"b\r\n"`), "no name of its own"},
		"a million empty ones":  {replace(`"workloads":[`, `"workloads":[`+strings.Repeat("1,", maxValues)), "more than"},
		"a negative HPA":        {replace(controls, controls+`,"hpa":{"name":"x","min":-1,"max":3}`), "HPA"},
		"a negative total":      {replace(`"total":60`, `"total":-60`), "a count is negative"},
		"an odd day":            {replace(`"day":"2026-09-13"`, `"day":"13 September"`), "is not a day"},
		"window back to front":  {replace(`"start":"2026-08-31`, `"start":"2027-08-31`), "window"},
		"an unknown field":      {replace(`"environment"`, `"surroundings"`), "unknown field"},
		"a cluster twice":       {replace(`"name":"b"`, `"name":"a"`), `names cluster "b"`},
		"negative request":      {replace(`"cpu":500`, `"cpu":-500`), "out of bounds"},
		"overflowing request":   {replace(`"cpu":500`, `"cpu":9223372036854775807`), "out of bounds"},
		"negative pods":         {replace(`"pods":2`, `"pods":-2`), "placement"},
		"malformed digest":      {replace(`"cpu":"`, `"cpu":"////////////////`), "malformed digest"},
		"two malformed digests": {strings.NewReplacer(`"cpu":"`, `"cpu":"////////////////`, `"memory":"`, `"memory":"////////////////`).Replace(good), "CPU of 2026-09-13: malformed digest"},
		"a billion cores used":  {replace(`"cpu":"`+base64.StdEncoding.EncodeToString(small), `"cpu":"`+base64.StdEncoding.EncodeToString(sketchOf(t, []float64{1e12}).Digest())), "out of bounds"},
		"a label twice":         {replace(`"labels":[`, `"labels":[{"key":"team","value":"x"},`), "twice, or is too long"},
		"a label's long value":  {replace(`"value":"payments"`, `"value":"`+strings.Repeat("x", 64)+`"`), "too long"},
		"a label's long key":    {replace(`"key":"team"`, `"key":"`+strings.Repeat("x", 318)+`"`), "too long"},
		"too many labels":       {replace(`"labels":[`, `"labels":[`+strings.Repeat(`{"key":"k","value":"v"},`, MaxLabels)), "more than the 64"},
		"a nameless volume":     {replace(`"name":"pv-1"`, `"name":""`), "volume"},
		"rules below none":      {replace(`"rules":2`, `"rules":-2`), "rules"},
		"pod time below none":   {replace(`"time":"48h0m0s"`, `"time":"-48h0m0s"`), "negative"},
		"pod time twice":        {replace(`{"node":"n0","time"`, `{"node":"n1","time"`), "named twice"},
		"more GPUs than exist":  {replace(`"requests":{"cpu":500`, `"requests":{"gpu":1000001,"cpu":500`), "out of bounds"},
		"more traffic than is":  {replace(`"internet":1073741824`, `"internet":2305843009213693952`), "traffic"},
		"requests below none":   {replace(`"requests":12`, `"requests":-12`), "control plane"},
		"a past node that's up": {replace(`,"removed":"2026-09-13T10:00:00Z"`, ""), "past node"},
		"a nameless VPA":        {replace(`"vpa":{"name":"sizes"`, `"vpa":{"name":""`), "VPA has no name"},
		"a nameless target":     {replace(`"name":"original"`, `"name":""`), "target has no kind, or no name"},
		"a target without kind": {replace(`"target":{"apiVersion":"apps/v1","kind":"Deployment"`, `"target":{"apiVersion":"apps/v1","kind":""`), "target has no kind, or no name"},
		"a long VPA's mode":     {replace(`"mode":"Off"`, `"mode":"`+strings.Repeat("x", MaxText+1)+`"`), "longer than 4096"},
		"a long source":         {replace(`"ref":"main"`, `"ref":"`+strings.Repeat("x", MaxText+1)+`"`), "longer than 4096"},
		"a long artifact":       {replace(`"revision":"main@sha1:1"`, `"revision":"`+strings.Repeat("x", MaxText+1)+`"`), "longer than 4096"},
		"a long wish":           {replace(`"ignore":"interval"`, `"ignore":"`+strings.Repeat("x", MaxText+1)+`"`), "longer than 4096"},
		"many value files":      {replace(`"valueFiles":[`, `"valueFiles":[`+strings.Repeat(`"x",`, MaxSources)), "more than 256 sources or value files"},
		"many sources":          {replace(`"sources":[`, `"sources":[`+strings.Repeat(`{},`, MaxSources)), "more than 256 sources or value files"},
		"a negative interval":   {replace(`"interval":"1m0s"`, `"interval":"-1m0s"`), "negative"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Read(strings.NewReader(tc.in))
			if err == nil {
				t.Fatalf("was read: %+v", f)
			}
			if !errors.Is(err, ErrRecording) || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line with %q", err, tc.want)
			}
		})
	}
}

// A recording that was made before a field was known lacks it, and is read.
func TestAnOldRecordingStillReads(t *testing.T) {
	f, err := ReadFile("../fixtures/recordings/testbed.jsonl.gz")
	if err != nil || len(f.Clusters) == 0 || f.Pseudonymised {
		t.Fatal(err)
	}
	before := written(t, f)
	if back, err := Read(bytes.NewReader(before)); err != nil || !bytes.Equal(before, written(t, back)) {
		t.Errorf("%v, or written again it is another", err)
	}
}

// A digest whose buckets are well formed may still lie in the figures beside them.
func TestADigestThatLiesIsRefused(t *testing.T) {
	honest := sketchOf(t, []float64{10, 20, 30}).Digest()
	with := func(low, high, sum float64) Digest {
		d := bytes.Clone(honest[:len(honest)-24])
		for _, f := range [...]float64{low, high, sum} {
			d = binary.LittleEndian.AppendUint64(d, math.Float64bits(f))
		}
		return d
	}
	for rule, tc := range map[string]struct {
		d  Digest
		ok bool
	}{
		"the honest one":              {with(10, 30, 60), true},
		"a peak beyond any container": {with(10, 1e30, 60), false},
		"all beyond any container":    {with(1e30, 1e30, 1e30), false},
		"a sum that no three make":    {with(10, 30, 1e17), false},
		"a sum under three times low": {with(10, 30, 11), false},
		"a peak under its bucket":     {with(10, 12, 33), false},
		"a low over its bucket":       {with(25, 30, 80), false},
	} {
		if err := tc.d.Valid(); (err == nil) != tc.ok {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// FuzzRead holds hostile bytes to an error or to a fleet that can be written
// and read again.
func FuzzRead(f *testing.F) {
	good := written(f, smallFleet(f))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(bytes.Replace(good, []byte(`"pods":2`), []byte(`"pods":null`), 1))
	f.Add(bytes.Replace(good, []byte(`"clusters":2`), []byte(`"clusters":2,"pseudonymised":true`), 1))
	f.Add(bytes.Replace(good, []byte(`"labels":[`), []byte(`"labels":[{"key":"","value":null},`), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		fleet, err := Read(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, ErrRecording) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if _, err := Read(bytes.NewReader(written(t, fleet))); err != nil {
			t.Fatalf("can't be read again: %v", err)
		}
	})
}
