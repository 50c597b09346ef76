package pulltest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// GitLab speaks GitLab's REST API, version 4:
// https://docs.gitlab.com/api/merge_requests/ and /api/notes/.
func GitLab(c *core) http.Handler {
	g := gitlab{c}
	mux := http.NewServeMux()
	const project = "/api/v4/projects/{project}"
	mux.HandleFunc("GET "+project+"/merge_requests", g.list)
	mux.HandleFunc("POST "+project+"/merge_requests", g.open)
	mux.HandleFunc("GET "+project+"/merge_requests/{n}", g.on(g.get))
	mux.HandleFunc("PUT "+project+"/merge_requests/{n}", g.on(g.edit))
	mux.HandleFunc("GET "+project+"/merge_requests/{n}/notes", g.on(g.notes))
	mux.HandleFunc("POST "+project+"/merge_requests/{n}/notes", g.on(g.note))
	mux.HandleFunc("/", g.missing)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A project is one step of the path, its slashes written as %2F.
		if !strings.HasPrefix(r.URL.EscapedPath(), "/api/v4/projects/"+url.PathEscape(Repository)+"/") {
			g.missing(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

type gitlab struct{ *core }

func (g gitlab) missing(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusNotFound, object{"message": "404 Project Not Found"})
}

func (g gitlab) on(f func(http.ResponseWriter, *http.Request, *item)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if it := g.item(number(r.PathValue("n"))); it != nil {
			f(w, r, it)
			return
		}
		answer(w, http.StatusNotFound, object{"message": "404 Not found"})
	}
}

func (g gitlab) write(it *item) object {
	state, source := "opened", 7
	var merged, closed *string
	switch it.State {
	case pull.Open:
	case pull.Merged:
		state, merged = "merged", moment(it.Ended)
	case pull.Closed:
		state, closed = "closed", moment(it.Ended)
	}
	if it.fork {
		source = 8
	}
	return object{
		"id": 1000 + it.Number, "iid": it.Number, "project_id": 7, "state": state, "title": it.Title, "description": it.Body,
		"source_branch": it.Branch, "target_branch": it.Base, "source_project_id": source, "target_project_id": 7,
		"labels": each(it.Labels, func(n string) string { return n }), "sha": it.Head,
		"created_at": moment(it.created), "updated_at": moment(it.updated), "merged_at": merged, "closed_at": closed,
		"web_url": "https://gitlab.example/" + Repository + "/-/merge_requests/" + itoa(it.Number),
	}
}

func (g gitlab) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var after time.Time
	if s := q.Get("updated_after"); s != "" {
		var err error
		if after, err = time.Parse(time.RFC3339, s); err != nil {
			answer(w, http.StatusBadRequest, object{"error": "updated_after is invalid"})
			return
		}
	}
	keep := func(it *item) bool {
		state, branch := q.Get("state"), q.Get("source_branch")
		return (state == "all" || state == "" || g.write(it)["state"] == state) &&
			(branch == "" || branch == it.Branch) && !it.updated.Before(after)
	}
	some, total := g.core.list(keep, false, number(q.Get("page")), number(q.Get("per_page")))
	g.pages(w, q, total)
	answer(w, http.StatusOK, each(some, g.write))
}

// pages says in headers which pages there are.
func (g gitlab) pages(w http.ResponseWriter, q url.Values, total int) {
	page, size := max(number(q.Get("page")), 1), g.size(number(q.Get("per_page")))
	next := ""
	if page*size < total {
		next = itoa(page + 1)
	}
	w.Header().Set("X-Page", itoa(page))
	w.Header().Set("X-Next-Page", next)
	w.Header().Set("X-Per-Page", itoa(size))
	w.Header().Set("X-Total", itoa(total))
}

func (g gitlab) open(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Title, Description, Labels string
		Source                     string `json:"source_branch"`
		Target                     string `json:"target_branch"`
	}
	if !read(w, r, &in) {
		return
	}
	it, refused := g.core.open(pull.Draft{Branch: in.Source, Base: in.Target, Title: in.Title, Body: in.Description, Labels: split(in.Labels)}, false)
	switch {
	case refused == nil:
		answer(w, http.StatusCreated, g.write(it))
	case refused.status == http.StatusConflict:
		answer(w, refused.status, object{"message": []string{"Another open merge request already exists for this source branch: !1"}})
	default:
		answer(w, http.StatusUnprocessableEntity, object{"message": object{"base": []string{refused.text}}})
	}
}

func split(labels string) []string {
	return slices.DeleteFunc(strings.Split(labels, ","), func(s string) bool { return s == "" })
}

func (g gitlab) get(w http.ResponseWriter, _ *http.Request, it *item) {
	answer(w, http.StatusOK, g.write(it))
}

func (g gitlab) edit(w http.ResponseWriter, r *http.Request, it *item) {
	var in struct {
		Title, Description *string
		Add                string `json:"add_labels"`
		Event              string `json:"state_event"`
	}
	if !read(w, r, &in) {
		return
	}
	it.edit(g.core, in.Title, in.Description)
	it.label(g.core, split(in.Add))
	if in.Event == "close" {
		it.end(g.core, pull.Closed)
	}
	answer(w, http.StatusOK, g.write(it))
}

// notes are a request's comments, the newest first, with what GitLab itself says.
func (g gitlab) notes(w http.ResponseWriter, r *http.Request, it *item) {
	q := r.URL.Query()
	g.pages(w, q, len(it.comments))
	newest := slices.Clone(it.comments)
	slices.Reverse(newest)
	answer(w, http.StatusOK, each(cut(newest, number(q.Get("page")), g.size(number(q.Get("per_page")))), func(s string) object {
		return object{"id": len(s) + 1, "body": s, "system": false, "author": object{"username": "project_7_bot"}}
	}))
}

func (g gitlab) note(w http.ResponseWriter, r *http.Request, it *item) {
	var in struct{ Body string }
	if !read(w, r, &in) {
		return
	}
	it.comments = append(it.comments, strings.TrimRight(in.Body, "\n"))
	answer(w, http.StatusCreated, object{"id": len(it.comments), "body": in.Body})
}
