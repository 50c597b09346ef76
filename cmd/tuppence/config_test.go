package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestObjectivesOfTheFileStandOverTheDefaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tuppence.yaml")
	text := "clusters: [{name: a}]\ninterval: {drift: 30m}\nrightsize: {cpuQuantile: 0.99}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	want := defaultObjectives()
	if c.Interval.Drift.Duration != 30*time.Minute || c.Interval.Deploy != want.Interval.Deploy {
		t.Errorf("interval: %+v", c.Interval)
	}
	if c.Rightsize.CPUQuantile != 0.99 || c.Rightsize.MemoryHeadroom != want.Rightsize.MemoryHeadroom {
		t.Errorf("rightsize: %+v", c.Rightsize)
	}
	if _, err := c.recommenders(); err != nil {
		t.Error(err)
	}
	if _, err := want.recommenders(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

func TestAnObjectiveOutOfRangeIsWrongUsage(t *testing.T) {
	o := defaultObjectives()
	o.Rightsize.CPUQuantile = 95
	if _, err := o.recommenders(); err == nil {
		t.Error("a quantile of 95 was taken")
	}
}
