package process

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/report/patch/chart"
)

// TestMain is also the process that renders, and ones that do what it must not.
func TestMain(m *testing.M) {
	play := map[string]func() error{
		"renders":   func() error { return Serve(context.Background(), os.Stdin, os.Stdout) },
		"is silent": func() error { _, err := io.Copy(io.Discard, os.Stdin); return err },
		"tells its environment": answers(func(w io.Writer) error {
			return writeFrame(w, answer{Error: fmt.Sprintf("%q", os.Environ())}, maxAnswer)
		}),
		"ends":             answers(func(io.Writer) error { os.Exit(3); return nil }),
		"is killed":        answers(func(w io.Writer) error { _, _ = w.Write([]byte{0, 0, 0, 9, '{'}); return kill() }),
		"talks nonsense":   answers(func(w io.Writer) error { return writeFrame(w, "hunter2", maxAnswer) }),
		"announces a lot":  answers(announce(0xffffffff)),
		"says less":        answers(announce(maxAnswer)),
		"has no objects":   answers(func(w io.Writer) error { return writeFrame(w, answer{Objects: []byte(`"a"`)}, maxAnswer) }),
		"says it for ever": func() error { return forEver(os.Stdout) },
	}[os.Args[0]]
	if play == nil {
		os.Exit(m.Run())
	}
	if play() != nil {
		os.Exit(1)
	}
}

// answers is a process that is ready, and answers each request by f.
func answers(f func(io.Writer) error) func() error {
	return func() error {
		if err := writeFrame(os.Stdout, answer{}, maxAnswer); err != nil {
			return err
		}
		for {
			if err := readFrame(os.Stdin, &request{}, maxRequest); err != nil {
				return err
			}
			if err := f(os.Stdout); err != nil {
				return err
			}
		}
	}
}

func announce(n uint32) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(binary.BigEndian.AppendUint32(nil, n))
		return errors.Join(err, io.EOF)
	}
}

func kill() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return errors.Join(self.Kill(), io.EOF)
}

