package gitlab

import (
	"context"
	"fmt"
	"time"

	gl "gitlab.com/gitlab-org/api/client-go"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// Options say which project, "group/name" or deeper, on which GitLab, and as whom.
type Options = pullhttp.Options

// Forge is a project on GitLab. Any number of goroutines may use it.
type Forge struct {
	http    *pullhttp.Client
	api     *gl.Client
	project string
}

var _ pull.Forge = (*Forge)(nil)

// New returns the project's forge. It opens no connection; the error says which
// option is amiss.
func New(o Options) (*Forge, error) {
	project, err := pullhttp.Project(o.Repository)
	if err != nil {
		return nil, fmt.Errorf("forge gitlab: %w", err)
	}
	c, err := pullhttp.New(o)
	if err != nil {
		return nil, fmt.Errorf("forge gitlab: %w", err)
	}
	api, err := gl.NewAuthSourceClient(gl.Unauthenticated{}, gl.WithBaseURL(c.Base.String()),
		gl.WithHTTPClient(c.HTTP), gl.WithoutRetries(), gl.WithCustomLimiter(unlimited{}))
	if err != nil {
		return nil, fmt.Errorf("forge gitlab: %w", err)
	}
	return &Forge{http: c, api: api, project: project}, nil
}

// unlimited leaves pace and tokens to pullhttp.
type unlimited struct{}

func (unlimited) Wait(context.Context) error { return nil }

// perPage is the most that GitLab gives.
const perPage = 100

// Requests lists merge requests as pull.Forge says.
func (f *Forge) Requests(ctx context.Context, prefix string, since time.Time) ([]pull.Request, error) {
	found := pullhttp.Requests{Prefix: prefix, Since: since}
	add := func(r *gl.BasicMergeRequest) (bool, error) { return true, found.Add(request(r)) }
	err := f.list(ctx, gl.ListProjectMergeRequestsOptions{State: new("opened")}, add)
	for _, state := range []string{"locked", "merged", "closed"} { // locked: being merged
		o := gl.ListProjectMergeRequestsOptions{State: &state}
		if !since.IsZero() {
			o.UpdatedAfter = &since // what ended since then was updated since then
		}
		if err == nil {
			err = f.list(ctx, o, add)
		}
	}
	if err != nil {
		return nil, f.said(err, "list the merge requests of")
	}
	return found.All(), nil
}

// list hands each of the project's own merge requests to each, until that wants no
// more.
func (f *Forge) list(ctx context.Context, o gl.ListProjectMergeRequestsOptions, each func(*gl.BasicMergeRequest) (bool, error)) error {
	return pullhttp.Pages(func(page int) (bool, error) {
		o.ListOptions = gl.ListOptions{Page: int64(page), PerPage: perPage}
		some, res, err := f.api.MergeRequests.ListProjectMergeRequests(f.project, &o, gl.WithContext(ctx))
		if err != nil {
			return false, err
		}
		for _, r := range some {
			if r.IID > 0 && r.SourceProjectID != r.TargetProjectID {
				continue // a fork's
			}
			if more, err := each(r); err != nil || !more {
				return false, err
			}
		}
		return res.NextPage > int64(page), nil
	})
}

// request is r, which may lack anything, in tuppence's words.
func request(r *gl.BasicMergeRequest) pull.Request {
	out := pull.Request{
		Number: int(r.IID), URL: r.WebURL, Branch: r.SourceBranch, Base: r.TargetBranch,
		Title: r.Title, Body: r.Description, Head: r.SHA, Labels: r.Labels, State: pull.State(r.State),
	}
	ended := r.ClosedAt
	switch r.State {
	case "opened", "locked":
		out.State = pull.Open
	case "merged":
		ended = r.MergedAt
		if ended == nil { // GitLab does not keep it of some that were merged long ago
			ended = r.UpdatedAt
		}
	}
	if ended != nil {
		out.Ended = *ended
	}
	return out
}

// said names the project in err.
func (f *Forge) said(err error, doing string, args ...any) error {
	return pullhttp.Said(fmt.Sprintf(doing, args...)+" "+f.project, err)
}
