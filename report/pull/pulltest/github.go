package pulltest

import (
	"net/http"
	"slices"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// GitHub speaks GitHub's REST API, version 2022-11-28, as an Enterprise Server has
// it, below /api/v3:
// https://docs.github.com/en/rest/pulls/pulls, /issues/comments, /issues/labels.
func GitHub(c *core) http.Handler {
	g := github{c}
	mux := http.NewServeMux()
	const repo = "/api/v3/repos/" + Repository
	mux.HandleFunc("GET "+repo+"/pulls", g.list)
	mux.HandleFunc("POST "+repo+"/pulls", g.open)
	mux.HandleFunc("GET "+repo+"/pulls/{n}", g.on(g.get))
	mux.HandleFunc("PATCH "+repo+"/pulls/{n}", g.on(g.edit))
	mux.HandleFunc("GET "+repo+"/issues/{n}/comments", g.on(g.comments))
	mux.HandleFunc("POST "+repo+"/issues/{n}/comments", g.on(g.comment))
	mux.HandleFunc("POST "+repo+"/issues/{n}/labels", g.on(g.label))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { g.refuse(w, http.StatusNotFound, "Not Found") })
	return mux
}

type github struct{ *core }

func (g github) refuse(w http.ResponseWriter, status int, message string, errors ...object) {
	answer(w, status, object{"message": message, "errors": errors, "documentation_url": "https://docs.github.com/rest"})
}

// on hands the item of the path to f.
func (g github) on(f func(http.ResponseWriter, *http.Request, *item)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if it := g.item(number(r.PathValue("n"))); it != nil {
			f(w, r, it)
			return
		}
		g.refuse(w, http.StatusNotFound, "Not Found")
	}
}

// write is an item as the API gives it. A request that was merged is closed, and
// merged_at says so.
func (g github) write(it *item) object {
	state, merged := "open", moment(it.Ended)
	if it.State != pull.Open {
		state = "closed"
	}
	if it.State != pull.Merged {
		merged = nil
	}
	base := object{"id": 7, "full_name": Repository}
	head := object{"id": 7, "full_name": Repository}
	if it.fork {
		head = object{"id": 8, "full_name": "someone/fleet", "fork": true}
	}
	return object{
		"id": 1000 + it.Number, "number": it.Number, "state": state, "title": it.Title, "body": it.Body,
		"html_url": "https://github.example/" + Repository + "/pull/" + itoa(it.Number),
		"labels":   g.names(it), "created_at": moment(it.created), "updated_at": moment(it.updated),
		"closed_at": moment(it.Ended), "merged_at": merged,
		"head": object{"label": "acme:" + it.Branch, "ref": it.Branch, "sha": it.Head, "repo": head},
		"base": object{"label": "acme:" + it.Base, "ref": it.Base, "sha": it.Head, "repo": base},
	}
}

func (g github) names(it *item) []object {
	return each(it.Labels, func(n string) object { return object{"id": len(n), "name": n, "color": "ededed"} })
}

func (g github) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	keep := func(it *item) bool {
		owner := "acme"
		if it.fork {
			owner = "someone"
		}
		if head := q.Get("head"); head != "" && head != owner+":"+it.Branch {
			return false
		}
		return q.Get("state") == "all" || (it.State == pull.Open) == (q.Get("state") != "closed")
	}
	page, size := number(q.Get("page")), g.size(number(q.Get("per_page")))
	some, total := g.core.list(keep, q.Get("sort") == "updated", page, size)
	links(w, r, page, size, total)
	answer(w, http.StatusOK, each(some, g.write))
}

func (g github) open(w http.ResponseWriter, r *http.Request) {
	var in struct{ Title, Body, Head, Base string }
	if !read(w, r, &in) {
		return
	}
	it, refused := g.core.open(pull.Draft{Branch: in.Head, Base: in.Base, Title: in.Title, Body: in.Body}, false)
	if refused != nil { // GitHub has one status for all of these
		message := refused.text
		if refused.status == http.StatusConflict {
			message = "A pull request already exists for acme:" + in.Head + "."
		}
		g.refuse(w, http.StatusUnprocessableEntity, "Validation Failed",
			object{"resource": "PullRequest", "code": "custom", "message": message})
		return
	}
	answer(w, http.StatusCreated, g.write(it))
}

func (g github) get(w http.ResponseWriter, _ *http.Request, it *item) {
	answer(w, http.StatusOK, g.write(it))
}

func (g github) edit(w http.ResponseWriter, r *http.Request, it *item) {
	var in struct{ Title, Body, State *string }
	if !read(w, r, &in) {
		return
	}
	it.edit(g.core, in.Title, in.Body)
	if in.State != nil && *in.State == "closed" {
		it.end(g.core, pull.Closed)
	}
	answer(w, http.StatusOK, g.write(it))
}

func (g github) comments(w http.ResponseWriter, r *http.Request, it *item) {
	page, size := number(r.URL.Query().Get("page")), g.size(number(r.URL.Query().Get("per_page")))
	links(w, r, page, size, len(it.comments))
	answer(w, http.StatusOK, each(cut(it.comments, page, size), func(s string) object {
		return object{"id": len(s) + 1, "body": s, "user": object{"login": "tuppence[bot]"}}
	}))
}

func (g github) comment(w http.ResponseWriter, r *http.Request, it *item) {
	var in struct{ Body string }
	if !read(w, r, &in) {
		return
	}
	it.comments = append(it.comments, in.Body)
	answer(w, http.StatusCreated, object{"id": len(it.comments), "body": in.Body})
}

// label takes a bare list as well as an object with one, as GitHub does.
func (g github) label(w http.ResponseWriter, r *http.Request, it *item) {
	var names []string
	if !read(w, r, &names) {
		return
	}
	it.label(g.core, slices.DeleteFunc(names, func(n string) bool { return n == "" }))
	answer(w, http.StatusOK, g.names(it))
}
