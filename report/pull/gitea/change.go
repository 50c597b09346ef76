package gitea

import (
	"context"

	sdk "code.gitea.io/sdk/gitea"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// Open opens a pull request as pull.Forge says. Labels that are missing are made
// before it.
func (f *Forge) Open(ctx context.Context, d pull.Draft) (pull.Request, error) {
	r, err := f.open(ctx, d)
	if err != nil {
		return pull.Request{}, f.said(err, "open a pull request from %s in", d.Branch)
	}
	return r, nil
}

func (f *Forge) open(ctx context.Context, d pull.Draft) (pull.Request, error) {
	api, err := f.api(ctx)
	if err != nil {
		return pull.Request{}, err
	}
	ids, err := f.labels(ctx, d.Labels)
	if err != nil {
		return pull.Request{}, err
	}
	r, _, err := pullhttp.Ensure(ctx, f.http, func() (r pull.Request, found bool, err error) {
		err = f.list(ctx, sdk.ListPullRequestsOptions{State: sdk.StateOpen}, func(one *sdk.PullRequest) (bool, error) {
			if found = request(one).Branch == d.Branch; found {
				r, err = pullhttp.Check(request(one))
			}
			return !found, err
		})
		return r, found && err == nil, err
	}, func() (pull.Request, error) {
		r, _, err := api.CreatePullRequest(f.owner, f.name, sdk.CreatePullRequestOption{
			Head: d.Branch, Base: d.Base, Title: d.Title, Body: d.Body, Labels: ids,
		})
		if err != nil {
			return pull.Request{}, err
		}
		return pullhttp.Check(request(r))
	})
	return r, err
}

// Edit edits a pull request as pull.Forge says.
func (f *Forge) Edit(ctx context.Context, number int, d pull.Draft) error {
	return f.said(f.edit(ctx, number, d), "edit pull request %d of", number)
}

func (f *Forge) edit(ctx context.Context, number int, d pull.Draft) error {
	api, err := f.api(pullhttp.Harmless(ctx))
	if err != nil {
		return err
	}
	if _, _, err = api.EditPullRequest(f.owner, f.name, int64(number), sdk.EditPullRequestOption{Title: d.Title, Body: &d.Body}); err != nil {
		return err
	}
	ids, err := f.labels(ctx, d.Labels)
	if err != nil || len(ids) == 0 {
		return err
	}
	_, _, err = api.AddIssueLabels(f.owner, f.name, int64(number), sdk.IssueLabelsOption{Labels: ids})
	return err
}

// Comment adds a comment. One with the same text is not added twice.
func (f *Forge) Comment(ctx context.Context, number int, text string) error {
	api, err := f.api(ctx)
	if err != nil {
		return f.said(err, "comment on pull request %d of", number)
	}
	_, _, err = pullhttp.Ensure(ctx, f.http, func() (none struct{}, found bool, err error) {
		err = f.pages(ctx, func(api *sdk.Client, at sdk.ListOptions) (int, *sdk.Response, error) {
			some, res, err := api.ListIssueComments(f.owner, f.name, int64(number), sdk.ListIssueCommentOptions{ListOptions: at})
			for _, c := range some {
				found = found || pullhttp.Same(c.Body, text)
			}
			return len(some), res, err
		})
		return none, found, err
	}, func() (none struct{}, err error) {
		_, _, err = api.CreateIssueComment(f.owner, f.name, int64(number), sdk.CreateIssueCommentOption{Body: text})
		return none, err
	})
	return f.said(err, "comment on pull request %d of", number)
}

// Close closes a pull request as pull.Forge says.
func (f *Forge) Close(ctx context.Context, number int) error {
	return f.said(f.close(ctx, number), "close pull request %d of", number)
}

func (f *Forge) close(ctx context.Context, number int) error {
	api, err := f.api(ctx)
	if err != nil {
		return err
	}
	closed := sdk.StateClosed
	_, _, err = api.EditPullRequest(f.owner, f.name, int64(number), sdk.EditPullRequestOption{State: &closed})
	return pullhttp.Ended(err, func() (pull.Request, error) { // Gitea refuses it of one that was merged
		r, _, err := api.GetPullRequest(f.owner, f.name, int64(number))
		if err != nil {
			return pull.Request{}, err
		}
		return request(r), nil
	})
}
