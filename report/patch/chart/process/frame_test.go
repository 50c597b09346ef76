package process

import (
	"bytes"
	"io"
	"testing"
)

// Whatever comes, reading ends with a frame that reads the same again, or an error,
// and takes no more than there is.
func FuzzReadFrame(f *testing.F) {
	whole, err := frame(answer{Objects: []byte("[]"), Error: "no"}, 100)
	must(f, err)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append(whole, whole...))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, '{'})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		var a, b answer
		if readFrame(r, &a, 1000) != nil {
			return
		}
		if read := len(data) - r.Len(); read > 1004 {
			t.Errorf("%d bytes were read", read)
		}
		again, err := frame(a, 10000)
		must(t, err)
		must(t, readFrame(bytes.NewReader(again), &b, 10000))
		if third, err := frame(b, 10000); err != nil || !bytes.Equal(again, third) {
			t.Errorf("%q became %q, %v", again, third, err)
		}
	})
}

// A frame is whole or is none.
func TestReadFrame(t *testing.T) {
	whole, err := frame("text", 100)
	must(t, err)
	for n := range whole {
		want := io.ErrUnexpectedEOF
		if n == 0 {
			want = io.EOF
		}
		var s string
		if err := readFrame(bytes.NewReader(whole[:n]), &s, 100); err != want { //nolint:errorlint // as it is promised
			t.Errorf("%d bytes of it: %v, want %v", n, err, want)
		}
	}
	if _, err := frame("text", 6); err != errTooLong { //nolint:errorlint // as it is
		t.Errorf("a text of 6 bytes and its line's end: %v", err)
	}
}
