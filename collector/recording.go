package collector

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
)

// A recording is JSON Lines: a header, one line a cluster, an end. The header
// names the version, so that a reader knows what it has before it reads on; the
// end tells a whole recording from a truncated one; a line a cluster lets big
// fleets be read on all cores. A name that ends in .gz is compressed.

// RecordingVersion is the version that Write writes and the newest that Read
// reads. It grows with every change that an older reader would misread.
const RecordingVersion = 1

type recordingHeader struct {
	Recording string `json:"recording"` // always "tuppence"
	Version   int    `json:"version"`
	Window    Window `json:"window"`
	Clusters  int    `json:"clusters"`
}

type recordingEnd struct {
	End bool `json:"end"`
}

// ErrRecording is what every error of Read about the recording's content wraps.
var ErrRecording = errors.New("not a recording that can be read")

// Bounds on what Read takes, against hostile input: a cluster of 10,000
// containers takes about 30 MB.
const (
	maxLine     = 1 << 30 // bytes of one cluster, once decompressed
	maxClusters = 10_000
)

// Write writes the fleet as a recording. Equal fleets give equal bytes.
func Write(w io.Writer, f *Fleet) error {
	buf := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(recordingHeader{"tuppence", RecordingVersion, f.Window, len(f.Clusters)})
	for i := range f.Clusters {
		if err == nil {
			err = enc.Encode(&f.Clusters[i])
		}
	}
	if err == nil {
		err = enc.Encode(recordingEnd{true})
	}
	if err == nil {
		err = buf.Flush()
	}
	if err != nil {
		return fmt.Errorf("writing the recording: %w", err)
	}
	return nil
}

// WriteFile writes the fleet to path, compressed where its name ends in .gz. A
// file that stands there is replaced when the new one is whole, not before.
func WriteFile(path string, f *Fleet) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("writing the recording: %w", err)
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name())
		}
	}()
	out := io.WriteCloser(tmp)
	if strings.HasSuffix(path, ".gz") {
		out = gzip.NewWriter(tmp)
	}
	if err := Write(out, f); err != nil {
		return err
	}
	if out != io.WriteCloser(tmp) {
		if err := out.Close(); err != nil {
			return fmt.Errorf("writing the recording: %w", err)
		}
	}
	if err := errors.Join(tmp.Chmod(0o644), tmp.Close()); err != nil {
		return fmt.Errorf("writing the recording: %w", err)
	}
	return os.Rename(tmp.Name(), path)
}

// ReadFile reads the recording at path, compressed or not.
func ReadFile(path string) (*Fleet, error) {
	file, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("no recording at %s: make one with tuppence record --out %s", path, path)
		}
		return nil, fmt.Errorf("reading the recording: %w", err)
	}
	defer file.Close()
	f, err := Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Read reads a recording, compressed or not, and checks it: what it returns is
// normalised and keeps every rule that Collect's fleets keep. Content that does
// not is an error that wraps ErrRecording.
func Read(r io.Reader) (*Fleet, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%w: gzip: %w", ErrRecording, err)
		}
		in = bufio.NewReaderSize(z, 1<<16)
	}
	head, err := readHeader(in)
	if err != nil {
		return nil, err
	}
	f := &Fleet{Window: head.Window}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	// One slot a cluster that has come, never one a cluster that the header
	// promises: the promise may be a lie.
	var slots []*Cluster
	for i := range head.Clusters {
		line, err := readLine(in)
		if err != nil || len(line) == 0 {
			_ = g.Wait()
			return nil, fmt.Errorf("%w: cluster %d of %d: %w: the recording is truncated, record it again", ErrRecording, i+1, head.Clusters, orEnd(err))
		}
		c := new(Cluster)
		slots = append(slots, c)
		g.Go(func() error {
			if err := decodeStrict(line, c); err != nil {
				return fmt.Errorf("%w: cluster %d of %d: %w", ErrRecording, i+1, head.Clusters, err)
			}
			if err := c.validate(); err != nil {
				return fmt.Errorf("%w: cluster %q: %w", ErrRecording, c.Name, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := readEnd(in); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, c := range slots {
		if names[c.Name] {
			return nil, fmt.Errorf("%w: cluster %q stands in it twice", ErrRecording, c.Name)
		}
		names[c.Name] = true
		f.Clusters = append(f.Clusters, *c)
	}
	f.Normalise()
	return f, nil
}

func readHeader(in *bufio.Reader) (recordingHeader, error) {
	var head recordingHeader
	line, err := readLine(in)
	if err != nil || len(line) == 0 {
		return head, fmt.Errorf("%w: no header: %w", ErrRecording, orEnd(err))
	}
	// Leniently first: a newer version may have fields that this one lacks, and
	// is to be named rather than called malformed.
	if err := json.Unmarshal(line, &head); err != nil || head.Recording != "tuppence" {
		return head, fmt.Errorf("%w: its first line is not a tuppence header", ErrRecording)
	}
	switch {
	case head.Version > RecordingVersion:
		return head, fmt.Errorf("%w: it has version %d, this tuppence reads up to %d: use a newer tuppence", ErrRecording, head.Version, RecordingVersion)
	case head.Version < 1:
		return head, fmt.Errorf("%w: it has version %d, which never was", ErrRecording, head.Version)
	case head.Clusters < 0 || head.Clusters > maxClusters:
		return head, fmt.Errorf("%w: its header promises %d clusters, at most %d are read", ErrRecording, head.Clusters, maxClusters)
	case !head.Window.Start.Before(head.Window.End):
		return head, fmt.Errorf("%w: its window ends before it starts", ErrRecording)
	}
	head.Window.Start, head.Window.End = head.Window.Start.UTC(), head.Window.End.UTC()
	return head, nil
}

func readEnd(in *bufio.Reader) error {
	line, err := readLine(in)
	var end recordingEnd
	if err != nil || len(line) == 0 || decodeStrict(line, &end) != nil || !end.End {
		return fmt.Errorf("%w: its end line is missing: the recording is truncated, record it again", ErrRecording)
	}
	if extra, _ := readLine(in); len(extra) > 0 {
		return fmt.Errorf("%w: it goes on after its end line", ErrRecording)
	}
	return nil
}

// readLine returns the next line without its end. At the end of the input it
// returns io.EOF; a line without an end is io.ErrUnexpectedEOF.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, fmt.Errorf("a line is longer than %d MiB", maxLine>>20)
		case err == nil:
			return bytes.TrimRight(line, "\r\n"), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

func orEnd(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// decodeStrict refuses unknown fields: a misspelt field would be read as
// missing data.
func decodeStrict(line []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if dec.More() {
		return errors.New("more than one value on its line")
	}
	return nil
}
