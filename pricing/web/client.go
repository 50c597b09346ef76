package web

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Options are what a Client does otherwise than by default. The zero value is
// good.
type Options struct {
	// Version is tuppence's own, sent as User-Agent "tuppence/<version>"; "" means
	// devel.
	Version string
	// Tries is how often a request is sent at most; 0 means 4.
	Tries int
	// Timeout ends a try whose answer does not begin, or does not go on, for so
	// long; 0 means 30 s. The context bounds the whole.
	Timeout time.Duration
	// PerSecond is how many requests a second one host is sent; 0 means 5.
	PerSecond int
	// MaxBytes bounds the answers of Bytes and GetJSON, unpacked; 0 means 64 MiB
	// (5,000 SKUs of Google's are about 10 MiB).
	MaxBytes int64
	// MaxStream bounds the answers of Get, unpacked; 0 means 2 GiB (AWS's offers
	// for one region are about 400 MiB).
	MaxStream int64
	// RootCAs are the authorities that may vouch for a server; nil means the
	// system's. There is no way to skip verification.
	RootCAs *x509.CertPool
	// Wait is given how long to wait before the next try and returns how long to
	// wait really; nil means just that. It is for tests.
	Wait func(time.Duration) time.Duration
}

// Client fetches what prices and rates are made of. Any number of goroutines may
// use it.
type Client struct {
	http                *retryablehttp.Client // nil: offline
	agent               string
	maxBytes, maxStream int64
}

// ErrOffline is why a client made by Offline fetches nothing.
var ErrOffline = errors.New("offline: no connection is opened; leave out --offline to fetch prices and exchange rates")

// New returns a client that fetches.
func New(o Options) *Client {
	return newClient(o, transport(o.RootCAs))
}

// Offline returns a client that opens no connection: whatever is asked of it
// fails with ErrOffline.
func Offline() *Client { return &Client{} }

func newClient(o Options, t http.RoundTripper) *Client {
	t = &stalling{next: t, timeout: cmp.Or(o.Timeout, 30*time.Second)}
	t = &limiting{next: t, perSecond: cmp.Or(o.PerSecond, 5)}
	return &Client{
		http: &retryablehttp.Client{
			HTTPClient:   &http.Client{Transport: t, CheckRedirect: redirect},
			RetryMax:     max(cmp.Or(o.Tries, 4), 1) - 1,
			CheckRetry:   again,
			Backoff:      backoff(o.Wait),
			ErrorHandler: retryablehttp.PassthroughErrorHandler,
		},
		agent:     "tuppence/" + cmp.Or(o.Version, "devel"),
		maxBytes:  cmp.Or(o.MaxBytes, 64<<20),
		maxStream: cmp.Or(o.MaxStream, 2<<30),
	}
}

// Get asks for an address and returns the body of the answer, to be read as it
// comes and closed. header goes with the request, and to no other host that it is
// redirected to; it may be nil. The error, and that of reading the body, is an
// *Error, ErrOffline or the context's. A body that breaks off is not asked for
// again.
func (c *Client) Get(ctx context.Context, address string, header http.Header) (io.ReadCloser, error) {
	r, err := c.request(ctx, address, header)
	if err != nil {
		return nil, err
	}
	res, err := r.send(c, nil)
	if err != nil {
		return nil, err
	}
	return &body{ReadCloser: res.Body, of: r, left: c.maxStream}, nil
}

// Bytes asks for an address as Get does and returns the whole answer. One that
// breaks off is asked for again.
func (c *Client) Bytes(ctx context.Context, address string, header http.Header) ([]byte, error) {
	r, err := c.request(ctx, address, header)
	if err != nil {
		return nil, err
	}
	var data []byte
	res, err := r.send(c, func(res *http.Response) (err error) {
		if res.StatusCode == http.StatusOK {
			data, err = io.ReadAll(&body{ReadCloser: res.Body, of: r, left: c.maxBytes})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return data, res.Body.Close()
}

// GetJSON asks for an address as Bytes does and unmarshals the answer.
func (c *Client) GetJSON(ctx context.Context, address string, header http.Header, into any) error {
	data, err := c.Bytes(ctx, address, header)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		where, _ := place(address)
		return &Error{Where: where, Status: http.StatusOK, Said: "the answer is not the JSON expected: " + clip(err.Error()),
			Hint: "check the address", cause: err}
	}
	return nil
}

// place is the host and path of an address that can be asked for.
func place(address string) (string, *url.URL) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", nil
	}
	return u.Host + u.EscapedPath(), u
}
