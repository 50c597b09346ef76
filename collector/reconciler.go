package collector

import "time"

// Reconciler is an object that does its work again and again: a Flux source,
// Kustomization or HelmRelease, an Argo CD Application, an ExternalSecret. Kinds is
// the list of what is read.
type Reconciler struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	Origin     Origin `json:"origin,omitzero"` // what applies this object itself

	Interval      Duration `json:"interval,omitzero"`      // zero: not set, or the kind has none; of several the shortest. Every has it in force
	Idle          bool     `json:"idle,omitempty"`         // its interval has no effect
	Timers        []Timer  `json:"timers,omitempty"`       // its further intervals, or all of several
	RetryInterval Duration `json:"retryInterval,omitzero"` // zero: not set, the interval holds
	Timeout       Duration `json:"timeout,omitzero"`       // of a Kustomization's health checks, in force; zero: not read
	TimeoutSet    bool     `json:"timeoutSet,omitempty"`   // by .spec.timeout; otherwise it is HealthTimeout
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
	Inputs    bool     `json:"inputs,omitempty"`    // takes values from ConfigMaps or Secrets: .spec.valuesFrom or .spec.postBuild.substituteFrom
	Lapses    bool     `json:"lapses,omitempty"`    // an ExternalSecret that a generator makes: a token may hold no longer than to its next run
	Generated bool     `json:"generated,omitempty"` // made by a controller (a HelmChart of a HelmRelease, an Application of an ApplicationSet)
	Ignore    string   `json:"ignore,omitempty"`    // what its tuppence.dev/ignore says, as IgnoreOf gives it
	Wishes    Wishes   `json:"wishes,omitzero"`     // what its annotations ask of its intervals
	Shard     string   `json:"shard,omitempty"`     // of sharding.fluxcd.io/key: which shard of its controller runs it

	// Hooked tells that a Receiver which is in order has a webhook wake it.
	Hooked bool `json:"hooked,omitempty"`
	// Hook is who calls a Receiver: github, gitlab, generic …; Targets are the
	// objects that it wakes. A name of "*" means those that its labels choose.
	Hook    string   `json:"hook,omitempty"`
	Targets []Origin `json:"targets,omitempty"`
	// Requested is when it was last asked to run, which it has: by hand, by another
	// program or by a Receiver. Only the last is known; zero: never, or not known.
	Requested time.Time `json:"requested,omitzero"`

	// TargetNamespace is where objects that name no namespace go: an applier's
	// .spec.targetNamespace, or an Application's .spec.destination.namespace.
	TargetNamespace string       `json:"targetNamespace,omitempty"`
	ReleaseName     string       `json:"releaseName,omitempty"` // of a HelmRelease: as written, else that of its newest release
	Artifact        Artifact     `json:"artifact,omitzero"`     // of an OCIRepository: what was pushed
	Sources         []ArgoSource `json:"sources,omitempty"`     // of an Application, in its order
	OwnerSet        string       `json:"ownerSet,omitempty"`    // of an Application: the ApplicationSet of its namespace that owns it
	Instance        string       `json:"instance,omitempty"`    // of an Application: the namespace of its Argo CD, where that is another

	History  []Reconciled `json:"history,omitempty"` // .status.history, newest first
	Measured Measured     `json:"measured,omitzero"`
}

// HealthTimeout is how long the health checks of a Kustomization that sets no timeout
// may take (GetTimeout in kustomize-controller's api/v1): the interval less 30s, and 30s
// at least.
func HealthTimeout(interval time.Duration) time.Duration {
	const least = 30 * time.Second
	return max(least, interval-least)
}

// Timer is one interval of an object that has several.
type Timer struct {
	// Path is the field that holds it, with indices within lists:
	// spec generators 0 git requeueAfterSeconds.
	Path     []string `json:"path"`
	Interval Duration `json:"interval,omitzero"` // in force; zero: never
	Set      bool     `json:"set,omitempty"`     // it stands there; otherwise it is the default
}

