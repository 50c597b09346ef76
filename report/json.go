package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// writeJSON writes r as report/schema.json describes it, indented. Characters
// that do not print are escaped, so that the text is safe on a terminal too.
// The elements of each list are encoded one at a time: the report of 50,000
// workloads is 220 MB of JSON, which is never held whole.
func writeJSON(w io.Writer, r *Report, _ View) error {
	d := document{out: bufio.NewWriterSize(w, 1<<16)}
	d.encoder = json.NewEncoder(&d.value)
	d.encoder.SetEscapeHTML(false)
	if err := d.fields(reflect.ValueOf(r).Elem()); err != nil {
		return fmt.Errorf("writing the report as JSON: %w", err)
	}
	return d.out.Flush()
}

// document is a report being written, one value after the other.
type document struct {
	out     *bufio.Writer
	value   bytes.Buffer // the one being encoded
	encoder *json.Encoder
}

// fields writes the struct v as json.Encoder would.
func (d *document) fields(v reflect.Value) error {
	open := "{\n  "
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		field := v.Field(i)
		if strings.Contains(options, "omitempty") && field.IsZero() {
			continue
		}
		fmt.Fprintf(d.out, "%s%q: ", open, name)
		open = ",\n  "
		if err := d.field(field); err != nil {
			return err
		}
	}
	_, err := d.out.WriteString("\n}\n")
	return err
}

func (d *document) field(v reflect.Value) error {
	if v.Kind() != reflect.Slice || v.Len() == 0 {
		return d.encode(v.Interface(), "  ")
	}
	open := "[\n    "
	for i := range v.Len() {
		fmt.Fprint(d.out, open)
		open = ",\n    "
		if err := d.encode(v.Index(i).Addr().Interface(), "    "); err != nil {
			return err
		}
	}
	_, err := d.out.WriteString("\n  ]")
	return err
}

func (d *document) encode(v any, prefix string) error {
	d.value.Reset()
	d.encoder.SetIndent(prefix, "  ")
	if err := d.encoder.Encode(v); err != nil {
		return err
	}
	_, err := d.out.Write(escapeUnprintable(bytes.TrimSuffix(d.value.Bytes(), []byte("\n"))))
	return err
}

func escapeUnprintable(b []byte) []byte {
	first := firstUnprintable(b)
	if first == len(b) {
		return b
	}
	out := append(make([]byte, 0, len(b)+64), b[:first]...)
	for i := first; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case !unprintable(r):
			out = append(out, b[i:i+n]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += n
	}
	return out
}

// firstUnprintable is where in b something does not print, or its length. Most
// of a report is ASCII, which is looked at a byte at a time.
func firstUnprintable(b []byte) int {
	for i := 0; i < len(b); {
		if c := b[i]; c >= ' ' && c < 0x7f || c == '\n' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if unprintable(r) {
			return i
		}
		i += n
	}
	return len(b)
}

func unprintable(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
