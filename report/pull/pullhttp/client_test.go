package pullhttp

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/report/pull"
)

const secret = "a-token-of-ours"

func written(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// ask sends one request to a client made of o.
func ask(t *testing.T, o Options, method, url string) (string, error) {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return "", Said("ask for it", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

func TestTheTokenGoesToNoOtherHost(t *testing.T) {
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	forge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/here?token="+secret, http.StatusFound)
	}))
	defer forge.Close()
	o := Options{BaseURL: forge.URL, TokenFile: written(t, secret)}
	host := strings.TrimPrefix(other.URL, "http://")
	_, err := ask(t, o, http.MethodGet, forge.URL)
	if want := "ask for it: 302: it has moved to " + host + "/here, and redirects are not followed"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err = ask(t, o, http.MethodGet, other.URL); err == nil || err.Error() != "ask for it: the token is not sent to another host than the forge's" {
		t.Errorf("got %v", err)
	}
	if len(got) != 0 {
		t.Errorf("the other host got %q", got)
	}
	for _, c := range []struct {
		host, base string
		want       bool
	}{
		{"api.github.com", "github.com", true}, {"api.acme.ghe.com", "acme.ghe.com", true}, {"api.git.example", "git.example", false},
		{"github.com", "api.github.com", false}, {"git.example:8443", "git.example", false},
	} {
		if ours(c.host, c.base) != c.want {
			t.Errorf("%s is %s's: %v", c.host, c.base, !c.want)
		}
	}
}

func TestACertificateMustBeOfAnAuthorityThatIsTrusted(t *testing.T) {
	forge := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "{}") }))
	forge.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are to fail
	forge.StartTLS()
	defer forge.Close()
	o := Options{BaseURL: forge.URL, TokenFile: written(t, secret), Wait: func(time.Duration) time.Duration {
		t.Error("a certificate that is not trusted is tried again")
		return 0
	}}
	_, err := ask(t, o, http.MethodGet, forge.URL)
	if f, ok := errors.AsType[*pull.Fault](err); !ok || f.Kind != pull.Unreachable || !strings.Contains(f.Reason, "certificate") {
		t.Errorf("got %v", err)
	}
	o.CAFile = written(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: forge.Certificate().Raw})))
	if got, err := ask(t, o, http.MethodGet, forge.URL); got != "{}" || err != nil {
		t.Errorf("with its authority: %q, %v", got, err)
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	for n, want := range map[int]string{maxAnswer: "", maxAnswer + 1: "ask for it: the answer is larger than 32 MiB"} {
		forge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "{}"+strings.Repeat(" ", n-2))
		}))
		got, err := ask(t, Options{BaseURL: forge.URL, TokenFile: written(t, secret)}, http.MethodGet, forge.URL)
		if want == "" && (err != nil || len(got) != n) || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
		forge.Close()
	}
}

func TestOptionsThatAreAmissAreSaid(t *testing.T) {
	for name, o := range map[string]Options{
		"no token to ask": {BaseURL: "https://git.example"},
		"no such file":    {BaseURL: "https://git.example", TokenFile: "token", CAFile: filepath.Join(t.TempDir(), "none")},
		"no certificate":  {BaseURL: "https://git.example", TokenFile: "token", CAFile: written(t, secret)},
		"is a directory":  {BaseURL: "https://git.example", TokenFile: "token", CAFile: t.TempDir()},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATokenFileHoldsOneToken(t *testing.T) {
	asked := 0
	forge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		fmt.Fprint(w, "{}")
	}))
	defer forge.Close()
	for text, want := range map[string]string{
		" " + secret + "\r\n":       "",
		"":                          "holds none, or more than one line",
		"\n\n":                      "holds none, or more than one line",
		secret + "\n" + secret:      "holds none, or more than one line",
		secret + " " + secret:       "holds none, or more than one line",
		secret + "\x00":             "holds none, or more than one line",
		strings.Repeat(secret, 1e5): "larger than 1 MiB",
	} {
		_, err := ask(t, Options{BaseURL: forge.URL, TokenFile: written(t, text)}, http.MethodGet, forge.URL)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret)) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestAnAnswerThatDoesNotComeIsEndedByTheContext(t *testing.T) {
	forge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer forge.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the run was stopped")
	c, err := New(Options{BaseURL: forge.URL, TokenFile: written(t, secret), Wait: func(time.Duration) time.Duration {
		cancel(why) // while it waits
		return time.Hour
	}})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, forge.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := c.HTTP.Do(req); !errors.Is(err, why) {
		t.Errorf("got %v, %v", res, err)
	}
	_, _, err = Ensure(ctx, c, func() (int, bool, error) { return 0, false, nil }, func() (int, error) {
		return 0, &pull.Fault{Kind: pull.Unreachable}
	})
	if !errors.Is(err, why) {
		t.Errorf("Ensure: %v", err)
	}
}
