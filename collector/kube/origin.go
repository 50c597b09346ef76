package kube

import "strings"

// groupOf is the API group of an apiVersion: "apps" of "apps/v1", empty of "v1".
func groupOf(apiVersion string) string {
	group, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		return ""
	}
	return group
}
