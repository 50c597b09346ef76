package prom

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// kind tells what can be done about a fault.
type kind int

const (
	down   kind = iota // nothing answers
	busy               // asks to be asked later
	heavy              // this question is too large for it
	slow               // no answer within the timeout
	denied             // refuses who asks
	notAPI             // something answers, but not Prometheus
	bad                // anything else
)

// Fault is an answer that was not one: a status, or none (0) where the
// connection failed, with what was said, in one line.
type Fault struct {
	Status  int
	Message string
	kind    kind
}

func (f *Fault) Error() string {
	if f.Status == 0 {
		return f.Message
	}
	return fmt.Sprintf("%d: %s", f.Status, f.Message)
}

// advice is what the user can do about it, empty where the message says it.
func (f *Fault) advice() string {
	switch f.kind {
	case heavy, slow:
		return "try a longer step (10m or 15m), or raise the server's query limits"
	case denied:
		return "check the token and that it may read this tenant"
	case notAPI:
		return "set the url that /api/v1/query is added to"
	case busy:
		return "run it at a quieter hour"
	default:
		return ""
	}
}

// faultOf classifies an answer that is not 2xx.
func faultOf(res *http.Response, body []byte) *Fault {
	f := &Fault{Status: res.StatusCode, kind: bad}
	var said struct{ ErrorType, Error, Message string }
	isJSON := json.Unmarshal(body, &said) == nil
	switch {
	case said.Error != "":
		f.Message = said.Error
	case said.Message != "":
		f.Message = said.Message
	case isHTML(res, body) || isJSON:
		f.Message = http.StatusText(res.StatusCode)
	default:
		f.Message = string(body)
	}
	f.Message = clip(f.Message, 200)
	if f.Message == "" {
		f.Message = strings.ToLower(http.StatusText(res.StatusCode))
	}
	switch code := res.StatusCode; {
	case code/100 == 3:
		f.kind = notAPI
		f.Message = "a redirect to " + redirectTarget(res) + ", which is not followed: this is not a Prometheus API, or it wants a login"
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		f.kind = denied
	case code == http.StatusNotFound:
		f.kind, f.Message = notAPI, "no Prometheus API at "+res.Request.URL.Path
	case code == http.StatusUnprocessableEntity, code == http.StatusRequestEntityTooLarge,
		said.ErrorType == "timeout", code == http.StatusBadRequest && strings.Contains(said.Error, "maximum resolution"):
		f.kind = heavy
	case code == http.StatusGatewayTimeout:
		f.kind = slow
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable:
		f.kind = busy
	}
	return f
}

// redirectTarget leaves out the query of a Location, where login pages keep
// their state.
func redirectTarget(res *http.Response) string {
	u, err := res.Location()
	if err != nil {
		return "nowhere"
	}
	return clip(u.Scheme+"://"+u.Host+u.EscapedPath(), 80)
}

func isHTML(res *http.Response, body []byte) bool {
	return strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || strings.HasPrefix(strings.TrimSpace(string(body[:min(len(body), 64)])), "<")
}

// fault turns any error of a query into a Fault, but for the end of ctx itself.
// The text of a url.Error repeats the whole query: only its cause is kept.
func fault(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	if f, ok := errors.AsType[*v1.Error](err); ok {
		if f.Type == v1.ErrBadResponse {
			return &Fault{Message: "malformed answer: " + clip(f.Msg, 120), kind: notAPI}
		}
		return &Fault{Message: clip(f.Msg, 200), kind: bad}
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return &Fault{Message: "no answer within the query timeout", kind: slow}
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &Fault{Message: clip(err.Error(), 200), kind: denied}
	}
	return &Fault{Message: clip(err.Error(), 200), kind: down}
}

// clip folds s into one line of at most n runes.
func clip(s string, n int) string {
	s = strings.Join(strings.FieldsFunc(s[:min(len(s), 16*n)], func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
