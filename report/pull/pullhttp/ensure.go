package pullhttp

import (
	"context"
	"errors"
	"fmt"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// Ensure returns what must not be there twice: what look finds, else what create
// makes. Where the answer to create was lost, or the forge says that it is there
// already, it looks again before anything else, and only makes it anew, a few
// times, where it is not there. made says that create made it, as far as is known.
// Errors are look's and create's own.
func Ensure[T any](ctx context.Context, c *Client, look func() (T, bool, error), create func() (T, error)) (got T, made bool, err error) {
	var failed error
	for try := 0; ; try++ {
		got, found, err := look()
		if err != nil || found {
			return got, made, err
		}
		if failed != nil && (try >= c.tries || !lost(failed)) {
			return got, false, failed
		}
		if got, failed = create(); failed == nil {
			return got, true, nil
		}
		switch {
		case conflict(failed): // it may be there; looking tells
		case !lost(failed):
			return got, false, failed
		default:
			made = true
			if err := c.pause(ctx, try); err != nil { // the forge may still be at it
				return got, false, err
			}
		}
	}
}

// lost reports that something may have been done though no answer says so.
func lost(err error) bool {
	f, ok := errors.AsType[*pull.Fault](err)
	if !ok { // an answer that the SDK could not read, or nothing that was sent
		_, ok := errors.AsType[unsent](err)
		return !ok
	}
	return f.Kind == pull.Unreachable || f.Kind == pull.Broken
}

func conflict(err error) bool {
	f, ok := errors.AsType[*pull.Fault](err)
	return ok && f.Kind == pull.Conflict
}

// Ended returns nil where err is a forge's refusal to close what, as look says, is
// closed or merged, and err, or look's error, otherwise.
func Ended(err error, look func() (pull.Request, error)) error {
	if !conflict(err) {
		return err
	}
	r, lookErr := look()
	if lookErr == nil {
		r, lookErr = Check(r)
	}
	switch {
	case lookErr != nil:
		return lookErr
	case r.State == pull.Open:
		return err
	}
	return nil
}

// maxPages bounds a list: a forge that pages without end is not read without end.
const maxPages = 50

// Pages calls read for page 1, 2, … until it says that no more come. More than 50
// pages are an error.
func Pages(read func(page int) (more bool, err error)) error {
	for page := 1; page <= maxPages; page++ {
		if more, err := read(page); err != nil || !more {
			return err
		}
	}
	return unsent{fmt.Errorf("there are more than %d pages; ask for what ended less long ago, or close what is not needed", maxPages)}
}
