package collector

import "time"

// Workload is the object a person would edit: a Deployment rather than its
// ReplicaSets, a CronJob rather than its Jobs.
type Workload struct {
	APIVersion string      `json:"apiVersion"`
	Kind       string      `json:"kind"` // Deployment StatefulSet DaemonSet ReplicaSet Pod Job CronJob Rollout
	Namespace  string      `json:"namespace"`
	Name       string      `json:"name"`
	Created    time.Time   `json:"created,omitzero"`
	Origin     Origin      `json:"origin,omitzero"`
	Replicas   int         `json:"replicas"` // desired now; 1 for a bare Pod; parallelism for a Job and a CronJob's Jobs
	Containers []Container `json:"containers"`
	Placements []Placement `json:"placements,omitempty"` // where its live pods run
	HPA        *HPA        `json:"hpa,omitempty"`
	VPA        *VPA        `json:"vpa,omitempty"`
	PDB        *PDB        `json:"pdb,omitempty"`
	Pod        PodTraits   `json:"pod"`
	Rollout    Strategy    `json:"rollout,omitzero"`
	LongestJob Duration    `json:"longestJob,omitzero"` // longest run seen of a Job or of a CronJob's Jobs
	// Labels are those that the allow-list names, in order of their keys: the
	// workload's own, else its pod template's, else its namespace's. No other label is ever read on.
	Labels []Label `json:"labels,omitempty"`
	// PodTime is how long its pods ran on each node within the window, in order of
	// the nodes' names. Empty: not measured, Placements and Created must do.
	PodTime []PodTime `json:"podTime,omitempty"`
	// Target is the object that a person edits where that is another one: the
	// Deployment whose template a Rollout borrows, or the workload that Flagger made
	// this copy of. Empty: it is the workload itself.
	Target WorkloadRef `json:"target,omitzero"`
	// Ignore is what its own tuppence.dev/ignore says, as IgnoreOf gives it.
	Ignore string `json:"ignore,omitempty"`
	// Traffic is what its pods sent within the window, where metrics exist.
	Traffic Traffic `json:"traffic,omitzero"`
}

// PodTime is the time that a workload's pods ran on one node, added up over the
// pods: two pods for a day each are 48 hours.
type PodTime struct {
	Node string   `json:"node"`
	Time Duration `json:"time"`
}

// Traffic is bytes sent that a cloud bills, over the window. Measured is false
// where no metric tells.
type Traffic struct {
	Measured    bool  `json:"measured,omitempty"`
	Internet    Bytes `json:"internet,omitempty"`
	CrossRegion Bytes `json:"crossRegion,omitempty"`
	CrossZone   Bytes `json:"crossZone,omitempty"`
}

// Pods is the number of live pods, pending ones included.
func (w *Workload) Pods() int {
	n := 0
	for _, p := range w.Placements {
		n += p.Pods
	}
	return n
}

// Requests is what one pod asks of the scheduler: the sum over app containers
// and native sidecars, or the largest init container (with the sidecars that
// start before it) where that is more.
// https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
func (w *Workload) Requests() Resources {
	return PodRequests(w.Containers, func(c *Container) Resources { return c.Requests })
}

// PodRequests is Requests with of giving each container's amount, so that a
// changed demand can be asked for as well: it is called once for each, in order.
// Containers of role Init and Sidecar count in their order in the pod.
func PodRequests(containers []Container, of func(*Container) Resources) Resources {
	var running, start, sidecars Resources
	for i := range containers {
		amount := of(&containers[i])
		switch containers[i].Role {
		case Sidecar:
			sidecars = sidecars.Add(amount)
			running = running.Add(amount)
			start = start.Max(sidecars)
		case Init:
			start = start.Max(sidecars.Add(amount))
		default:
			running = running.Add(amount)
		}
	}
	return running.Max(start)
}

// Placement counts a workload's live pods on one node; an empty Node means
// pending.
type Placement struct {
	Node string `json:"node,omitempty"`
	Pods int    `json:"pods"`
}

// Role tells when a container runs.
type Role string

// Roles of containers. A native sidecar is an init container with
// restartPolicy: Always.
const (
	App     Role = ""
	Init    Role = "init"
	Sidecar Role = "sidecar"
)

// Container is one container of a workload's pods. Requests and limits are
// those in force in the newest live pod (which a LimitRange or an admission
// webhook may have filled in), else those of the pod template.
type Container struct {
	Name     string    `json:"name"`
	Role     Role      `json:"role,omitempty"`
	Injected bool      `json:"injected,omitempty"` // in the pods but not in the template: owned by a webhook, not by Git
	Image    string    `json:"image,omitempty"`
	Runtime  string    `json:"runtime,omitempty"` // "jvm" where the environment or command says so
	Requests Resources `json:"requests,omitzero"`
	Limits   Resources `json:"limits,omitzero"`
	Usage    Usage     `json:"usage,omitzero"`
}

// Usage is what a container's pods used over the window.
type Usage struct {
	Source   string     `json:"source,omitempty"` // prometheus or metrics.k8s.io; empty: none was read
	Days     []DayUsage `json:"days,omitempty"`   // in date order, days without samples left out
	OOMKills int        `json:"oomKills,omitempty"`
	Restarts int        `json:"restarts,omitempty"`
}

