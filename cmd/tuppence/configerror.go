package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// asWritten is what is wrong with a YAML file in the terms of who wrote it, rather
// than of the JSON that it is read through.
func asWritten(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: it is %s, and must be %s", cmp.Or(wrong.Field, "the file"),
			cmp.Or(found[wrong.Value], "a "+wrong.Value), cmp.Or(wanted[wrong.Type.Kind()], "another kind of value"))
	}
	text := err.Error()
	for _, through := range []string{"error converting YAML to JSON: ", "error unmarshaling JSON: ", "while decoding JSON: ", "json: ", "yaml: "} {
		text = strings.TrimPrefix(text, through)
	}
	return errors.New(text)
}

// found is a JSON value in YAML's terms; what is not in it, "number 9.5", is said
// as it is.
var found = map[string]string{"string": "text", "array": "a list", "object": "a mapping"}

// wanted is what a setting takes.
var wanted = map[reflect.Kind]string{
	reflect.Slice:  "a list, such as [a, b]",
	reflect.Struct: "a mapping, such as {name: value}",
	reflect.Map:    "a mapping, such as {name: value}",
	reflect.Int:    "a whole number",
	reflect.Int64:  "a whole number",
	reflect.String: "text",
	reflect.Bool:   "true or false",
}
