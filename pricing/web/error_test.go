package web_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"github.com/tuppence-dev/tuppence/pricing/web"
)

const key = "AIza-secret+key/of=ours"

func TestErrorsSayWhereWhatAndWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name         string
		status       int
		kind, answer string
		want         string // after the address
	}{
		{"the answer's own words", 400, "text/plain", "Invalid filter.\nSee the docs.", "400: Invalid filter. See the docs.; check the address"},
		{"JSON over many lines", 403, "application/json", "{\n  \"error\": {\n    \"message\": \"API key not valid.\"\n  }\n}", `403: { "error": { "message": "API key not valid." } }; check the key, and that it may read this`},
		{"nothing said", 404, "", "", "404: not found; check the address"},
		{"a status of its own", 599, "", "", "599: no reason given; try again later"},
		{"a web page is not quoted", 503, "text/html; charset=utf-8", "<html>Sorry</html>", "503: service unavailable; try again later"},
		{"a long answer is not quoted", 401, "text/plain", strings.Repeat("no ", 10_000), "401: unauthorized; check the key, and that it may read this"},
		{"a long line is cut", 400, "text/plain", strings.Repeat("n", 300), "400: " + strings.Repeat("n", 199) + "…; check the address"},
		{"control characters", 400, "text/plain", "a\x1b[31mred\x00\xff", "400: a [31mred ?; check the address"},
		{"the key, echoed", 400, "text/plain", "no key " + key + " here", "400: no key [hidden] here; check the address"},
		{"the key as it was sent", 400, "text/plain", "GET /?key=AIza-secret%2Bkey%2Fof%3Dours", "400: GET /?key=[hidden]; check the address"},
		{"a header, echoed", 400, "text/plain", "X-Goog-Api-Key: another-key-of-ours", "400: X-Goog-Api-Key: [hidden]; check the address"},
		{"a token, echoed without its scheme", 401, "text/plain", "who is t0ken?", "401: who is [hidden]?; check the key, and that it may read this"},
		{"words of the query stay", 400, "text/plain", "currencyCode GBP is unknown", "400: currencyCode GBP is unknown; check the address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := server(t, func(_ int, w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.answer)
			})
			client, _ := quick(web.Options{Tries: 1})
			_, err := client.Bytes(t.Context(), s.URL+"/v1/services?currencyCode=GBP&key=AIza-secret%2Bkey%2Fof%3Dours",
				http.Header{"X-Goog-Api-Key": {"another-key-of-ours"}, "Authorization": {"Bearer t0ken"}})
			want := strings.TrimPrefix(s.URL, "http://") + "/v1/services: " + c.want
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestErrorsWithoutAnAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()
	client, waits := quick(web.Options{})
	for _, c := range []struct {
		name, address, want string
		tries               int
	}{
		{"nothing listens", "http://" + closed + "/rates?key=" + key, closed + "/rates: dial tcp " + closed + ": connect: connection refused; check the connection and try again", 4},
		{"another scheme", "file:///etc/passwd", "not an http or https URL", 1},
		{"no scheme", "prices.azure.com/api", "not an http or https URL", 1},
		{"a password in the address", "https://user:secret@example.com/", "without user name and password", 1},
		{"no address", "http://exa mple/?key=" + key, "not an http or https URL", 1},
	} {
		*waits = nil
		_, err := client.Get(t.Context(), c.address, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") || len(*waits) != c.tries-1 {
			t.Errorf("%s: got %v after %d waits", c.name, err, len(*waits))
		}
	}
	if _, err := client.Get(t.Context(), "http://"+closed, http.Header{"X-Key": {"secret\n"}}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a malformed header: %v", err)
	}
}

