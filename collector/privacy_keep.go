package collector

import (
	"regexp"
	"slices"
	"strings"
)

// What stays when names become pseudonyms, and why. Whatever is not here does not
// stay.

// rule is what becomes of a field's text. A field without one becomes a pseudonym,
// unless its value is in the vocabulary.
type rule func(*pseudonyms, string) string

func stays(_ *pseudonyms, s string) string { return s }

// among keeps some words.
func among(words string) rule {
	list := strings.Fields(words)
	return func(p *pseudonyms, s string) string {
		if slices.Contains(list, s) {
			return s
		}
		return p.name(s)
	}
}

// rules are those of fields, as "Type.Field".
var rules = map[string]rule{
	// The operator's own configuration names clusters and what they are for; the
	// reports are by cluster.
	"Cluster.Name": stays, "Cluster.Environment": stays, "Gap.Cluster": stays, "ControlPlane.Tier": stays,
	// Facts of a release or of a price list, the same for every customer: without
	// them nothing can be priced.
	"Cluster.Version": stays, "ControlPlane.Service": stays, "ControlPlane.Region": stays,
	"Node.Provider": stays, "Node.InstanceType": stays, "Node.Region": stays, "Node.Zone": stays, "Node.Arch": stays,
	"Node.CapacityType": stays, "Node.GPUModel": stays,
	"Volume.Provider": stays, "Volume.Type": stays, "Volume.Region": stays, "Volume.Zone": stays,
	"LoadBalancer.Provider": stays, "LoadBalancer.Region": stays, "LoadBalancer.Type": stays,
	// This program's own words.
	"Gap.Source": stays, "Container.Role": stays, "Container.Runtime": stays, "Usage.Source": stays, "Measured.Source": stays, "Measured.Doubts": stays, "Queue.Doubts": stays,
	"DayUsage.Day": stays, "Timer.Path": stays, // names of fields
	// Replaced when every name is known.
	"Gap.Reason": stays,

	// Public in part.
	"Workload.APIVersion": (*pseudonyms).apiVersion, "WorkloadRef.APIVersion": (*pseudonyms).apiVersion,
	"Reconciler.APIVersion": (*pseudonyms).apiVersion,
	"Reconciler.Reason":     (*pseudonyms).condition, "Reconciled.Status": (*pseudonyms).condition,
	"PDB.MinAvailable": (*pseudonyms).figure, "PDB.MaxUnavailable": (*pseudonyms).figure,
	"Strategy.MaxUnavailable": (*pseudonyms).figure, "Strategy.MaxSurge": (*pseudonyms).figure,
	// Words of these fields alone, which may well be names elsewhere.
	"Wishes.Class": among("platform application"), "Setting.In": among("flag env configmap"), "Queue.WorkersFrom": among("metric setting default"),
	"Tally.Name": among("success error requeue requeue_after"), "GitRequests.Kind": among("ls-remote fetch"),
	"Reconciler.Hook": among("generic generic-hmac github gitlab bitbucket harbor dockerhub quay gcr nexus acr cdevents"),
	"Queue.Name":      (*pseudonyms).queue,
	"Setting.Name":    (*pseudonyms).knob, "Setting.Value": (*pseudonyms).setting,
	"Reconciler.DependsOn": (*pseudonyms).path,
	"Workload.Ignore":      (*pseudonyms).ignored, "Namespace.Ignore": (*pseudonyms).ignored,
	"Reconciler.Ignore": (*pseudonyms).ignored, "Controller.Ignore": (*pseudonyms).ignored, "Setting.Ignore": (*pseudonyms).ignored,
}

// vocabulary is values that anyone's cluster has: they tell nothing of whose it
// is, and advice depends on them.
var vocabulary = func() map[string]bool {
	words := map[string]bool{}
	for _, s := range []string{
		// Kinds of Kubernetes, Argo, Flux and its companions, beside those of the table.
		"Pod Deployment StatefulSet DaemonSet ReplicaSet ReplicationController Job CronJob Node Service Ingress PersistentVolumeClaim Container",
		"Rollout Application ApplicationSet Kustomization HelmRelease GitRepository OCIRepository Bucket HelmChart HelmRepository ExternalArtifact",
		// Their programs, and the namespaces where software of everyone's runs.
		"argocd argocd-cm argocd-cmd-params-cm",
		"kube-system kube-public kube-node-lease default flux-system karpenter cert-manager gatekeeper-system kyverno",
		// Values of the API's enumerations.
		"True False Unknown true false Equal Exists NoSchedule PreferNoSchedule NoExecute",
		"RollingUpdate Recreate OnDelete Canary BlueGreen ReadWriteOnce ReadOnlyMany ReadWriteMany ReadWriteOncePod",
		"Off Initial Auto InPlaceOrRecreate Kustomize Helm Directory Plugin HEAD",
		"system-cluster-critical system-node-critical",
		// What forbids eviction.
		"karpenter.sh/do-not-disrupt=true karpenter.sh/do-not-evict=true cluster-autoscaler.kubernetes.io/safe-to-evict=false",
	} {
		for word := range strings.FieldsSeq(s) {
			words[word] = true
		}
	}
	for _, k := range kinds {
		words[k.Kind] = true
	}
	for _, p := range programs {
		words[p.Name] = true
		for _, k := range p.Knobs {
			words[k.Name()] = true
		}
	}
	return words
}()

