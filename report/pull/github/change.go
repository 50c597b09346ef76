package github

import (
	"context"
	"slices"

	gh "github.com/google/go-github/v89/github"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// Open opens a pull request as pull.Forge says. Where only its labels fail, it is
// open all the same, and Edit gives it those.
func (f *Forge) Open(ctx context.Context, d pull.Draft) (pull.Request, error) {
	r, made, err := pullhttp.Ensure(ctx, f.http, func() (r pull.Request, found bool, err error) {
		o := gh.PullRequestListOptions{State: "open", Head: f.owner + ":" + d.Branch}
		err = f.list(ctx, o, func(one *gh.PullRequest) (bool, error) {
			if found = one.GetHead().GetRef() == d.Branch; found {
				r, err = pullhttp.Check(request(one))
			}
			return !found, err
		})
		return r, found && err == nil, err
	}, func() (pull.Request, error) {
		r, _, err := f.api.PullRequests.Create(ctx, f.owner, f.name, &gh.NewPullRequest{
			Title: &d.Title, Body: &d.Body, Head: &d.Branch, Base: &d.Base,
		})
		if err != nil {
			return pull.Request{}, err
		}
		return pullhttp.Check(request(r))
	})
	if err == nil && made && len(d.Labels) > 0 {
		r.Labels, err = f.label(ctx, r.Number, d.Labels)
	}
	if err != nil {
		return pull.Request{}, f.said(err, "open a pull request from %s in", d.Branch)
	}
	return r, nil
}

// label adds labels, which GitHub makes where they are missing, and returns all
// that are there, sorted.
func (f *Forge) label(ctx context.Context, number int, labels []string) ([]string, error) {
	all, _, err := f.api.Issues.AddLabelsToIssue(pullhttp.Harmless(ctx), f.owner, f.name, number, labels)
	return slices.Sorted(slices.Values(request(&gh.PullRequest{Labels: all}).Labels)), err
}

// Edit edits a pull request as pull.Forge says.
func (f *Forge) Edit(ctx context.Context, number int, d pull.Draft) error {
	_, _, err := f.api.PullRequests.Edit(ctx, f.owner, f.name, number, &gh.PullRequest{Title: &d.Title, Body: &d.Body})
	if err == nil && len(d.Labels) > 0 {
		_, err = f.label(ctx, number, d.Labels)
	}
	return f.said(err, "edit pull request %d of", number)
}

// Comment adds a comment. One with the same text is not added twice.
func (f *Forge) Comment(ctx context.Context, number int, text string) error {
	_, _, err := pullhttp.Ensure(ctx, f.http, func() (none struct{}, found bool, err error) {
		err = pullhttp.Pages(func(page int) (bool, error) {
			some, res, err := f.api.Issues.ListComments(ctx, f.owner, f.name, number, &gh.IssueListCommentsOptions{
				ListOptions: gh.ListOptions{Page: page, PerPage: perPage},
			})
			if err != nil {
				return false, err
			}
			for _, c := range some {
				found = found || pullhttp.Same(c.GetBody(), text)
			}
			return !found && res.NextPage > page, nil
		})
		return none, found, err
	}, func() (none struct{}, err error) {
		_, _, err = f.api.Issues.CreateComment(ctx, f.owner, f.name, number, &gh.IssueComment{Body: &text})
		return none, err
	})
	return f.said(err, "comment on pull request %d of", number)
}

// Close closes a pull request as pull.Forge says.
func (f *Forge) Close(ctx context.Context, number int) error {
	closed := string(pull.Closed)
	_, _, err := f.api.PullRequests.Edit(ctx, f.owner, f.name, number, &gh.PullRequest{State: &closed})
	err = pullhttp.Ended(err, func() (pull.Request, error) {
		r, _, err := f.api.PullRequests.Get(ctx, f.owner, f.name, number)
		if err != nil {
			return pull.Request{}, err
		}
		return request(r), nil
	})
	return f.said(err, "close pull request %d of", number)
}
