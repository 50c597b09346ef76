package chart

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	helm "helm.sh/helm/v4/pkg/chart/v2"
)

const schemaFile = "values.schema.json"

// checkValues errs where values do not fit a schema of the chart or its subcharts.
// Helm's own check would fetch what a schema refers to, from the network and from
// the machine's disk. Errors name the place and never the value.
func checkValues(c *helm.Chart, values map[string]any, root bool) error {
	if c.Schema != nil {
		if err := checkSchema(c.Schema, values); err != nil {
			if root {
				return fmt.Errorf("%s: %w", schemaFile, err)
			}
			return fmt.Errorf("%s of the subchart %s: %w", schemaFile, c.Name(), err)
		}
	}
	for _, sub := range c.Dependencies() {
		own, ok := values[sub.Name()].(map[string]any)
		if !ok {
			continue // nothing to hold it against; what is no map fails before
		}
		if err := checkValues(sub, own, false); err != nil {
			return err
		}
	}
	return nil
}

func checkSchema(data []byte, values map[string]any) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return errors.New("it is no JSON")
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	const at = "tuppence:///" + schemaFile
	if err := compiler.AddResource(at, doc); err != nil {
		return errors.New("it is no JSON schema")
	}
	schema, err := compiler.Compile(at)
	if err != nil {
		if _, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
			return errFetch
		}
		return errors.New("it is no valid JSON schema")
	}
	err = schema.Validate(values)
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return fmt.Errorf("the value %s does not fit it", brief(cmp.Or(firstMisfit(invalid), "as a whole")))
	}
	return err
}

// firstMisfit is the place of the first value that does not fit, in order of names:
// the validator goes through maps in any order.
func firstMisfit(e *jsonschema.ValidationError) string {
	if len(e.Causes) == 0 {
		return strings.Join(e.InstanceLocation, ".")
	}
	places := make([]string, len(e.Causes))
	for i, cause := range e.Causes {
		places[i] = firstMisfit(cause)
	}
	return slices.Min(places)
}

var errFetch = errors.New("it refers to another document, and nothing is fetched")

// noLoader loads nothing.
type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errFetch }