// publicLabels are the well-known keys of labels, taints and tolerations, and
// whether their values are public as well: a node pool's name is its owner's.
var publicLabels = map[string]bool{
	"kubernetes.io/arch": true, "kubernetes.io/os": true, "beta.kubernetes.io/arch": true, "beta.kubernetes.io/os": true,
	"node.kubernetes.io/instance-type": true, "beta.kubernetes.io/instance-type": true,
	"topology.kubernetes.io/region": true, "topology.kubernetes.io/zone": true,
	"failure-domain.beta.kubernetes.io/region": true, "failure-domain.beta.kubernetes.io/zone": true,
	"karpenter.sh/capacity-type": true, "eks.amazonaws.com/capacityType": true, "cloud.google.com/gke-spot": true,
	"cloud.google.com/gke-provisioning": true, "kubernetes.azure.com/scalesetpriority": true, "kubernetes.azure.com/mode": true,
	"node.kubernetes.io/lifecycle": true, "nvidia.com/gpu": true, "amd.com/gpu": true,
	"node.kubernetes.io/not-ready": true, "node.kubernetes.io/unreachable": true, "node.kubernetes.io/memory-pressure": true,
	"node.kubernetes.io/disk-pressure": true, "node.kubernetes.io/pid-pressure": true, "node.kubernetes.io/network-unavailable": true,
	"node.kubernetes.io/unschedulable": true, "node-role.kubernetes.io/control-plane": true, "node-role.kubernetes.io/master": true,
	"CriticalAddonsOnly": true,

	"kubernetes.io/hostname": false, "karpenter.sh/nodepool": false, "eks.amazonaws.com/nodegroup": false,
	"cloud.google.com/gke-nodepool": false, "kubernetes.azure.com/agentpool": false, "cloud.google.com/compute-class": false,
}

// publicGroups are the API groups of the kinds in the vocabulary, beside those of
// the table of kinds. An organisation's
// own group is named after it.
var publicGroups = []string{
	"apps", "batch", "extensions", "autoscaling", "autoscaling.k8s.io", "policy", "networking.k8s.io", "storage.k8s.io", "metrics.k8s.io",
}

func publicGroup(group string) bool {
	return slices.Contains(publicGroups, group) || slices.ContainsFunc(kinds, func(k Kind) bool { return k.Group == group })
}

var (
	apiVersion = regexp.MustCompile(`^v[0-9]+(?:(?:alpha|beta)[0-9]+)?$`)
	amount     = regexp.MustCompile(`^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h|d)?){1,6}$`)
	figure     = regexp.MustCompile(`^[0-9]+%?$`)
	// Reasons of conditions are a program's constants, and Argo CD's two in one.
	condition = regexp.MustCompile(`^[A-Z][A-Za-z]*(?:/[A-Z][A-Za-z]*)?$`)
)

// apiVersion keeps a public group and a version.
func (p *pseudonyms) apiVersion(s string) string {
	group, version, grouped := strings.Cut(s, "/")
	switch {
	case !grouped && apiVersion.MatchString(s):
		return s
	case !grouped || !apiVersion.MatchString(version):
		return p.name(s)
	case publicGroup(group):
		return s
	}
	return p.name(group) + "/" + version
}

// ignored keeps the words that tuppence.dev/ignore has for this program.
func (p *pseudonyms) ignored(s string) string {
	names := strings.Split(s, ",")
	for i, n := range names {
		if !slices.Contains([]string{everything, "rightsize", "spot", "interval"}, n) {
			names[i] = p.name(n)
		}
	}
	return strings.Join(names, ",")
}

func (p *pseudonyms) condition(s string) string {
	if condition.MatchString(s) {
		return s
	}
	return p.name(s)
}

// knob keeps the names of settings, but for the group and kind of a custom resource
// that one of Argo CD's is about.
func (p *pseudonyms) knob(s string) string {
	const about = "resource.customizations.ignoreResourceUpdates."
	what, found := strings.CutPrefix(s, about)
	switch {
	case !found:
		return p.name(s)
	case what == "all":
		return s
	}
	if group, kind, ok := strings.Cut(what, "_"); ok && (group == "" || publicGroup(group)) {
		return about + group + "_" + p.name(kind)
	}
	return about + p.name(what)
}

// argoQueues are Argo CD's beside those of the table.
var argoQueues = []string{"app_operation_processing_queue", "project_reconciliation_queue", "app_hydration_queue", "manifest_hydration_queue"}

// queue keeps the names of the table's workqueues.
func (p *pseudonyms) queue(s string) string {
	if slices.Contains(argoQueues, s) || slices.ContainsFunc(kinds, func(k Kind) bool { return k.Queue == s }) {
		return s
	}
	return p.name(s)
}

// sharding are the values of controller.sharding.algorithm.
var sharding = []string{"legacy", "round-robin", "consistent-hashing"}

// setting keeps numbers, durations and yes or no, and the key of a selector of
// shards.
func (p *pseudonyms) setting(s string) string {
	const shard = "sharding.fluxcd.io/key"
	if value, ok := strings.CutPrefix(s, shard+"="); ok {
		return shard + "=" + p.name(value)
	}
	if s == "!"+shard || amount.MatchString(s) || slices.Contains(sharding, s) {
		return s
	}
	return p.name(s)
}

func (p *pseudonyms) figure(s string) string {
	if figure.MatchString(s) {
		return s
	}
	return p.name(s)
}
