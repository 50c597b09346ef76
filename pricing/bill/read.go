package bill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// Options say what to read from a bill.
type Options struct {
	// Want are provider ids as clusters have them (nodes' provider ids, volume
	// handles, the ids of load balancers and control planes), each with the group
	// whose cost by day it counts in, such as its cluster.
	Want   map[string]string
	Window collector.Window
	FX     pricing.FX
}

// File is one file of a bill. Open is called once.
type File struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Read reads files and adds up what they say. The order of the files and of their
// rows, rows that a warning quotes by line aside, does not change the result.
//
// A row that cannot be read in full is a warning, and makes the costs that it
// bears on unknown. An error, which names the file, is what makes a whole file
// doubtful: a column that is missing, CSV or gzip that is broken or cut short, a
// bound that was reached, or a file that is given twice (by its name or by its
// bytes), which would count its rows twice. Two exports of one period with
// different bytes are not told apart: give one.
func Read(ctx context.Context, o Options, files ...File) (*Bill, error) {
	if o.FX == nil || !o.Window.Start.Before(o.Window.End) || len(files) == 0 {
		return nil, errors.New("bill: the files, the exchange rates or the window are missing")
	}
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	t := &tally{
		window:   span{o.Window.Start.UTC(), o.Window.End.UTC()},
		wanted:   newWanted(o.Want),
		rates:    rates{fx: o.FX, found: map[rateKey]*rateEntry{}},
		services: map[serviceKey]*service{},
		tax:      noCosts(), unused: noCosts(),
	}
	var sources []Source
	for i, f := range files {
		if i > 0 && f.Name == files[i-1].Name {
			return nil, fmt.Errorf("bill %q: it is given twice", f.Name)
		}
		s, err := t.read(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("bill %q: %w", f.Name, err)
		}
		for _, o := range sources {
			if o.SHA256 == s.SHA256 && s.Rows > 0 {
				return nil, fmt.Errorf("bill %q: it has the bytes of %q: give one of them", f.Name, o.Name)
			}
		}
		sources = append(sources, s)
	}
	b := t.settle()
	b.Window, b.Files = o.Window, sources
	return b, nil
}

// read adds one file.
func (t *tally) read(ctx context.Context, f File) (s Source, err error) {
	in, err := f.Open()
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	digest := sha256.New()
	records, err := newRecords(io.TeeReader(in, digest))
	if err != nil {
		return s, err
	}
	r := row{at: records.at, file: f.Name}
	for rows := 0; ; rows++ {
		if rows%1024 == 0 && ctx.Err() != nil {
			return s, ctx.Err()
		}
		r.fields, r.line, err = records.next()
		switch {
		case errors.Is(err, io.EOF):
			return Source{Name: f.Name, Rows: rows, SHA256: hex.EncodeToString(digest.Sum(nil))}, nil
		case err != nil:
			return s, err
		}
		if err := t.add(&r); err != nil {
			return s, err
		}
	}
}
