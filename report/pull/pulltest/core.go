package pulltest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// Repository is what a Server holds; GitLab's groups may be deeper.
const Repository = "acme/fleet"

// Head is the commit at the end of every branch.
const Head = "5b1d0a1e3c7f4a6b8d9e0f1a2b3c4d5e6f708192"

// Began is when a Server starts; each change is a minute later.
var Began = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// item is a request as a forge keeps it.
type item struct {
	pull.Request
	fork             bool
	created, updated time.Time
	comments         []string
}

// core is a forge's state and rules. Its Server's lock guards it.
type core struct {
	items    []*item // number n is at n-1
	labels   []string
	now      time.Time
	pageSize int // the most that a page holds
}

func (c *core) tick() time.Time {
	c.now = c.now.Add(time.Minute)
	return c.now
}

func (c *core) item(number int) *item {
	if number < 1 || number > len(c.items) {
		return nil
	}
	return c.items[number-1]
}

// open makes a request. A forge has at most one that is open from a branch into
// another, and none from a branch that is not there.
func (c *core) open(d pull.Draft, fork bool) (*item, *refusal) {
	switch {
	case strings.HasPrefix(d.Branch, "absent"):
		return nil, &refusal{404, "the branch does not exist"}
	case d.Title == "":
		return nil, &refusal{422, "title can't be blank"}
	case c.current(d.Branch, d.Base) != nil && !fork:
		return nil, &refusal{409, "a pull request already exists for these targets"}
	}
	now := c.tick()
	it := &item{fork: fork, created: now, updated: now, Request: pull.Request{
		Number: len(c.items) + 1, Branch: d.Branch, Base: d.Base, Title: d.Title, Body: d.Body, Head: Head, State: pull.Open,
	}}
	c.items = append(c.items, it)
	it.label(c, d.Labels)
	return it, nil
}

func (c *core) current(branch, base string) *item {
	for _, it := range c.items {
		if it.Branch == branch && it.Base == base && it.State == pull.Open && !it.fork {
			return it
		}
	}
	return nil
}

// edit changes what is not nil.
func (it *item) edit(c *core, title, body *string) {
	it.updated = c.tick()
	if title != nil {
		it.Title = *title
	}
	if body != nil {
		it.Body = *body
	}
}

func (it *item) label(c *core, names []string) {
	for _, n := range names {
		if !slices.Contains(it.Labels, n) {
			it.Labels = append(it.Labels, n)
		}
		if !slices.Contains(c.labels, n) {
			c.labels = append(c.labels, n)
		}
	}
}

func (it *item) end(c *core, s pull.State) {
	if it.State == pull.Open {
		it.State, it.Ended = s, c.tick()
		it.updated = it.Ended
	}
}

// list gives the page of the items that keep wants, the latest first by updated or
// by number, and how many there are in all.
func (c *core) list(keep func(*item) bool, byUpdate bool, page, size int) ([]*item, int) {
	var all []*item
	for _, it := range slices.Backward(c.items) {
		if keep(it) {
			all = append(all, it)
		}
	}
	if byUpdate {
		slices.SortStableFunc(all, func(a, b *item) int { return b.updated.Compare(a.updated) })
	}
	return cut(all, page, c.size(size)), len(all)
}

// size is how much a page holds for one who asks for so much.
func (c *core) size(asked int) int {
	if asked <= 0 {
		asked = 30
	}
	return min(asked, c.pageSize)
}

// cut is a page, from 1, of all.
func cut[T any](all []T, page, size int) []T {
	from := min((max(page, 1)-1)*size, len(all))
	return all[from:min(from+size, len(all))]
}

// refusal is why a forge does not do as it is asked.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.status, r.text) }
