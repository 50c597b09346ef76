package pullhttp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// refused is the fault of an answer other than 2xx.
func refused(res *http.Response, body []byte) *pull.Fault {
	f := &pull.Fault{Status: res.StatusCode, Reason: reason(res, body)}
	switch s := res.StatusCode; {
	case limited(s, res.Header) || s == http.StatusForbidden && strings.Contains(strings.ToLower(f.Reason), "rate limit"):
		f.Kind, f.Retry = pull.Limited, asked(res.Header)
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		f.Kind = pull.Unauthorised
	case s < 400 || s == http.StatusNotFound || s == http.StatusGone:
		f.Kind = pull.Missing
	case s < 500: // Gitea: 412 of a merged request, 423 of an archived repository; GitLab: 400
		f.Kind = pull.Conflict
	default:
		f.Kind, f.Retry = pull.Broken, asked(res.Header)
	}
	return f
}

// reason is what a refusal says, in one line. GitHub and Gitea say it in message
// and errors, GitLab in message, which may be text, a list or an object, or in
// error.
func reason(res *http.Response, body []byte) string {
	if res.StatusCode < 400 {
		if to, err := res.Location(); err == nil {
			return "it has moved to " + line(to.Host+to.Path) + ", and redirects are not followed"
		}
	}
	var said struct {
		Message, Error json.RawMessage
		Errors         []struct{ Message string }
	}
	if json.Unmarshal(body, &said) != nil {
		// Errors of Gitea are text, and an unusual answer may still hold a message.
		var only struct{ Message string }
		_ = json.Unmarshal(body, &only) // what can't be read says nothing
		return cmp.Or(line(only.Message), statusText(res.StatusCode))
	}
	parts := []string{words(said.Message), words(said.Error)}
	for _, e := range said.Errors {
		parts = append(parts, e.Message)
	}
	return cmp.Or(line(strings.Join(parts, " ")), statusText(res.StatusCode))
}

// words is a JSON string as it is, null as nothing, and anything else as it is
// written.
func words(raw json.RawMessage) string {
	var s *string
	if len(raw) == 0 {
		return ""
	}
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	if s == nil {
		return ""
	}
	return *s
}

func statusText(status int) string {
	return cmp.Or(strings.ToLower(http.StatusText(status)), "no reason given")
}

// unanswered is the error of a request that got no whole answer.
func unanswered(ctx context.Context, err error) error {
	if f, ok := errors.AsType[*pull.Fault](err); ok {
		return f
	}
	if u, ok := errors.AsType[unsent](err); ok {
		return u
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &pull.Fault{Kind: pull.Unreachable, Reason: line(bare(err).Error()), Err: bare(err)}
}

// bare is err without the address that was asked for, which says nothing new.
func bare(err error) error {
	for {
		u, ok := errors.AsType[*url.Error](err)
		if !ok {
			return err
		}
		err = u.Err
	}
}

// Said returns err as an adapter hands it out: a *pull.Fault that says what was
// being done where the forge answered or was lost, an error that wraps what
// happened where the forge has no part in it, and nil for nil. doing is like "open
// a pull request from tuppence/shop in acme/fleet".
func Said(doing string, err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*pull.Fault](err); ok {
		said := *f
		if f.Doing != "" { // below: of the token
			said.Doing = doing + ": " + f.Doing
		} else {
			said.Doing = doing
		}
		return &said
	}
	if u, ok := errors.AsType[unsent](err); ok {
		return fmt.Errorf("%s: %w", doing, u.error)
	}
	if err := bare(err); errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	// What is left is the SDK's: it could not read the answer.
	return &pull.Fault{Kind: pull.Broken, Doing: doing, Reason: "the answer is not what the forge's API gives: " + line(bare(err).Error()), Err: bare(err)}
}

// maxLine is how many runes of another's text an error quotes.
const maxLine = 200

// line folds s into one line, cut short, without control characters.
func line(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s[:min(len(s), 16*maxLine)], "?"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if r := []rune(s); len(r) > maxLine {
		return string(r[:maxLine-1]) + "…"
	}
	return s
}
