package collector

// What all of Flux's controllers have (fluxcd/pkg runtime/controller, client), and
// those of them that spread intervals or wait for dependencies (runtime/jitter).
var (
	fluxKnobs = []Knob{
		{Flag: "--min-retry-delay", Default: "750ms"}, {Flag: "--max-retry-delay", Default: "15m0s"},
		{Flag: "--watch-label-selector"}, // shards
		{Flag: "--kube-api-qps", Default: "50"}, {Flag: "--kube-api-burst", Default: "100"},
	}
	jitterKnob     = Knob{Flag: "--interval-jitter-percentage", Default: "5"}
	dependencyKnob = Knob{Flag: "--requeue-dependency", Default: "30s"}
)

// flux is the row of one of Flux's controllers, with so many workers a queue.
func flux(name, workers string, more ...Knob) Program {
	knobs := append([]Knob{{Flag: "--concurrent", Default: workers}}, more...)
	return Program{Name: name, Of: "flux", Images: []string{name}, Workloads: []string{name}, Container: "manager", Knobs: append(knobs, fluxKnobs...)}
}

// params is a knob of argocd-cmd-params-cm, which the manifests of Argo CD hand on
// as a variable.
func params(key, flag, env, fallback string) Knob {
	return Knob{ConfigMap: "argocd-cmd-params-cm", Key: key, Flag: flag, Env: env, Default: fallback}
}

