package collector

import "time"

// The groups of the table.
const (
	kustomizeGroup    = "kustomize.toolkit.fluxcd.io"
	sourceGroup       = "source.toolkit.fluxcd.io"
	helmGroup         = "helm.toolkit.fluxcd.io"
	imageGroup        = "image.toolkit.fluxcd.io"
	notificationGroup = "notification.toolkit.fluxcd.io"
	terraformGroup    = "infra.contrib.fluxcd.io"
	operatorGroup     = "fluxcd.controlplane.io"
	argoGroup         = "argoproj.io"
	secretsGroup      = "external-secrets.io"
	flaggerGroup      = "flagger.app"
)

// backOff is how long source-controller waits at most after a run that failed, again
// and again longer until one succeeds, whatever the interval (--max-retry-delay).
const backOff = 15 * time.Minute

// at is a path that needs no indices.
func at(fields ...string) []string { return fields }

func annotation(key string) []string { return at("metadata", "annotations", key) }

var (
	specInterval   = at("spec", "interval")
	reconcileEvery = annotation(operatorGroup + "/reconcileEvery")
	// Events of source-controller: one a run, by what it found.
	fetched = []string{"GitOperationSucceeded", "ArtifactUpToDate", "NewArtifact"}
)

// kinds is the one table of kinds. To add one, add a row, an object of it to
// testdata/objects.yaml of the source that reads it (collector/flux but for Argo
// CD's own), a line to deploy/rbac.yaml, and renew the golden file.
//
// Paths and defaults are those of the custom resource definitions and the code of
// Flux 2.7 and later (source-controller and kustomize-controller 1.10),
// tofu-controller and the Flux Operator of the same time; Argo CD 3.1
// (applicationset/generators); External Secrets 0.19 and later
// (apis/externalsecrets, cmd/controller); Flagger 1.4; Argo Rollouts 1.8. None of
// Flux's sets a minimum.
var kinds = []Kind{
	{
		Group: kustomizeGroup, Kind: "Kustomization", Of: "flux", Interval: specInterval, Retry: [][]string{at("spec", "retryInterval")},
		Jitter: true, // on success alone
		Serves: Drift, Wakes: []Trigger{Revision, Config}, Program: "kustomize-controller", Queue: "kustomization",
		History: true, Runs: []string{"ReconciliationSucceeded"},
	},
	{
		Group: sourceGroup, Kind: "GitRepository", Of: "flux", Interval: specInterval, RetryDefault: backOff, Jitter: true,
		Serves: Deploy, Wakes: []Trigger{Webhook}, Host: GitHost, Program: "source-controller", Queue: "gitrepository", Runs: fetched,
	},
	{
		Group: sourceGroup, Kind: "OCIRepository", Of: "flux", Interval: specInterval, RetryDefault: backOff, Jitter: true,
		Serves: Deploy, Wakes: []Trigger{Webhook}, Host: Registry, Program: "source-controller", Queue: "ocirepository", Runs: fetched,
	},
	{
		Group: sourceGroup, Kind: "Bucket", Of: "flux", Interval: specInterval, RetryDefault: backOff, Jitter: true,
		Serves: Deploy, Wakes: []Trigger{Webhook}, Host: Storage, Program: "source-controller", Queue: "bucket", Runs: fetched,
	},
	{
		Group: sourceGroup, Kind: "HelmChart", Of: "flux", Interval: specInterval, RetryDefault: backOff, Jitter: true,
		Serves: Deploy, Wakes: []Trigger{Revision}, Host: HelmHost, Program: "source-controller", Queue: "helmchart", Runs: fetched,
	},
	{
		Group: sourceGroup, Kind: "HelmRepository", Of: "flux", Interval: specInterval, Default: time.Minute, RetryDefault: backOff, Jitter: true,
		// A registry has no index to fetch: the object is only validated.
		Idle:   []Condition{{Path: at("spec", "type"), Is: []string{"oci"}}},
		Serves: Deploy, Wakes: []Trigger{Webhook}, Host: HelmHost, Program: "source-controller", Queue: "helmrepository", Runs: fetched,
	},
	{
		Group: helmGroup, Kind: "HelmRelease", Of: "flux", Interval: specInterval, Jitter: true,
		// These hold with the strategy RetryOnFailure, which has 5m without.
		Retry: [][]string{at("spec", "upgrade", "strategy", "retryInterval"), at("spec", "install", "strategy", "retryInterval")}, RetryDefault: 5 * time.Minute,
		Serves: Drift, Wakes: []Trigger{Revision, Config}, Program: "helm-controller", Queue: "helmrelease",
	},
	{
		Group: imageGroup, Kind: "ImageRepository", Of: "flux", Interval: specInterval,
		Serves: Deploy, Wakes: []Trigger{Webhook}, Host: Registry, Program: "image-reflector-controller", Queue: "imagerepository",
	},
	{
		Group: imageGroup, Kind: "ImageUpdateAutomation", Of: "flux", Interval: specInterval,
		Serves: Deploy, Wakes: []Trigger{Revision}, Host: GitHost, Program: "image-automation-controller", Queue: "imageupdateautomation",
	},
	{
		Group: imageGroup, Kind: "ImagePolicy", Of: "flux", Interval: specInterval,
		// Only a policy that follows the digest of a tag looks again by itself.
		Idle:   []Condition{{Path: at("spec", "digestReflectionPolicy"), Not: []string{"Always"}}},
		Serves: NoPurpose, Wakes: []Trigger{Revision}, Host: Registry, Program: "image-reflector-controller", Queue: "imagepolicy",
	},
	{
		// The interval only checks that its Secret is there.
		Group: notificationGroup, Kind: "Receiver", Of: "flux", Interval: specInterval, Default: 10 * time.Minute,
		Serves: NoPurpose, Program: "notification-controller", Queue: "receiver",
	},
	{
		Group: terraformGroup, Kind: "Terraform", Of: "flux", Interval: specInterval,
		Retry: [][]string{at("spec", "retryInterval")}, RetryDefault: 15 * time.Second,
		Serves: Drift, Wakes: []Trigger{Revision}, Host: Cloud, Program: "tofu-controller", Queue: "terraform",
	},
	{
		Group: operatorGroup, Kind: "FluxInstance", Of: "flux", Interval: reconcileEvery, Default: time.Hour, Jitter: true,
		// How often it looks for a new version of Flux, and the interval of the source
		// that it makes for .spec.sync.
		Also: []Field{
			{Path: annotation(operatorGroup + "/reconcileArtifactEvery"), Default: 10 * time.Minute},
			{Path: at("spec", "sync", "interval"), Default: time.Minute},
		},
		Serves: Drift, Host: Registry, Program: "flux-operator", Queue: "fluxinstance",
	},
	{
		Group: operatorGroup, Kind: "ResourceSet", Of: "flux", Interval: reconcileEvery, Default: time.Hour, Jitter: true,
		Serves: Drift, Wakes: []Trigger{Revision, Config}, Program: "flux-operator", Queue: "resourceset",
	},
	{
		Group: operatorGroup, Kind: "ResourceSetInputProvider", Of: "flux", Interval: reconcileEvery, Default: 10 * time.Minute,
		Serves: Deploy, Wakes: []Trigger{Webhook}, Host: GitHost, Program: "flux-operator", Queue: "resourcesetinputprovider",
	},

	{
		// One setting of the instance holds for all: Controller.Timeout.
		Group: argoGroup, Kind: "Application", Of: "argocd",
		Serves: Drift, Wakes: []Trigger{Webhook, Live}, Host: GitHost, Program: "argocd-application-controller", Queue: "app_reconciliation_queue",
	},
	{
		Group: argoGroup, Kind: "ApplicationSet", Of: "argocd",
		Serves: Deploy, Wakes: []Trigger{Webhook, Live}, Host: GitHost, Program: "argocd-applicationset-controller", Queue: "applicationset",
	},

	{
		Group: secretsGroup, Kind: "ExternalSecret", Of: "external-secrets", Interval: at("spec", "refreshInterval"), Default: time.Hour, ZeroStops: true,
		Idle:   []Condition{{Path: at("spec", "refreshPolicy"), Is: []string{"CreatedOnce", "OnChange"}}},
		Serves: Rotation, Wakes: []Trigger{Live}, Host: Secrets, Program: "external-secrets", Queue: "externalsecret",
	},
	{
		// Its own interval looks for namespaces; that of the ExternalSecrets which it
		// makes stands in their specification.
		Group: secretsGroup, Kind: "ClusterExternalSecret", Of: "external-secrets", Interval: at("spec", "refreshTime"), Default: time.Hour,
		Also:   []Field{{Path: at("spec", "externalSecretSpec", "refreshInterval"), Default: time.Hour}},
		Serves: NoPurpose, Wakes: []Trigger{Live}, Program: "external-secrets", Queue: "clusterexternalsecret",
	},
	{
		Group: secretsGroup, Kind: "PushSecret", Of: "external-secrets", Interval: at("spec", "refreshInterval"), Default: time.Hour, ZeroStops: true,
		Serves: Rotation, Host: Secrets, Program: "external-secrets", Queue: "pushsecret", Runs: []string{"Synced"},
	},
	{
		Group: secretsGroup, Kind: "ClusterPushSecret", Of: "external-secrets", Interval: at("spec", "refreshTime"), Default: time.Hour,
		Also:   []Field{{Path: at("spec", "pushSecretSpec", "refreshInterval"), Default: time.Hour}},
		Serves: NoPurpose, Wakes: []Trigger{Live}, Program: "external-secrets", Queue: "clusterpushsecret",
	},

	{
		Group: flaggerGroup, Kind: "Canary", Of: "flagger", Interval: at("spec", "analysis", "interval"), Default: time.Minute,
		Serves: Analysis, Wakes: []Trigger{Live, Config}, Host: Metrics, Program: "flagger",
	},
	{
		Group: argoGroup, Kind: "AnalysisTemplate", Of: "argo-rollouts",
		Serves: Analysis, Host: Metrics, Program: "argo-rollouts", Queue: "AnalysisRuns",
	},
	{
		Group: argoGroup, Kind: "ClusterAnalysisTemplate", Of: "argo-rollouts",
		Serves: Analysis, Host: Metrics, Program: "argo-rollouts", Queue: "AnalysisRuns",
	},
}
