package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/gitea"
	"github.com/tuppence-dev/tuppence/report/pull/github"
	"github.com/tuppence-dev/tuppence/report/pull/gitlab"
	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// proposeConfig says where and how pull requests are opened. Secrets stand in
// files.
type proposeConfig struct {
	Repo   string `json:"repo,omitempty"`   // the fleet's repository, as it is cloned
	Branch string `json:"branch,omitempty"` // that requests go into; empty: its default one
	Forge  string `json:"forge,omitempty"`  // github, gitlab, gitea; empty: told from the host
	URL    string `json:"url,omitempty"`    // of the forge, where it is not the repository's host

	TokenFile      string          `json:"tokenFile,omitempty"`
	App            githubAppConfig `json:"githubApp,omitzero"`
	SSHKeyFile     string          `json:"sshKeyFile,omitempty"`
	KnownHostsFile string          `json:"knownHostsFile,omitempty"`
	CAFile         string          `json:"caFile,omitempty"`

	Author  authorConfig `json:"author,omitzero"`
	Labels  []string     `json:"labels,omitempty"`
	MaxOpen int          `json:"maxOpen,omitempty"` // 10
	Soak    days         `json:"soak,omitempty"`    // 3d
	Waves   wavesConfig  `json:"waves,omitzero"`
	Audit   string       `json:"audit,omitempty"` // the file that the audit log is added to
	Prefix  string       `json:"branchPrefix,omitempty"`
}

// githubAppConfig is a GitHub App that opens the requests.
type githubAppConfig struct {
	ID           string `json:"id"`
	Installation int64  `json:"installation"`
	KeyFile      string `json:"keyFile"`
}

// authorConfig is who makes the commits.
type authorConfig struct {
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	SignOff bool   `json:"signOff,omitempty"`
	KeyFile string `json:"signingKeyFile,omitempty"` // armoured OpenPGP
}

// wavesConfig are the environments of the waves before production.
type wavesConfig struct {
	Development []string `json:"development,omitempty"`
	Staging     []string `json:"staging,omitempty"`
}

// The environments that count as each wave where the configuration says nothing;
// all others are production.
var (
	developmentNames = []string{"development", "dev", "test", "sandbox", "lab"}
	stagingNames     = []string{"staging", "stage", "preprod", "pre-production", "uat", "qa"}
)

// of is the wave of an environment.
func (w *wavesConfig) of(environment string) pull.Wave {
	name := strings.ToLower(environment)
	in := func(names, defaults []string) bool {
		if len(names) == 0 {
			names = defaults
		}
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	}
	switch {
	case in(w.Development, developmentNames):
		return pull.Development
	case in(w.Staging, stagingNames):
		return pull.Staging
	}
	return pull.Production
}

// folder is the working tree that a dry run may be shown on, "" where the
// repository is another's.
func (p *proposeConfig) folder() string {
	if info, err := os.Stat(p.Repo); err == nil && info.IsDir() {
		return p.Repo
	}
	return ""
}

func (p *proposeConfig) check(dryRun bool) error {
	switch {
	case p.Repo == "":
		return usagef("propose needs --repo URL, the fleet's repository, or propose.repo in the configuration")
	case p.folder() != "" && dryRun:
	case p.folder() != "":
		return usagef("--repo %s is a folder, on which requests can only be shown: add --dry-run, or give the repository's address", p.Repo)
	case p.Forge != "" && !slices.Contains([]string{pullhttp.GitHub, pullhttp.GitLab, pullhttp.Gitea}, p.Forge):
		return usagef("--forge %q: there are github, gitlab and gitea", p.Forge)
	case p.TokenFile == "" && p.App == (githubAppConfig{}):
		return usagef("propose needs --token-file FILE with a token that may push branches and open pull requests, or propose.githubApp in the configuration")
	case p.TokenFile != "" && p.App != (githubAppConfig{}):
		return usagef("propose.tokenFile and propose.githubApp say twice who opens requests; give one")
	case p.MaxOpen < 0:
		return usagef("propose.maxOpen %d: give at least 1", p.MaxOpen)
	}
	return nil
}

// agent is who acts at the forge and in the repository.
type agent struct {
	folder string // in the place of all the rest, for a dry run
	remote pull.Remote
	syncer pull.Syncer
}

// agent opens no connection.
func (p *proposeConfig) agent(now func() time.Time, dryRun bool) (*agent, error) {
	a := &agent{folder: p.folder()}
	a.syncer = pull.Syncer{
		Policy: pull.Policy{Prefix: p.Prefix, MaxOpen: p.MaxOpen, Base: cmp.Or(p.Branch, "main")},
		Author: pull.Author{
			Name: cmp.Or(p.Author.Name, "tuppence"), Email: cmp.Or(p.Author.Email, "tuppence@users.noreply.invalid"),
			SignOff: p.Author.SignOff, KeyFile: p.Author.KeyFile,
		},
		When:   now().UTC().Truncate(time.Second),
		Since:  now().AddDate(0, -6, 0), // half a year: long enough for a no to be remembered, and for a few pages to list
		DryRun: dryRun,
	}
	if a.folder != "" {
		return a, nil
	}
	kind, base, repository, err := pullhttp.Of(p.Repo)
	if err != nil && (!errors.Is(err, pullhttp.ErrKind) || p.Forge == "") {
		return nil, usagef("--repo: %w", err)
	}
	kind = cmp.Or(p.Forge, kind)
	o := pullhttp.Options{BaseURL: cmp.Or(p.URL, base), Repository: repository, TokenFile: p.TokenFile, CAFile: p.CAFile, Version: version()}
	auth := pull.Auth{KeyFile: p.SSHKeyFile, KnownHostsFile: p.KnownHostsFile}
	if p.TokenFile != "" {
		auth.Token = pull.TokenFile(p.TokenFile)
	}
	switch kind {
	case pullhttp.GitHub:
		auth.User = "x-access-token"
		if p.App != (githubAppConfig{}) {
			app := github.App{ID: p.App.ID, Installation: p.App.Installation, KeyFile: p.App.KeyFile, Now: now}
			token, err := app.Token(o)
			if err != nil {
				return nil, usageError{err}
			}
			o.Token, auth.Token = token, token
		}
		a.syncer.Forge, err = github.New(o)
	case pullhttp.GitLab:
		auth.User = "oauth2"
		a.syncer.Forge, err = gitlab.New(o)
	default:
		a.syncer.Forge, err = gitea.New(o)
	}
	if err != nil {
		return nil, usageError{err}
	}
	a.remote = pull.Remote{URL: p.Repo, Branch: p.Branch, Auth: auth, CAFile: p.CAFile}
	return a, nil
}

// clone fetches the repository, and completes what depends on it.
func (a *agent) clone(ctx context.Context) (*pull.Checkout, error) {
	c, err := pull.Clone(ctx, a.remote)
	if err != nil {
		return nil, err
	}
	a.syncer.Git, a.syncer.Policy.Base = c, c.Branch
	return c, nil
}
