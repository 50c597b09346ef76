package process

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"

	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/tuppence-dev/tuppence/report/patch/chart"
)

// Renderer is a chart.Renderer whose renderings are made in a process of their own,
// one at a time. Several may use it at once. The process starts with the first call.
type Renderer struct {
	path string
	argv []string

	mu    sync.Mutex
	child *child
	spent map[digest]error // charts that ended a process, and how
}

type digest [sha256.Size]byte

// New returns a renderer that runs the program at path with the arguments argv, its
// name first; the program must call Serve.
func New(path string, argv ...string) *Renderer {
	return &Renderer{path: path, argv: argv, spent: map[digest]error{}}
}

// Render is chart.Chart.Render. The error says too how the chart ended the process,
// and that it did so in an earlier call.
func (r *Renderer) Render(ctx context.Context, f *chart.Files, rel chart.Release, values map[string]any) ([]map[string]any, error) {
	a, err := r.ask(ctx, f, &request{Release: rel, Values: values})
	if err != nil {
		return nil, err
	}
	var objects []map[string]any
	if err := utiljson.Unmarshal(a.Objects, &objects); err != nil {
		return nil, fmt.Errorf("the chart in %s was rendered to something that is no list of objects", f.Dir)
	}
	return objects, nil
}

// Find is chart.Chart.Find, its errors as Render's.
func (r *Renderer) Find(ctx context.Context, f *chart.Files, rel chart.Release, values map[string]any, want []chart.Set) (*chart.Answer, error) {
	if len(want) == 0 {
		return &chart.Answer{}, nil
	}
	a, err := r.ask(ctx, f, &request{Release: rel, Values: values, Want: want})
	if err != nil {
		return nil, err
	}
	if a.Found == nil {
		return nil, fmt.Errorf("the search for values of the chart in %s came to nothing", f.Dir)
	}
	return a.Found, nil
}

// Close ends the process, if there is one. The renderer may be used again.
func (r *Renderer) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end()
}

// ask asks the process, which it starts where there is none. A chart that ends the
// process, or that has a rendering without end, is spent.
func (r *Renderer) ask(ctx context.Context, f *chart.Files, q *request) (*answer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := digestOf(f)
	if err := cmp.Or(ctx.Err(), r.spent[id]); err != nil {
		return nil, err
	}
	if err := r.start(ctx); err != nil {
		return nil, fmt.Errorf("start the process that renders charts: %w", err)
	}
	if r.child.chart != id {
		q.Files, r.child.chart = f, id
	}
	a, err := r.child.exchange(ctx, q)
	if err == nil && !a.Last {
		return a, a.err()
	}
	state := r.end()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case ctx.Err() != nil: // which may be for many renderings that each have an end
		return nil, fmt.Errorf("the chart in %s was not done within the time for it, and was stopped: %w", f.Dir, ctx.Err())
	case err == nil:
		err = a.err()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the chart in %s ended the process that rendered it (%s), as one does that takes more than %d MiB of memory", f.Dir, state, MaxMemory>>20)
	default:
		err = fmt.Errorf("the chart in %s can't be rendered in a process of its own: %w", f.Dir, err)
	}
	r.spent[id] = err
	return nil, err
}

func (a *answer) err() error {
	if a.Error == "" {
		return nil
	}
	return errors.New(a.Error)
}

// child is a process that runs.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   io.Reader
	chart digest // the one that it has
}

// start starts the process where none runs, and waits until it is ready.
func (r *Renderer) start(ctx context.Context) error {
	if r.child != nil {
		return nil
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), r.path) // it outlives this call
	cmd.Args, cmd.Env = r.argv, []string{}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	r.child = &child{cmd: cmd, in: in, out: bufio.NewReader(out)}
	if _, err := r.child.exchange(ctx, nil); err != nil {
		return fmt.Errorf("%s (%s): %w", r.path, r.end(), err)
	}
	return nil
}

// end kills the process and says how it ended.
func (r *Renderer) end() string {
	c := r.child
	if c == nil {
		return ""
	}
	r.child = nil
	_ = c.in.Close()
	_ = c.cmd.Process.Kill() // no error but that it has ended
	_ = c.cmd.Wait()         // likewise
	return c.cmd.ProcessState.String()
}

// exchange writes a request, if there is one, and reads an answer. The process is
// killed when ctx ends.
func (c *child) exchange(ctx context.Context, q *request) (*answer, error) {
	var data []byte
	if q != nil {
		var err error
		if data, err = frame(q, maxRequest); err != nil {
			return nil, err
		}
	}
	stop := context.AfterFunc(ctx, func() { _ = c.cmd.Process.Kill() })
	_, _ = c.in.Write(data) // an error says that it has ended, which reading does too
	a := &answer{}
	err := readFrame(c.out, a, maxAnswer)
	if !stop() {
		return nil, ctx.Err()
	}
	return a, err
}

// digestOf is that of a chart's files and where they lie.
func digestOf(f *chart.Files) digest {
	h := sha256.New()
	encoder := json.NewEncoder(h)
	_ = encoder.Encode(f) // texts and bytes encode, and a hash takes them all
	return digest(h.Sum(nil))
}
