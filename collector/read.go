package collector

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// Bounds on what Read takes, against hostile input. A container with 14 days of
// usage takes 6 kB and some 60 values, so that a cluster may hold about 40,000.
// Values are bounded beside bytes because the two bytes "1," would be a whole
// Workload before they are refused.
const (
	maxLine      = 256 << 20 // bytes of one cluster, once decompressed
	maxValues    = 4 << 20   // of one cluster
	maxClusters  = 10_000
	maxRecording = 8 << 30 // bytes, once decompressed
)

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
	f := &Fleet{Window: head.Window, Pseudonymised: head.Pseudonymised}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	// One slot a cluster that has come, never one a cluster that the header
	// promises: the promise may be a lie.
	var slots []*Cluster
	size := 0
	for i := range head.Clusters {
		line, err := readLine(in)
		if size += len(line); err == nil && size > maxRecording {
			err = fmt.Errorf("it is larger than %d GiB", maxRecording>>30)
		}
		if err != nil || len(line) == 0 {
			_ = g.Wait()
			return nil, fmt.Errorf("%w: cluster %d of %d: %w", ErrRecording, i+1, head.Clusters, cutShort(err))
		}
		c := new(Cluster)
		slots = append(slots, c)
		g.Go(func() error {
			if err := decodeCluster(line, c); err != nil {
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
		return head, fmt.Errorf("%w: no header: %w", ErrRecording, cutShort(err))
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
	case head.Window.Length() > MaxWindow:
		return head, fmt.Errorf("%w: its window is longer than %d days", ErrRecording, MaxWindow/(24*time.Hour))
	case !head.Window.Start.Before(head.Window.End):
		return head, fmt.Errorf("%w: its window ends before it starts", ErrRecording)
	}
	head.Window.Start, head.Window.End = head.Window.Start.UTC(), head.Window.End.UTC()
	return head, nil
}

// readEnd reads the end line, and on to the end of the input: that is where a
// compressed recording keeps its checksum.
func readEnd(in *bufio.Reader) error {
	line, err := readLine(in)
	var end recordingEnd
	if err != nil || len(line) == 0 || decodeStrict(line, &end) != nil || !end.End {
		return fmt.Errorf("%w: its end line is missing: the recording is truncated, record it again", ErrRecording)
	}
	switch _, err := in.ReadByte(); {
	case err == nil:
		return fmt.Errorf("%w: it goes on after its end line", ErrRecording)
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("%w: after its end line: %w: it was damaged, record it again", ErrRecording, err)
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

// cutShort is err of a line that should be there and isn't.
func cutShort(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the recording is truncated, record it again", io.ErrUnexpectedEOF)
	}
	return err
}

func decodeCluster(line []byte, c *Cluster) error {
	if n := bytes.Count(line, []byte{','}); n > maxValues {
		return fmt.Errorf("%d values, more than the %d that are read", n, maxValues)
	}
	return decodeStrict(line, c)
}

// decodeStrict refuses unknown fields: a misspelt field would be read as
// missing data.
func decodeStrict(line []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) { // not More, which takes a closing bracket for an end
		return errors.New("more than one value on its line")
	}
	return nil
}
