package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// refusal is an error of our own making, which no other try would mend.
type refusal string

func (r refusal) Error() string { return string(r) }

// transport opens the connections.
func transport(roots *x509.CertPool) http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

const maxRedirects = 5

// redirect follows at most five redirects and none from https to http. The
// caller's headers, which may hold a key, go to the host they were meant for and
// no other; no host is told the address of the one before, which may hold one too.
func redirect(req *http.Request, via []*http.Request) error {
	first, last := via[0], via[len(via)-1]
	switch {
	case len(via) > maxRedirects:
		return refusal(fmt.Sprintf("more than %d redirects", maxRedirects))
	case last.URL.Scheme == "https" && req.URL.Scheme != "https":
		return refusal("a redirect from https to " + clip(req.URL.Scheme) + ", which is not followed")
	case req.URL.Host != first.URL.Host:
		req.Header = http.Header{"User-Agent": first.Header["User-Agent"]}
	}
	req.Header.Del("Referer")
	return nil
}

// limiting sends each host so many requests a second, redirects and further
// tries included.
type limiting struct {
	next      http.RoundTripper
	perSecond int
	mu        sync.Mutex
	hosts     map[string]*rate.Limiter
}

func (l *limiting) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := l.host(req.URL.Host).Wait(req.Context()); err != nil {
		// The wait would outlast the context, if it has not ended already.
		return nil, fmt.Errorf("waiting for a turn at %d requests a second: %w", l.perSecond, context.DeadlineExceeded)
	}
	return l.next.RoundTrip(req)
}

func (l *limiting) host(name string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hosts == nil {
		l.hosts = map[string]*rate.Limiter{}
	}
	h := l.hosts[name]
	if h == nil {
		h = rate.NewLimiter(rate.Limit(l.perSecond), 1)
		l.hosts[name] = h
	}
	return h
}

// stalling ends an answer that does not begin, or does not go on, for timeout. An
// answer of hundreds of megabytes may take as long as it needs.
type stalling struct {
	next    http.RoundTripper
	timeout time.Duration
}

var errStalled = errors.New("no answer within the timeout")

func (s *stalling) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(s.timeout, func() { cancel(errStalled) })
	res, err := s.next.RoundTrip(req.WithContext(ctx))
	timer.Stop()
	if err != nil {
		err = stalled(ctx, err)
		cancel(nil)
		return nil, err
	}
	res.Body = &flow{ReadCloser: res.Body, ctx: ctx, cancel: cancel, timer: timer, timeout: s.timeout}
	return res, nil
}

// stalled is err, or errStalled where that is what cut the answer off.
func stalled(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// flow is a body that must go on.
type flow struct {
	io.ReadCloser
	ctx     context.Context // of the try, to tell what ended it
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
}

func (f *flow) Read(p []byte) (int, error) {
	f.timer.Reset(f.timeout)
	n, err := f.ReadCloser.Read(p)
	f.timer.Stop() // while the caller works on what it has
	if err != nil && !errors.Is(err, io.EOF) {
		err = stalled(f.ctx, err)
	}
	return n, err
}

func (f *flow) Close() error {
	f.timer.Stop()
	err := f.ReadCloser.Close()
	f.cancel(nil)
	return err
}
