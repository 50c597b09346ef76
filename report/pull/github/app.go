package github

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	gh "github.com/google/go-github/v89/github"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// App is a GitHub App that is installed for the repository. All fields are needed.
type App struct {
	ID           string // the app's or its client's
	Installation int64
	KeyFile      string // the private key, PEM, read anew for each token
	Now          func() time.Time
}

// The times of a JWT that GitHub takes: it may be at most ten minutes old, and a
// minute covers clocks that differ.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
const (
	skew     = time.Minute
	lifetime = 8 * time.Minute
)

// Token returns what gives the app's token for the repository of o, to be used as
// Options.Token and for Git. A token may write contents and pull requests of that
// repository, and nothing else. It lasts an hour and is kept until a minute before
// its end. The error says what of a or o is amiss.
func (a App) Token(o Options) (func(context.Context) (string, error), error) {
	_, name, err := pullhttp.Owner(o.Repository)
	if err != nil {
		return nil, fmt.Errorf("GitHub App: %w", err)
	}
	if a.ID == "" || a.Installation <= 0 || a.KeyFile == "" || a.Now == nil {
		return nil, errors.New("GitHub App: its id, its installation's id, its key file and a clock are needed")
	}
	o.Token = a.sign
	_, api, err := connect(o)
	if err != nil {
		return nil, fmt.Errorf("GitHub App: %w", err)
	}
	m := &mint{app: a, api: api, scope: gh.InstallationTokenOptions{
		Repositories: []string{name},
		Permissions:  &gh.InstallationPermissions{Contents: new("write"), PullRequests: new("write")},
	}}
	return m.token, nil
}

// sign returns a JWT that says who the app is.
func (a App) sign(context.Context) (string, error) {
	pem, err := pull.ReadSmall("the GitHub App's key", a.KeyFile)
	if err != nil {
		return "", err
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM(pem)
	if err != nil {
		return "", fmt.Errorf("read the GitHub App's key: %s holds no RSA key as PEM", a.KeyFile)
	}
	now := a.Now()
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer: a.ID, IssuedAt: jwt.NewNumericDate(now.Add(-skew)), ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
	}).SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign with the GitHub App's key in %s: %w", a.KeyFile, err)
	}
	return signed, nil
}

// mint keeps a token as long as it lasts.
type mint struct {
	app   App
	api   *gh.Client
	scope gh.InstallationTokenOptions

	mu      sync.Mutex
	current string
	until   time.Time
}

func (m *mint) token(ctx context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current != "" && m.app.Now().Before(m.until) {
		return m.current, nil
	}
	t, _, err := m.api.Apps.CreateInstallationToken(pullhttp.Harmless(ctx), m.app.Installation, &m.scope)
	if err == nil && t.GetToken() == "" {
		err = errors.New("no token in it")
	}
	if err != nil {
		return "", pullhttp.Said(fmt.Sprintf("ask for a token of GitHub App installation %d", m.app.Installation), err)
	}
	m.current, m.until = t.GetToken(), t.GetExpiresAt().Add(-skew)
	return m.current, nil
}
