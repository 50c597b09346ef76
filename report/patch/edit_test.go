package patch

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

var webEntry = entry{"web.yaml", meta{"apps/v1", "Deployment", "shop", "web"}}

func TestAddPatchesKeepsWhatStandsThere(t *testing.T) {
	const item = "  - path: web.yaml\n    target:\n      group: apps\n      kind: Deployment\n      name: web\n      namespace: shop\n"
	flush := strings.ReplaceAll(item, "\n  ", "\n")[2:]
	tests := []struct{ rule, src, want string }{
		{"no patches: a list at the end, indented as its siblings", "resources:\n  - a.yaml\n", "resources:\n  - a.yaml\npatches:\n" + item},
		{"no patches: a list at the end, flush as its siblings", "resources:\n- a.yaml\n", "resources:\n- a.yaml\npatches:\n" + flush},
		{"no line end at the end", "resources:\n- a.yaml", "resources:\n- a.yaml\npatches:\n" + flush},
		{"null patches", "patches:\nresources:\n- a.yaml\n", "patches:\n" + flush + "resources:\n- a.yaml\n"},
		{"a comment leads to the next key", "patches:\n- path: b.yaml\n\n# all of it\nresources:\n- a.yaml\n", "patches:\n- path: b.yaml\n" + flush + "\n# all of it\nresources:\n- a.yaml\n"},
		{"a block scalar with a line like a comment", "patches:\n- patch: |\n    a: b\n# not in it\n- path: b.yaml\n", "patches:\n- patch: |\n    a: b\n# not in it\n- path: b.yaml\n" + flush},
		{"a kept block scalar at the end", "patches:\n- target: {kind: X}\n  patch: |+\n    a: b\n\n\n", "patches:\n- target: {kind: X}\n  patch: |+\n    a: b\n\n\n" + flush},
		{"CRLF", "resources:\r\n- a.yaml\r\n", strings.ReplaceAll("resources:\n- a.yaml\npatches:\n"+flush, "\n", "\r\n")},
		{"listed already", "patches:\n- path: ./web.yaml\n", "patches:\n- path: ./web.yaml\n"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got, err := addPatches([]byte(test.src), []entry{webEntry})
			must(t, err)
			if string(got) != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestAddPatchesRefuses(t *testing.T) {
	tests := map[string]string{
		"no map":         "- a\n",
		"twice":          "patches: []\nPatches: []\n",
		"more than one":  "a: b\n---\nc: d\n",
		"no string":      "? !0\n: 0\n? !0\n: 1\n", // which of the two is read is chance
		"UTF-8":          "\xff\xfea\x00",
		"not parse":      "a: [\n",
		"expand to more": bombText(),
	}
	for want, src := range tests {
		if out, err := addPatches([]byte(src), []entry{webEntry}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: got %q, error %v, want %q", src, out, err, want)
		}
	}
}

// bombText is nine levels of nine aliases.
func bombText() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := range 8 {
		ref := "*a" + string(rune('0'+i))
		next := "a" + string(rune('1'+i))
		b.WriteString(next + ": &" + next + " [" + strings.Repeat(ref+",", 8) + ref + "]\n")
	}
	return b.String()
}

func TestTargetNamesAreNoRegularExpressions(t *testing.T) {
	out, err := addPatches([]byte("resources: []\n"), []entry{{"p.yaml", meta{"v1", "ConfigMap", "", "a.b"}}})
	must(t, err)
	if !bytes.Contains(out, []byte(`name: a\.b`)) {
		t.Errorf("the dot of a.b would match any character:\n%s", out)
	}
}

// FuzzEdit holds that any bytes give an error, or a kustomization that parses,
// with every earlier entry and key as it was and the new entry last.
func FuzzEdit(f *testing.F) {
	for _, s := range []string{"", "resources:\n- a\n", "patches: []\n", "patches: [{path: a}]\n", "patches:\n  - path: a # x\n\n# y\nb: c\n", "patches:\r\n- patch: |+\r\n    x\r\n",
		"{patches: [], a: b}", "patches: &p\n- path: a\nb: *p\n", "? patches\n: - path: a\n", "\ufeffa: b\n", "--- # c\na: b\n...\n", "a: |\n  patches:\n  - b", "Patches:\n- path: q\n", "patches:\n- path: web.yaml\n", "patches: null # n\n", "a: 'b\n\n  c'\npatches:\n   - {path: a}\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := addPatches(bytes.Clone(src), []entry{webEntry})
		if err != nil {
			return
		}
		old, err := values(src)
		if err != nil {
			t.Fatalf("what does not parse was edited: %v", err)
		}
		now, err := values(out)
		if err != nil {
			t.Fatalf("the result does not parse: %v\n%s", err, out)
		}
		if !listedPatches(now)["web.yaml"] {
			t.Fatalf("the entry is not listed:\n%s", out)
		}
		before, _ := old[patchesKey(old)].([]any)
		after, _ := now[patchesKey(now)].([]any)
		if len(after) < len(before) || !reflect.DeepEqual(append([]any{}, before...), append([]any{}, after[:len(before)]...)) {
			t.Fatalf("the entries before changed:\n%s\n%s", src, out)
		}
		delete(old, patchesKey(old))
		delete(now, patchesKey(now))
		if len(old)+len(now) > 0 && !reflect.DeepEqual(old, now) {
			t.Fatalf("another key changed:\n%s\n%s", src, out)
		}
		again, err := addPatches(bytes.Clone(out), []entry{webEntry})
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("a second edit changes it again (%v):\n%s\n%s", err, out, again)
		}
	})
}

