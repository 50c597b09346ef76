package chart

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// places are where a drawn deployment takes its resources from.
var places = []string{".Values.%s.resources", ".Values.shared.resources", ".Values.global.resources", "hard"}

// drawn is a chart of some deployments, and what is wanted of them.
type drawn struct {
	tree   fstest.MapFS
	place  []string // by deployment
	wanted map[int]string
	want   []Set
}

func draw(t *rapid.T) *drawn {
	d := &drawn{tree: files("Chart.yaml", shopYAML, "charts/sub/Chart.yaml", strings.Replace(shopYAML, "shop", "sub", 1)), wanted: map[int]string{}}
	values := "shared: {resources: {requests: {cpu: 10m}}}\nglobal: {resources: {}}\n"
	for i := range rapid.IntRange(1, 4).Draw(t, "deployments") {
		name := fmt.Sprintf("w%d", i)
		place := rapid.SampledFrom(places).Draw(t, "place")
		folder := rapid.SampledFrom([]string{"", "charts/sub/"}).Draw(t, "folder")
		d.place = append(d.place, place)
		resources := "{requests: {cpu: 10m}}"
		switch place {
		case places[0]:
			d.place[i] = name
			own := name + ": {resources: " + rapid.SampledFrom([]string{"{}", "{limits: {cpu: 3}}", "null"}).Draw(t, "own") + "}\n"
			if folder == "" {
				values += own
			} else {
				f := d.tree["charts/sub/values.yaml"]
				if f == nil {
					f = &fstest.MapFile{}
					d.tree["charts/sub/values.yaml"] = f
				}
				f.Data = append(f.Data, own...)
			}
			place = fmt.Sprintf(place, name)
		case places[1]:
			d.place[i] = folder + place // each chart has its own of that name
		}
		if place != "hard" {
			resources = "{{ toJson " + place + " }}"
		}
		d.tree[folder+"templates/"+name+".yaml"] = &fstest.MapFile{Data: []byte(
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + "}\nspec: {template: {spec: {containers: [{name: app, resources: " + resources + "}]}}}\n")}
		if rapid.Bool().Draw(t, "wanted") {
			d.wanted[i] = rapid.SampledFrom([]string{"20m", "30m"}).Draw(t, "value")
			d.want = append(d.want, Set{Field{"apps/v1", "Deployment", "", name, pathOf("cpu:app")}, d.wanted[i]})
		}
	}
	d.tree["values.yaml"] = &fstest.MapFile{Data: []byte(values)}
	if f := d.tree["charts/sub/values.yaml"]; f == nil {
		d.tree["charts/sub/values.yaml"] = &fstest.MapFile{}
	}
	f := d.tree["charts/sub/values.yaml"]
	f.Data = append(f.Data, "shared: {resources: {requests: {cpu: 10m}}}\n"...)
	return d
}

// solvable tells whether every deployment that shares a place with a wanted one is
// wanted with the same value, and none is hard-coded.
func (d *drawn) solvable() bool {
	for i, value := range d.wanted {
		if d.place[i] == "hard" {
			return false
		}
		for j, place := range d.place {
			if place == d.place[i] && d.wanted[j] != value {
				return false
			}
		}
	}
	return true
}

// For any wanted fields, an answer sets exactly those, as the public API renders it,
// and there is one if and only if no value is shared with a field that is wanted to
// be otherwise or not at all.
func TestAnswersAreExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt)
		c, err := open(d.tree, ".")
		if err != nil {
			rt.Fatal(err)
		}
		answer, err := c.Find(context.Background(), live, nil, d.want)
		if solvable := d.solvable(); solvable != (err == nil) {
			rt.Fatalf("solvable is %v, and the answer %v, %v", solvable, answer, err)
		}
		if err == nil {
			proved(fataler{t: rt}, c, nil, d.want, answer)
			if !slices.IsSortedFunc(answer.Values, func(a, b Value) int { return slices.Compare(a.Path, b.Path) }) {
				rt.Fatalf("out of order: %v", answer.Values)
			}
		}
	})
}

// fataler lets helpers of tests serve rapid's T too.
type fataler struct {
	testing.TB
	t *rapid.T
}

func (f fataler) Helper()                           {}
func (f fataler) Fatal(args ...any)                 { f.t.Fatal(args...) }
func (f fataler) Fatalf(format string, args ...any) { f.t.Fatalf(format, args...) }
func (f fataler) Errorf(format string, args ...any) { f.t.Errorf(format, args...) }
