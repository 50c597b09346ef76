package kube

import (
	"bytes"
	"io"
	"net/http"

	"github.com/tuppence-dev/tuppence/collector"
)

// hideCredentials blanks the request's own credentials out of an error body.
// Some proxies echo the token that they refuse, and client-go puts a body that
// it can't decode into its error. It sits inside the wrappers that add the
// Authorization header, so it sees tokens of files and exec plug-ins too.
func hideCredentials(rt http.RoundTripper) http.RoundTripper { return &hider{rt} }

type hider struct{ next http.RoundTripper }

// maxErrorBody is how much of a refusal is kept; a Status is a few hundred bytes.
const maxErrorBody = 64 << 10

func (h *hider) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := h.next.RoundTrip(r)
	if err != nil || resp.StatusCode < 400 {
		return resp, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	body = collector.HideCredentials(body, r.Header.Get("Authorization"))
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// WrappedRoundTripper lets client-go reach the transport below.
func (h *hider) WrappedRoundTripper() http.RoundTripper { return h.next }
