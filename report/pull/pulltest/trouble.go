package pulltest

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
)

// Trouble is what becomes of a request in place of next.
type Trouble func(w http.ResponseWriter, r *http.Request, next http.Handler)

func none(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }

// Refuse answers without doing anything. The text quotes the token that was sent,
// as some proxies do.
func Refuse(status int, header http.Header) Trouble {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		maps.Copy(w.Header(), header)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"message": "no: you sent %s"}`, r.Header.Get("Authorization"))
	}
}

// DropBefore breaks the connection off before anything is done.
func DropBefore(w http.ResponseWriter, _ *http.Request, _ http.Handler) { hangUp(w) }

// DropAfter breaks the connection off once all is done, without an answer.
func DropAfter(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	hangUp(w)
}

// DropWithin does all and breaks the answer off in its middle.
func DropWithin(w http.ResponseWriter, r *http.Request, next http.Handler) {
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	w.Header().Set("Content-Length", "1000000")
	w.WriteHeader(answer.Code)
	_, _ = io.CopyN(w, answer.Body, int64(answer.Body.Len()/2)) // the other side may have gone
	hangUp(w)
}

// hangUp resets the connection.
func hangUp(w http.ResponseWriter) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = buffered.Flush()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Nonsense does all and answers so in place of what is true.
func Nonsense(kind, body string) Trouble {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "TOKEN", Token)) // the other side may have gone
	}
}
