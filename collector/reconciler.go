package collector

import "time"

// Reconciler is a GitOps object that does its work again and again: a Flux
// source, Kustomization or HelmRelease, or an Argo CD Application.
type Reconciler struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"` // GitRepository OCIRepository Bucket HelmRepository HelmChart Kustomization HelmRelease … Application
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	Origin     Origin `json:"origin,omitzero"` // what applies this object itself

	Interval      Duration `json:"interval,omitzero"`      // zero: not set, or the kind has none
	RetryInterval Duration `json:"retryInterval,omitzero"` // zero: not set, the interval holds
	ChartInterval Duration `json:"chartInterval,omitzero"` // HelmRelease .spec.chart.spec.interval
	HasChart      bool     `json:"hasChart,omitempty"`     // HelmRelease with .spec.chart, whose interval inherits
	Suspended     bool     `json:"suspended,omitempty"`
	Ready         string   `json:"ready,omitempty"`  // True, False, Unknown
	Reason        string   `json:"reason,omitempty"` // of the Ready condition

	Source    Origin   `json:"source,omitzero"` // what an applier applies: kind, namespace, name
	Path      string   `json:"path,omitempty"`  // in the source
	URL       string   `json:"url,omitempty"`   // of a source, without user information
	Ref       GitRef   `json:"ref,omitzero"`    // of a GitRepository or OCIRepository
	Revision  string   `json:"revision,omitempty"`
	Objects   int      `json:"objects,omitempty"` // entries of the inventory
	DependsOn []string `json:"dependsOn,omitempty"`
	Wait      bool     `json:"wait,omitempty"` // waits for health: .spec.wait or .spec.healthChecks
	Remote    bool     `json:"remote,omitempty"`
	Generated bool     `json:"generated,omitempty"` // made by a controller (a HelmChart of a HelmRelease, an Application of an ApplicationSet)

	History  []Reconciled `json:"history,omitempty"` // .status.history, newest first
	Measured Measured     `json:"measured,omitzero"`
}

// GitRef is which revision a source follows.
type GitRef struct {
	Branch string `json:"branch,omitempty"`
	Tag    string `json:"tag,omitempty"`
	SemVer string `json:"semver,omitempty"`
	Commit string `json:"commit,omitempty"`
}

// Reconciled is one entry of a Flux Kustomization's .status.history (Flux 2.7
// and newer): reconciles of one digest with one outcome, counted.
type Reconciled struct {
	Digest   string    `json:"digest"`
	Revision string    `json:"revision,omitempty"`
	Status   string    `json:"status,omitempty"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Duration Duration  `json:"duration,omitzero"` // of the last one
	Total    int       `json:"total"`
}

// Measured is how often a reconciler ran and how long a run took.
type Measured struct {
	Source  string   `json:"source,omitempty"`  // prometheus or status.history; empty: not measured
	Count   int      `json:"count,omitempty"`   // reconciles counted in Span
	Span    Duration `json:"span,omitzero"`     // time they were counted over
	Mean    Duration `json:"mean,omitzero"`     // mean duration of one
	Changes int      `json:"changes,omitempty"` // new digests seen within ChangeSpan
	// ChangeSpan is the time over which Changes were seen.
	ChangeSpan Duration `json:"changeSpan,omitzero"`
}

// PerHour is the measured rate in reconciles an hour, and whether there is one.
func (m Measured) PerHour() (float64, bool) {
	if m.Source == "" || m.Span.Duration <= 0 {
		return 0, false
	}
	return float64(m.Count) / m.Span.Hours(), true
}

// Controller is a GitOps controller or an Argo CD instance with its settings.
type Controller struct {
	Kind      string `json:"kind"` // argocd, kustomize-controller, source-controller, …
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Origin    Origin `json:"origin,omitzero"` // of the object that holds the settings (argocd-cm)

	// Argo CD: timeout.reconciliation and its jitter in argocd-cm. Set tells
	// whether the key stands there; otherwise the values are Argo CD's defaults
	// (120 s and 60 s).
	Timeout      Duration `json:"timeout,omitzero"`
	Jitter       Duration `json:"jitter,omitzero"`
	TimeoutSet   bool     `json:"timeoutSet,omitempty"`
	JitterSet    bool     `json:"jitterSet,omitempty"`
	Applications int      `json:"applications,omitempty"`
	// Workloads run it where they are not the one of its Namespace and Name: Argo
	// CD's Deployments and StatefulSets.
	Workloads []WorkloadRef `json:"workloads,omitempty"`
	// APIRequests are those that it sent to the API server within the window;
	// zero: not measured.
	APIRequests int64 `json:"apiRequests,omitempty"`

	Measured Measured `json:"measured,omitzero"`
}
