package pullhttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/tuppence-dev/tuppence/report/pull"
)

const (
	firstWait   = time.Second      // 1 s, 2 s and 4 s where the forge names no time
	longestWait = 90 * time.Second // GitHub's secondary limits ask for 60 s; its primary for up to an hour, which is not waited for
)

// again says whether to send a request once more. One that a rate limit refused
// was not looked at, so it may be; one that failed or was lost may have been done
// all the same, so it is repeated only where that is sure to do no harm. It is a
// retryablehttp.CheckRetry.
func again(sure bool) retryablehttp.CheckRetry {
	return func(ctx context.Context, res *http.Response, err error) (bool, error) {
		switch {
		case ctx.Err() != nil:
			return false, context.Cause(ctx)
		case err != nil:
			return sure && passing(err), nil
		case limited(res.StatusCode, res.Header), sure && res.StatusCode >= 500 && res.StatusCode != http.StatusNotImplemented:
			return asked(res.Header) <= longestWait, nil
		}
		return false, nil
	}
}

// passing reports that another try may succeed where this one did not.
func passing(err error) bool {
	if _, ok := errors.AsType[unsent](err); ok {
		return false
	}
	if _, ok := errors.AsType[*pull.Fault](err); ok {
		return false
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return false
	}
	// The library knows the errors of certificates and schemes.
	retry, _ := retryablehttp.DefaultRetryPolicy(context.Background(), nil, err)
	return retry
}

// limited reports that an answer is one of a rate limit. GitHub says so with 403
// too: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
func limited(status int, h http.Header) bool {
	return status == http.StatusTooManyRequests ||
		status == http.StatusForbidden && (h.Get("Retry-After") != "" || h.Get("X-Ratelimit-Remaining") == "0")
}

// asked is the wait that an answer asks for, 0 where it asks for none: in
// Retry-After, in seconds or as a date, or as the time at which the limit is reset
// (X-RateLimit-Reset on GitHub, RateLimit-Reset on GitLab). Times are taken against
// the forge's own clock.
func asked(h http.Header) time.Duration {
	after := h.Get("Retry-After")
	if s, err := strconv.ParseInt(after, 10, 32); err == nil {
		return max(0, time.Duration(s)*time.Second)
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	if at, err := http.ParseTime(after); err == nil {
		return max(0, at.Sub(now))
	}
	for _, prefix := range []string{"X-Ratelimit-", "Ratelimit-"} {
		reset, err := strconv.ParseInt(h.Get(prefix+"Reset"), 10, 64)
		if err == nil && h.Get(prefix+"Remaining") == "0" {
			return max(0, time.Unix(reset, 0).Sub(now))
		}
	}
	return 0
}

// backoff waits 1 s, 2 s, 4 s … and at least what the forge asks for.
func (c *Client) backoff(_, _ time.Duration, try int, res *http.Response) time.Duration {
	d := min(firstWait<<min(try, 10), longestWait)
	if res != nil {
		d = max(d, asked(res.Header))
	}
	return c.wait(d)
}

// pause waits before the given try, from 0, or until ctx ends.
func (c *Client) pause(ctx context.Context, try int) error {
	timer := time.NewTimer(c.backoff(0, 0, try, nil))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
