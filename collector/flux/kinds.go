package flux

import (
	"slices"
	"time"
)

// Kind is one kind of Flux object and where it keeps its interval. Paths are
// field names joined by dots.
type Kind struct {
	Group string
	Kind  string
	// Interval is the path of the interval; empty where an annotation holds it.
	Interval string
	// IntervalAnnotation is the annotation that holds the interval, of the kinds
	// of the Flux Operator.
	IntervalAnnotation string
	// Retry are the paths of the interval after a failure; the first that is set
	// holds. Without one a failure waits for Flux's own back-off or the interval.
	Retry []string
	// Default is the interval where none is set; zero where one is required, or
	// where none means never.
	Default time.Duration
	// Jitter tells whether the controller spreads the interval by
	// --interval-jitter-percentage, 5 % either way by default.
	Jitter bool

	// idle reports that the interval of an object has no effect.
	idle func(*object) bool
	// history tells that .status.history counts reconciles. (That of a
	// HelmRelease holds release snapshots instead.)
	history bool
}

// Kinds returns every kind that is read. Paths and defaults are those of the
// custom resource definitions and the code of source-controller and
// kustomize-controller 1.10, the other Flux controllers, tofu-controller and the
// Flux Operator of the same time. None of them sets a minimum.
func Kinds() []Kind { return slices.Clone(kinds) }

// The groups that Flux and its companions serve.
const (
	kustomizeGroup    = "kustomize.toolkit.fluxcd.io"
	sourceGroup       = "source.toolkit.fluxcd.io"
	helmGroup         = "helm.toolkit.fluxcd.io"
	imageGroup        = "image.toolkit.fluxcd.io"
	notificationGroup = "notification.toolkit.fluxcd.io"
	terraformGroup    = "infra.contrib.fluxcd.io"
	operatorGroup     = "fluxcd.controlplane.io"
	everyAnnotation   = operatorGroup + "/reconcileEvery"
	enabledAnnotation = operatorGroup + "/reconcile"
)

var kinds = []Kind{
	{Group: kustomizeGroup, Kind: "Kustomization", Interval: "spec.interval", Retry: []string{"spec.retryInterval"}, Jitter: true, history: true},
	{Group: sourceGroup, Kind: "GitRepository", Interval: "spec.interval", Jitter: true},
	{Group: sourceGroup, Kind: "OCIRepository", Interval: "spec.interval", Jitter: true},
	{Group: sourceGroup, Kind: "Bucket", Interval: "spec.interval", Jitter: true},
	{Group: sourceGroup, Kind: "HelmChart", Interval: "spec.interval", Jitter: true},
	{Group: sourceGroup, Kind: "HelmRepository", Interval: "spec.interval", Default: time.Minute, Jitter: true,
		// A registry has no index to fetch: the object is only validated.
		idle: func(o *object) bool { return o.text("spec.type") == "oci" }},
	{Group: helmGroup, Kind: "HelmRelease", Interval: "spec.interval", Jitter: true,
		Retry: []string{"spec.upgrade.strategy.retryInterval", "spec.install.strategy.retryInterval"}},
	{Group: imageGroup, Kind: "ImageRepository", Interval: "spec.interval"},
	{Group: imageGroup, Kind: "ImageUpdateAutomation", Interval: "spec.interval"},
	{Group: imageGroup, Kind: "ImagePolicy", Interval: "spec.interval",
		// Only a policy that follows the digest of a tag looks again by itself.
		idle: func(o *object) bool { return o.text("spec.digestReflectionPolicy") != "Always" }},
	{Group: notificationGroup, Kind: "Receiver", Interval: "spec.interval", Default: 10 * time.Minute},
	{Group: terraformGroup, Kind: "Terraform", Interval: "spec.interval", Retry: []string{"spec.retryInterval"}},
	{Group: operatorGroup, Kind: "FluxInstance", IntervalAnnotation: everyAnnotation, Default: time.Hour, Jitter: true},
	{Group: operatorGroup, Kind: "ResourceSet", IntervalAnnotation: everyAnnotation, Default: time.Hour, Jitter: true},
	{Group: operatorGroup, Kind: "ResourceSetInputProvider", IntervalAnnotation: everyAnnotation, Default: 10 * time.Minute},
}
