package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	firstWait   = time.Second      // 1 s, 2 s and 4 s where the server names no time
	longestWait = 30 * time.Second // the longest Retry-After that is waited for
)

// again says whether to ask again: after an answer that asks for it, and after
// an error of the line, such as a reset connection or an answer that stalls. It is
// a retryablehttp.CheckRetry.
func again(ctx context.Context, res *http.Response, err error) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case err != nil:
		return passing(err), nil
	}
	switch res.StatusCode {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return asked(res) <= longestWait, nil
	}
	return false, nil
}

// passing reports that another try may succeed where this one did not.
func passing(err error) bool {
	if _, ok := errors.AsType[refusal](err); ok || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return false
	}
	// The library knows the errors of certificates, schemes and headers.
	retry, _ := retryablehttp.DefaultRetryPolicy(context.Background(), nil, err)
	return retry
}

// asked is the wait that an answer of 429 or 503 asks for, 0 where it does not.
func asked(res *http.Response) time.Duration {
	return max(0, retryablehttp.DefaultBackoff(0, 0, 0, res))
}

// backoff waits 1 s, 2 s, 4 s … and at least what the server asks for.
func backoff(wait func(time.Duration) time.Duration) retryablehttp.Backoff {
	return func(_, _ time.Duration, try int, res *http.Response) time.Duration {
		d := min(firstWait<<min(try, 10), longestWait)
		if res != nil {
			d = max(d, asked(res))
		}
		if wait != nil {
			d = wait(d)
		}
		return d
	}
}
