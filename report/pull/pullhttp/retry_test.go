package pullhttp

import (
	"net/http"
	"testing"
	"time"
)

func TestTheForgeSaysHowLongToWait(t *testing.T) {
	const date, later = "Mon, 02 Mar 2026 09:00:00 GMT", "Mon, 02 Mar 2026 09:00:30 GMT"
	for _, c := range []struct {
		name string
		h    http.Header
		want time.Duration
	}{
		{"nothing is said", http.Header{}, 0},
		{"seconds", http.Header{"Retry-After": {"7"}}, 7 * time.Second},
		{"no seconds before now", http.Header{"Retry-After": {"-7"}}, 0},
		{"more seconds than there are", http.Header{"Retry-After": {"9223372036854775807"}}, 0},
		{"a date, by the forge's clock", http.Header{"Date": {date}, "Retry-After": {later}}, 30 * time.Second},
		{"a date that is past", http.Header{"Date": {later}, "Retry-After": {date}}, 0},
		{"a date without the forge's clock", http.Header{"Retry-After": {later}}, 0},
		{"GitHub's reset", http.Header{"Date": {date}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1772442060"}}, time.Minute},
		{"GitLab's reset", http.Header{"Date": {date}, "Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"1772442060"}}, time.Minute},
		{"a reset while requests are left", http.Header{"Date": {date}, "X-Ratelimit-Remaining": {"9"}, "X-Ratelimit-Reset": {"1772442060"}}, 0},
		{"seconds before a reset", http.Header{"Date": {date}, "Retry-After": {"5"}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1772442060"}}, 5 * time.Second},
	} {
		if got := asked(c.h); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWaitsDouble(t *testing.T) {
	c := &Client{wait: func(d time.Duration) time.Duration { return d }}
	for try, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		if got := c.backoff(0, 0, try, nil); got != want {
			t.Errorf("before try %d: %s, want %s", try, got, want)
		}
	}
	if got := c.backoff(0, 0, 1<<40, nil); got != longestWait {
		t.Errorf("at last %s", got)
	}
}
