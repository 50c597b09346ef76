package pulltest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// limit is what GitHub answers once the hour's requests are used up.
var limit = http.Header{
	"Date":                  {"Mon, 02 Mar 2026 09:00:00 GMT"},
	"X-Ratelimit-Remaining": {"0"},
	"X-Ratelimit-Reset":     {"1772444400"}, // 09:40
}

func refusals(t *testing.T, start starter) {
	for _, c := range []struct {
		name    string
		trouble Trouble
		onward  bool
		kind    pull.Kind
		status  int
		retry   time.Duration
	}{
		{"401", Refuse(401, nil), false, pull.Unauthorised, 401, 0},
		{"403", Refuse(403, nil), false, pull.Unauthorised, 403, 0},
		{"403 of a rate limit", Refuse(403, limit), false, pull.Limited, 403, 40 * time.Minute},
		{"404", Refuse(404, nil), false, pull.Missing, 404, 0},
		{"409", Refuse(409, nil), false, pull.Conflict, 409, 0},
		{"409 again and again", Refuse(409, nil), true, pull.Conflict, 409, 0},
		{"422", Refuse(422, nil), false, pull.Conflict, 422, 0},
		{"429 for an hour", Refuse(429, http.Header{"Retry-After": {"3600"}}), false, pull.Limited, 429, time.Hour},
		{"429 again and again", Refuse(429, http.Header{"Retry-After": {"2"}}), true, pull.Limited, 429, 2 * time.Second},
		{"500 again and again", Refuse(500, nil), true, pull.Broken, 500, 0},
		{"a redirect to another host", Refuse(307, http.Header{"Location": {"https://elsewhere.example/x"}}), false, pull.Missing, 307, 0},
		{"no answer again and again", DropBefore, true, pull.Unreachable, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			atEachCall(t, start, func(t *testing.T, op operation, n int, f pull.Forge, s *Server, want string) {
				s.Disturb(n, c.trouble, c.onward)
				err := op.do(t.Context(), f)
				if c.kind == pull.Conflict && !c.onward && op.name == mergedBefore && n == 1 {
					if err != nil { // it says that it can't be closed, and it needn't be
						t.Errorf("got %v", err)
					}
				} else if status, retry := fault(t, err, c.kind); status != c.status || retry != c.retry {
					t.Errorf("status %d, again after %s; want %d, %s", status, retry, c.status, c.retry)
				}
				if s.Asked() > n+16 {
					t.Errorf("asked %d times", s.Asked())
				}
				if longest := slices.Max(append(s.Waits(), 0)); longest > 90*time.Second {
					t.Errorf("waited for %s", longest)
				}
				mended(t, op, f, s, want)
			})
		})
	}
}

func passing(t *testing.T, start starter) {
	for _, c := range []struct {
		name    string
		trouble Trouble
		waits   time.Duration // at least, for the first try
	}{
		{"429 for 5 s", Refuse(429, http.Header{"Retry-After": {"5"}}), 5 * time.Second},
		{"403 of a rate limit for 60 s", Refuse(403, http.Header{"Retry-After": {"60"}}), time.Minute},
		{"500", Refuse(500, nil), time.Second},
		{"502", Refuse(502, nil), time.Second},
		{"503", Refuse(503, nil), time.Second},
		{"no connection", DropBefore, 0}, // Go's own transport may try a GET again at once
		{"done, but no answer", DropAfter, 0},
		{"done, but half an answer", DropWithin, 0},
		{"done, but 500", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(discard{http.Header{}}, r)
			Refuse(500, nil)(w, r, next)
		}, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			atEachCall(t, start, func(t *testing.T, op operation, n int, f pull.Forge, s *Server, want string) {
				s.Disturb(n, c.trouble, false)
				if err := op.do(t.Context(), f); err != nil {
					t.Errorf("got %v", err)
				}
				if got := s.state(); got != want {
					t.Errorf("it leaves\n%s\nwant\n%s", got, want)
				}
				if c.waits > 0 && (len(s.Waits()) == 0 || s.Waits()[0] < c.waits) {
					t.Errorf("waits %v, want %s", s.Waits(), c.waits)
				}
			})
		})
	}
}

// discard is an answer that nobody gets.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func nonsense(t *testing.T, start starter) {
	for _, c := range []struct{ name, kind, body string }{
		{"a web page", "text/html", "<html>Sign in as TOKEN</html>"},
		{"nothing", "application/json", ""},
		{"null", "application/json", "null"},
		{"a number", "application/json", "1"},
		{"an empty list", "application/json", "[]"},
		{"an empty object", "application/json", "{}"},
		{"a list of null", "application/json", "[null]"},
		{"a list of an empty object", "application/json", "[{}]"},
		{"wrong types", "application/json", `{"number": "x", "iid": "x", "id": "TOKEN", "body": 1, "message": {}}`},
		{"wrong types in a list", "application/json", `[{"number": 1e400, "iid": [], "id": {}, "body": false}]`},
		{"a negative number", "application/json", `{"number": -1, "iid": -1, "id": -1, "state": "open"}`},
		{"times that are none", "application/json", `[{"number": 1, "iid": 1, "id": 1, "updated_at": "TOKEN", "created_at": "TOKEN"}]`},
		{"half of it", "application/json", `[{"number": 1, "iid": 1, "title": "TOK`},
		{"very deep", "application/json", strings.Repeat("[", 100_000)},
		{"very long", "application/json", "[" + strings.Repeat(" ", 33<<20) + "]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			atEachCall(t, start, func(t *testing.T, op operation, n int, f pull.Forge, s *Server, want string) {
				if len(c.body) > 1<<20 && n > 1 {
					t.Skip("the bound is the same at each call")
				}
				s.Disturb(n, Nonsense(c.kind, c.body), false)
				switch err := op.do(t.Context(), f); {
				case errors.Is(err, errNoRequest):
					if c.body != "[]" {
						t.Errorf("got no request of %s", c.name)
					}
				case err != nil:
					fault(t, err, pull.Broken)
				default:
					if got := s.state(); got != want {
						t.Errorf("it says that it is done, and leaves\n%s\nwant\n%s", got, want)
					}
				}
				mended(t, op, f, s, want)
			})
		})
	}
}

func cancelled(t *testing.T, start starter) {
	atEachCall(t, start, func(t *testing.T, op operation, n int, f pull.Forge, s *Server, want string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s.Disturb(n, func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = io.Copy(io.Discard, r.Body) // only then is it noticed that the caller has gone
			cancel()
			<-r.Context().Done()
		}, false)
		err := op.do(ctx, f)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), Repository) {
			t.Errorf("got %v", err)
		}
		secretless(t, err)
		if s.Asked() != n {
			t.Errorf("asked %d times, want %d", s.Asked(), n)
		}
		mended(t, op, f, s, want)
	})
}