// Merged returns the digests of all days together, of CPU in millicores and of
// memory in bytes. A sample is one pod over one step.
func (u *Usage) Merged() (cpu, memory *Sketch, err error) {
	cpu, memory = NewSketch(), NewSketch()
	for _, d := range u.Days {
		if err := cpu.Merge(d.CPU); err != nil {
			return nil, nil, err
		}
		if err := memory.Merge(d.Memory); err != nil {
			return nil, nil, err
		}
	}
	return cpu, memory, nil
}

// Means returns the mean samples of all days together, in millicores and bytes,
// and whether there was a sample at all. It is Merged's means without its
// quantiles, at a fraction of the work.
func (u *Usage) Means() (cpu, memory float64, measured bool, err error) {
	var sums [2]float64
	var counts [2]uint64
	for _, d := range u.Days {
		for i, digest := range [...]Digest{d.CPU, d.Memory} {
			sum, count, err := digest.total()
			if err != nil {
				return 0, 0, false, err
			}
			sums[i] += sum
			counts[i] += count
		}
	}
	return sums[0] / float64(max(1, counts[0])), sums[1] / float64(max(1, counts[1])), counts[0]+counts[1] > 0, nil
}

// DayUsage is one day of one container, over all pods of its workload.
type DayUsage struct {
	Day    Day    `json:"day"`
	CPU    Digest `json:"cpu,omitempty"`    // millicores
	Memory Digest `json:"memory,omitempty"` // bytes, working set
}

// HPA is the HorizontalPodAutoscaler that targets a workload. Targets are
// percentages of the request, zero where the HPA does not use that metric.
type HPA struct {
	Name         string `json:"name"`
	Min          int    `json:"min"`
	Max          int    `json:"max"`
	CPUTarget    int    `json:"cpuTarget,omitempty"`
	MemoryTarget int    `json:"memoryTarget,omitempty"`
	Other        bool   `json:"other,omitempty"` // scales on something else too
	// Target is the name of the HPA that a person edits, where Flagger made this one
	// as its copy.
	Target string `json:"target,omitempty"`
}

// VPA is the VerticalPodAutoscaler that targets a workload. In every mode but Off it
// sets the requests of the pods itself.
type VPA struct {
	Name string `json:"name"`
	Mode string `json:"mode"` // Off, Initial, Recreate, Auto, InPlaceOrRecreate
}

// PDB is the PodDisruptionBudget that selects a workload's pods. The bounds are
// as written: a number, a percentage, or empty.
type PDB struct {
	Name               string `json:"name"`
	MinAvailable       string `json:"minAvailable,omitempty"`
	MaxUnavailable     string `json:"maxUnavailable,omitempty"`
	DisruptionsAllowed int    `json:"disruptionsAllowed"`
}

// Strategy is how a workload replaces its pods.
type Strategy struct {
	Type           string `json:"type,omitempty"` // RollingUpdate, Recreate, OnDelete, Canary, BlueGreen
	MaxUnavailable string `json:"maxUnavailable,omitempty"`
	MaxSurge       string `json:"maxSurge,omitempty"`
}

// PodTraits is what decides whether a pod survives an interruption.
type PodTraits struct {
	GracePeriod    Duration     `json:"gracePeriod"`            // terminationGracePeriodSeconds
	PreStop        Duration     `json:"preStop,omitzero"`       // the longest preStop sleep that can be read
	ReadinessProbe bool         `json:"readinessProbe"`         // every app container has one
	EmptyDirs      []EmptyDir   `json:"emptyDirs,omitempty"`    //
	Claims         []Claim      `json:"claims,omitempty"`       // PersistentVolumeClaims, templates included
	HostPath       bool         `json:"hostPath,omitempty"`     //
	HostNetwork    bool         `json:"hostNetwork,omitempty"`  //
	Spread         bool         `json:"spread,omitempty"`       // topology spread constraints or pod anti-affinity
	Tolerations    []Toleration `json:"tolerations,omitempty"`  //
	NodeSelector   []Label      `json:"nodeSelector,omitempty"` // well-known node labels only
	DoNotDisrupt   string       `json:"doNotDisrupt,omitempty"` // the annotation that forbids eviction
	SpotReady      string       `json:"spotReady,omitempty"`    // value of spot.kubecost.com/spot-ready
	Priority       string       `json:"priority,omitempty"`     // priorityClassName
}

// EmptyDir is a scratch volume.
type EmptyDir struct {
	Name   string `json:"name"`
	Memory bool   `json:"memory,omitempty"` // medium: Memory
}

// Claim is a PersistentVolumeClaim that a pod mounts.
type Claim struct {
	Name        string   `json:"name"`
	AccessModes []string `json:"accessModes,omitempty"` // empty where the claim could not be read
}

// Toleration lets a pod run on tainted nodes.
type Toleration struct {
	Key      string `json:"key,omitempty"`
	Operator string `json:"operator,omitempty"`
	Value    string `json:"value,omitempty"`
	Effect   string `json:"effect,omitempty"`
}

// Label is one key and value.
type Label struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}
