package flux

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/tuppence-dev/tuppence/collector"
)

// servedKind is a kind that the cluster serves, and under which version.
type servedKind struct {
	kind     *collector.Kind
	resource schema.GroupVersionResource
}

// served asks discovery which of the kinds the cluster has, in the order of the
// table, each in its group's preferred version or, where that lacks it, the
// first other that has it. gaps are the versions that could not be asked about.
func (s *Source) served(ctx context.Context) (found []servedKind, gaps []gap, err error) {
	// Asked directly: the discovery client's own call takes a refusal for an
	// empty answer.
	var groups metav1.APIGroupList
	err = twice(func() error { return s.discovery.RESTClient().Get().AbsPath("/apis").Do(ctx).Into(&groups) })
	if err != nil {
		if apierrors.IsUnauthorized(err) {
			return nil, nil, fmt.Errorf("asking which API groups are served: 401: the credentials are refused or have expired; log in again")
		}
		return nil, nil, fmt.Errorf("asking which API groups are served: %w", err)
	}
	resources := map[schema.GroupKind]schema.GroupVersionResource{}
	for _, g := range groups.Groups {
		if sourceOf(g.Name) == "" {
			continue
		}
		for _, version := range versions(g) {
			list, err := s.discovery.ServerResourcesForGroupVersionWithContext(ctx, version.String())
			if ctx.Err() != nil {
				return nil, nil, fmt.Errorf("asking which kinds %s has: %w", version, ctx.Err())
			}
			if err != nil {
				gaps = append(gaps, gap{sourceOf(g.Name), fmt.Sprintf("asking which kinds %s has: %v", version, err)})
				continue
			}
			for _, r := range list.APIResources {
				gk := version.WithKind(r.Kind).GroupKind()
				if _, ok := resources[gk]; !ok && !isSubresource(r.Name) {
					resources[gk] = version.WithResource(r.Name)
				}
			}
		}
	}
	for _, k := range read {
		if r, ok := resources[schema.GroupKind{Group: k.Group, Kind: k.Kind}]; ok {
			found = append(found, servedKind{k, r})
		}
	}
	return found, gaps, nil
}

// gap is something that can't be read, under the name that it carries.
type gap struct{ source, reason string }

// sourceOf is the name that gaps about a group carry; empty where no kind that is
// read is of it.
func sourceOf(group string) string {
	i := slices.IndexFunc(read, func(k *collector.Kind) bool { return k.Group == group })
	if i < 0 {
		return ""
	}
	return gapSource(read[i])
}

// versions are those of a group, the preferred one first. The server orders the
// others from the most to the least stable.
func versions(g metav1.APIGroup) []schema.GroupVersion {
	var all []schema.GroupVersion
	for _, v := range append([]metav1.GroupVersionForDiscovery{g.PreferredVersion}, g.Versions...) {
		gv := schema.GroupVersion{Group: g.Name, Version: v.Version}
		if v.Version != "" && !slices.Contains(all, gv) {
			all = append(all, gv)
		}
	}
	return all
}

// isSubresource recognises names like "kustomizations/status".
func isSubresource(resource string) bool { return strings.Contains(resource, "/") }
