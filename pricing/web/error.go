package web

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// Error is a request that failed.
type Error struct {
	Where  string // host and path, without the query, which may hold a key
	Status int    // of the answer, 0 where there was none
	Said   string // how the answer begins, or what happened, in one line, secrets blanked out
	Hint   string // what to do about it
	cause  error
}

// Error writes where, status, what was said and what to do.
func (e *Error) Error() string {
	said := e.Said
	if e.Status != 0 && e.Status != http.StatusOK {
		said = fmt.Sprintf("%d: %s", e.Status, said)
	}
	return e.Where + ": " + said + "; " + e.Hint
}

// Unwrap returns what went wrong, nil where the server said no.
func (e *Error) Unwrap() error { return e.cause }

// failed is the error of a request that got no whole answer.
func (r *request) failed(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err // the body's own
	}
	if ctx := r.Context(); ctx.Err() != nil {
		return fmt.Errorf("%s: %w", r.where, context.Cause(ctx))
	}
	for { // the text of a url.Error repeats the whole address
		u, ok := errors.AsType[*url.Error](err)
		if !ok {
			break
		}
		err = u.Err
	}
	e := &Error{Where: r.where, Said: clip(string(r.hide([]byte(err.Error())))), Hint: "check the connection and try again", cause: err}
	switch _, cert := errors.AsType[*tls.CertificateVerificationError](err); {
	case cert:
		e.Hint = "check that the system trusts the authority of this server, or of the proxy in between"
	case errors.Is(err, errTooLarge):
		e.Hint = "check the address"
	case errors.Is(err, context.DeadlineExceeded):
		e.Hint = "allow more time"
	}
	return e
}

// maxSaid bounds what is read of an answer that is an error; one that is longer
// is a web page or the like, of which nothing is quoted.
const maxSaid = 16 << 10

// refused is the error of an answer that is not 200.
func (r *request) refused(res *http.Response) error {
	e := &Error{Where: r.where, Status: res.StatusCode, Hint: hint(res.StatusCode)}
	said, err := io.ReadAll(io.LimitReader(res.Body, maxSaid+1))
	if err == nil && len(said) <= maxSaid && !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		e.Said = clip(string(r.hide(said)))
	}
	e.Said = cmp.Or(e.Said, strings.ToLower(http.StatusText(res.StatusCode)), "no reason given")
	if wait := asked(res); wait > longestWait {
		e.Said += fmt.Sprintf(" (asks to wait %s)", wait)
	}
	return e
}

// hint is what to do about a status.
func hint(status int) string {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "check the key, and that it may read this"
	case status == http.StatusTooManyRequests || status >= 500:
		return "try again later"
	}
	return "check the address"
}

// maxClip is how many runes of another's text an error quotes.
const maxClip = 200

// clip folds s into one line, cut short, without control characters.
func clip(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if r := []rune(s); len(r) > maxClip {
		return string(r[:maxClip-1]) + "…"
	}
	return s
}
