package process

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/tuppence-dev/tuppence/report/patch/chart"
)

// A frame is the length of its content in four bytes, the first the highest, and
// its content, JSON. These bound the contents: a request holds a chart of 64 MiB in
// base64, and values; an answer holds what a chart renders, at most 32 MiB of YAML.
const (
	maxRequest = 128 << 20
	maxAnswer  = 40 << 20
)

// request asks for one rendering, or one search where it wants something.
type request struct {
	Files   *chart.Files `json:",omitempty"` // none: those of the request before
	Release chart.Release
	Values  map[string]any
	Want    []chart.Set `json:",omitempty"`
}

// answer is what became of a request. The first one, which nobody asked for, says
// that the process is ready.
type answer struct {
	Objects json.RawMessage `json:",omitempty"` // of a rendering
	Found   *chart.Answer   `json:",omitempty"` // of a search
	Error   string          `json:",omitempty"`
	// Last says that the process ends: a rendering goes on in it.
	Last bool `json:",omitempty"`
}

var errTooLong = errors.New("what is said of it is longer than it may be")

// frame is v as one.
func frame(v any, limit int) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 4))
	if err := json.NewEncoder(b).Encode(v); err != nil {
		return nil, fmt.Errorf("encode it: %w", err)
	}
	n := b.Len() - 4
	if n > limit {
		return nil, errTooLong
	}
	binary.BigEndian.PutUint32(b.Bytes(), uint32(n))
	return b.Bytes(), nil
}

func writeFrame(w io.Writer, v any, limit int) error {
	data, err := frame(v, limit)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// readFrame reads what is there and never makes room for what is only announced. The
// error is io.EOF where the stream ends between two frames.
func readFrame(r io.Reader, v any, limit int) error {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return err
	}
	n := int64(binary.BigEndian.Uint32(length[:]))
	if n > int64(limit) {
		return errTooLong
	}
	content, err := io.ReadAll(io.LimitReader(r, n))
	if err != nil {
		return err
	}
	if int64(len(content)) < n {
		return io.ErrUnexpectedEOF
	}
	if err := json.Unmarshal(content, v); err != nil {
		return errors.New("what is said of it is no JSON of the kind that is wanted") // the decoder's own words may hold values
	}
	return nil
}
