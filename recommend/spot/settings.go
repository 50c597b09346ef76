package spot

import (
	"fmt"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// Settings of the recommender. Default gives the defaults and their sources.
type Settings struct {
	// FallbackHigh is the largest share of the time that capacity is assumed to
	// be bought on demand because there is no spot; the range begins at none.
	FallbackHigh float64
	// Replace and Lost are the longest time to replace a node and the most work
	// lost with one; the range's best end has a tenth of each.
	Replace, Lost collector.Duration
	// UnknownHigh is the chance of an interruption in a month that is assumed
	// where a provider publishes none, and as the upper end of ">20 %".
	UnknownHigh float64
	// LongestJob is the most work that one interrupted run of a Job may lose.
	LongestJob collector.Duration
	// Namespaces are the system's, besides those with GitOps controllers.
	Namespaces []string
	// Labels are the node labels that choose spot nodes, by provider. Only labels
	// that a provider puts on every spot node belong here.
	Labels map[collector.Provider]collector.Label
}

// Default returns the default settings. The share of time on demand (up to a
// quarter), 30 minutes to replace a node, 15 of lost work and up to a half for
// the chance of an interruption in a month are this project's assumptions, wide
// on purpose. A Job may lose 15 minutes. GKE and AKS label every spot node
// themselves; on AWS the label depends on what made the node, so none is assumed.
func Default() Settings {
	return Settings{
		FallbackHigh: 0.25, UnknownHigh: 0.5,
		Replace: collector.Duration{Duration: 30 * time.Minute}, Lost: collector.Duration{Duration: 15 * time.Minute},
		LongestJob: collector.Duration{Duration: 15 * time.Minute},
		Namespaces: []string{"kube-system", "kube-public", "kube-node-lease", "flux-system", "argocd", "karpenter", "cert-manager", "gatekeeper-system", "kyverno"},
		Labels: map[collector.Provider]collector.Label{
			collector.GCP:   {Key: "cloud.google.com/gke-spot", Value: "true"},
			collector.Azure: {Key: "kubernetes.azure.com/scalesetpriority", Value: "spot"},
		},
	}
}

// Valid returns an error that names the first setting out of its range.
func (s Settings) Valid() error {
	switch {
	case !(s.FallbackHigh >= 0 && s.FallbackHigh <= 1):
		return fmt.Errorf("spot: fallbackHigh %v is not a share of 0 to 1, such as 0.25", s.FallbackHigh)
	case !(s.UnknownHigh >= 0.2 && s.UnknownHigh < 1):
		return fmt.Errorf("spot: unknownHigh %v is not a chance of 0.2 to under 1, such as 0.5", s.UnknownHigh)
	case s.Replace.Duration < 0 || s.Lost.Duration < 0 || s.LongestJob.Duration < 0:
		return fmt.Errorf("spot: replace, lost and longestJob must not be negative")
	}
	for p, l := range s.Labels {
		if l.Key == "" || l.Value == "" {
			return fmt.Errorf("spot: the label of %s needs a key and a value", p)
		}
	}
	return nil
}

// notice is how long a pod has from the warning of an interruption, less a
// margin: AWS warns 120 s ahead, GKE gives ordinary pods 15 s of its 30 s, Azure
// at least 30 s.
func notice(p collector.Provider) (time.Duration, bool) {
	switch p {
	case collector.AWS:
		return 110 * time.Second, true
	case collector.GCP:
		return 15 * time.Second, true
	case collector.Azure:
		return 25 * time.Second, true
	}
	return 0, false
}

// spotLabels are the labels that say spot, and their values.
var spotLabels = map[string]string{
	"karpenter.sh/capacity-type":            "spot",
	"eks.amazonaws.com/capacityType":        "SPOT",
	"cloud.google.com/gke-spot":             "true",
	"cloud.google.com/gke-provisioning":     "spot",
	"kubernetes.azure.com/scalesetpriority": "spot",
	"node.kubernetes.io/lifecycle":          "spot",
}
