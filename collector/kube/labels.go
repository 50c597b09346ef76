package kube

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tuppence-dev/tuppence/collector"
)

// Options are what of a cluster's objects may leave it beside their figures.
type Options struct {
	// Labels are the keys of the labels that workloads carry into the fleet, at
	// most collector.MaxLabels of them. Without any no label leaves.
	Labels []string
}

// labelKeys are the keys of o in order, each once. The error is for a key that no
// label can have, or for too many.
func (o Options) labelKeys() ([]string, error) {
	keys := slices.Compact(slices.Sorted(slices.Values(o.Labels)))
	if len(keys) > collector.MaxLabels {
		return nil, fmt.Errorf("%d labels are allowed to leave the cluster: name at most %d", len(keys), collector.MaxLabels)
	}
	for _, k := range keys {
		if problems := validation.IsQualifiedName(k); len(problems) > 0 {
			return nil, fmt.Errorf("%q cannot be the key of a label: %s", k, strings.Join(problems, "; "))
		}
	}
	return keys, nil
}

// space is a namespace with its labels, and what its owner wants no advice about.
type space struct {
	name   string
	labels map[string]string
	ignore string
}

func spaceOf(n *corev1.Namespace) space {
	return space{n.Name, n.Labels, collector.IgnoreOf(n.Annotations)}
}

// ignored are the namespaces with tuppence.dev/ignore.
func ignored(spaces []space) []collector.Namespace {
	return each(spaces, func(s *space) collector.Namespace { return collector.Namespace{Name: s.name, Ignore: s.ignore} })
}

// allowed are the labels of these keys, each from the first of sets that has a
// value for it. What the API server would not take for a label's value, such as a
// long text, is not one.
func allowed(keys []string, sets ...map[string]string) []collector.Label {
	var out []collector.Label
	for _, k := range keys {
		for _, set := range sets {
			if v := set[k]; v != "" && len(validation.IsValidLabelValue(v)) == 0 {
				out = append(out, collector.Label{Key: k, Value: v})
				break
			}
		}
	}
	return out
}
