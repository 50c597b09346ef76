package budget

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// The traces are not part of the project: without them the backtest is skipped.
const traces = "../../../shared/traces/"

const samplesPerDay = 288

// series are the means of the traces' samples, point by point.
func (s setting) series(machines [][]float64) [][]float64 {
	var points [][]float64
	for _, m := range machines {
		p := make([]float64, len(m)*s.perDay/samplesPerDay)
		for i := range p {
			p[i] = stat.Mean(m[i*samplesPerDay/s.perDay:(i+1)*samplesPerDay/s.perDay], nil)
		}
		points = append(points, p)
	}
	slices.SortStableFunc(points, func(a, b []float64) int { return cmp.Compare(len(a), len(b)) })
	var sums [][]float64
	for group := range slices.Chunk(points, s.together) {
		if len(group) < s.together {
			break
		}
		sum := make([]float64, len(group[0]))
		for _, p := range group {
			floats.Add(sum, p[:len(sum)])
		}
		sums = append(sums, sum)
	}
	return sums
}

// planetlab are the CPU utilisations of 365 machines over 6 to 10 days, in per
// cent.
func planetlab(t testing.TB) [][]float64 {
	f, err := os.Open(filepath.FromSlash(traces + "planetlab-cpu.csv.gz"))
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

// cloudwatch are the CPU utilisations of six AWS instances over 14 days, in per
// cent.
func cloudwatch(t testing.TB) [][]float64 {
	files, err := filepath.Glob(filepath.FromSlash(traces + "nab-*.csv"))
	if err != nil || len(files) == 0 {
		t.Skip("the CloudWatch traces are not here")
	}
	var all [][]float64
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		m := make([]float64, len(rows)-1)
		for i, row := range rows[1:] {
			if m[i], err = strconv.ParseFloat(row[1], 64); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, m)
	}
	return all
}
