package github_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/github"
)

// keyFile writes a private key of this run alone.
func keyFile(t *testing.T) (string, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "app.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, key
}

func TestAnAppAsksForATokenOfItsRepositoryAndKeepsItAsLongAsItLasts(t *testing.T) {
	file, key := keyFile(t)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	clock := now
	minted := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if strings.HasSuffix(r.URL.Path, "/pulls") {
			if want := fmt.Sprintf("ghs_%d", minted); bearer != want {
				t.Errorf("a request comes with %q, want %q", bearer, want)
			}
			fmt.Fprint(w, "[]")
			return
		}
		var claims jwt.RegisteredClaims
		at := jwt.WithTimeFunc(func() time.Time { return clock })
		if _, err := jwt.ParseWithClaims(bearer, &claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
			jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuedAt(), jwt.WithExpirationRequired(), at); err != nil {
			t.Errorf("the JWT: %v", err)
		}
		if claims.Issuer != "4711" || claims.ExpiresAt.Sub(claims.IssuedAt.Time) > 10*time.Minute {
			t.Errorf("claims %+v", claims)
		}
		var scope struct {
			Repositories []string
			Permissions  map[string]string
		}
		if err := json.NewDecoder(r.Body).Decode(&scope); err != nil || r.URL.Path != "/api/v3/app/installations/42/access_tokens" ||
			fmt.Sprint(scope) != "{[fleet] map[contents:write pull_requests:write]}" {
			t.Errorf("%s %+v %v", r.URL.Path, scope, err)
		}
		minted++
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"token": "ghs_%d", "expires_at": %q}`, minted, clock.Add(time.Hour).Format(time.RFC3339))
	}))
	defer s.Close()
	o := github.Options{BaseURL: s.URL, Repository: "acme/fleet"}
	app := github.App{ID: "4711", Installation: 42, KeyFile: file, Now: func() time.Time { return clock }}
	token, err := app.Token(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Token = token
	f, err := github.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {58 * time.Minute, 1}, {59 * time.Minute, 2}, {117 * time.Minute, 2}, {3 * time.Hour, 3}} {
		clock = now.Add(c.after)
		if _, err := f.Requests(t.Context(), "tuppence/", time.Time{}); err != nil || minted != c.want {
			t.Errorf("after %s: %d tokens, %v; want %d", c.after, minted, err, c.want)
		}
	}
}

func TestAnAppThatIsRefusedSaysSo(t *testing.T) {
	file, _ := keyFile(t)
	var bearer string
	for _, c := range []struct {
		name   string
		status int
		body   string
		kind   pull.Kind
	}{
		{"the app is not installed", 404, `{"message": "Not Found"}`, pull.Missing},
		{"the key was revoked", 401, `{"message": "A JSON web token could not be decoded: JWT"}`, pull.Unauthorised},
		{"an answer without a token", 201, `{}`, pull.Broken},
		{"an answer that is none", 201, `null`, pull.Broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				bearer = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				w.WriteHeader(c.status)
				fmt.Fprint(w, strings.ReplaceAll(c.body, "JWT", bearer))
			}))
			defer s.Close()
			o := github.Options{BaseURL: s.URL, Repository: "acme/fleet"}
			var err error
			o.Token, err = github.App{ID: "4711", Installation: 42, KeyFile: file, Now: func() time.Time { return time.Unix(1772442000, 0) }}.Token(o)
			if err != nil {
				t.Fatal(err)
			}
			f, err := github.New(o)
			if err != nil {
				t.Fatal(err)
			}
			err = f.Close(t.Context(), 1)
			got, ok := errors.AsType[*pull.Fault](err)
			if !ok || got.Kind != c.kind || got.Doing != "close pull request 1 of acme/fleet: ask for a token of GitHub App installation 42" {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), bearer) {
				t.Errorf("the error quotes the JWT: %v", err)
			}
		})
	}
}

func TestAnAppNeedsAllOfItsParts(t *testing.T) {
	noKey := filepath.Join(t.TempDir(), "app.pem")
	if err := os.WriteFile(noKey, []byte("not-a-key-but-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := github.Options{BaseURL: "https://github.com", Repository: "acme/fleet"}
	whole := github.App{ID: "4711", Installation: 42, KeyFile: noKey, Now: func() time.Time { return time.Unix(0, 0) }}
	for name, change := range map[string]func(*github.App){
		"id":           func(a *github.App) { a.ID = "" },
		"installation": func(a *github.App) { a.Installation = 0 },
		"key":          func(a *github.App) { a.KeyFile = "" },
		"clock":        func(a *github.App) { a.Now = nil },
	} {
		app := whole
		change(&app)
		if _, err := app.Token(o); err == nil {
			t.Errorf("an app without its %s is taken", name)
		}
	}
	token, err := whole.Token(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token(t.Context()); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), noKey+" holds no RSA key") {
		t.Errorf("a key that is none: %v", err)
	}
}
