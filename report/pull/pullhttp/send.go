package pullhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// maxAnswer bounds an answer, unpacked. A page of 100 requests whose bodies are as
// long as GitHub takes them (64 KiB) is 9 MiB.
const maxAnswer = 32 << 20

// door is what the SDKs send through: it gives out answers that are whole and
// JSON, and *pull.Fault for all others.
type door struct {
	sure *retryablehttp.Client // for what may be done twice
	once *retryablehttp.Client // for what may not
}

type harmlessKey struct{}

// Harmless marks what is sent with the context as a POST that may be sent twice,
// such as one that adds a label which may be there.
func Harmless(ctx context.Context) context.Context {
	return context.WithValue(ctx, harmlessKey{}, true)
}

func (d *door) RoundTrip(req *http.Request) (*http.Response, error) {
	client := d.sure
	if harmless := req.Context().Value(harmlessKey{}); req.Method == http.MethodPost && harmless == nil {
		client = d.once
	}
	r, err := retryablehttp.FromRequest(req.Clone(req.Context()))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, unanswered(req.Context(), err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, unanswered(req.Context(), err)
	}
	switch {
	case res.StatusCode < 200 || res.StatusCode > 299:
		return nil, refused(res, body)
	case res.StatusCode != http.StatusNoContent && !solid(body):
		return nil, &pull.Fault{Kind: pull.Broken, Status: res.StatusCode, Reason: "the answer is not JSON of an object or of objects: is this the forge's own address?"}
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// solid reports that body is JSON, of an object or of a list of objects. Of a null
// in their place an SDK makes nothing at all, or panics.
func solid(body []byte) bool {
	var list []json.RawMessage
	object := func(raw []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) }
	if object(body) {
		return json.Valid(body)
	}
	return json.Unmarshal(body, &list) == nil && list != nil && !slices.ContainsFunc(list, func(raw json.RawMessage) bool { return !object(raw) })
}

// sender sends one try: with the token, and only to the forge. The answer is in
// memory when it returns, without the token should the forge echo it.
type sender struct {
	base  *url.URL
	token func(context.Context) (string, error)
	agent string
	next  http.RoundTripper
}

var errStalled = fmt.Errorf("no answer within %s", timeout)

// errTooLarge ends an answer.
var errTooLarge = &pull.Fault{Kind: pull.Broken, Reason: fmt.Sprintf("the answer is larger than %d MiB", maxAnswer>>20)}

func (s *sender) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != s.base.Scheme || !ours(req.URL.Host, s.base.Host) {
		return nil, unsent{errors.New("the token is not sent to another host than the forge's")}
	}
	token, err := s.token(req.Context())
	if err != nil {
		if _, ok := errors.AsType[*pull.Fault](err); ok {
			return nil, err
		}
		return nil, unsent{err}
	}
	ctx, cancel := context.WithTimeoutCause(req.Context(), timeout, errStalled)
	defer cancel()
	out := req.Clone(ctx)
	authorization := "Bearer " + token
	out.Header.Set("Authorization", authorization)
	out.Header.Set("User-Agent", s.agent)
	res, err := s.next.RoundTrip(out)
	if err != nil {
		return nil, hideIn(stalled(ctx, err), token)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, hideIn(stalled(ctx, err), token)
	case len(body) > maxAnswer:
		return nil, errTooLarge
	}
	body = collector.HideCredentials(body, authorization)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}

// ours says whether host is the forge's: GitHub's own API is on a host beside it.
func ours(host, base string) bool {
	return host == base || host == "api."+base && (base == "github.com" || strings.HasSuffix(base, ".ghe.com"))
}

// stalled is err, or errStalled where that is what cut the answer off.
func stalled(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// hideIn is err, or its text without the token should it quote that.
func hideIn(err error, token string) error {
	if strings.Contains(err.Error(), token) {
		return errors.New(strings.ReplaceAll(err.Error(), token, "[hidden]"))
	}
	return err
}