// programs is the one table of programs. Flags, variables, keys and defaults are
// those of: Flux's controllers 1.x and the Flux Operator (their options pages);
// Argo CD 3.1 (cmd/*/commands, docs/operator-manual/argocd-cmd-params-cm.yaml);
// External Secrets (cmd/controller/root.go); Crossplane and its Upjet providers
// (cmd/crossplane/core, cmd/provider); Kyverno's reports controller; Cluster API
// (main.go); Flagger (cmd/flagger); Argo Rollouts (cmd/rollouts-controller,
// controller defaults); Argo Workflows (docs/environment-variables.md); Tekton.
//
// To add a program, add a row; nothing of a container's arguments and variables is
// read but the flags and variables named here, since others may hold secrets.
var programs = []Program{
	flux("source-controller", "2", jitterKnob, dependencyKnob),
	flux("kustomize-controller", "4", Knob{Flag: "--concurrent-ssa", Default: "4"}, jitterKnob, dependencyKnob),
	flux("helm-controller", "4", jitterKnob, dependencyKnob),
	flux("notification-controller", "4"),
	flux("image-reflector-controller", "4"),
	flux("image-automation-controller", "4"),
	flux("source-watcher", "10", jitterKnob, dependencyKnob),
	flux("flux-operator", "10", jitterKnob),
	flux("tofu-controller", "4"),
	flux("tf-controller", "4"), // what tofu-controller was called

	{Name: "argocd-application-controller", Of: "argocd", Workloads: []string{"argocd-application-controller", "application-controller"}, Knobs: []Knob{
		{ConfigMap: "argocd-cm", Key: "timeout.reconciliation", Flag: "--app-resync", Env: "ARGOCD_RECONCILIATION_TIMEOUT", Default: "2m0s"},
		{ConfigMap: "argocd-cm", Key: "timeout.reconciliation.jitter", Flag: "--app-resync-jitter", Env: "ARGOCD_RECONCILIATION_JITTER", Default: "1m0s"},
		{ConfigMap: "argocd-cm", Key: "timeout.hard.reconciliation", Flag: "--app-hard-resync", Env: "ARGOCD_HARD_RECONCILIATION_TIMEOUT", Default: "0s"},
		{ConfigMap: "argocd-cm", Key: "resource.ignoreResourceUpdatesEnabled", Default: "true"}, // since 3.0
		params("controller.status.processors", "--status-processors", "ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS", "20"),
		params("controller.operation.processors", "--operation-processors", "ARGOCD_APPLICATION_CONTROLLER_OPERATION_PROCESSORS", "10"),
		params("controller.kubectl.parallelism.limit", "--kubectl-parallelism-limit", "ARGOCD_APPLICATION_CONTROLLER_KUBECTL_PARALLELISM_LIMIT", "20"),
		params("controller.sharding.algorithm", "--sharding-method", "ARGOCD_CONTROLLER_SHARDING_ALGORITHM", "legacy"),
		params("controller.app.state.cache.expiration", "--app-state-cache-expiration", "ARGOCD_APP_STATE_CACHE_EXPIRATION", "1h0m0s"),
		params("controller.default.cache.expiration", "--default-cache-expiration", "ARGOCD_DEFAULT_CACHE_EXPIRATION", "24h0m0s"),
	}},
	{Name: "argocd-repo-server", Of: "argocd", Workloads: []string{"argocd-repo-server", "repo-server"}, Knobs: []Knob{
		params("reposerver.parallelism.limit", "--parallelismlimit", "ARGOCD_REPO_SERVER_PARALLELISM_LIMIT", "0"),
		params("reposerver.repo.cache.expiration", "--repo-cache-expiration", "ARGOCD_REPO_CACHE_EXPIRATION", "24h0m0s"),
	}},
	{Name: "argocd-applicationset-controller", Of: "argocd", Workloads: []string{"argocd-applicationset-controller", "applicationset-controller"}, Knobs: []Knob{
		params("applicationsetcontroller.requeue.after", "", "ARGOCD_APPLICATIONSET_CONTROLLER_REQUEUE_AFTER", "3m0s"),
		params("applicationsetcontroller.concurrent.reconciliations.max", "--concurrent-reconciliations", "ARGOCD_APPLICATIONSET_CONTROLLER_CONCURRENT_RECONCILIATIONS", "10"),
	}},

	{Name: "external-secrets", Of: "external-secrets", Images: []string{"external-secrets"}, Not: []string{"-webhook", "-cert-controller"}, Workloads: []string{"external-secrets"}, Knobs: []Knob{
		{Flag: "--concurrent", Default: "1"}, {Flag: "--store-requeue-interval", Default: "5m0s"},
		{Flag: "--client-qps", Default: "50"}, {Flag: "--client-burst", Default: "100"},
	}},
	{Name: "crossplane", Of: "crossplane", Images: []string{"crossplane"}, Not: []string{"-rbac-manager"}, Workloads: []string{"crossplane"}, Knobs: []Knob{
		{Flag: "--sync-interval", Default: "1h0m0s"}, {Flag: "--poll-interval", Default: "1m0s"},
		{Flag: "--max-reconcile-rate", Default: "100"}, {Flag: "--max-concurrent-reconciles"},
	}},
	// Its Deployment is made from the DeploymentRuntimeConfig that the Provider names,
	// and that is where its arguments are to be changed. Providers differ in defaults.
	{Name: "crossplane-provider", Of: "crossplane", Images: []string{"provider-*"}, Knobs: []Knob{
		{Flag: "--sync"}, {Flag: "--poll"}, {Flag: "--max-reconcile-rate"},
		{Flag: "--sync-interval"}, {Flag: "--poll-interval"}, {Flag: "--max-concurrent-reconciles"},
	}},
	{Name: "kyverno-reports-controller", Of: "kyverno", Images: []string{"kyverno/reports-controller"}, Workloads: []string{"kyverno-reports-controller"}, Knobs: []Knob{
		{Flag: "--backgroundScanInterval", Default: "1h0m0s"}, {Flag: "--backgroundScanWorkers", Default: "2"},
	}},
	{Name: "cluster-api", Of: "cluster-api", Images: []string{"cluster-api-controller"}, Workloads: []string{"capi-controller-manager"}, Knobs: []Knob{
		{Flag: "--sync-period", Default: "10m0s"},
		{Flag: "--cluster-concurrency", Default: "10"}, {Flag: "--clustertopology-concurrency", Default: "10"},
		{Flag: "--machine-concurrency", Default: "10"}, {Flag: "--machineset-concurrency", Default: "10"},
		{Flag: "--machinedeployment-concurrency", Default: "10"}, {Flag: "--machinehealthcheck-concurrency", Default: "10"},
		{Flag: "--kube-api-qps", Default: "20"}, {Flag: "--kube-api-burst", Default: "30"},
	}},
	{Name: "flagger", Of: "flagger", Images: []string{"flagger"}, Workloads: []string{"flagger"}, Knobs: []Knob{
		{Flag: "--control-loop-interval", Default: "10s"}, {Flag: "--threadiness", Default: "2"},
	}},
	{Name: "argo-rollouts", Of: "argo-rollouts", Images: []string{"argo-rollouts"}, Workloads: []string{"argo-rollouts"}, Knobs: []Knob{
		{Flag: "--rollout-resync", Default: "900"}, // seconds
		{Flag: "--rollout-threads", Default: "10"}, {Flag: "--analysis-threads", Default: "30"}, {Flag: "--experiment-threads", Default: "10"},
	}},
	{Name: "argo-workflows", Of: "argo-workflows", Images: []string{"workflow-controller"}, Workloads: []string{"workflow-controller"}, Knobs: []Knob{
		{Env: "DEFAULT_REQUEUE_TIME", Default: "10s"}, {Env: "WORKFLOW_GC_PERIOD", Default: "5m0s"}, {Env: "CRON_SYNC_PERIOD", Default: "10s"},
		{Flag: "--workflow-workers", Default: "32"}, {Flag: "--cron-workflow-workers", Default: "8"},
		{Flag: "--workflow-ttl-workers", Default: "4"}, {Flag: "--pod-cleanup-workers", Default: "4"},
	}},
	{Name: "tekton-pipelines", Of: "tekton", Images: []string{"tektoncd/pipeline/cmd/controller"}, Workloads: []string{"tekton-pipelines-controller"}, Knobs: []Knob{
		{Flag: "--resync-period", Default: "10h0m0s"}, {Flag: "--threads-per-controller"},
	}},
}
