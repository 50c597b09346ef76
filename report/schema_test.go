package report

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func render(t testing.TB, f string, in Input, v View) string {
	t.Helper()
	format, err := Lookup(f)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := format.Write(&b, Build(in), v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestJSONIsWhatTheSchemaDescribes(t *testing.T) {
	schema := compiledSchema(t)
	for name, in := range map[string]Input{"ordinary": ordinary(), "empty": empty(), "holes": holes(), "hostile": hostile(hostileNames)} {
		t.Run(name, func(t *testing.T) {
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, "json", in, View{})))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSchemaRefusesWhatIsNotAReport(t *testing.T) {
	schema := compiledSchema(t)
	good := render(t, "json", ordinary(), View{})
	for name, edit := range map[string][2]string{
		"money as a number":   {`"gbp": "1234.56"`, `"gbp": 1234.56`},
		"another version":     {`"schema": 2`, `"schema": 3`},
		"an unknown status":   {`"status": "proposed"`, `"status": "maybe"`},
		"a missing field":     {`"notes": [`, `"remarks": [`},
		"a list that is null": {`"gaps": []`, `"gaps": null`},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, edit[0], edit[1], 1)
			if bad == good {
				t.Fatalf("%s does not stand in the report", edit[0])
			}
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
			if err != nil {
				t.Fatal(err)
			}
			if schema.Validate(doc) == nil {
				t.Error("accepted")
			}
		})
	}
}

// TestSchemaNamesEveryField walks the Go types beside the schema, so that
// neither can gain or lose a field without the other.
func TestSchemaNamesEveryField(t *testing.T) {
	raw, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	w := walker{t: t, defs: root["$defs"].(map[string]any), seen: map[reflect.Type]bool{}}
	w.walk("report", reflect.TypeFor[Report](), root)
	if len(w.seen) < 15 {
		t.Errorf("only %d types were walked", len(w.seen))
	}
}

type walker struct {
	t    *testing.T
	defs map[string]any
	seen map[reflect.Type]bool
}

func (w *walker) walk(at string, typ reflect.Type, node map[string]any) {
	if text, _ := node["description"].(string); text == "" && node["$ref"] == nil {
		w.t.Errorf("%s has no description", at)
	}
	if ref, ok := node["$ref"].(string); ok {
		node = w.defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() == reflect.Slice {
		if node["type"] != "array" {
			w.t.Errorf("%s is a list, the schema says %v", at, node["type"])
			return
		}
		w.walk(at+"[]", typ.Elem(), node["items"].(map[string]any))
		return
	}
	properties, isObject := node["properties"].(map[string]any)
	if typ.Kind() != reflect.Struct || !isObject {
		return
	}
	if w.seen[typ] {
		return
	}
	w.seen[typ] = true
	var required, fields []string
	for field := range typ.Fields() {
		tag := field.Tag.Get("json")
		if !field.IsExported() || tag == "" {
			continue
		}
		key, options, _ := strings.Cut(tag, ",")
		fields = append(fields, key)
		if !strings.Contains(options, "omit") {
			required = append(required, key)
		}
		child, ok := properties[key].(map[string]any)
		if !ok {
			w.t.Errorf("%s.%s is not in the schema", at, key)
			continue
		}
		w.walk(at+"."+key, field.Type, child)
	}
	for key := range properties {
		if !slices.Contains(fields, key) {
			w.t.Errorf("%s.%s is in the schema only", at, key)
		}
	}
	var said []string
	for _, key := range node["required"].([]any) {
		said = append(said, key.(string))
	}
	slices.Sort(said)
	slices.Sort(required)
	if !slices.Equal(said, required) {
		w.t.Errorf("%s: the schema requires %v, the type %v", at, said, required)
	}
}

func TestJSONReadsBackAsTheSameReport(t *testing.T) {
	for name, in := range map[string]Input{"ordinary": ordinary(), "holes": holes()} {
		t.Run(name, func(t *testing.T) {
			text := render(t, "json", in, View{})
			var r Report
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				t.Fatal(err)
			}
			var again bytes.Buffer
			if err := writeJSON(&again, &r, View{}); err != nil {
				t.Fatal(err)
			}
			if again.String() != text {
				t.Error("written again it differs")
			}
		})
	}
}

func TestJSONEscapesWhatDoesNotPrint(t *testing.T) {
	in := []byte("{\"a\": \"\u009b31m\u202e\x7f\U000e0041é→数\"}\n")
	got := escapeUnprintable(in)
	if want := `{"a": "\u009b31m\u202e\u007f\udb40\udc41é→数"}` + "\n"; string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var before, after map[string]string
	if err := json.Unmarshal(in, &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &after); err != nil {
		t.Fatal(err)
	}
	if before["a"] != after["a"] {
		t.Errorf("the value changed from %q to %q", before["a"], after["a"])
	}
}
