package pullhttp

import (
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tuppence-dev/tuppence/report/pull"
)

func TestARefusalSaysWhyInTheForgesWords(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		kind   pull.Kind
		reason string
	}{
		{"GitHub, with details", 422, `{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"No commits between main and x"}]}`,
			pull.Conflict, "Validation Failed No commits between main and x"},
		{"GitHub's secondary limit may come without a header", 403, `{"message":"You have exceeded a secondary rate limit. Wait."}`,
			pull.Limited, "You have exceeded a secondary rate limit. Wait."},
		{"GitHub, forbidden", 403, `{"message":"Resource not accessible by integration"}`, pull.Unauthorised, "Resource not accessible by integration"},
		{"GitLab, a list", 409, `{"message":["Another open merge request already exists"]}`, pull.Conflict, `["Another open merge request already exists"]`},
		{"GitLab, an object", 400, `{"message":{"base":["is blank"]}}`, pull.Conflict, `{"base":["is blank"]}`},
		{"GitLab, of the token", 401, `{"error":"invalid_token","error_description":"Token was revoked."}`, pull.Unauthorised, "invalid_token"},
		{"Gitea, with errors that are text", 404, `{"message":"not found","errors":["user redirect does not exist"],"url":"x"}`, pull.Missing, "not found"},
		{"Gitea, archived", 423, `{"message":"Repo is archived"}`, pull.Conflict, "Repo is archived"},
		{"gone", 410, ``, pull.Missing, "gone"},
		{"a proxy's page", 502, "<html>\n<h1>Bad</h1>", pull.Broken, "bad gateway"},
		{"null", 500, `{"message":null,"error":null}`, pull.Broken, "internal server error"},
		{"a status that is none", 599, "", pull.Broken, "no reason given"},
		{"lines and escapes", 500, `{"message":"a\n\u001b[31mb\u202e"}`, pull.Broken, "a [31mb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := refused(&http.Response{StatusCode: c.status, Header: http.Header{}}, []byte(c.body))
			if f.Kind != c.kind || f.Reason != c.reason || f.Status != c.status {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func FuzzRefusal(f *testing.F) {
	f.Add(422, `{"message":"Validation Failed","errors":[{"message":"x"}]}`, "https://a/b")
	f.Add(301, "", "%zz")
	f.Add(500, `{"message":`+strings.Repeat("[", 100)+`}`, "")
	f.Fuzz(func(t *testing.T, status int, body, location string) {
		got := refused(&http.Response{StatusCode: status, Header: http.Header{"Location": {location}}}, []byte(body))
		if got.Kind == "" || got.Reason == "" || !utf8.ValidString(got.Reason) || utf8.RuneCountInString(got.Reason) > 2*maxLine ||
			strings.ContainsFunc(got.Reason, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%+v", got)
		}
	})
}
