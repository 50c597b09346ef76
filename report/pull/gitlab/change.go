package gitlab

import (
	"context"

	gl "gitlab.com/gitlab-org/api/client-go"

	"github.com/tuppence-dev/tuppence/report/pull"
	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// Open opens a merge request as pull.Forge says. GitLab makes the labels that are
// missing.
func (f *Forge) Open(ctx context.Context, d pull.Draft) (pull.Request, error) {
	r, _, err := pullhttp.Ensure(ctx, f.http, func() (r pull.Request, found bool, err error) {
		o := gl.ListProjectMergeRequestsOptions{State: new("opened"), SourceBranch: &d.Branch}
		err = f.list(ctx, o, func(one *gl.BasicMergeRequest) (bool, error) {
			if found = request(one).Branch == d.Branch; found {
				r, err = pullhttp.Check(request(one))
			}
			return !found, err
		})
		return r, found && err == nil, err
	}, func() (pull.Request, error) {
		r, _, err := f.api.MergeRequests.CreateMergeRequest(f.project, &gl.CreateMergeRequestOptions{
			Title: &d.Title, Description: &d.Body, SourceBranch: &d.Branch, TargetBranch: &d.Base, Labels: labels(d),
		}, gl.WithContext(ctx))
		if err != nil {
			return pull.Request{}, err
		}
		return pullhttp.Check(request(&r.BasicMergeRequest))
	})
	if err != nil {
		return pull.Request{}, f.said(err, "open a merge request from %s in", d.Branch)
	}
	return r, nil
}

// labels are d's as GitLab takes them; nil changes none.
func labels(d pull.Draft) *gl.LabelOptions {
	if len(d.Labels) == 0 {
		return nil
	}
	return (*gl.LabelOptions)(&d.Labels)
}

// Edit edits a merge request as pull.Forge says.
func (f *Forge) Edit(ctx context.Context, number int, d pull.Draft) error {
	_, _, err := f.api.MergeRequests.UpdateMergeRequest(f.project, int64(number), &gl.UpdateMergeRequestOptions{
		Title: &d.Title, Description: &d.Body, AddLabels: labels(d),
	}, gl.WithContext(ctx))
	return f.said(err, "edit merge request %d of", number)
}

// Comment adds a note. One with the same text is not added twice.
func (f *Forge) Comment(ctx context.Context, number int, text string) error {
	_, _, err := pullhttp.Ensure(ctx, f.http, func() (none struct{}, found bool, err error) {
		err = pullhttp.Pages(func(page int) (bool, error) {
			some, res, err := f.api.Notes.ListMergeRequestNotes(f.project, int64(number), &gl.ListMergeRequestNotesOptions{
				ListOptions: gl.ListOptions{Page: int64(page), PerPage: perPage},
			}, gl.WithContext(ctx))
			if err != nil {
				return false, err
			}
			for _, n := range some {
				found = found || pullhttp.Same(n.Body, text)
			}
			return !found && res.NextPage > int64(page), nil
		})
		return none, found, err
	}, func() (none struct{}, err error) {
		_, _, err = f.api.Notes.CreateMergeRequestNote(f.project, int64(number),
			&gl.CreateMergeRequestNoteOptions{Body: &text}, gl.WithContext(ctx))
		return none, err
	})
	return f.said(err, "comment on merge request %d of", number)
}

// Close closes a merge request as pull.Forge says.
func (f *Forge) Close(ctx context.Context, number int) error {
	_, _, err := f.api.MergeRequests.UpdateMergeRequest(f.project, int64(number), &gl.UpdateMergeRequestOptions{
		StateEvent: new("close"),
	}, gl.WithContext(ctx))
	err = pullhttp.Ended(err, func() (pull.Request, error) {
		r, _, err := f.api.MergeRequests.GetMergeRequest(f.project, int64(number), nil, gl.WithContext(ctx))
		if err != nil {
			return pull.Request{}, err
		}
		return request(&r.BasicMergeRequest), nil
	})
	return f.said(err, "close merge request %d of", number)
}
