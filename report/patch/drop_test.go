package patch

import (
	"strings"
	"testing"
)

// What addPatches adds, dropPatch takes out again, byte for byte.
func TestDropPatchUndoesAddPatches(t *testing.T) {
	tests := map[string]string{
		"no patches before":          "resources:\n  - a.yaml\n",
		"flush lists":                "resources:\n- a.yaml\n",
		"comments and blank lines":   "# top\nresources:\n  - a.yaml # a\n\n# end\n",
		"CRLF":                       "resources:\r\n  - a.yaml\r\n",
		"patches of somebody else's": "patches:\n  # theirs\n  - path: b.yaml\n\n# next\nresources:\n  - a.yaml\n",
		"a block of text before it":  "patches:\n- patch: |\n    a: b\n# not in it\nresources:\n- a.yaml\n",
	}
	for rule, src := range tests {
		t.Run(rule, func(t *testing.T) {
			with, err := addPatches([]byte(src), []entry{webEntry})
			must(t, err)
			got, err := dropPatch(with, webEntry.path)
			must(t, err)
			if string(got) != src {
				t.Errorf("got:\n%s\nwant:\n%s", got, src)
			}
		})
	}
}

func TestDropPatchKeepsTheCommentsOfOthers(t *testing.T) {
	const src = "patches: # all\n# ours\n- path: web.yaml # mine\n# theirs\n- path: b.yaml\n"
	got, err := dropPatch([]byte(src), "web.yaml")
	must(t, err)
	if want := "patches: # all\n# ours\n# theirs\n- path: b.yaml\n"; string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestDropPatchRefuses(t *testing.T) {
	tests := map[string]string{
		"not a list in block style": "patches: [{path: web.yaml}]\n",
		"does not list":             "patches:\n- path: b.yaml\n",
		"twice":                     "patches:\n- path: web.yaml\n- path: ./web.yaml\n",
		"SOPS":                      "patches:\n- path: web.yaml\nsops: {}\n",
	}
	for want, src := range tests {
		if out, err := dropPatch([]byte(src), "web.yaml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, error %v, want %q", src, out, err, want)
		}
	}
}

// FuzzDropPatch holds that any bytes give an error, or a kustomization that parses
// and no longer lists the file.
func FuzzDropPatch(f *testing.F) {
	for _, src := range []string{"patches:\n- path: web.yaml\n", "patches: &a\n- path: web.yaml\n- patch: |\n    x\nb: *a\n", "patches:\n-\n  path: web.yaml\n  target: {\n name: a}\n", "Patches:\n- {path: web.yaml}"} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := dropPatch(src, "web.yaml")
		if err != nil {
			return
		}
		_, now, err := parseKustomization(out)
		if err != nil || listedPatches(now)["web.yaml"] {
			t.Fatalf("%q becomes %q (%v)", src, out, err)
		}
	})
}
