package collector

// PodRef names a pod within its cluster.
type PodRef struct{ Namespace, Name string }

// WorkloadRef names a workload within its cluster.
type WorkloadRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

// Ref is the name of w.
func (w *Workload) Ref() WorkloadRef {
	return WorkloadRef{APIVersion: w.APIVersion, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}
}
