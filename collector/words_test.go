package collector

import (
	"strings"
	"testing"
)

func TestAFlagAmongWords(t *testing.T) {
	for _, tc := range []struct {
		words         string
		at            int
		before, value string
	}{
		{"--log --concurrent=4 --qps=5", 1, "--concurrent=", "4"},
		{"--concurrent 4", 1, "", "4"},
		{"-concurrent=4", 0, "-concurrent=", "4"},
		{"--concurrent=4 --concurrent=8", 1, "--concurrent=", "8"},
		{"--concurrent --qps=5", 0, "--concurrent=", "true"},
		{"run --concurrent", 1, "--concurrent=", "true"},
		{"concurrent=4", -1, "--concurrent=", ""}, // without a hyphen it is no flag
		{"--concurrent-ssa=4", -1, "--concurrent=", ""},
	} {
		if at, before, value := FlagIn(strings.Fields(tc.words), "--concurrent"); at != tc.at || before != tc.before || value != tc.value {
			t.Errorf("%s: %d %q %q, want %d %q %q", tc.words, at, before, value, tc.at, tc.before, tc.value)
		}
	}
	for words, want := range map[string]bool{
		"": false, "/manager --x": false, "/bin/sh -c": true, "bash": true, "/bin/zsh -c": true,
		"/sbin/tini -- /bin/sh -c": true, "/usr/bin/env sh -c": true, "/bin/busybox sh -c": true, "tini -s -- bash -ec": true, "env ksh -l -xc": true,
		"/manager --shell bash --x": false, "/manager -c --shell bash": false, "/manager sh -concurrent=4": false,
	} {
		if got := RunsShell(strings.Fields(words)); got != want {
			t.Errorf("%q runs a shell: %v", words, got)
		}
	}
}
