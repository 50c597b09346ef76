package collector

import "testing"

func TestProviderIsTheSchemeOfTheProviderID(t *testing.T) {
	for id, want := range map[string]Provider{
		"aws:///eu-west-2a/i-1": AWS, "azure:///subscriptions/x": Azure,
		"gce://p/europe-west2-a/n": GCP, "kwok://n": "", "": "", "awsome": "",
	} {
		if got := ProviderOf(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}
