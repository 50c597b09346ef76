package collector

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
	// Pseudonymised tells that names are pseudonyms. What writes no such field
	// knows none.
	Pseudonymised bool `json:"pseudonymised,omitempty"`
}

type recordingEnd struct {
	End bool `json:"end"`
}

// ErrRecording is what every error of Read about the recording's content wraps.
var ErrRecording = errors.New("not a recording that can be read")

// Write writes the fleet as a recording. Equal fleets give equal bytes.
func Write(w io.Writer, f *Fleet) error {
	buf := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(recordingHeader{"tuppence", RecordingVersion, f.Window, len(f.Clusters), f.Pseudonymised})
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
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("writing the recording: %w", err)
	}
	return nil
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
