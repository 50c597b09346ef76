package gate_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/gate"
)

// tree makes a file system of names and texts.
func tree(files ...string) fs.FS {
	out := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		out[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return out
}

// with makes the policies in the files the repository's.
func with(files ...string) func(*gate.Case) {
	return func(c *gate.Case) {
		var err error
		if c.Policies, err = gate.LoadPolicies(context.Background(), tree(files...)); err != nil {
			panic(err) // a fixture of this file
		}
	}
}

const (
	// The fields of the healthy case's containers, in both syntaxes of Rego.
	denies = `package main
deny contains msg if {
	some c in input.spec.template.spec.containers
	c.resources.requests.cpu == "500m"
	msg := sprintf("%s asks for half a core", [c.name])
}`
	olderDenies = `package main
deny[msg] {
	c := input.spec.template.spec.containers[_]
	c.resources.requests.cpu == "500m"
	msg := sprintf("%s asks for half a core, by v0", [c.name])
}`
)

func TestPolicies(t *testing.T) {
	judge(t, "policies.golden", []row{
		{"policies", "none", yes, nil},
		{"policies", "a folder without any", yes, with("policy/README.md", "none")},
		{"policies", "deny", no, with("policy/cpu.rego", denies)},
		{"policies", "deny in the older syntax", no, with("policy/cpu.rego", olderDenies)},
		{"policies", "both syntaxes at once", no, with("policy/new.rego", denies, "policy/deep/old.rego", olderDenies)},
		{"policies", "deny of another object", yes, with("policy/cpu.rego", strings.Replace(denies, "500m", "250m", 1))},
		{"policies", "violation with a message in a map", no, with("policy/v.rego", `package main
violation contains {"msg": "no team", "details": {}} if not input.metadata.labels.team`)},
		{"policies", "deny with a suffix, of another package", no, with("policy/v.rego", `package team.cpu
deny_half_core contains "half a core" if input.kind == "Deployment"`)},
		{"policies", "deny without a message", no, with("policy/v.rego", "package main\ndeny := true")},
		{"policies", "deny that is false", yes, with("policy/v.rego", "package main\ndeny := false")},
		{"policies", "deny in the older form in new syntax", no, with("policy/v.rego", `package main
deny[msg] if { msg := "by its key" }`)},
		{"policies", "warn", yes, with("policy/w.rego", `package main
warn contains "it has no team" if not input.metadata.labels.team`)},
		{"policies", "deny with an exception", yes, with("policy/v.rego", `package main
deny_cpu contains "half a core" if true
exception contains rules if { input.metadata.name == "cart"; rules := ["cpu"] }`)},
		{"policies", "deny with an exception of another rule", no, with("policy/v.rego", `package main
deny_cpu contains "half a core" if true
exception contains ["memory"] if true`)},
		{"policies", "a rule of another name, and a function", yes, with("policy/v.rego", `package main
allow := false
deny_all(x) := x`)},
		{"policies", "a test, which is left out", yes, with("policy/v_test.rego", "not rego at all {")},
		{"policies", "outside of the folder", yes, with("other/v.rego", denies)},
		{"policies", "many messages", no, with("policy/v.rego", `package main
deny contains sprintf("message %d", [i]) if some i in numbers.range(1, 40)`)},
		{"policies", "a long message", no, with("policy/v.rego", `package main
deny contains concat("\n", [x | some i in numbers.range(1, 4000); x := "long"]) if true`)},
		{"policies", "it does not parse", no, with("policy/good.rego", denies, "policy/bad.rego", "package main\n\ndeny contains msg if {")},
		{"policies", "it does not compile", no, with("policy/bad.rego", "package main\n\ndeny contains nothing if { 1 == 1 }")},
		{"policies", "two that contradict each other", no, with("policy/a.rego", "package main\ndeny := true", "policy/b.rego", denies)},
		{"policies", "one that can't be evaluated", unknown, with("policy/bad.rego", "package main\ndeny := x if { some x in [1, 2] }")},
		{"policies", "http.send", no, with("policy/bad.rego", `package main
deny contains "x" if http.send({"method": "GET", "url": "http://127.0.0.1/"}).status_code == 200`)},
		{"policies", "the environment", no, with("policy/bad.rego", `package main
deny contains opa.runtime().env.HOME if true`)},
		{"policies", "a look-up of a name", no, with("policy/bad.rego", `package main
deny contains "x" if net.lookup_ip_addr("localhost")`)},
		{"policies", "chance", no, with("policy/bad.rego", `package main
deny contains "x" if rand.intn("x", 2) == 1`)},
		{"policies", "a policy that is too large", no, with("policy/large.rego", "package main\n#"+strings.Repeat("x", 64<<10))},
		{"policies", "the end of the window is now", no, with("policy/v.rego", `package main
deny contains time.format(time.now_ns()) if true`)},
		{"policies", "nothing at hand", unknown, both(with("policy/cpu.rego", denies), func(c *gate.Case) { c.Objects = nil })},
	})
}

func TestTooManyPoliciesFailTheGate(t *testing.T) {
	var files, entries, large []string
	for i := range 501 {
		files = append(files, fmt.Sprintf("policy/%d.rego", i), denies)
	}
	for i := range 10_001 {
		entries = append(entries, fmt.Sprintf("policy/%d.txt", i), "")
	}
	for i := range 17 {
		large = append(large, fmt.Sprintf("policy/%d.rego", i), "package main\n#"+strings.Repeat("x", 62<<10))
	}
	for name, list := range map[string][]string{"files": files, "entries": entries, "bytes": large} {
		c := healthy()
		with(list...)(c)
		if got := check(t, c, "policies"); got.Verdict != no || !strings.Contains(got.Detail, "too much to read") {
			t.Errorf("%s: %s: %s", name, got.Verdict, got.Detail)
		}
	}
}

// failing is a file system whose files can't be read.
type failing struct{ fstest.MapFS }

func (f failing) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".rego") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.Open(name)
}

