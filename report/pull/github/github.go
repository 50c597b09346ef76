package github

import (
	"context"
	"fmt"
	"strings"
	"time"

	gh "github.com/google/go-github/v89/github"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// Options say which repository, "owner/name", on which GitHub, and as whom.
type Options = pullhttp.Options

// Forge is a repository on GitHub. Any number of goroutines may use it.
type Forge struct {
	http        *pullhttp.Client
	api         *gh.Client
	owner, name string
}

var _ pull.Forge = (*Forge)(nil)

// New returns the repository's forge. It opens no connection; the error says which
// option is amiss.
func New(o Options) (*Forge, error) {
	owner, name, err := pullhttp.Owner(o.Repository)
	if err != nil {
		return nil, fmt.Errorf("forge github: %w", err)
	}
	c, api, err := connect(o)
	if err != nil {
		return nil, fmt.Errorf("forge github: %w", err)
	}
	return &Forge{http: c, api: api, owner: owner, name: name}, nil
}

func connect(o Options) (*pullhttp.Client, *gh.Client, error) {
	c, err := pullhttp.New(o)
	if err != nil {
		return nil, nil, err
	}
	// GitHub's own API is on a host beside it, that of an Enterprise Server below it.
	at := c.Base.String() + "/api/v3/"
	if host := c.Base.Host; host == "github.com" || strings.HasSuffix(host, ".ghe.com") {
		at = "https://api." + host + "/"
	}
	api, err := gh.NewClient(gh.WithHTTPClient(c.HTTP), gh.WithURLs(&at, &at), gh.WithDisableRateLimitCheck())
	return c, api, err
}

// perPage is the most that GitHub gives.
const perPage = 100

// Requests lists pull requests as pull.Forge says.
func (f *Forge) Requests(ctx context.Context, prefix string, since time.Time) ([]pull.Request, error) {
	found := pullhttp.Requests{Prefix: prefix, Since: since}
	err := f.list(ctx, gh.PullRequestListOptions{State: "open"}, func(r *gh.PullRequest) (bool, error) {
		return true, found.Add(request(r))
	})
	if err == nil {
		// What ended since then was updated since then, and those come first.
		last := gh.PullRequestListOptions{State: "closed", Sort: "updated", Direction: "desc"}
		err = f.list(ctx, last, func(r *gh.PullRequest) (bool, error) {
			return !r.GetUpdatedAt().Before(since), found.Add(request(r))
		})
	}
	if err != nil {
		return nil, f.said(err, "list the pull requests of")
	}
	return found.All(), nil
}

// list hands each of the repository's own pull requests to each, until that wants
// no more.
func (f *Forge) list(ctx context.Context, o gh.PullRequestListOptions, each func(*gh.PullRequest) (bool, error)) error {
	return pullhttp.Pages(func(page int) (bool, error) {
		o.ListOptions = gh.ListOptions{Page: page, PerPage: perPage}
		some, res, err := f.api.PullRequests.List(ctx, f.owner, f.name, &o)
		if err != nil {
			return false, err
		}
		for _, r := range some {
			if head, base := r.GetHead().GetRepo().GetID(), r.GetBase().GetRepo().GetID(); r.GetNumber() > 0 && head != base {
				continue // a fork's, or of one that has gone
			}
			if more, err := each(r); err != nil || !more {
				return false, err
			}
		}
		return res.NextPage > page, nil
	})
}

// request is r, which may lack anything, in tuppence's words.
func request(r *gh.PullRequest) pull.Request {
	out := pull.Request{
		Number: r.GetNumber(), URL: r.GetHTMLURL(), Branch: r.GetHead().GetRef(), Base: r.GetBase().GetRef(),
		Title: r.GetTitle(), Body: r.GetBody(), Head: r.GetHead().GetSHA(), State: pull.State(r.GetState()),
	}
	switch {
	case r.MergedAt != nil:
		out.State, out.Ended = pull.Merged, r.GetMergedAt().Time
	case r.ClosedAt != nil:
		out.Ended = r.GetClosedAt().Time
	}
	for _, l := range r.Labels {
		out.Labels = append(out.Labels, l.GetName())
	}
	return out
}

// said names the repository in err.
func (f *Forge) said(err error, doing string, args ...any) error {
	return pullhttp.Said(fmt.Sprintf(doing, args...)+" "+f.owner+"/"+f.name, err)
}