// GitRef is which revision a source follows.
type GitRef struct {
	Branch string `json:"branch,omitempty"`
	Tag    string `json:"tag,omitempty"`
	SemVer string `json:"semver,omitempty"`
	Commit string `json:"commit,omitempty"`
}

// Artifact is what an OCI artifact says of its own origin, in the annotations
// org.opencontainers.image.source and .revision that flux push artifact writes.
type Artifact struct {
	Source   string `json:"source,omitempty"`   // address of a Git repository, without user information
	Revision string `json:"revision,omitempty"` // main@sha1:…
}

// ArgoSource is one source of an Argo CD Application. Of an Application whose
// manifests are rendered to a branch (source hydrator) it is the dry source, which
// people edit. Helm values and parameters that stand in the Application itself are
// not read, as they may hold secrets.
type ArgoSource struct {
	URL   string `json:"url,omitempty"` // without user information
	Path  string `json:"path,omitempty"`
	Chart string `json:"chart,omitempty"`
	// Ref is .targetRevision as written: a branch, a tag, a commit or a chart's
	// version. HEAD or empty: the repository's default branch.
	Ref string `json:"ref,omitempty"`
	// Name is .ref, by which other sources of the Application name this one: their
	// value files start with $Name/.
	Name       string   `json:"name,omitempty"`
	Type       string   `json:"type,omitempty"`       // Kustomize, Helm, Directory, Plugin; empty: Argo CD has not said
	ValueFiles []string `json:"valueFiles,omitempty"` // of Helm, in order: the last one wins
	// Inline tells that the Application itself sets Helm values or parameters, or
	// options of Kustomize, which change what its files say.
	Inline bool `json:"inline,omitempty"`
	// ReleaseName is Helm's, where it is not the Application's name.
	ReleaseName string `json:"releaseName,omitempty"`
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

// Controller is a GitOps controller or an Argo CD instance with its settings, or
// another program that has objects come round.
type Controller struct {
	Kind      string `json:"kind"` // argocd, or the name in the table of programs: kustomize-controller, …
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Origin    Origin `json:"origin,omitzero"`  // of the object that holds the settings (argocd-cm)
	Ignore    string `json:"ignore,omitempty"` // what that object's tuppence.dev/ignore says, as IgnoreOf gives it

	// Argo CD: timeout.reconciliation and its jitter in force. Set tells whether the
	// key stands in argocd-cm; otherwise the values are Argo CD's defaults (120 s and
	// 60 s), or those of a flag or a variable, which go before the key: see Setting.
	Timeout      Duration `json:"timeout,omitzero"`
	Jitter       Duration `json:"jitter,omitzero"`
	TimeoutSet   bool     `json:"timeoutSet,omitempty"`
	JitterSet    bool     `json:"jitterSet,omitempty"`
	Applications int      `json:"applications,omitempty"`
	// Workloads run it where they are not the one of its Namespace and Name: Argo
	// CD's Deployments and StatefulSets.
	Workloads []WorkloadRef `json:"workloads,omitempty"`
	// Settings are those that bear on how often and how hard it works, in the order
	// of the table of programs.
	Settings []Setting `json:"settings,omitempty"`
	// APIRequests are those that it sent to the API server within the window;
	// zero: not measured.
	APIRequests int64 `json:"apiRequests,omitempty"`

	Measured Measured `json:"measured,omitzero"`

	Queues  []Queue `json:"queues,omitempty"` // in order of their names
	Process Process `json:"process,omitzero"`
	// Argo CD: requests to Git repositories, in order of their addresses; changes of
	// live objects that it took note of; and runs of kubectl.
	GitRequests   []GitRequests `json:"gitRequests,omitempty"`
	ClusterEvents Counted       `json:"clusterEvents,omitzero"`
	KubectlRuns   Counted       `json:"kubectlRuns,omitzero"`
	// Cost is what its runs of Kustomizations cost its own process: steps of runs and
	// objects against the cores that it used.
	Cost Moments `json:"cost,omitzero"`
}