func forEver(w io.Writer) error {
	for {
		if _, err := w.Write([]byte("}}}}")); err != nil {
			return err
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// playing is a renderer whose process plays a part.
func playing(t testing.TB, part string) *Renderer {
	t.Helper()
	path, err := os.Executable()
	must(t, err)
	r := New(path, part)
	t.Cleanup(r.Close)
	return r
}

// of is a chart of pairs of names and texts.
func of(t testing.TB, dir string, pairs ...string) *chart.Files {
	t.Helper()
	tree := fstest.MapFS{dir + "/Chart.yaml": &fstest.MapFile{Data: []byte("apiVersion: v2\nname: shop\nversion: 1.0.0\n")}}
	for i := 0; i < len(pairs); i += 2 {
		tree[dir+"/"+pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	f, err := chart.Read(tree, dir)
	must(t, err)
	return f
}

const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: app, resources: {{ toJson .Values.resources }}}]}}, replicas: {{ .Values.replicas }}, half: 0.5}
`

var (
	live   = chart.Release{Name: "live", Namespace: "shop", KubeVersion: "v1.34.2"}
	values = map[string]any{"replicas": 1e6, "resources": map[string]any{"requests": map[string]any{"cpu": "500m"}}}
	want   = []chart.Set{{Field: chart.Field{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web",
		Path: []string{"spec", "template", "spec", "containers", "[name=app]", "resources", "requests", "cpu"}}, Value: "200m"}}
)

// The process says what this one would, word for word, and one process says it all.
func TestItIsTheSameAsHere(t *testing.T) {
	r := playing(t, "renders")
	pid := 0
	for name, f := range map[string]*chart.Files{
		"one that renders":          of(t, "a", "templates/web.yaml", web),
		"one that renders, moved":   of(t, "b", "templates/web.yaml", web),
		"one that renders less":     of(t, "c"),
		"one that fails":            of(t, "a", "templates/web.yaml", `{{ fail "no" }}`),
		"one that is none":          {Dir: "a"},
		"nothing but a wrong field": of(t, "a", "templates/web.yaml", "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				got, err := r.Render(t.Context(), f, live, values)
				here, hereErr := chart.Here{}.Render(t.Context(), f, live, values)
				same(t, got, here, err, hereErr)
				found, err := r.Find(t.Context(), f, live, values, want)
				foundHere, hereErr := chart.Here{}.Find(t.Context(), f, live, values, want)
				same(t, found, foundHere, err, hereErr)
			}
			if now := r.child.cmd.Process.Pid; pid != 0 && pid != now {
				t.Error("another process was started")
			} else {
				pid = now
			}
		})
	}
}

func same[T any](t *testing.T, got, want T, gotErr, wantErr error) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-here +in a process:\n%s", diff)
	}
	if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
		t.Errorf("in a process %q, here %q", gotErr, wantErr)
	}
}

// Whatever a chart does to the process that renders it, its caller gets a reason,
// soon, and the next chart is rendered. A chart that ends it is not tried again.
func TestChartsThatExhaustTheProcess(t *testing.T) {
	const stopped = "" // by the bound on memory, on the stack or on time: on a busy machine any may be first
	for name, test := range map[string]struct {
		within time.Duration // the time that the caller gives it
		files  []string
		want   string
	}{
		"a loop in a loop":                        {500 * time.Millisecond, []string{"templates/a.yaml", `{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}`}, "was not done within the time for it"},
		"templates that include each other twice": {500 * time.Millisecond, []string{"templates/a.yaml", doubling(60)}, "was not done within the time for it"},
		"a file that runs itself by tpl":          {time.Minute, []string{"templates/a.yaml", `{{ tpl (.Files.Get "a") . }}`, "a", `{{ tpl (.Files.Get "a") . }}`}, stopped},
		"memory without bound":                    {time.Minute, []string{"templates/a.yaml", `{{ $d := dict }}{{ range $i := until 1000000 }}{{ $_ := set $d (toString $i) (repeat 1000000 "x") }}{{ end }}`}, stopped},
		"output without bound":                    {time.Minute, []string{"templates/a.yaml", `{{ $x := repeat 1000000 "x" }}{{ range until 1000000 }}{{ $x }}{{ end }}`}, stopped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := playing(t, "renders")
			bad, good := of(t, "bad", test.files...), of(t, "good", "templates/web.yaml", web)
			_, err := r.Render(t.Context(), good, live, values)
			must(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), test.within)
			defer cancel()
			_, err = r.Render(ctx, bad, live, nil)
			refused(t, err, "the chart in bad ", test.want)
			if r.child != nil {
				t.Error("the process goes on")
			}
			if ctx.Err() == nil {
				if _, again := r.Find(t.Context(), bad, live, nil, want); again == nil || again.Error() != err.Error() || r.child != nil {
					t.Errorf("the second time %v, the first %v", again, err)
				}
			}
			if _, err := r.Render(t.Context(), good, live, values); err != nil {
				t.Errorf("the next chart: %v", err)
			}
		})
	}
}

// doubling are n templates each of which includes the next twice.
func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{{ define "t%d" }}{{ include "t%d" . }}{{ include "t%d" . }}{{ end }}`, i, i+1, i+1)
	}
	return b.String() + fmt.Sprintf(`{{ define "t%d" }}{{ end }}{{ include "t0" . }}`, n)
}

func refused(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Fatalf("got %v, want an error with %q", err, part)
		}
	}
	if strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("more than a line, or a value: %q", err)
	}
}

// A value that a search tries may be what a chart does not get over: the search ends
// with the first such rendering, long before its own time is up.
func TestASearchEndsWithARenderingThatDoesNot(t *testing.T) {
	t.Parallel()
	r := playing(t, "renders")
	f := of(t, "bad", "templates/web.yaml", web+`{{ if ne .Values.resources.requests.cpu "500m" }}{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}{{ end }}`)
	began := time.Now()
	_, err := r.Find(t.Context(), f, live, values, want)
	refused(t, err, "the chart in bad ", "may have no end")
	if took := time.Since(began); took > 40*time.Second {
		t.Errorf("it took %s", took)
	}
	if r.child != nil {
		t.Error("the process goes on")
	}
	_, again := r.Render(t.Context(), f, live, values)
	refused(t, again, err.Error())
}

