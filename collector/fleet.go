package collector

import "time"

// Fleet is everything that was read: clusters in order of their names.
type Fleet struct {
	Window   Window
	Clusters []Cluster
}

// Gaps returns what could not be read in the whole fleet, in cluster order.
func (f *Fleet) Gaps() []Gap {
	var gaps []Gap
	for i := range f.Clusters {
		gaps = append(gaps, f.Clusters[i].Gaps...)
	}
	return gaps
}

// Cluster is one cluster. Every slice is sorted (see Normalise), so that equal
// clusters have equal recordings.
type Cluster struct {
	Name        string       `json:"name"`
	Environment string       `json:"environment,omitempty"` // as the configuration names it: production, staging, …
	Version     string       `json:"version,omitempty"`     // the API server's gitVersion
	Nodes       []Node       `json:"nodes,omitempty"`
	Namespaces  []Namespace  `json:"namespaces,omitempty"` // those with a LimitRange or a ResourceQuota
	Workloads   []Workload   `json:"workloads,omitempty"`
	Controllers []Controller `json:"controllers,omitempty"`
	Reconcilers []Reconciler `json:"reconcilers,omitempty"`
	Gaps        []Gap        `json:"gaps,omitempty"`

	// PodOwners tells a source of usage which workload each pod that the API
	// server listed belongs to. It lives only while collecting: never recorded.
	PodOwners map[PodRef]WorkloadRef `json:"-"`
}

// Gap is something that could not be read. It is printed as one line:
// "prod-lon: prometheus: 422: query used 5.1 GiB, limit 4 GiB; try --step 10m".
type Gap struct {
	Cluster string `json:"cluster"`
	Source  string `json:"source"` // kubernetes, prometheus, metrics.k8s.io, flux, argocd, pricing
	Reason  string `json:"reason"` // what failed, on what, and what to do; one line, no secret
}

func (g Gap) String() string { return g.Cluster + ": " + g.Source + ": " + g.Reason }

// Provider is the cloud a node runs on, from its provider id.
type Provider string

// The providers that the price book knows. Empty is unknown.
const (
	AWS   Provider = "aws"
	Azure Provider = "azure"
	GCP   Provider = "gcp"
)

// CapacityType is how a node's capacity was bought.
type CapacityType string

// The capacity types, named as Karpenter names them.
const (
	OnDemand CapacityType = "on-demand"
	Spot     CapacityType = "spot"
	Reserved CapacityType = "reserved"
)

// Node is one machine of a cluster.
type Node struct {
	Name         string       `json:"name"`
	ProviderID   string       `json:"providerID,omitempty"`
	Provider     Provider     `json:"provider,omitempty"`
	InstanceType string       `json:"instanceType,omitempty"` // node.kubernetes.io/instance-type
	Region       string       `json:"region,omitempty"`       // topology.kubernetes.io/region
	Zone         string       `json:"zone,omitempty"`
	Arch         string       `json:"arch,omitempty"` // amd64, arm64
	CapacityType CapacityType `json:"capacityType"`
	// CapacityLabel is the label that says so; empty where none did and the node
	// is taken to be on demand.
	CapacityLabel Label     `json:"capacityLabel,omitzero"`
	Capacity      Resources `json:"capacity"`
	Allocatable   Resources `json:"allocatable"`
	Taints        []Taint   `json:"taints,omitempty"`
	Created       time.Time `json:"created,omitzero"`
}

// Taint repels pods that do not tolerate it.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"` // NoSchedule, PreferNoSchedule, NoExecute
}

// Namespace holds the bounds that a namespace puts on its pods.
type Namespace struct {
	Name   string       `json:"name"`
	Limits []LimitRange `json:"limits,omitempty"`
	Quotas []Quota      `json:"quotas,omitempty"`
}

// LimitRange is one item of a LimitRange object. Zero means no bound.
type LimitRange struct {
	Name           string    `json:"name"`
	Type           string    `json:"type"` // Container, Pod, PersistentVolumeClaim
	Min            Resources `json:"min,omitzero"`
	Max            Resources `json:"max,omitzero"`
	Default        Resources `json:"default,omitzero"`        // limits given to containers that set none
	DefaultRequest Resources `json:"defaultRequest,omitzero"` // requests given to containers that set none
}

// Quota is one ResourceQuota. Zero hard means no bound.
type Quota struct {
	Name         string    `json:"name"`
	HardRequests Resources `json:"hardRequests,omitzero"`
	UsedRequests Resources `json:"usedRequests,omitzero"`
	HardLimits   Resources `json:"hardLimits,omitzero"`
	UsedLimits   Resources `json:"usedLimits,omitzero"`
}

// Origin is the GitOps object that applies another object, from the labels and
// annotations that Flux and Argo CD leave on it. Empty where none was found.
type Origin struct {
	Kind      string `json:"kind,omitempty"` // Kustomization, HelmRelease, Application
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
}

func (o Origin) String() string {
	if o.Kind == "" {
		return ""
	}
	if o.Namespace == "" { // an Application in Argo CD's own namespace, which is not said
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}
