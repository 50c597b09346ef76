package bill

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

const (
	// maxRecord is the longest row that is read; tags are what makes a row long.
	// The length of a file is not bounded, however well it is compressed: no more
	// of it than a row is held.
	maxRecord = 1 << 20
	buffer    = 64 << 10
)

// records are the rows of one file.
type records struct {
	at    *layout
	in    *csv.Reader
	guard *guard
	line  int // of the last row that was read
}

// newRecords reads the header of a file, compressed or not.
func newRecords(r io.Reader) (*records, error) {
	in := bufio.NewReaderSize(r, buffer)
	magic, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		in = bufio.NewReaderSize(z, buffer)
	case string(magic) == "PAR1":
		return nil, errors.New("it is a Parquet file: export the bill as CSV")
	}
	if mark, _ := in.Peek(3); string(mark) == "\ufeff" { // Azure's exports begin with it
		_, _ = in.Discard(len(mark))
	}
	rs := &records{guard: &guard{r: in}}
	rs.in = csv.NewReader(bufio.NewReaderSize(rs.guard, buffer))
	rs.in.ReuseRecord = true
	header, _, err := rs.next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	rs.at, err = readHeader(header)
	return rs, err
}

// next returns the fields of the next row, which stay until the one after it, and
// its line. At the end it returns io.EOF.
func (rs *records) next() ([]string, int, error) {
	rs.guard.left = maxRecord + buffer
	fields, err := rs.in.Read()
	if err == nil {
		rs.line, _ = rs.in.FieldPos(0)
		return fields, rs.line, nil
	}
	if errors.Is(err, io.EOF) {
		return nil, 0, io.EOF
	}
	if p, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, 0, fmt.Errorf("line %d, column %d: %w: the file is damaged, export it again", p.Line, p.Column, p.Err)
	}
	return nil, 0, fmt.Errorf("after line %d: %w: the file is damaged, export it again", rs.line, err)
}

// guard bounds what is read of one row: a quote that never closes would be the
// whole file.
type guard struct {
	r    io.Reader
	left int
}

func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, fmt.Errorf("a row is longer than %d KiB", maxRecord>>10)
	}
	n, err := g.r.Read(p)
	g.left -= n
	return n, err
}
