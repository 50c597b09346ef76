package collector

// Queue is one workqueue of a controller, and what its workers did over Span: all
// pods of the controller together. Figures are Prometheus'.
type Queue struct {
	Name string `json:"name"` // kustomization, app_reconciliation_queue …
	// Workers are how many of its objects a pod works on at once; zero: not known.
	// WorkersFrom is what told: metric, setting, or default.
	Workers     int      `json:"workers,omitempty"`
	WorkersFrom string   `json:"workersFrom,omitempty"`
	Span        Duration `json:"span,omitzero"` // zero: nothing below is known
	// Runs are counted by their results: success, error, requeue, requeue_after. None:
	// the controller does not count them.
	Runs    []Tally `json:"runs,omitempty"`
	Errors  int64   `json:"errors,omitempty"`
	Adds    int64   `json:"adds,omitempty"`    // objects that came to the queue
	Retries int64   `json:"retries,omitempty"` // of those, after a failure
	Waited  Timed   `json:"waited,omitzero"`   // in the queue
	Worked  Timed   `json:"worked,omitzero"`   // by a worker
	Deepest int64   `json:"deepest,omitempty"` // most objects in it at once
	Doubts  []Doubt `json:"doubts,omitempty"`
}

// What told how many workers a queue has.
const (
	FromMetric  = "metric"
	FromSetting = "setting"
	FromDefault = "default"
)

// Tally is a count of things of a name.
type Tally struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Timed is a count of things, and the time that they took together.
type Timed struct {
	Count int64    `json:"count"`
	Total Duration `json:"total"`
}

// Counted is a count over a time. Without a Span it is not known.
type Counted struct {
	Count int64    `json:"count"`
	Span  Duration `json:"span"`
}

// Process is what the processes of a controller used together, as they tell it
// themselves. Peaks are of steps: 15 minutes of a window of four days, an hour of a
// longer one; a peak of memory is the highest sample.
type Process struct {
	Span       Duration `json:"span,omitzero"` // zero: not known
	CPU        MilliCPU `json:"cpu"`           // mean
	CPUPeak    MilliCPU `json:"cpuPeak"`
	Memory     Bytes    `json:"memory"` // mean resident set
	MemoryPeak Bytes    `json:"memoryPeak"`
}

// GitRequests are the requests that an Argo CD's repo-server made of a repository.
type GitRequests struct {
	URL   string   `json:"url"`  // without user information
	Kind  string   `json:"kind"` // ls-remote, fetch
	Count int64    `json:"count"`
	Span  Duration `json:"span"`
}
