package gitea

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	sdk "code.gitea.io/sdk/gitea"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// Options say which repository, "owner/name", on which Gitea, and as whom.
type Options = pullhttp.Options

// Forge is a repository on Gitea. Any number of goroutines may use it.
type Forge struct {
	http        *pullhttp.Client
	owner, name string
}

var _ pull.Forge = (*Forge)(nil)

// New returns the repository's forge. It opens no connection; the error says which
// option is amiss.
func New(o Options) (*Forge, error) {
	owner, name, err := pullhttp.Owner(o.Repository)
	if err != nil {
		return nil, fmt.Errorf("forge gitea: %w", err)
	}
	c, err := pullhttp.New(o)
	if err != nil {
		return nil, fmt.Errorf("forge gitea: %w", err)
	}
	return &Forge{http: c, owner: owner, name: name}, nil
}

// api returns the SDK's client, which holds one context for all that it sends.
// The version is not asked for: nothing that is used here depends on it.
func (f *Forge) api(ctx context.Context) (*sdk.Client, error) {
	return sdk.NewClient(f.http.Base.String(), sdk.SetHTTPClient(f.http.HTTP), sdk.SetGiteaVersion(""), sdk.SetContext(ctx))
}

// perPage is the most that Gitea gives unless it was set up to give more.
const perPage = 50

// Requests lists pull requests as pull.Forge says.
func (f *Forge) Requests(ctx context.Context, prefix string, since time.Time) ([]pull.Request, error) {
	found := pullhttp.Requests{Prefix: prefix, Since: since}
	err := f.list(ctx, sdk.ListPullRequestsOptions{State: sdk.StateOpen}, func(r *sdk.PullRequest) (bool, error) {
		return true, found.Add(request(r))
	})
	if err == nil {
		// What ended since then was updated since then, and those come first.
		last := sdk.ListPullRequestsOptions{State: sdk.StateClosed, Sort: "recentupdate"}
		err = f.list(ctx, last, func(r *sdk.PullRequest) (bool, error) {
			recent := r.Updated == nil || !r.Updated.Before(since)
			return recent, found.Add(request(r))
		})
	}
	if err != nil {
		return nil, f.said(err, "list the pull requests of")
	}
	return found.All(), nil
}

// list hands each of the repository's own pull requests to each, until that wants
// no more.
func (f *Forge) list(ctx context.Context, o sdk.ListPullRequestsOptions, each func(*sdk.PullRequest) (bool, error)) error {
	return f.pages(ctx, func(api *sdk.Client, at sdk.ListOptions) (int, *sdk.Response, error) {
		o.ListOptions = at
		some, res, err := api.ListRepoPullRequests(f.owner, f.name, o)
		if err != nil {
			return 0, res, err
		}
		for _, r := range some {
			if foreign(r) {
				continue
			}
			if more, err := each(r); err != nil || !more {
				return 0, res, err
			}
		}
		return len(some), res, nil
	})
}

// foreign reports that r is from a fork, or from one that has gone. A request that
// lacks what tells is not: it is refused later, as what it is.
func foreign(r *sdk.PullRequest) bool {
	return r.Head != nil && r.Base != nil && r.Head.RepoID != r.Base.RepoID
}

// pages calls read until as many were read as Gitea says that there are: lists of
// labels and comments have that number, but no links to further pages.
func (f *Forge) pages(ctx context.Context, read func(*sdk.Client, sdk.ListOptions) (int, *sdk.Response, error)) error {
	api, err := f.api(ctx)
	if err != nil {
		return err
	}
	seen := 0
	return pullhttp.Pages(func(page int) (bool, error) {
		n, res, err := read(api, sdk.ListOptions{Page: page, PageSize: perPage})
		if err != nil {
			return false, err
		}
		seen += n
		total, err := strconv.Atoi(res.Header.Get("X-Total-Count"))
		if err != nil {
			return n > 0 && res.NextPage > page, nil
		}
		return n > 0 && seen < total, nil
	})
}

// request is r, which may lack anything, in tuppence's words.
func request(r *sdk.PullRequest) pull.Request {
	out := pull.Request{Number: int(r.Index), URL: r.HTMLURL, Title: r.Title, Body: r.Body, State: pull.State(r.State)}
	if r.Base != nil {
		out.Base = r.Base.Ref
	}
	if r.Head != nil {
		out.Branch, out.Head = r.Head.Ref, r.Head.Sha
		// Once the branch has gone its name is only in the label, and of one that never
		// had a branch (AGit) nowhere.
		if strings.HasPrefix(out.Branch, "refs/pull/") && r.Head.Name != "" {
			out.Branch = r.Head.Name
		}
	}
	ended := r.Closed
	if r.HasMerged {
		out.State, ended = pull.Merged, r.Merged
	}
	if ended != nil {
		out.Ended = *ended
	}
	for _, l := range r.Labels {
		if l != nil {
			out.Labels = append(out.Labels, l.Name)
		}
	}
	return out
}

// said names the repository in err.
func (f *Forge) said(err error, doing string, args ...any) error {
	return pullhttp.Said(fmt.Sprintf(doing, args...)+" "+f.owner+"/"+f.name, err)
}
