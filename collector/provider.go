package collector

import "strings"

// ProviderOf is the cloud that a provider id names, empty where it is none of
// the price book's: aws:///eu-west-2a/i-0abc is AWS, gce://… is GCP.
func ProviderOf(id string) Provider {
	scheme, _, _ := strings.Cut(id, "://")
	switch scheme {
	case "aws":
		return AWS
	case "azure":
		return Azure
	case "gce":
		return GCP
	}
	return ""
}

// capacityLabels are the labels that tell how a node was bought, with what
// their values mean, the most explicit first.
var capacityLabels = []struct {
	key    string
	values map[string]CapacityType
}{
	{"karpenter.sh/capacity-type", map[string]CapacityType{"spot": Spot, "on-demand": OnDemand, "reserved": Reserved}},
	{"eks.amazonaws.com/capacityType", map[string]CapacityType{"SPOT": Spot, "ON_DEMAND": OnDemand, "CAPACITY_BLOCK": Reserved}},
	{"cloud.google.com/gke-spot", map[string]CapacityType{"true": Spot}},
	{"cloud.google.com/gke-provisioning", map[string]CapacityType{"spot": Spot, "standard": OnDemand}},
	{"kubernetes.azure.com/scalesetpriority", map[string]CapacityType{"spot": Spot}},
	{"node.kubernetes.io/lifecycle", map[string]CapacityType{"spot": Spot}},
}

// CapacityOf is how a node was bought, from the values of its labels, and the
// label that says so: none for one that is on demand for want of a label, as GKE
// and AKS label only their spot nodes.
func CapacityOf(value func(key string) string) (CapacityType, Label) {
	for _, l := range capacityLabels {
		if t, ok := l.values[value(l.key)]; ok {
			return t, Label{Key: l.key, Value: value(l.key)}
		}
	}
	return OnDemand, Label{}
}

// CapacityKeys are the keys of the labels that CapacityOf reads.
func CapacityKeys() []string {
	keys := make([]string, len(capacityLabels))
	for i, l := range capacityLabels {
		keys[i] = l.key
	}
	return keys
}
