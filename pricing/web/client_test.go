package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/pricing/web"
)

// quick is a client that notes its waits and does not wait.
func quick(o web.Options) (*web.Client, *[]time.Duration) {
	var waits []time.Duration
	o.PerSecond = 1_000_000
	o.Version = "1.2.3"
	o.Wait = func(d time.Duration) time.Duration {
		waits = append(waits, d)
		return 0
	}
	return web.New(o), &waits
}

// server answers the nth request, from 1, as handler does.
func server(t *testing.T, handler func(n int, w http.ResponseWriter, r *http.Request)) (*httptest.Server, *atomic.Int64) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler(int(asked.Add(1)), w, r)
	}))
	t.Cleanup(s.Close)
	return s, &asked
}

// reset breaks the connection off without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func TestItAsksAgainOnlyWhereThatCanHelp(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int // 0: the connection is reset
		header http.Header
		waits  []time.Duration
		tries  int64
	}{
		{"429 is asked again after 1, 2 and 4 s", 429, nil, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, 4},
		{"500", 500, nil, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, 4},
		{"502", 502, nil, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, 4},
		{"503 waits as long as it is told", 503, http.Header{"Retry-After": {"7"}}, []time.Duration{7 * time.Second, 7 * time.Second, 7 * time.Second}, 4},
		{"504", 504, nil, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, 4},
		{"a reset connection", 0, nil, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, 4},
		{"a wait of an hour is not waited for", 429, http.Header{"Retry-After": {"3600"}}, nil, 1},
		{"a wait that overflows is no wait", 429, http.Header{"Retry-After": {"9223372036854775807"}}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, 4},
		{"400 is the asker's fault", 400, nil, nil, 1},
		{"401", 401, nil, nil, 1},
		{"403", 403, nil, nil, 1},
		{"404", 404, nil, nil, 1},
		{"501", 501, nil, nil, 1},
		{"an answer that is not whole", 206, nil, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, asked := server(t, func(_ int, w http.ResponseWriter, r *http.Request) {
				if c.status == 0 {
					reset(w)
					return
				}
				for k, v := range c.header {
					w.Header()[k] = v
				}
				w.WriteHeader(c.status)
			})
			client, waits := quick(web.Options{})
			_, err := client.Get(t.Context(), s.URL+"/rates", nil)
			if e, ok := errors.AsType[*web.Error](err); !ok || e.Status != c.status {
				t.Errorf("got %v, want an *Error with status %d", err, c.status)
			}
			if !slices.Equal(*waits, c.waits) || asked.Load() != c.tries {
				t.Errorf("%d tries with waits %v, want %d with %v", asked.Load(), *waits, c.tries, c.waits)
			}
		})
	}
}

func TestAServerThatRecoversIsReadAsIfNothingHadBeen(t *testing.T) {
	s, _ := server(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch n {
		case 1:
			reset(w)
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3: // breaks off in the middle
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"Count":`)
		default:
			if got := r.Header.Get("User-Agent"); got != "tuppence/1.2.3" {
				t.Errorf("User-Agent %q", got)
			}
			if got := r.Header.Get("X-Goog-Api-Key"); got != "a-key-of-ours" {
				t.Errorf("the key sent is %q", got)
			}
			fmt.Fprint(w, `{"Count":2}`)
		}
	})
	client, _ := quick(web.Options{})
	var page struct{ Count int }
	header := http.Header{"X-Goog-Api-Key": {"a-key-of-ours"}}
	if err := client.GetJSON(t.Context(), s.URL, header, &page); err != nil || page.Count != 2 {
		t.Errorf("%+v, %v", page, err)
	}
	if len(header) != 1 {
		t.Errorf("the caller's header changed: %v", header)
	}
}

func TestAStreamThatBreaksOffIsAnError(t *testing.T) {
	s, asked := server(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half of it")
	})
	client, _ := quick(web.Options{})
	r, err := client.Get(t.Context(), s.URL+"/offers?key=secret-of-ours", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if string(data) != "half of it" || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "/offers: unexpected EOF; check the connection") {
		t.Errorf("%q, %v", data, err)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	s, asked := server(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", len(r.URL.Query().Get("n"))))
	})
	client, _ := quick(web.Options{MaxBytes: 5, MaxStream: 7})
	for _, c := range []struct {
		name          string
		n             int
		bytes, stream string // what is read before the error, if any
		over, overToo bool
	}{
		{"of the limit exactly", 5, "xxxxx", "xxxxx", false, false},
		{"one byte over the first limit", 6, "", "xxxxxx", true, false},
		{"one byte over the second", 8, "", "xxxxxxx", true, true},
	} {
		address := s.URL + "/big?n=" + strings.Repeat("n", c.n)
		data, err := client.Bytes(t.Context(), address, nil)
		if string(data) != c.bytes || (err != nil) != c.over || err != nil && !strings.Contains(err.Error(), "larger than is taken") {
			t.Errorf("%s: %q, %v", c.name, data, err)
		}
		r, err := client.Get(t.Context(), address, nil)
		if err != nil {
			t.Fatal(err)
		}
		data, err = io.ReadAll(r)
		_ = r.Close()
		if string(data) != c.stream || (err != nil) != c.overToo {
			t.Errorf("%s, as a stream: %q, %v", c.name, data, err)
		}
	}
	if asked.Load() != 6 {
		t.Errorf("asked %d times, want 6: an answer too large stays so", asked.Load())
	}
}

func TestCancellationStopsAtOnce(t *testing.T) {
	reason := errors.New("the user pressed Ctrl-C")
	t.Run("between tries", func(t *testing.T) {
		s, asked := server(t, func(_ int, w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) })
		ctx, cancel := context.WithCancelCause(t.Context())
		client := web.New(web.Options{Wait: func(time.Duration) time.Duration {
			cancel(reason)
			return time.Hour
		}})
		_, err := client.Get(ctx, s.URL+"/rates?key=secret-of-ours", nil)
		if !errors.Is(err, reason) || strings.Contains(err.Error(), "secret") || asked.Load() != 1 {
			t.Errorf("%v after %d tries", err, asked.Load())
		}
	})
	t.Run("while a body is read", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		s, _ := server(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "begun")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		client, _ := quick(web.Options{})
		r, err := client.Get(ctx, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := io.ReadFull(r, make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
		cancel(reason)
		if _, err := r.Read(make([]byte, 5)); !errors.Is(err, reason) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOfflineOpensNoConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepted atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			_ = c.Close()
		}
	}()
	address := "http://" + l.Addr().String() + "/rates?key=secret-of-ours"
	client := web.Offline()
	_, err1 := client.Get(t.Context(), address, nil)
	_, err2 := client.Bytes(t.Context(), address, nil)
	err3 := client.GetJSON(t.Context(), address, nil, nil)
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, web.ErrOffline) || !strings.Contains(err.Error(), "/rates: offline") || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
	}
	online, _ := quick(web.Options{Tries: 1}) // so that the listener is seen to count
	_, _ = online.Get(t.Context(), address, nil)
	_ = l.Close()
	<-done
	if accepted.Load() != 1 {
		t.Errorf("%d connections, want the online client's alone", accepted.Load())
	}
}
