package patch

import (
	"strings"
	"testing"
)

var (
	webKey  = key{"apps", "Deployment", "shop", "web"}
	cpuPath = []string{"spec", "template", "spec", "containers", "[name=app]", "resources", "requests", "cpu"}
)

// manifest is a Deployment whose container has the lines, which begin at column 11.
func manifest(lines string) string {
	return "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n        - name: app\n" + lines
}

func TestAValueIsSetWhereItStands(t *testing.T) {
	const other = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {cpu: 500m}\n"
	tests := []struct {
		rule, src, want string
		value           any
	}{
		{"bare", manifest("          resources:\n            requests:\n              cpu: 500m\n"), manifest("          resources:\n            requests:\n              cpu: 200m\n"), "200m"},
		{"a comment behind it stays", manifest("          resources:\n            requests:\n              cpu:   500m   # measured\n"), manifest("          resources:\n            requests:\n              cpu:   200m   # measured\n"), "200m"},
		{"single quotes stay", manifest("          resources:\n            requests:\n              cpu: '500m'\n"), manifest("          resources:\n            requests:\n              cpu: '200m'\n"), "200m"},
		{"double quotes stay", manifest("          resources:\n            requests:\n              cpu: \"1\"\n"), manifest("          resources:\n            requests:\n              cpu: \"2\"\n"), "2"},
		{"flow maps stay", manifest("          resources: {requests: {cpu: 500m, memory: 1Gi}} # small\n"), manifest("          resources: {requests: {cpu: 200m, memory: 1Gi}} # small\n"), "200m"},
		{"other documents stay", other + "---\n" + manifest("          resources:\n            requests:\n              cpu: 500m\n") + other, other + "---\n" + manifest("          resources:\n            requests:\n              cpu: 200m\n") + other, "200m"},
		{"characters before it count once", manifest("          # £ és\n          resources: {requests: {\"é\": 1, cpu: 500m}}\n"), manifest("          # £ és\n          resources: {requests: {\"é\": 1, cpu: 200m}}\n"), "200m"},
		{"one that is not there is added beside its first sibling", manifest("          resources:\n            requests:\n              memory: 1Gi # much\n"), manifest("          resources:\n            requests:\n              memory: 1Gi # much\n              cpu: 200m\n"), "200m"},
		{"its maps are added too", manifest("          image: app:1\n"), manifest("          resources:\n            requests:\n              cpu: 200m\n          image: app:1\n"), "200m"},
		{"at the end of a file without a line end", strings.TrimSuffix(manifest("          resources:\n            requests:\n              memory: 1Gi\n"), "\n"), manifest("          resources:\n            requests:\n              memory: 1Gi\n              cpu: 200m"), "200m"},
		{"one is taken out with its line", manifest("          resources:\n            requests:\n              cpu: 500m # gone too\n              memory: 1Gi\n"), manifest("          resources:\n            requests:\n              memory: 1Gi\n"), nil},
		{"one to take out that is not there", manifest("          image: app:1\n"), manifest("          image: app:1\n"), nil},
		{"CRLF stays", strings.ReplaceAll(manifest("          resources:\n            requests:\n              memory: 1Gi\n"), "\n", "\r\n"), strings.ReplaceAll(manifest("          resources:\n            requests:\n              memory: 1Gi\n              cpu: 200m\n"), "\n", "\r\n"), "200m"},
		{"a block of text gives way to a line", manifest("          resources:\n            requests:\n              cpu: |-\n                500m\n\n              memory: 1Gi\n"), manifest("          resources:\n            requests:\n              cpu: 200m\n\n              memory: 1Gi\n"), "200m"},
		{"JSON stays JSON", jsonManifest("500m"), jsonManifest("200m"), "200m"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got, err := setInPlace([]byte(test.src), webKey, cpuPath, test.value)
			must(t, err)
			if string(got) != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func jsonManifest(cpu string) string {
	return `{
  "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
  "spec": {"template": {"spec": {"containers": [{"name": "app", "resources": {"requests": {"cpu": "` + cpu + `"}}}]}}}
}
`
}

func TestAValueThatCanNotBeSetWhereItStandsIsRefused(t *testing.T) {
	tests := map[string]string{
		"does not hold Deployment shop/web": "a: b\n",
		"holds Deployment shop/web twice":   manifest("          image: a\n") + "---\n" + manifest("          image: a\n"),
		"encrypted with SOPS":               manifest("          image: a\n") + "sops: {}\n",
		"not UTF-8":                         "\xff\xfe",
		"twice":                             manifest("          image: a\n          image: b\n"),
		"expand to more":                    bombText(),
		"shared by a YAML anchor":           manifest("          resources: &r\n            requests: {cpu: 500m}\n"),
		"no plain one of one line":          manifest("          resources:\n            requests:\n              cpu: !!str 500m\n"),
		"a comment stands beside the value": manifest("          resources:\n            requests:\n              cpu: |- # measured\n                500m\n"),
		"in brackets or an empty map":       manifest("          resources: {}\n"),
		"no element with name \"app\"":      strings.Replace(manifest("          image: a\n"), "- name: app", "- name: web", 1),
		"can't be found where it should":    manifest("          resources:\n            requests:\n              cpu: \"5\\x30\"\n"),
	}
	for want, src := range tests {
		if out, err := setInPlace([]byte(src), webKey, cpuPath, "200m"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %q, error %v, want %q", src, out, err, want)
		}
	}
	for _, src := range []string{manifest("          resources: {requests: {cpu: 1, memory: 1Gi}}\n"), manifest("          resources:\n            requests:\n              cpu: 1\n")} {
		if out, err := setInPlace([]byte(src), webKey, cpuPath, nil); err == nil || !strings.Contains(err.Error(), "taken out by itself") {
			t.Errorf("%q without its value: got %q, error %v", src, out, err)
		}
	}
}

// FuzzSetInPlace holds that any bytes, path and value give an error, or a manifest
// that differs in the field alone.
func FuzzSetInPlace(f *testing.F) {
	full := manifest("          resources:\n            requests:\n              cpu: 500m\n")
	for _, src := range []string{full, jsonManifest("1"), "---\n" + full + "---\n" + full, strings.ReplaceAll(full, "\n", "\r\n"), bombText(), "\ufeff" + full} {
		f.Add([]byte(src), strings.Join(cpuPath, "/"), "200m", false)
		f.Add([]byte(src), "spec/replicas", "3", true)
		f.Add([]byte(src), "metadata/annotations/a", "\"\n'", false)
	}
	f.Fuzz(func(t *testing.T, src []byte, at, after string, remove bool) {
		path := strings.Split(at, "/")
		var value any = after
		if remove {
			value = nil
		}
		before, errBefore := objectsOf(src)
		out, err := setInPlace(src, webKey, path, value)
		if err != nil {
			return
		}
		now, err := objectsOf(out)
		if err != nil || errBefore != nil || len(now) != len(before) {
			t.Fatalf("%d objects (%v) become %d (%v)", len(before), errBefore, len(now), err)
		}
		changed := 0
		for n := range now {
			var diff []difference
			compareValues(key{}, "", before[n], now[n], &diff)
			if len(diff) == 0 {
				continue
			}
			changed++
			s, err := locate(now[n], path)
			if err != nil || s.found == remove || !remove && text(s.value) != after {
				t.Fatalf("%q is %v (%v), want %q", path, s.value, err, after)
			}
			for _, d := range diff {
				if d.path != pointer(s.steps) && !strings.HasPrefix(pointer(s.steps), d.path+"/") && !strings.HasPrefix(d.path, pointer(s.steps[:len(s.steps)-1])) {
					t.Fatalf("%s changes too", d)
				}
			}
		}
		if changed > 1 {
			t.Fatalf("%d objects change", changed)
		}
	})
}
