package rightsize

import (
	"bufio"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
)

// The traces are not part of the project: without them the test is skipped.
const planetlab = "../../../shared/traces/planetlab-cpu.csv.gz"

// outcome of a policy over all machines, out of sample.
type outcome struct{ provisioned, used, above, samples float64 }

// TestBacktest holds the figures of the package comment: the first half of each
// PlanetLab machine sets the request (1 % of it is taken as 10m), the second
// half judges it.
func TestBacktest(t *testing.T) {
	machines := traces(t)
	for name, c := range map[string]struct {
		quantile, headroom float64
		ratio, above       float64 // as the package comment has them
	}{
		"default p95 × 1.15": {0.95, 1.15, 2.24, 6.9},
		"p95":                {0.95, 1, 1.96, 9.4},
		"p98 × 1.15":         {0.98, 1.15, 2.91, 3.4},
		"max × 1.15":         {1, 1.15, 6.27, 0.3},
	} {
		t.Run(name, func(t *testing.T) {
			s := Default()
			s.CPUQuantile, s.CPUHeadroom, s.Floor.CPU = c.quantile, c.headroom, 10
			s.Tiny, s.Small = Resources{}, Resources{}
			var o outcome
			for _, m := range machines {
				judge(t, s, m, &o)
			}
			ratio, above := o.provisioned/o.used, 100*o.above/o.samples
			t.Logf("reserves %.2f for each unit used; %.2f %% of later samples are above", ratio, above)
			if math.Abs(ratio-c.ratio) > 0.006 || math.Abs(above-c.above) > 0.06 {
				t.Errorf("%.2f and %.2f %%, documented as %.2f and %.1f %%", ratio, above, c.ratio, c.above)
			}
		})
	}
}

// judge sizes a machine by the first half of its samples, in percent, taken as
// tenths of a core so that the 5m step stays small.
func judge(t *testing.T, s Settings, percent []float64, o *outcome) {
	half := len(percent) / 2
	sketch := collector.NewSketch()
	for _, v := range percent[:half] {
		if err := sketch.Add(v * 10); err != nil {
			t.Fatal(err)
		}
	}
	z := sized{}
	s.sizeCPU(&z, &collector.Container{Name: "m"}, data{sketch: sketch, days: 5}, bounds{})
	for _, v := range percent[half:] {
		o.provisioned += float64(z.requests.CPU)
		o.used += v * 10
		o.samples++
		if v*10 > float64(z.requests.CPU) {
			o.above++
		}
	}
}

func traces(t *testing.T) [][]float64 {
	f, err := os.Open(filepath.FromSlash(planetlab))
	if err != nil {
		t.Skip("the PlanetLab traces are not here")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	var all [][]float64
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ",")
		var m []float64
		for s := range strings.FieldsSeq(fields[len(fields)-1]) {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				break // the header
			}
			m = append(m, v)
		}
		if len(m) > 0 {
			all = append(all, m)
		}
	}
	if err := lines.Err(); err != nil || len(all) != 365 {
		t.Fatalf("%d machines, %v", len(all), err)
	}
	return all
}