// What people make of tuppence's operations is refused, rather than taken for what it
// writes.
func TestOperationsOfAnotherFormAreRefused(t *testing.T) {
	tests := map[string]string{
		"- op: test\n- {op: replace, path: /a/0, value: x}\n":                     "element 1 of it is no operation",
		"- {op: test, path: /a/0, value: x}\n- {path: /a/0, value: x}\n":          "element 2 of it is no operation",
		"- {op: [add], path: /a/0, value: x}\n":                                   "element 1 of it is no operation",
		"- {op: add, path: {a: b}, value: x}\n":                                   "element 1 of it is no operation",
		"- op\n":                                                                  "element 1 of it is no operation",
		"- &a {op: remove, path: /a}\n- *a\n":                                     "element 2 of it is no operation",
		"- {op: add, path: /spec/template/spec/containers/0/args}\n":              "operation 1 of it, add, has no value",
		"- {op: copy, from: /a, path: /b}\n":                                      "operation 1 of it, copy, has no value",
		"- {op: remove, path: /a}\n":                                              "",
		"- {op: add, path: /a/-, value: --b=1}\n- {op: add, path: /c, value: }\n": "",
	}
	head := headOwner + "\n" + headObject + "Deployment.apps a/b\n" + headFindings + "x\n"
	for src, want := range tests {
		if o, err := parseOwned([]byte(head + src)); (want == "") != (err == nil && o != nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, error %v, want %q", src, o, err, want)
		}
		item := map[string]any{"patch": inlineMark + "x\n" + src, "target": map[string]any{"kind": "Deployment"}}
		if ours := ownedInline(item); (want == "") != (ours != nil) {
			t.Errorf("%q within an object: got %v, want it to be somebody's own: %v", src, ours, want != "")
		}
	}
}

// A place before the first of a list, which JSON patches may have, is none of a path.
func TestAPlaceOfAPatchThatThePathHasNot(t *testing.T) {
	o, err := parseOwned([]byte(headOwner + "\n" + headObject + "Deployment.apps a/b\n" + headFindings + "x\n- {op: replace, path: /spec/args/-1, value: --a=1}\n- {op: replace, path: /spec/list/-1/name, value: b}\n"))
	must(t, err)
	if got := o.fields(map[string]any{"spec": map[string]any{"args": []any{"--a=1"}, "list": []any{map[string]any{"name": "a"}}}}); got != nil {
		t.Errorf("got %v, want none", got)
	}
}

// FuzzOwned holds that reading a patch file gives an error, "not tuppence's", or
// a file that, written, reads back as itself.
func FuzzOwned(f *testing.F) {
	head := headOwner + "\n" + headObject + "Deployment.apps a/b\n" + headFindings + "x, y\n"
	for _, s := range []string{"", "a: b\n", head, head + "a: b\n", head + "- op: add\n  path: /a\n  value: {b: c}\n", head + "a: &x [1]\nb: *x\n", head + "a: !!binary x\n", head + "- op: test\n- {op: add, path: /spec/args}\n", head + "- {op: replace, path: /spec/args/0, value: --a=1}\n",
		head + "- {op: add, path: /spec/patches, value: [{target: {kind: a}, patch: \"" + inlineMark + "x\\n- {op: add, path: /spec/args/-1/-, value: b}\"}]}\n", head + "- {op: add, path: /spec/patches/-, value: {target: {kind: a}, patch: \"" + inlineMark + "x\\na: [b, {name: c}]\"}}\n",
		strings.ReplaceAll(head+"a: b\n", "\n", "\r\n")} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parseOwned(data)
		if o == nil || err != nil {
			return
		}
		_ = o.merge([]string{"spec", "containers", "[name=a]", "cpu"}, "1")
		_ = o.operate(map[string]any{"spec": map[string]any{}}, []string{"spec", "x"}, "1")
		flag := []string{"spec", "args", "[--a]"}
		_, _ = o.value(flag, "/spec/args/0")
		_ = o.fields(map[string]any{"spec": map[string]any{"args": []any{"--a=1"}}})
		for _, kind := range []string{"HelmRelease", "Kustomization"} {
			_, docs := o.held(key{kind: kind})
			for _, d := range docs {
				_ = d.owned.fields(map[string]any{"spec": map[string]any{"args": []any{"--a=1"}}})
			}
		}
		_ = o.operate(map[string]any{"spec": map[string]any{"args": []any{"--a=1"}}}, flag, "2")
		out, err := o.bytes()
		if err != nil {
			return
		}
		if _, err := parseOwned(out); err != nil {
			t.Fatalf("what was written does not read back: %v\n%s", err, out)
		}
	})
}
