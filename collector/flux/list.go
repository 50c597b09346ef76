package flux

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// pageSize is how many objects one request asks for, as kubectl does.
const pageSize = 500

// list gives every object of a kind to each, page by page. When the list a page
// belongs to has expired (410, after some minutes), it starts again without
// pages; each sees no object twice. Only what was read before an error is given.
// what narrows the list.
func list(ctx context.Context, objects dynamic.ResourceInterface, what metav1.ListOptions, each func(map[string]any)) error {
	seen := map[string]bool{}
	opts := what
	opts.Limit = pageSize
	for {
		var page *unstructured.UnstructuredList
		err := twice(func() (err error) {
			page, err = objects.List(ctx, opts)
			return err
		})
		if apierrors.IsResourceExpired(err) && opts.Continue != "" {
			opts = what
			continue
		}
		if err != nil {
			return err
		}
		for i := range page.Items {
			content := page.Items[i].Object
			key := fmt.Sprint(at(content, "metadata.namespace"), "/", at(content, "metadata.name"))
			if !seen[key] {
				seen[key] = true
				each(content)
			}
		}
		next := page.GetContinue()
		if next == "" {
			return nil
		}
		if next == opts.Continue {
			return errors.New("the API server gives the same page again and again")
		}
		opts.Continue = next
	}
}

// twice asks again after a 401: client-go has then read the token file or run
// the exec plug-in anew.
func twice(call func() error) error {
	err := call()
	if apierrors.IsUnauthorized(err) {
		err = call()
	}
	return err
}
