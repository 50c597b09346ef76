package pulltest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// Face makes a forge's API of its state: GitHub, GitLab or Gitea.
type Face func(*core) http.Handler

// Server is a forge in memory, on a loopback address.
type Server struct {
	URL       string // as people open it
	TokenFile string // of the token that it takes

	t       *testing.T
	mu      sync.Mutex
	core    core
	face    http.Handler
	token   string
	asked   int // requests so far
	waits   []time.Duration
	trouble func(n int) Trouble
}

// Token is what a Server takes. Nothing may quote it.
const Token = "glpat-ghp_0123456789abcdefABCDEF"

// Start starts a forge that ends with the test.
func Start(t *testing.T, face Face) *Server {
	t.Helper()
	s := &Server{t: t, core: core{now: Began, pageSize: 100}, token: Token}
	s.face = face(&s.core)
	web := httptest.NewUnstartedServer(s)
	web.Config.ErrorLog = log.New(io.Discard, "", 0) // of connections that were broken off on purpose
	web.Start()
	t.Cleanup(web.Close)
	s.URL = web.URL
	s.TokenFile = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(s.TokenFile, []byte(Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// Options are an adapter's for this forge. Nothing is waited for; Waits tells how
// long it would have been.
func (s *Server) Options() pullhttp.Options {
	return pullhttp.Options{BaseURL: s.URL, Repository: Repository, TokenFile: s.TokenFile, Wait: func(d time.Duration) time.Duration {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waits = append(s.waits, d)
		return 0
	}}
}

// Waits are how long the adapter would have waited, each time.
func (s *Server) Waits() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.waits)
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	trouble := none
	if s.trouble != nil {
		trouble = s.trouble(s.asked)
	}
	token := s.token
	s.mu.Unlock()
	trouble(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token || len(r.Header.Values("Private-Token")) > 0 {
			answer(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.face.ServeHTTP(w, r)
	}))
}

// Renew makes the server take another token and no other, and writes it to the
// file.
func (s *Server) Renew(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
	if err := os.WriteFile(s.TokenFile, []byte(token), 0o600); err != nil {
		s.t.Error(err)
	}
}

// PageSize sets how much the forge gives at once, whatever it is asked for.
func (s *Server) PageSize(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.core.pageSize = n
}

// Seed opens a request that others made: of a fork, or of this repository.
func (s *Server) Seed(branch string, fork bool, labels ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	it, refused := s.core.open(pull.Draft{Branch: branch, Base: "main", Title: "Seed", Body: "of a person", Labels: labels}, fork)
	if refused != nil {
		s.t.Fatal(refused)
	}
	return it.Number
}

// End merges or closes a request.
func (s *Server) End(number int, as pull.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.core.item(number).end(&s.core, as)
}

// Say adds a comment of a person.
func (s *Server) Say(number int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	it := s.core.item(number)
	it.comments = append(it.comments, text)
}

// Now is the forge's time: that of the last change.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.core.now
}

// All are the forge's requests, oldest first.
func (s *Server) All() []pull.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []pull.Request
	for _, it := range s.core.items {
		r := it.Request
		r.Labels = slices.Sorted(slices.Values(r.Labels))
		all = append(all, r)
	}
	return all
}

// Comments are the texts of a request's comments.
func (s *Server) Comments(number int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.core.item(number).comments)
}

// Labels are the names of the labels that the repository has.
func (s *Server) Labels() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.core.labels))
}

// Asked is how many requests came.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Disturb makes the nth request from now, from 1, go as trouble has it; with
// onward also all after it.
func (s *Server) Disturb(n int, trouble Trouble, onward bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.asked + n
	s.trouble = func(now int) Trouble {
		if now == at || onward && now > at {
			return trouble
		}
		return none
	}
}

// Calm ends all trouble.
func (s *Server) Calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = nil
}
