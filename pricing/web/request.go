package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/tuppence-dev/tuppence/collector"
)

// request is one question, and what of it must not be told.
type request struct {
	*retryablehttp.Request
	where  string
	sent   http.Header // the caller's
	secret [][]byte
}

func (c *Client) request(ctx context.Context, address string, header http.Header) (*request, error) {
	where, u := place(address)
	if u == nil { // the parser's error quotes its input, which may hold a key
		return nil, errors.New("the address to fetch from is not an http or https URL without user name and password: check it")
	}
	if c.http == nil {
		return nil, fmt.Errorf("%s: %w", where, ErrOffline)
	}
	r, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: the request cannot be made: check the address", where)
	}
	if header != nil {
		r.Header = header.Clone()
	}
	r.Header.Set("User-Agent", c.agent)
	return &request{Request: r, where: where, sent: header, secret: secrets(u, header)}, nil
}

// shortestSecret keeps words like GBP and 5000 readable in what a server says.
// The keys of every cloud are longer.
const shortestSecret = 8

// secrets are the values of the query, plain and as they were sent, and of the
// caller's headers.
func secrets(u *url.URL, header http.Header) [][]byte {
	var all [][]byte
	add := func(s string) {
		if len(s) >= shortestSecret {
			all = append(all, []byte(s))
		}
	}
	for _, values := range u.Query() {
		for _, v := range values {
			add(v)
			add(url.QueryEscape(v))
		}
	}
	for _, values := range header {
		for _, v := range values {
			add(v)
		}
	}
	return all
}

// hide blanks out what the request was sent with, should the answer echo it.
func (r *request) hide(said []byte) []byte {
	said = collector.HideCredentials(said, r.sent.Get("Authorization"))
	for _, s := range r.secret {
		said = bytes.ReplaceAll(said, s, []byte("[hidden]"))
	}
	return said
}

// send sends r until it is answered or has failed for good; handle, where there
// is one, reads an answer that need not be asked for again. The body of the
// answer is the caller's to close.
func (r *request) send(c *Client, handle retryablehttp.ResponseHandlerFunc) (*http.Response, error) {
	if handle != nil {
		r.SetResponseHandler(handle)
	}
	res, err := c.http.Do(r.Request)
	switch {
	case err != nil:
		if res != nil {
			_ = res.Body.Close() // what failed already says why
		}
		return nil, r.failed(err)
	case res.StatusCode != http.StatusOK:
		defer func() { _ = res.Body.Close() }()
		return nil, r.refused(res)
	}
	return res, nil
}

// body is an answer that is never read past its limit, and whose errors say
// where it comes from.
type body struct {
	io.ReadCloser
	of   *request
	left int64
}

// errTooLarge ends an answer.
const errTooLarge = refusal("the answer is larger than is taken")

func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one more byte tells an answer that ends from one that goes on
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), errTooLarge
	}
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.of.failed(err)
	}
	return n, err
}
