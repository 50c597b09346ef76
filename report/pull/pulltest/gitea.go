package pulltest

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// Gitea speaks Gitea's API, version 1 of Gitea 1.25: routers/api/v1/repo and
// services/convert of its source say what is answered.
func Gitea(c *core) http.Handler {
	c.pageSize = 50
	g := gitea{c}
	mux := http.NewServeMux()
	const repo = "/api/v1/repos/" + Repository
	mux.HandleFunc("GET "+repo+"/pulls", g.list)
	mux.HandleFunc("POST "+repo+"/pulls", g.open)
	mux.HandleFunc("GET "+repo+"/pulls/{n}", g.on(g.get))
	mux.HandleFunc("PATCH "+repo+"/pulls/{n}", g.on(g.edit))
	mux.HandleFunc("GET "+repo+"/issues/{n}/comments", g.on(g.comments))
	mux.HandleFunc("POST "+repo+"/issues/{n}/comments", g.on(g.comment))
	mux.HandleFunc("POST "+repo+"/issues/{n}/labels", g.on(g.label))
	mux.HandleFunc("GET "+repo+"/labels", g.labels)
	mux.HandleFunc("POST "+repo+"/labels", g.makeLabel)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { g.missing(w) })
	return mux
}

type gitea struct{ *core }

func (g gitea) missing(w http.ResponseWriter) {
	answer(w, http.StatusNotFound, object{"message": "not found", "errors": []string{}, "url": "https://gitea.example/api/swagger"})
}

func (g gitea) refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, object{"message": message, "url": "https://gitea.example/api/swagger"})
}

func (g gitea) on(f func(http.ResponseWriter, *http.Request, *item)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if it := g.item(number(r.PathValue("n"))); it != nil {
			f(w, r, it)
			return
		}
		g.missing(w)
	}
}

// write is an item as the API gives it. Once a request was merged its branch has
// gone here, so that ref names what Gitea keeps in its place.
func (g gitea) write(it *item) object {
	state, merged, ref, head := "open", moment(it.Ended), it.Branch, 7
	if it.State != pull.Open {
		state = "closed"
	}
	if it.State != pull.Merged {
		merged = nil
	} else {
		ref = "refs/pull/" + itoa(it.Number) + "/head"
	}
	if it.fork {
		head = 8
	}
	return object{
		"id": 1000 + it.Number, "number": it.Number, "state": state, "title": it.Title, "body": it.Body,
		"html_url": "https://gitea.example/" + Repository + "/pulls/" + itoa(it.Number),
		"labels":   g.tags(it.Labels), "merged": it.State == pull.Merged, "merged_at": merged, "closed_at": moment(it.Ended),
		"created_at": moment(it.created), "updated_at": moment(it.updated),
		"head": object{"label": it.Branch, "ref": ref, "sha": it.Head, "repo_id": head},
		"base": object{"label": it.Base, "ref": it.Base, "sha": it.Head, "repo_id": 7},
	}
}

// tags are labels by name; the id of one is its place among the repository's.
func (g gitea) tags(names []string) []object {
	return each(names, func(n string) object {
		return object{"id": slices.Index(g.core.labels, n) + 1, "name": n, "color": "888888"}
	})
}

func (g gitea) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	keep := func(it *item) bool {
		return q.Get("state") == "all" || (it.State == pull.Open) == (q.Get("state") != "closed")
	}
	page, size := number(q.Get("page")), g.size(number(q.Get("limit")))
	some, total := g.core.list(keep, q.Get("sort") == "recentupdate", page, size)
	links(w, r, page, size, total)
	w.Header().Set("X-Total-Count", itoa(total))
	answer(w, http.StatusOK, each(some, g.write))
}

func (g gitea) open(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Head, Base, Title, Body string
		Labels                  []int
	}
	if !read(w, r, &in) {
		return
	}
	it, refused := g.core.open(pull.Draft{Branch: in.Head, Base: in.Base, Title: in.Title, Body: in.Body, Labels: g.named(in.Labels)}, false)
	if refused != nil {
		g.refuse(w, refused.status, refused.text)
		return
	}
	answer(w, http.StatusCreated, g.write(it))
}

// named are the labels with these ids; Gitea passes over an id that is none.
func (g gitea) named(ids []int) []string {
	var names []string
	for _, id := range ids {
		if id >= 1 && id <= len(g.core.labels) {
			names = append(names, g.core.labels[id-1])
		}
	}
	return names
}

func (g gitea) get(w http.ResponseWriter, _ *http.Request, it *item) {
	answer(w, http.StatusOK, g.write(it))
}

func (g gitea) edit(w http.ResponseWriter, r *http.Request, it *item) {
	var in struct {
		Title       string
		Body, State *string
	}
	if !read(w, r, &in) {
		return
	}
	title := &in.Title
	if in.Title == "" {
		title = nil
	}
	it.edit(g.core, title, in.Body)
	if in.State != nil && it.State == pull.Merged {
		g.refuse(w, http.StatusPreconditionFailed, "cannot change state of this pull request, it was already merged")
		return
	}
	if in.State != nil && *in.State == "closed" {
		it.end(g.core, pull.Closed)
	}
	answer(w, http.StatusCreated, g.write(it)) // as Gitea itself remarks, it should be 200
}

// comments are all at once: Gitea does not page them.
func (g gitea) comments(w http.ResponseWriter, _ *http.Request, it *item) {
	w.Header().Set("X-Total-Count", itoa(len(it.comments)))
	answer(w, http.StatusOK, each(it.comments, func(s string) object { return object{"id": len(s) + 1, "body": s} }))
}

func (g gitea) comment(w http.ResponseWriter, r *http.Request, it *item) {
	var in struct{ Body string }
	if !read(w, r, &in) {
		return
	}
	it.comments = append(it.comments, in.Body)
	answer(w, http.StatusCreated, object{"id": len(it.comments), "body": in.Body})
}

func (g gitea) label(w http.ResponseWriter, r *http.Request, it *item) {
	var in struct{ Labels []int }
	if !read(w, r, &in) {
		return
	}
	it.label(g.core, g.named(in.Labels))
	answer(w, http.StatusOK, g.tags(it.Labels))
}

// labels are the repository's. Their pages come without links, with the total only.
func (g gitea) labels(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	w.Header().Set("X-Total-Count", itoa(len(g.core.labels)))
	answer(w, http.StatusOK, g.tags(cut(g.core.labels, number(q.Get("page")), g.size(number(q.Get("limit"))))))
}

// makeLabel makes a second one of a name where it is asked to, as Gitea does.
func (g gitea) makeLabel(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name, Color string }
	if !read(w, r, &in) {
		return
	}
	if in.Name == "" || in.Color == "" {
		g.refuse(w, http.StatusUnprocessableEntity, "[Name]: Required")
		return
	}
	g.core.labels = append(g.core.labels, in.Name)
	answer(w, http.StatusCreated, object{"id": len(g.core.labels), "name": in.Name, "color": in.Color})
}

func itoa(n int) string { return strconv.Itoa(n) }
