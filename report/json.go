package report

import (
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// writeJSON writes r as report/schema.json describes it, indented. Characters
// that do not print are escaped, so that the text is safe on a terminal too.
func writeJSON(w io.Writer, r *Report, _ View) error {
	e := json.NewEncoder(printable{w})
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("writing the report as JSON: %w", err)
	}
	return nil
}

// printable passes JSON on with characters that do not print as \u escapes.
// They stand in strings only, where an escape means the same. It is handed whole
// documents: json.Encoder writes once a value.
type printable struct{ w io.Writer }

func (p printable) Write(b []byte) (int, error) {
	if _, err := p.w.Write(escapeUnprintable(b)); err != nil {
		return 0, err
	}
	return len(b), nil
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
