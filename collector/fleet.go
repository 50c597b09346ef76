package collector

import "time"

// Fleet is everything that was read: clusters in order of their names.
type Fleet struct {
	Window   Window
	Clusters []Cluster
	// Pseudonymised tells that Pseudonymise has replaced its names.
	Pseudonymised bool
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
	Namespaces  []Namespace  `json:"namespaces,omitempty"` // those with a LimitRange, a ResourceQuota or tuppence.dev/ignore
	Workloads   []Workload   `json:"workloads,omitempty"`
	Controllers []Controller `json:"controllers,omitempty"` // those of GitOps
	// Operators are other programs that come round again and again: External Secrets,
	// Crossplane, Kyverno …
	Operators   []Controller `json:"operators,omitempty"`
	Reconcilers []Reconciler `json:"reconcilers,omitempty"`
	// PastNodes ran within the window and are no longer listed. They are known from
	// NodesSince on; zero: not at all, so that the nodes which stand are all that is
	// known of the window.
	PastNodes     []Node         `json:"pastNodes,omitempty"`
	NodesSince    time.Time      `json:"nodesSince,omitzero"`
	ControlPlane  ControlPlane   `json:"controlPlane,omitzero"`
	Volumes       []Volume       `json:"volumes,omitempty"`
	LoadBalancers []LoadBalancer `json:"loadBalancers,omitempty"`
	Gaps          []Gap          `json:"gaps,omitempty"`

	// Commands tells a source of intervals how workloads run the programs of the
	// table. It lives only while collecting: never recorded.
	Commands map[WorkloadRef]Command `json:"-"`

	// PodOwners tells a source of usage which workload each pod that the API
	// server listed belongs to, and PodNodes which node it runs on. They live only
	// while collecting: never recorded.
	PodOwners map[PodRef]WorkloadRef `json:"-"`
	PodNodes  map[PodRef]string      `json:"-"`
}

// Gap is something that could not be read. It is printed as one line:
// "prod-lon: prometheus: 422: query used 5.1 GiB, limit 4 GiB; try --step 10m".
type Gap struct {
	Cluster string `json:"cluster"`
	Source  string `json:"source"` // kubernetes, prometheus, metrics.k8s.io, flux, argocd, pricing, or Intervals
	Reason  string `json:"reason"` // what failed, on what, and what to do; one line, no secret
}

// Intervals is the source of a gap without which only how often things reconcile is
// less known: it says nothing of what runs, of its cost or of who applies it.
const Intervals = "intervals"

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
	GPUModel      string    `json:"gpuModel,omitempty"` // nvidia.com/gpu.product, cloud.google.com/gke-accelerator
	Created       time.Time `json:"created,omitzero"`
	// Removed is when a node of PastNodes was last seen; zero: it still stands.
	Removed time.Time `json:"removed,omitzero"`
}

// Within is how much of w the node stood: from its creation (where that is not
// known, from the start of w) to its removal.
func (n *Node) Within(w Window) time.Duration {
	start, end := w.Start, w.End
	if n.Created.After(start) {
		start = n.Created
	}
	if !n.Removed.IsZero() && n.Removed.Before(end) {
		end = n.Removed
	}
	return max(0, end.Sub(start))
}

// ControlPlane is who runs the cluster's API server, and what it had to do.
type ControlPlane struct {
	// Service is the managed service: eks, aks, gke. Empty: the cluster's own
	// nodes run it, or who does is not known.
	Service string `json:"service,omitempty"`
	// Tier is what its price depends on, as the configuration says: standard,
	// extended (EKS), free, premium (AKS). Empty: not said.
	Tier   string `json:"tier,omitempty"`
	Region string `json:"region,omitempty"`
	// Requests are those that the API server answered within the window; zero:
	// not measured. Those of a GitOps controller stand in Controller.APIRequests.
	Requests int64 `json:"requests,omitempty"`
	// APIServerCost and EtcdCost are what the runs of the cluster's Kustomizations cost
	// its API servers and its etcd, as Controller.Cost is of their controller. Without
	// steps they are not known: a managed service does not let its own be scraped.
	APIServerCost Moments `json:"apiServerCost,omitzero"`
	EtcdCost      Moments `json:"etcdCost,omitzero"`
}

// Volume is one PersistentVolume.
type Volume struct {
	Name       string    `json:"name"`
	Namespace  string    `json:"namespace,omitempty"` // of its claim; empty: no claim holds it
	Claim      string    `json:"claim,omitempty"`
	ProviderID string    `json:"providerID,omitempty"` // CSI volume handle, or an in-tree disk's name
	Provider   Provider  `json:"provider,omitempty"`   // from its driver
	Type       string    `json:"type,omitempty"`       // what its price depends on: gp3, pd-balanced, StandardSSD_LRS, files/Standard_LRS, pd-ssd/regional; local: a node's own disk; empty: not known
	Class      string    `json:"class,omitempty"`      // storage class
	Region     string    `json:"region,omitempty"`     // of its node affinity
	Zone       string    `json:"zone,omitempty"`
	Capacity   Bytes     `json:"capacity"`
	Created    time.Time `json:"created,omitzero"`
	// Users are the workloads whose live pods mount it, in order; none: idle.
	Users []WorkloadRef `json:"users,omitempty"`
}

// LoadBalancer is a Service of type LoadBalancer, or an Ingress for which a
// cloud's controller makes one. Ingresses that share one on AWS (a group) are one,
// under the name of the first. On Azure a cluster's Services share theirs, which is
// billed by the rule.
type LoadBalancer struct {
	Kind      string        `json:"kind"` // Service, Ingress
	Namespace string        `json:"namespace"`
	Name      string        `json:"name"`
	Provider  Provider      `json:"provider,omitempty"` // the nodes'
	Region    string        `json:"region,omitempty"`
	Type      string        `json:"type,omitempty"`  // what its price depends on: nlb, alb, classic (AWS), standard (Azure), forwarding-rule (GCP); empty: not known
	Rules     int           `json:"rules,omitempty"` // ports, or an Ingress's hosts
	Created   time.Time     `json:"created,omitzero"`
	Users     []WorkloadRef `json:"users,omitempty"` // the workloads behind it, in order
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
	Ignore string       `json:"ignore,omitempty"` // what its tuppence.dev/ignore says, as IgnoreOf gives it
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
