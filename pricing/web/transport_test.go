package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fake answers each request, without a connection, so that time can be the
// test's.
type fake func(req *http.Request) (*http.Response, error)

func (f fake) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func ok(req *http.Request, body io.ReadCloser) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body, Request: req}, nil
}

func TestEachHostHasItsOwnRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		at := map[string][]time.Duration{}
		c := newClient(Options{PerSecond: 2}, fake(func(req *http.Request) (*http.Response, error) {
			at[req.URL.Host] = append(at[req.URL.Host], time.Since(start))
			return ok(req, http.NoBody)
		}))
		for _, address := range []string{"https://a.example", "https://a.example", "https://b.example", "https://a.example"} {
			if _, err := c.Bytes(t.Context(), address, nil); err != nil {
				t.Fatal(err)
			}
		}
		const half = 500 * time.Millisecond
		if a := at["a.example"]; len(a) != 3 || a[0] != 0 || a[1] != half || a[2] != 2*half {
			t.Errorf("a was asked at %v, want half a second between", a)
		}
		if b := at["b.example"]; len(b) != 1 || b[0] != half {
			t.Errorf("b was asked at %v, want no wait for a's sake", b)
		}
		ctx, cancel := context.WithTimeout(t.Context(), half/2)
		defer cancel()
		_, err := c.Bytes(ctx, "https://a.example", nil)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), "allow more time") || len(at["a.example"]) != 3 {
			t.Errorf("a turn after the deadline: %v", err)
		}
	})
}

// drip gives a byte for each wait, and ends or hangs after the last.
type drip struct {
	ctx   context.Context
	waits []time.Duration
	hang  bool
}

func (d *drip) Read(p []byte) (int, error) {
	if len(d.waits) == 0 {
		if d.hang {
			<-d.ctx.Done()
			return 0, d.ctx.Err()
		}
		return 0, io.EOF
	}
	select {
	case <-time.After(d.waits[0]):
		d.waits = d.waits[1:]
		p[0] = 'x'
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func (d *drip) Close() error { return nil }

func TestATryEndsWhereTheAnswerStalls(t *testing.T) {
	for name, c := range map[string]struct {
		begin time.Duration // until the answer begins
		waits []time.Duration
		hang  bool
		think time.Duration // between the caller's reads
		want  string
	}{
		"an answer that begins late":           {begin: 31 * time.Second, want: "no answer within the timeout"},
		"one that begins and hangs":            {waits: []time.Duration{1}, hang: true, want: "no answer within the timeout"},
		"one that takes long and goes on":      {begin: 29 * time.Second, waits: []time.Duration{29 * time.Second, 29 * time.Second}, want: "xx"},
		"a caller who takes long does no harm": {waits: []time.Duration{1, 1, 1}, think: time.Hour, want: "xxx"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c1 := newClient(Options{Tries: 1}, fake(func(req *http.Request) (*http.Response, error) {
					select {
					case <-time.After(c.begin):
						return ok(req, &drip{ctx: req.Context(), waits: c.waits, hang: c.hang})
					case <-req.Context().Done():
						return nil, req.Context().Err()
					}
				}))
				got, err := slowly(c1, t.Context(), c.think)
				if err == nil && got != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %q, %v; want %q", got, err, c.want)
				}
			})
		})
	}
}

// slowly reads an answer a byte at a time and thinks between them.
func slowly(c *Client, ctx context.Context, think time.Duration) (string, error) {
	r, err := c.Get(ctx, "https://a.example/stream", nil)
	if err != nil {
		return "", err
	}
	defer r.Close()
	var b strings.Builder
	one := make([]byte, 1)
	for {
		n, err := r.Read(one)
		b.Write(one[:n])
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		time.Sleep(think) // the bubble's time
	}
}

func TestAnAnswerThatStallsIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := newClient(Options{}, fake(func(req *http.Request) (*http.Response, error) {
			tries++
			return ok(req, &drip{ctx: req.Context(), waits: []time.Duration{1}, hang: tries == 1})
		}))
		if data, err := c.Bytes(t.Context(), "https://a.example", nil); err != nil || string(data) != "x" || tries != 2 {
			t.Errorf("%q, %v after %d tries", data, err, tries)
		}
	})
}

func TestItWaitsUntilTheTimeThatItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, tries := time.Now(), 0
		c := newClient(Options{}, fake(func(req *http.Request) (*http.Response, error) {
			tries++
			res, err := ok(req, http.NoBody)
			if tries == 1 {
				res.StatusCode = http.StatusServiceUnavailable
				res.Header.Set("Retry-After", start.Add(20*time.Second).UTC().Format(http.TimeFormat))
			}
			return res, err
		}))
		if _, err := c.Bytes(t.Context(), "https://a.example", nil); err != nil || time.Since(start) != 20*time.Second || tries != 2 {
			t.Errorf("%v after %s and %d tries", err, time.Since(start), tries)
		}
	})
}
