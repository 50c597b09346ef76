package collector_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/collector/collectortest"
)

func recorded(t testing.TB, f *collector.Fleet) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := collector.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// copied is f as a recording keeps it.
func copied(t testing.TB, f *collector.Fleet) *collector.Fleet {
	t.Helper()
	back, err := collector.Read(bytes.NewReader(recorded(t, f)))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// filler sets every field of a cluster, each text to a marker with its path.
type filler struct {
	markers []string
	digest  collector.Digest
}

func (f *filler) fill(v reflect.Value, path string) {
	switch x := v.Addr().Interface().(type) {
	case *collector.Role:
		*x = collector.Sidecar
		return
	case *collector.Day:
		*x = "2026-11-20"
		return
	case *collector.Digest:
		*x = f.digest
		return
	case *time.Time:
		*x = collectortest.End
		return
	}
	switch v.Kind() {
	case reflect.String:
		marker := "mk-" + path + "-z"
		f.markers = append(f.markers, marker)
		v.SetString(marker)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i), path)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		f.fill(v.Index(0), path)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key, path+"-key")
		f.fill(value, path)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), path+"-"+strings.ToLower(v.Type().Field(i).Name))
		}
	default:
		panic("a field of a kind that this test can't fill: " + v.Kind().String())
	}
}

// full is a fleet with every field set, and the markers in it. Its gap tells of
// all of them, in quotes and without.
func full(t testing.TB) (*collector.Fleet, []string) {
	t.Helper()
	s := collector.NewSketch()
	if err := s.Add(1); err != nil {
		t.Fatal(err)
	}
	fill := &filler{digest: s.Digest()}
	c := collector.Cluster{}
	fill.fill(reflect.ValueOf(&c).Elem(), "cluster")
	c.Gaps[0].Cluster = c.Name
	fill.markers = slices.DeleteFunc(fill.markers, func(m string) bool { return m == "mk-cluster-gaps-cluster-z" })
	var reason []string
	for _, m := range fill.markers {
		if m != c.Name && !slices.Contains(staying, m) {
			reason = append(reason, fmt.Sprintf("%s: %q (a/%s), x=%s %[1]s/%[1]s.", m, m, m, m))
		}
	}
	c.Gaps[0].Reason = strings.Join(reason, " ")
	return &collector.Fleet{Window: collectortest.Window(), Clusters: []collector.Cluster{c}}, fill.markers
}

func TestEveryFieldIsRecordedAndReadsBack(t *testing.T) {
	f, _ := full(t)
	f.Pseudonymised = true
	back := copied(t, f)
	f.Clusters[0].PodOwners, f.Clusters[0].PodNodes, f.Clusters[0].Commands = nil, nil, nil // of use only while collecting
	if d := cmp.Diff(f, back); d != "" {
		t.Errorf("-written +read:\n%s", d)
	}
}
