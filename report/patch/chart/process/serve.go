package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/tuppence-dev/tuppence/report/patch/chart"
)

// MaxMemory is how many bytes the process may take beyond those that it has when it
// starts. A rendering of 5 MiB, as the largest charts in use make, takes a fifth.
const MaxMemory = 512 << 20

// maxStack is how deep one rendering may go, in bytes of its stack. A template that
// includes itself a thousand times, as often as Helm lets it, takes 8 MiB.
const maxStack = 64 << 20

// Serve is the process: it bounds the memory of the one that it runs in, which must
// do nothing else, and answers the requests that it reads from in on out. It returns
// when in or ctx ends, and after an answer that is its last; the caller then exits,
// as a rendering may go on. Errors say what could not be bounded or written.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	debug.SetMemoryLimit(MaxMemory / 4 * 3)
	debug.SetMaxStack(maxStack)
	if err := limit(MaxMemory); err != nil {
		return fmt.Errorf("bound the memory of the process that renders charts: %w", err)
	}
	return serve(ctx, in, out, maxAnswer)
}

// serve answers requests with at most so many bytes each.
func serve(ctx context.Context, in io.Reader, out io.Writer, most int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	requests := make(chan *request)
	go func() { // also while one renders, so that none outlives who asked for it
		defer cancel()
		for {
			q := &request{}
			if readFrame(in, q, maxRequest) != nil {
				return
			}
			select {
			case requests <- q:
			case <-ctx.Done():
				return
			}
		}
	}()
	if err := writeFrame(out, answer{}, most); err != nil {
		return err
	}
	s := &server{err: errors.New("no chart was given to render")}
	for {
		select {
		case <-ctx.Done():
			return nil
		case q := <-requests:
			a := s.answer(ctx, q)
			err := writeFrame(out, a, most)
			if errors.Is(err, errTooLong) {
				err = writeFrame(out, answer{Error: "what the chart in " + s.dir + " renders is longer than is read", Last: a.Last}, most)
			}
			if err != nil || a.Last {
				return err
			}
		}
	}
}

// server has the chart of the last request, or why it is none.
type server struct {
	dir   string
	chart *chart.Chart
	err   error
}

func (s *server) answer(ctx context.Context, q *request) answer {
	if q.Files != nil {
		s.dir = q.Files.Dir
		s.chart, s.err = q.Files.Chart()
	}
	var a answer
	err := s.err
	if err == nil {
		a, err = s.carryOut(ctx, q)
	}
	if err != nil {
		return answer{Error: err.Error(), Last: errors.Is(err, chart.ErrUnending)}
	}
	return a
}

func (s *server) carryOut(ctx context.Context, q *request) (a answer, err error) {
	if len(q.Want) > 0 {
		a.Found, err = s.chart.Find(ctx, q.Release, q.Values, q.Want)
		return a, err
	}
	objects, err := s.chart.Render(ctx, q.Release, q.Values)
	if err != nil {
		return a, err
	}
	a.Objects, err = json.Marshal(objects)
	return a, err
}
