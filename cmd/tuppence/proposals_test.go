package main

import (
	"testing"

	"github.com/tuppence-dev/tuppence/report/patch"
)

func TestADeclinedRequestToTakePatchesOutIsOfThePatchesAlone(t *testing.T) {
	files := func(patched, kustomization string) []patch.FileChange {
		return []patch.FileChange{
			{Path: "apps/kustomization.yaml", Before: []byte(kustomization), After: []byte("resources: []")},
			{Path: "apps/tuppence-deployment-shop-web.yaml", Before: []byte(patched)},
		}
	}
	digest := staleDigest(files("200m", "old"))
	if staleDigest(files("200m", "new")) != digest {
		t.Error("another entry of the kustomization changes the digest, so that a declined request would come back")
	}
	if staleDigest(files("300m", "old")) == digest {
		t.Error("another patch of the same name keeps the digest, so that it would count as declined")
	}
}
