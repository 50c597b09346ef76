package gate

// All are the gates, in the order that they run and are told in. Each is
// independent of the others, so that one failure does not hide the next.
var All = []Gate{
	// First what Git builds: where that is wrong, the rest judges the wrong objects.
	{
		Name: "builds", Run: of(builds),
		Doc:    "The overlay builds after the change, and every object that the change reaches is still in it.",
		Remedy: "Build the overlay with kustomize or helm and mend what it says; the next run tries again.",
	}, {
		Name: "intended-fields", Run: of(intendedFields),
		Doc:    "Only the finding's own fields differ between the two builds, and they have its values; this is compared anew, without the code that made the patch.",
		Remedy: "Make the change by hand at the place that the finding names, and report the repository's layout.",
	}, {
		Name: "api-valid", Run: of(apiValid),
		Doc:    "The changed object is one that the API server takes: built-in types decode without unknown fields, quantities are quantities and not negative.",
		Remedy: "Mend the field that is named in Git: the applier could not apply the object.",
	},
	// Then what the API server and its admission say to new pods: that fails at once.
	{
		Name: "request-within-limit", Run: of(requestWithinLimit),
		Doc:    "No container asks for more than its limit, a limit that only the live pod has included; new pods would be refused.",
		Remedy: "Raise the limit along with the request, or the default of the LimitRange that sets it.",
	}, {
		Name: "limit-range", Run: of(limitRange),
		Doc:    "Each container and the pod stay within the namespace's LimitRanges; new pods would be refused.",
		Remedy: "Change the LimitRange, or set the recommender's floors within it.",
	}, {
		Name: "resource-quota", Run: of(resourceQuota),
		Doc:    "The namespace's ResourceQuotas have room for all changed pods, and for the additional ones of the roll-out where it can't do without; it would get stuck half-way.",
		Remedy: "Raise the quota first, or let the roll-out take pods away (maxUnavailable).",
	}, {
		Name: "policies", Run: policies,
		Doc:    "The Rego policies that the repository keeps in policy/ (rules deny and violation of any package, as conftest runs them) don't refuse the object; a warn is told and passes.",
		Remedy: "Change what the policy's message names, add an exception to the policy, or mend the policy's file that is named.",
	},
	// Then who else has a say: a change that another controller undoes is noise.
	{
		Name: "hpa-consistent", Run: of(hpaConsistent),
		Doc:    "A HorizontalPodAutoscaler that scales by a share of a request scales at the same use as before.",
		Remedy: "Set the target to the old target × the old request ÷ the new one, or let it scale by an absolute value.",
	}, {
		Name: "vpa", Run: of(vpa),
		Doc:    "No VerticalPodAutoscaler sets the sizes that the change sets.",
		Remedy: "Set its updateMode to Off, or leave the sizes to it: annotate the workload with tuppence.dev/ignore.",
	},
	// Then what was measured: a size is only as good as its samples.
	{
		Name: "enough-data", Run: of(enoughData),
		Doc:    "New sizes rest on at least 7 days of usage, or the whole window where that is shorter; an interval on measured reconciles; neither on a finding of low confidence.",
		Remedy: "Wait until there is a week of usage, or connect a Prometheus that keeps it.",
	}, {
		Name: "observed-peak", Run: of(observedPeak),
		Doc:    "Nothing is lowered under what was used: memory and CPU limits not under the peak, CPU requests not under the 95th percentile.",
		Remedy: "Set the size by hand, over the figure that is named.",
	}, {
		Name: "qos-class", Run: of(qosClass),
		Doc:    "The pod keeps its Quality of Service class, which decides who is evicted first, or the finding's evidence says what becomes of it.",
		Remedy: "Change the limits along with the requests, so that they stay equal or different as they are.",
	},
	// Then whether the pods can be replaced, where, and at whose cost.
	{
		Name: "node-large-enough", Run: of(nodeLargeEnough),
		Doc:    "A node that admits the pod, by its taints and the pod's node selector, can take it beside its DaemonSets; the pods would stay pending.",
		Remedy: "Add a pool of larger nodes, or split the workload into smaller pods.",
	}, {
		Name: "replicas-available", Run: of(replicasAvailable),
		Doc:    "Nothing is lowered while the workload is killed for memory, restarts more than once a pod and day, or lacks pods; nothing grows or moves while pods find no node.",
		Remedy: "Mend the workload first; the next run tries again.",
	}, {
		Name: "disruption-budget", Run: of(disruptionBudget),
		Doc:    "The workload's PodDisruptionBudget can be met, and lets a pod leave a spot node that goes.",
		Remedy: "Lower minAvailable under the number of replicas, or raise the replicas.",
	}, {
		Name: "rollout-possible", Run: of(rolloutPossible),
		Doc:    "The change can reach the pods, and no annotation forbids to restart them; it says how they are replaced.",
		Remedy: "Take the annotation away or resume the roll-out, or change the sizes with the next release.",
	}, {
		Name: "grace", Run: of(grace),
		Doc:    "Pods that move to spot stop within the provider's notice: 2 minutes on AWS, 30 seconds on Azure and Google Cloud.",
		Remedy: "Shorten terminationGracePeriodSeconds, or keep the workload on demand.",
	}, {
		Name: "retry-kept", Run: of(retryKept),
		Doc:    "A longer interval of a Kustomization does not slow its retries, nor one of a HelmRelease its look for new charts.",
		Remedy: "Set spec.retryInterval, or spec.chart.spec.interval, to the old interval.",
	},
	// Last the money, which nothing above depends on.
	{
		Name: "saving-positive", Run: of(savingPositive),
		Doc:     "A change that costs money raises a size that is too small.",
		Remedy:  "Decline the change, or look at the prices: tuppence explain shows the sum.",
		Lenient: "the change is as safe where its price is not known, and the request says so",
	},
}
