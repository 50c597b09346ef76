package process

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/report/patch/chart"
)

// A chart of 20 deployments, rendered and searched here and in a process.
func BenchmarkRenderer(b *testing.B) {
	var pairs []string
	var own strings.Builder
	for i := range 20 {
		name := fmt.Sprintf("c%d", i)
		pairs = append(pairs, "templates/"+name+".yaml", strings.NewReplacer(".Values", ".Values."+name, "name: web", "name: "+name).Replace(web))
		fmt.Fprintf(&own, "%s: {replicas: 1, resources: {requests: {cpu: 500m}}}\n", name)
	}
	f := of(b, "shop", append(pairs, "values.yaml", own.String())...)
	wants := []chart.Set{want[0]}
	wants[0].Field.Name = "c7"
	for name, r := range map[string]chart.Renderer{"here": chart.Here{}, "process": playing(b, "renders")} {
		b.Run("render/"+name, func(b *testing.B) {
			for b.Loop() {
				_, err := r.Render(b.Context(), f, live, nil)
				must(b, err)
			}
		})
		b.Run("find/"+name, func(b *testing.B) {
			for b.Loop() {
				_, err := r.Find(b.Context(), f, live, nil, wants)
				must(b, err)
			}
		})
	}
}

// Starting the process, which is the test's own binary here.
func BenchmarkStart(b *testing.B) {
	r := playing(b, "renders")
	for b.Loop() {
		must(b, r.start(b.Context()))
		r.Close()
	}
}
