package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
)

// BenchmarkAnalyse is the whole offline job as a process of its own: read the
// recording, price, recommend, render. It reports the process's peak resident
// memory (MB-peak) and the recording's size. Clusters have 250 workloads of one
// container with 14 days of digests; the aim is 200 of them in 15 s and 1 GiB
// on two cores, and twice the fleet at no more than 2.2 times the cost.
func BenchmarkAnalyse(b *testing.B) {
	for _, clusters := range []int{50, 100, 200, 400} {
		b.Run(fmt.Sprintf("clusters=%d", clusters), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "fleet.jsonl")
			if err := collector.WriteFile(path, collectortest.Generate(clusters, 250, 1)); err != nil {
				b.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			self, err := os.Executable()
			if err != nil {
				b.Fatal(err)
			}
			var peak int64
			for b.Loop() {
				cmd := exec.CommandContext(b.Context(), self, "analyse", "--recording", path, "-o", "json")
				cmd.Args[0] = "tuppence" // see TestMain
				cmd.Stdout, cmd.Stderr = io.Discard, os.Stderr
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				// Linux gives KiB.
				peak = max(peak, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss<<10)
			}
			b.ReportMetric(float64(peak)/1e6, "MB-peak")
			b.ReportMetric(float64(info.Size())/1e6, "MB-recording")
		})
	}
}
