package gitea

import (
	"context"
	"errors"

	sdk "code.gitea.io/sdk/gitea"

	"github.com/tuppence-dev/tuppence/report/pull/pullhttp"
)

// colour is that of the labels that are made: Gitea wants one, and this is grey.
const colour = "#888888"

// labels returns the ids of the repository's labels of these names. Those that are
// missing are made. Gitea takes two labels of one name, so each is looked for
// again before it is made again.
func (f *Forge) labels(ctx context.Context, names []string) ([]int64, error) {
	var ids []int64
	if len(names) == 0 {
		return ids, nil
	}
	api, err := f.api(ctx)
	if err != nil {
		return nil, err
	}
	known, err := f.known(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		id, _, err := pullhttp.Ensure(ctx, f.http, func() (int64, bool, error) {
			if known == nil { // the answer that it was made did not come
				if known, err = f.known(ctx); err != nil {
					return 0, false, err
				}
			}
			id, found := known[name]
			return id, found, nil
		}, func() (int64, error) {
			made, _, err := api.CreateLabel(f.owner, f.name, sdk.CreateLabelOption{Name: name, Color: colour})
			if err == nil && made.ID <= 0 {
				err = errors.New("a label without an id")
			}
			if err != nil {
				known = nil
				return 0, err
			}
			known[name] = made.ID
			return made.ID, nil
		})
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// known are the repository's labels by name. Of two with one name it is the first
// that was made.
func (f *Forge) known(ctx context.Context) (map[string]int64, error) {
	ids := map[string]int64{}
	err := f.pages(ctx, func(api *sdk.Client, at sdk.ListOptions) (int, *sdk.Response, error) {
		some, res, err := api.ListRepoLabels(f.owner, f.name, sdk.ListLabelsOptions{ListOptions: at})
		for _, l := range some {
			if l.ID <= 0 {
				continue
			}
			if first, found := ids[l.Name]; !found || l.ID < first {
				ids[l.Name] = l.ID
			}
		}
		return len(some), res, err
	})
	return ids, err
}