func TestATreeThatCannotBeReadIsAnError(t *testing.T) {
	_, err := gate.LoadPolicies(t.Context(), failing{tree("policy/cpu.rego", denies).(fstest.MapFS)})
	if err == nil || !strings.Contains(err.Error(), "policy/cpu.rego") {
		t.Errorf("error %v", err)
	}
}

func TestLoadingPoliciesEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := gate.LoadPolicies(ctx, tree("policy/cpu.rego", denies)); p != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, error %v", p, err)
	}
}

// A policy that never ends is stopped by the case's bound, and by the caller's.
func TestAPolicyThatDoesNotEndIsUndecided(t *testing.T) {
	c := healthy()
	with("policy/slow.rego", `package main
deny contains "never" if {
	some a in numbers.range(1, 100000)
	some b in numbers.range(1, 100000)
	a * b < 0
}`)(c)
	c.Policies.Timeout = 50 * time.Millisecond
	if got := check(t, c, "policies"); got.Verdict != unknown || !strings.Contains(got.Detail, "longer than 50ms") {
		t.Errorf("%s: %s", got.Verdict, got.Detail)
	}
	c.Policies.Timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, k := range gate.Run(ctx, c) {
		if k.Name == "policies" && k.Verdict != unknown {
			t.Errorf("cancelled: %s: %s", k.Verdict, k.Detail)
		}
	}
}

// No built-in function reaches a host, not even by way of a schema's reference.
func TestPoliciesReachNoHost(t *testing.T) {
	var reached atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		fmt.Fprint(w, `{"type": "object"}`)
	}))
	defer server.Close()
	for _, text := range []string{
		`package main
deny contains "schema" if json.match_schema({}, {"$ref": "URL/schema.json"})[0]`,
		`package main
deny contains "schema" if json.verify_schema({"$ref": "URL/schema.json"})[0]`,
		`# METADATA
# schemas:
#   - input: {"$ref": "URL/schema.json"}
package main
deny contains "annotation" if input.kind`,
		`package main
deny contains "send" if http.send({"method": "GET", "url": "URL"})`,
	} {
		c := healthy()
		with("policy/reach.rego", strings.ReplaceAll(text, "URL", server.URL))(c)
		check(t, c, "policies")
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("a policy reached a host %d times", n)
	}
}

func FuzzPolicies(f *testing.F) {
	for _, s := range []string{denies, olderDenies, "", "package main", "package main\ndeny := input", "package main\ndeny contains walk(input)",
		"package a.b[\"c d\"]\nwarn_x contains {\"msg\": 1}", "package main\nexception := [[\"\"]]\ndeny := {\"msg\": null}",
		"package main\ndeny contains x if x := data", "package main\nviolation := {{}, [], \"\", 1, null, true}",
		"package main\n" + strings.Repeat("(", 2000), "package main\ndeny := " + strings.Repeat("[", 500)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := healthy()
		var err error
		if c.Policies, err = gate.LoadPolicies(t.Context(), tree("policy/fuzz.rego", text)); err != nil {
			t.Fatalf("a tree that can be read gave %v", err)
		}
		if c.Policies != nil {
			c.Policies.Timeout = 200 * time.Millisecond
		}
		got := check(t, c, "policies")
		if strings.ContainsAny(got.Detail, "\n\r") || len([]rune(got.Detail)) > 1200 {
			t.Fatalf("not a bounded line: %q", got.Detail)
		}
		if again := check(t, c, "policies"); again != got && again.Verdict != recommend.Undecided && got.Verdict != recommend.Undecided {
			t.Fatalf("first %v, then %v", got, again)
		}
	})
}
