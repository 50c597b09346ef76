package process

import (
	"syscall"
	"testing"
)

// No process that a chart makes grow gets far beyond its bound, however long it is left.
func TestMemoryIsBounded(t *testing.T) {
	f := of(t, "bad", "templates/a.yaml", `{{ $d := dict }}{{ range $i := until 1000000 }}{{ $_ := set $d (toString $i) (repeat 1000000 "x") }}{{ end }}`)
	_, err := playing(t, "renders").Render(t.Context(), f, live, nil)
	refused(t, err, "the chart in bad ")
	var u syscall.Rusage // of the largest process that has ended
	must(t, syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u))
	const start = 256 << 20 // with the race detector
	if peak := u.Maxrss << 10; peak > start+MaxMemory {
		t.Errorf("a process had %d MiB", peak>>20)
	}
}
