package kube

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pageSize is kubectl's: big enough to be quick, small enough for the server.
const pageSize = 500

// list returns everything that call lists, converted page by page so that only
// one page of API objects is in memory at a time.
//
// A continue token that has expired (410, after etcd compacted away the
// revision the first page was read at) starts the list over once, unpaged. A 401
// is asked once more: client-go has then read the token file or run the exec
// plug-in again.
func list[L metav1.ListInterface, T any](ctx context.Context, call func(context.Context, metav1.ListOptions) (L, error), convert func(L) []T) ([]T, error) {
	var all []T
	opts := metav1.ListOptions{Limit: pageSize}
	for authenticated := false; ; {
		page, err := call(ctx, opts)
		if apierrors.IsUnauthorized(err) && !authenticated {
			authenticated = true
			continue
		}
		if (apierrors.IsResourceExpired(err) || apierrors.IsGone(err)) && opts.Continue != "" {
			opts, all = metav1.ListOptions{}, nil
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, convert(page)...)
		next := page.GetContinue()
		if next == "" {
			return all, nil
		}
		if next == opts.Continue {
			return nil, errors.New("the API server gives the same page again and again")
		}
		opts.Continue = next
	}
}

// each adapts a conversion of one item to one of a page.
func each[I, T any](items []I, convert func(*I) T) []T {
	out := make([]T, len(items))
	for i := range items {
		out[i] = convert(&items[i])
	}
	return out
}
