package pull

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tuppence-dev/tuppence/recommend"
)

// Record is one line of the audit log: what one request proposes of one finding, what
// it rests on and what was done about it.
type Record struct {
	Time      time.Time         `json:"time"`
	Version   string            `json:"version"`   // tuppence's
	Recording string            `json:"recording"` // digest of what was read
	Key       string            `json:"key"`       // the proposal's
	Action    Verb              `json:"action"`
	Reason    string            `json:"reason,omitempty"`
	Request   string            `json:"request,omitempty"` // its URL
	Rule      string            `json:"rule"`              // the recommender
	Finding   string            `json:"finding"`
	Changes   []Changed         `json:"changes"`
	Gates     []recommend.Check `json:"gates"`
}

// Changed is one change of a finding.
type Changed struct {
	Object recommend.Object `json:"object"`
	Field  string           `json:"field"`
	Before string           `json:"before"` // in Git, else in the cluster; empty: not set
	After  string           `json:"after"`  // empty: it goes
}

// Audit is a log of proposals, one JSON object a line, that is only ever added to.
type Audit struct{ file *os.File }

// maxRecord bounds a line, in bytes: a reader's buffer has an end.
const maxRecord = 1 << 20

// OpenAudit opens the log at path, or begins it. A line that an earlier run did not
// get to end is ended, so that it spoils no other.
func OpenAudit(path string) (*Audit, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the audit log: %w", err)
	}
	if err := endLine(f); err != nil {
		return nil, errors.Join(fmt.Errorf("open the audit log: %w", err), f.Close())
	}
	return &Audit{f}, nil
}

func endLine(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return err // a pipe has no last line to look at
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	_, err = f.WriteString("\n")
	return err
}

// Write adds a line, in one write, so that lines of runs at the same time don't mix.
func (a *Audit) Write(r Record) error {
	r.Time = r.Time.UTC()
	r.Changes, r.Gates = append([]Changed{}, r.Changes...), append([]recommend.Check{}, r.Gates...) // a list is never null
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write to the audit log: %w", err)
	}
	if len(line) > maxRecord {
		return fmt.Errorf("write to the audit log: the line about %s is longer than %d KiB", r.Finding, maxRecord>>10)
	}
	if _, err := a.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write to the audit log: %w", err)
	}
	return nil
}

// Close closes the log; only then is all of it known to be on disk.
func (a *Audit) Close() error {
	err := a.file.Sync()
	if errors.Is(err, errors.ErrUnsupported) || !a.regular() {
		err = nil // a pipe or a terminal has no disk
	}
	if err := errors.Join(err, a.file.Close()); err != nil {
		return fmt.Errorf("close the audit log: %w", err)
	}
	return nil
}

func (a *Audit) regular() bool {
	info, err := a.file.Stat()
	return err == nil && info.Mode().IsRegular()
}
