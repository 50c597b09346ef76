package collector

import (
	"slices"
	"strings"
	"time"
)

// Kind is one kind of object that comes round again and again: where its interval
// stands, what it is for, and what else wakes its controller. There is one table of
// them (kindtable.go), which sources read by and recommenders judge by.
//
// A path is a list of field names, and of indices within lists; an annotation is
// the path metadata, annotations, its key.
type Kind struct {
	Group string
	Kind  string
	// Of is the software that it belongs to, the name that gaps about it carry: flux,
	// argocd, external-secrets, flagger, argo-rollouts.
	Of string
	// Interval is the path of the interval that sets its pace. None: it has several
	// (an ApplicationSet's generators, an AnalysisTemplate's metrics), each a Timer.
	Interval []string
	// Default is the interval where none is set; zero where one is required, or
	// where none means never.
	Default time.Duration
	// Retry are the paths of the interval after a failure, of which the first that
	// is set holds. RetryDefault holds where none is, or is the controller's longest
	// back-off where there is no path at all; zero: the interval does, or that is not
	// known.
	Retry        [][]string
	RetryDefault time.Duration
	// Jitter tells whether the controller spreads the interval by
	// --interval-jitter-percentage, 5 % either way by default.
	Jitter bool
	// Also are further intervals of the object, each with its own default.
	Also []Field
	// Idle are the cases in which the interval has no effect.
	Idle []Condition
	// ZeroStops tells that an interval of 0 means never.
	ZeroStops bool

	Program string    // what reconciles it, by its name in the table of programs
	Queue   string    // the workqueue of that program
	Serves  Purpose   // what the interval is for
	Wakes   []Trigger // what else makes it run, beside its own spec and a request
	Host    Host      // what a run asks outside of the cluster

	// History tells that .status.history counts its runs. (That of a HelmRelease
	// holds release snapshots instead.)
	History bool
	// Runs are the reasons of Kubernetes events of which each run that ends well
	// leaves exactly one; none: runs leave no trace of that sort.
	Runs []string
}

// Field is one field with an interval.
type Field struct {
	Path    []string
	Default time.Duration // where none is set; zero: none
}

// Condition is true of an object whose text at Path is one of Is, or where Is is
// empty, is none of Not.
type Condition struct {
	Path    []string
	Is, Not []string
}

// Holds reports whether the condition is true of an object that has this text
// there; empty: none.
func (c Condition) Holds(text string) bool {
	if len(c.Is) > 0 {
		return slices.Contains(c.Is, text)
	}
	return !slices.Contains(c.Not, text)
}

// Purpose is what an interval is for.
type Purpose string

// The purposes of intervals.
const (
	NoPurpose Purpose = ""         // nothing that anybody waits for
	Drift     Purpose = "drift"    // how long a change by hand stands
	Deploy    Purpose = "deploy"   // how long a change waits to be fetched
	Rotation  Purpose = "rotation" // how long a rotated secret waits to be read, or to be pushed
	Analysis  Purpose = "analysis" // how often a rollout in progress is judged
)

// Trigger is what makes an object run between two intervals.
type Trigger string

// The triggers. A change of an object's own spec, and a request by annotation,
// wake every kind.
const (
	Revision Trigger = "revision" // a new revision of its source
	Webhook  Trigger = "webhook"  // a Receiver, or a webhook that the program itself serves
	Config   Trigger = "config"   // a ConfigMap or a Secret that it refers to
	Live     Trigger = "live"     // a change of the objects that it applies
)

// Host is what a run asks outside of the cluster.
type Host string

// The hosts. What a cloud or a store of secrets bills by the call is apart from
// what limits requests.
const (
	NoHost   Host = ""
	GitHost  Host = "git"
	Registry Host = "registry" // OCI artifacts and images
	HelmHost Host = "helm"     // the index of a chart repository
	Storage  Host = "bucket"
	Secrets  Host = "secrets" // a store of secrets
	Cloud    Host = "cloud"   // the API of a cloud
	Metrics  Host = "metrics"
)

// Polls reports whether h is a host that changes are fetched from.
func (h Host) Polls() bool {
	return h == GitHost || h == Registry || h == HelmHost || h == Storage
}

// Kinds returns every kind of the table. It must not be changed.
func Kinds() []Kind { return kinds }

// KindOf returns the row of an object's kind, whatever its version; nil where the
// table has none.
func KindOf(apiVersion, kind string) *Kind {
	group, _, _ := strings.Cut(apiVersion, "/")
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Group == group && k.Kind == kind })
	if i < 0 {
		return nil
	}
	return &kinds[i]
}

// Every is the interval in force: what is set, or else the kind's default. It is
// zero where the interval has no effect, and where it is not known.
func (r *Reconciler) Every() time.Duration {
	k := KindOf(r.APIVersion, r.Kind)
	switch {
	// Recordings did not always say Idle.
	case r.Idle, r.Kind == "HelmRepository" && strings.HasPrefix(r.URL, "oci://"):
		return 0
	case r.Interval.Duration == 0 && k != nil:
		return k.Default
	}
	return r.Interval.Duration
}