// What comes from the process is bounded and checked, and a process that ends is
// replaced.
func TestAProcessThatDoesWhatItMustNot(t *testing.T) {
	t.Setenv("SECRET", "hunter2")
	f := of(t, "shop", "templates/web.yaml", web)
	for part, want := range map[string]string{
		"tells its environment": "[]",
		"ends":                  "the chart in shop ended the process that rendered it (exit status 3)",
		"is killed":             "the chart in shop ended the process that rendered it (signal: killed)",
		"talks nonsense":        "the chart in shop can't be rendered in a process of its own: what is said of it is no JSON",
		"announces a lot":       "longer than it may be",
		"says less":             "the chart in shop ended the process that rendered it (exit status 1)",
		"has no objects":        "no list of objects",
		"is silent":             "start the process that renders charts",
		"says it for ever":      "start the process that renders charts",
	} {
		t.Run(part, func(t *testing.T) {
			r := playing(t, part)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			if part == "is silent" {
				cancel()
				ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
			}
			defer cancel()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := r.Render(ctx, f, live, values)
			runtime.ReadMemStats(&after)
			refused(t, err, want)
			if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
				t.Errorf("it took %d MiB here", took>>20)
			}
		})
	}
}

// A caller who goes away takes the process along, and blames no chart.
func TestTheCallerMayGoAway(t *testing.T) {
	r := playing(t, "renders")
	f := of(t, "shop", "templates/web.yaml", web, "templates/loop.yaml", `{{ if .Values.loop }}{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}{{ end }}`)
	_, err := r.Render(t.Context(), f, live, values)
	must(t, err)
	child := r.child.cmd
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := r.Render(ctx, f, live, map[string]any{"loop": true}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if child.ProcessState == nil {
		t.Error("the process goes on")
	}
	if _, err := r.Render(t.Context(), f, live, values); err != nil {
		t.Errorf("the chart is blamed: %v", err)
	}
}

// An answer that is too long is a refusal, and the next is as good as ever.
func TestAnAnswerThatIsTooLong(t *testing.T) {
	in, ask := io.Pipe()
	out, reply := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- serve(t.Context(), in, reply, 200) }()
	var a answer
	must(t, readFrame(out, &a, maxAnswer))
	for _, test := range []struct {
		files *chart.Files
		want  string
	}{
		{of(t, "long", "templates/a.yaml", `a: {{ repeat 200 "x" }}`), "what the chart in long renders is longer than is read"},
		{of(t, "short", "templates/a.yaml", "a: x"), ""},
	} {
		a = answer{}
		must(t, writeFrame(ask, request{Files: test.files, Release: live}, maxRequest))
		must(t, readFrame(out, &a, maxAnswer))
		if a.Error != test.want || a.Last || (test.want == "") != (len(a.Objects) > 0) {
			t.Errorf("got %+v, want %q", a, test.want)
		}
	}
	must(t, ask.Close())
	must(t, <-done)
}

// The process ends with its input, even while it renders.
func TestTheProcessEndsWithItsInput(t *testing.T) {
	r := playing(t, "renders")
	must(t, r.start(t.Context()))
	child := r.child
	r.child = nil
	f := of(t, "shop", "templates/a.yaml", `{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}`)
	must(t, writeFrame(child.in, &request{Files: f, Release: live}, maxRequest))
	must(t, child.in.Close())
	began := time.Now()
	_ = child.cmd.Wait() // its status is 0, or it could not write
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %s", took)
	}
}

// What can't be sent is refused at once.
func TestValuesThatCannotBeSent(t *testing.T) {
	r := playing(t, "renders")
	_, err := r.Render(t.Context(), of(t, "shop"), live, map[string]any{"a": math.NaN()})
	refused(t, err, "the chart in shop can't be rendered in a process of its own", "NaN")
}

func TestAProgramThatIsNotThere(t *testing.T) {
	_, err := New("/nowhere/tuppence", "tuppence").Render(t.Context(), of(t, "shop"), live, nil)
	refused(t, err, "start the process that renders charts", "/nowhere/tuppence")
}
