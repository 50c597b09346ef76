package prom

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/api"

	"github.com/tuppence-dev/tuppence/collector"
)

// maxAnswer bounds an answer once unpacked: 256 MiB. A batch and day is about
// 5 MB.
const maxAnswer = 256 << 20

const (
	retries  = 3
	firstRun = time.Second      // waits 1 s, 2 s and 4 s where the server names no time
	longWait = 30 * time.Second // the longest Retry-After that is waited for
)

// client is the transport of the API: it bounds answers, retries those that ask
// for it and makes a Fault of every other that is not 2xx.
type client struct {
	api.Client // its URL; Do is ours
	http       *http.Client
	secret     []string // headers whose values are
	limit      int64
	timeout    time.Duration // of one try, waiting between tries not counted
	sleep      func(context.Context, time.Duration) error
}

// Do returns the answer with its body. Beside a Fault it returns the answer too,
// so that the API falls back to GET where POST is forbidden.
func (c *client) Do(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	for try := 0; ; try++ {
		if try > 0 && req.GetBody != nil {
			var err error
			if req.Body, err = req.GetBody(); err != nil {
				return nil, nil, err
			}
		}
		res, body, err := c.once(ctx, req)
		if err != nil {
			return nil, nil, err
		}
		if res.StatusCode/100 == 2 && !isHTML(res, body) {
			return res, body, nil
		}
		if res.StatusCode/100 == 2 {
			return res, nil, &Fault{Message: "a web page and not JSON: this is not a Prometheus API, or it wants a login", kind: notAPI}
		}
		f := faultOf(res, c.hide(res, body))
		wait, ok := pause(res, f, try)
		if !ok {
			return res, nil, f
		}
		if err := c.sleep(ctx, wait); err != nil {
			return res, nil, f // what the server said tells more than that time ran out
		}
	}
}

// hide blanks out what the request was sent with, should the answer echo it:
// the response's own request is the one that the credentials were added to.
func (c *client) hide(res *http.Response, body []byte) []byte {
	sent := res.Request.Header
	body = collector.HideCredentials(body, sent.Get("Authorization"))
	for _, k := range c.secret {
		if v := sent.Get(k); v != "" {
			body = bytes.ReplaceAll(body, []byte(v), []byte("[hidden]"))
		}
	}
	return body
}

// pause is how long to wait before asking again, and whether to. A gateway's
// timeout is worth one more try: the question is likely too large.
func pause(res *http.Response, f *Fault, try int) (time.Duration, bool) {
	if f.kind != busy && f.kind != slow || try >= retries || f.kind == slow && try > 0 {
		return 0, false
	}
	wait := firstRun << try
	if asked, ok := retryAfter(res.Header); ok {
		if asked > longWait {
			f.Message += fmt.Sprintf(" (asks to wait %s)", asked)
			return 0, false
		}
		wait = max(wait, asked)
	}
	return wait, true
}

// retryAfter reads seconds, or a date against the answer's own Date, so that no
// clock of ours is needed.
func retryAfter(h http.Header) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if n, err := strconv.ParseInt(v, 10, 32); err == nil && n >= 0 {
		return time.Duration(n) * time.Second, true
	}
	at, err := http.ParseTime(v)
	now, err2 := http.ParseTime(h.Get("Date"))
	if err != nil || err2 != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}

func (c *client) once(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req = req.WithContext(ctx)
	req.Header.Set("Accept-Encoding", "gzip") // one day of 1,000 containers is 10 MB, 3.3 MB packed
	res, err := c.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	var r io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, &Fault{Status: res.StatusCode, Message: "malformed answer: not gzip as it says", kind: notAPI}
		}
		r = z
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r, c.limit+1))
	if n > c.limit {
		return nil, nil, &Fault{Status: res.StatusCode, Message: fmt.Sprintf("an answer over %d MiB", c.limit>>20), kind: heavy}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the answer: %w", err)
	}
	return res, b.Bytes(), nil
}
