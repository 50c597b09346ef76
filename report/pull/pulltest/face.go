package pulltest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the other side may have gone
}

// read reads what was sent, or refuses it.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"message": "Problems parsing JSON"})
		return false
	}
	return true
}

// number is a number in the path or the query, 0 where there is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// links are what GitHub and Gitea point to further pages with.
func links(w http.ResponseWriter, r *http.Request, page, size, total int) {
	page = max(page, 1)
	last := (total + size - 1) / size
	to := func(p int, rel string) string {
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(p))
		return fmt.Sprintf("<http://%s%s?%s>; rel=%q", r.Host, r.URL.Path, q.Encode(), rel)
	}
	var all []string
	if page < last {
		all = append(all, to(page+1, "next"), to(last, "last"))
	}
	if page > 1 {
		all = append(all, to(1, "first"), to(page-1, "prev"))
	}
	if len(all) > 0 {
		w.Header().Set("Link", strings.Join(all, ","))
	}
}

// moment is a time as APIs write it, null where there is none.
func moment(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.Format(time.RFC3339)
	return &s
}

// each maps a list, and is never null.
func each[T, U any](list []T, f func(T) U) []U {
	out := make([]U, 0, len(list))
	for _, v := range list {
		out = append(out, f(v))
	}
	return out
}

type object = map[string]any