func TestAnAnswerThatIsNotTheJSONExpected(t *testing.T) {
	for _, answer := range []string{"<html>", `{"Count":"two"}`, `{"Count":2} {}`, ""} {
		s, _ := server(t, func(_ int, w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, answer) })
		client, _ := quick(web.Options{})
		var page struct{ Count int }
		err := client.GetJSON(t.Context(), s.URL+"/p?key="+key, nil, &page)
		if err == nil || !strings.Contains(err.Error(), "/p: the answer is not the JSON expected: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

func TestRedirectsKeepNoCredentialsForAnotherHost(t *testing.T) {
	sent := http.Header{"X-Goog-Api-Key": {"a-key-of-ours"}, "Authorization": {"Bearer t0ken"}, "Cookie": {"session=1"}}
	var seen http.Header
	other, _ := server(t, func(_ int, w http.ResponseWriter, r *http.Request) { seen = r.Header.Clone() })
	s, _ := server(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/other":
			http.Redirect(w, r, other.URL+"/landed", http.StatusFound)
		case "/same":
			http.Redirect(w, r, "/landed", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		default:
			seen = r.Header.Clone()
		}
	})
	for _, c := range []struct {
		path string
		kept bool
	}{{"/other", false}, {"/same", true}} {
		client, _ := quick(web.Options{})
		r, err := client.Get(t.Context(), s.URL+c.path+"?key="+key, sent)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		for k := range sent {
			if (seen.Get(k) != "") != c.kept {
				t.Errorf("%s: %s is %q", c.path, k, seen.Get(k))
			}
		}
		if seen.Get("Referer") != "" || seen.Get("User-Agent") != "tuppence/1.2.3" {
			t.Errorf("%s: Referer %q, User-Agent %q", c.path, seen.Get("Referer"), seen.Get("User-Agent"))
		}
	}
	client, waits := quick(web.Options{})
	if _, err := client.Get(t.Context(), s.URL+"/round", sent); err == nil || !strings.Contains(err.Error(), "/round: more than 5 redirects") || len(*waits) != 0 {
		t.Errorf("a circle: %v", err)
	}
}

func TestTLSIsVerified(t *testing.T) {
	plain, asked := server(t, func(_ int, w http.ResponseWriter, r *http.Request) {})
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Redirect(w, r, plain.URL, http.StatusFound)
		}
	}))
	defer s.Close()
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the handshakes that fail here
	client, waits := quick(web.Options{})
	_, err := client.Get(t.Context(), s.URL, nil)
	if err == nil || !strings.Contains(err.Error(), "; check that the system trusts the authority") || len(*waits) != 0 {
		t.Errorf("an unknown authority: %v after %v", err, *waits)
	}
	trusting, waits := quick(web.Options{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	if _, err := trusting.Bytes(t.Context(), s.URL, nil); err != nil {
		t.Errorf("the authority given: %v", err)
	}
	_, err = trusting.Bytes(t.Context(), s.URL+"/down", nil)
	if err == nil || !strings.Contains(err.Error(), "a redirect from https to http, which is not followed") || len(*waits) != 0 || asked.Load() != 0 {
		t.Errorf("a redirect to http: %v", err)
	}
}

// FuzzAnAnswerThatIsAnError holds that no answer gets the key, a control
// character or a long text into an error.
func FuzzAnAnswerThatIsAnError(f *testing.F) {
	f.Add([]byte("no key "+key), 400)
	f.Add([]byte("\x1b[2J"+key+key), 503)
	var answer []byte
	var status int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write(answer)
	}))
	f.Cleanup(s.Close)
	client, _ := quick(web.Options{Tries: 1})
	f.Fuzz(func(t *testing.T, a []byte, code int) {
		answer, status = a, 400+(code&0xff)%200
		_, err := client.Bytes(t.Context(), s.URL, http.Header{"X-Goog-Api-Key": {key}})
		e, ok := errors.AsType[*web.Error](err)
		if !ok || e.Status != status {
			t.Fatalf("%d: %v", status, err)
		}
		text := err.Error()
		if strings.Contains(text, key) || len([]rune(text)) > 400 || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q", text)
		}
	})
}
