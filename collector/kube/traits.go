package kube

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// traits tells what in a pod decides whether it survives an interruption.
func traits(annotations map[string]string, spec *corev1.PodSpec) collector.PodTraits {
	out := collector.PodTraits{
		GracePeriod:    collector.Duration{Duration: 30 * time.Second}, // the API's default
		PreStop:        collector.Duration{Duration: longestPreStop(spec)},
		ReadinessProbe: len(spec.Containers) > 0,
		HostNetwork:    spec.HostNetwork,
		Spread:         spread(spec),
		NodeSelector:   nodeSelector(spec),
		DoNotDisrupt:   doNotDisrupt(annotations),
		SpotReady:      annotations[spotReady],
		Priority:       spec.PriorityClassName,
	}
	if g := spec.TerminationGracePeriodSeconds; g != nil {
		out.GracePeriod.Duration = seconds(float64(*g))
	}
	for i := range spec.Containers {
		out.ReadinessProbe = out.ReadinessProbe && spec.Containers[i].ReadinessProbe != nil
	}
	for i := range spec.Volumes {
		addVolume(&out, &spec.Volumes[i])
	}
	for _, t := range spec.Tolerations {
		out.Tolerations = append(out.Tolerations, collector.Toleration{
			Key: t.Key, Operator: string(t.Operator), Value: t.Value, Effect: string(t.Effect)})
	}
	return out
}

func addVolume(out *collector.PodTraits, v *corev1.Volume) {
	switch {
	case v.EmptyDir != nil:
		memory := v.EmptyDir.Medium == corev1.StorageMediumMemory
		out.EmptyDirs = append(out.EmptyDirs, collector.EmptyDir{Name: v.Name, Memory: memory})
	case v.HostPath != nil:
		out.HostPath = true
	case v.PersistentVolumeClaim != nil:
		out.Claims = append(out.Claims, collector.Claim{Name: v.PersistentVolumeClaim.ClaimName})
	case v.Ephemeral != nil && v.Ephemeral.VolumeClaimTemplate != nil:
		modes := v.Ephemeral.VolumeClaimTemplate.Spec.AccessModes
		out.Claims = append(out.Claims, collector.Claim{Name: v.Name, AccessModes: modeNames(modes)})
	}
}

func modeNames(modes []corev1.PersistentVolumeAccessMode) []string {
	var out []string
	for _, m := range modes {
		out = append(out, string(m))
	}
	slices.Sort(out)
	return out
}

// spread reports whether the scheduler is asked to keep the pods apart.
func spread(spec *corev1.PodSpec) bool {
	if len(spec.TopologySpreadConstraints) > 0 {
		return true
	}
	if spec.Affinity == nil || spec.Affinity.PodAntiAffinity == nil {
		return false
	}
	a := spec.Affinity.PodAntiAffinity
	return len(a.RequiredDuringSchedulingIgnoredDuringExecution)+len(a.PreferredDuringSchedulingIgnoredDuringExecution) > 0
}

// nodeLabels are the well-known labels that choose a kind of machine. Others are
// a team's own and may name people or projects, so they are not kept.
var nodeLabels = func() map[string]bool {
	known := map[string]bool{
		corev1.LabelArchStable: true, corev1.LabelOSStable: true, corev1.LabelHostname: true,
		corev1.LabelInstanceTypeStable: true, corev1.LabelInstanceType: true,
		corev1.LabelTopologyRegion: true, corev1.LabelTopologyZone: true,
		corev1.LabelFailureDomainBetaRegion: true, corev1.LabelFailureDomainBetaZone: true,
		"karpenter.sh/nodepool": true, "eks.amazonaws.com/nodegroup": true,
		"cloud.google.com/gke-nodepool": true, "kubernetes.azure.com/agentpool": true,
		"kubernetes.azure.com/mode": true, "cloud.google.com/compute-class": true,
	}
	for _, key := range collector.CapacityKeys() {
		known[key] = true
	}
	return known
}()

// nodeSelector is spec.nodeSelector with those required node affinities that
// mean the same: one term that allows one value of a label.
func nodeSelector(spec *corev1.PodSpec) []collector.Label {
	found := map[string]string{}
	if spec.Affinity != nil && spec.Affinity.NodeAffinity != nil {
		if s := spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution; s != nil && len(s.NodeSelectorTerms) == 1 {
			for _, e := range s.NodeSelectorTerms[0].MatchExpressions {
				if e.Operator == corev1.NodeSelectorOpIn && len(e.Values) == 1 {
					found[e.Key] = e.Values[0]
				}
			}
		}
	}
	maps.Copy(found, spec.NodeSelector)
	var out []collector.Label
	for k, v := range found {
		if nodeLabels[k] {
			out = append(out, collector.Label{Key: k, Value: v})
		}
	}
	slices.SortFunc(out, func(a, b collector.Label) int { return strings.Compare(a.Key, b.Key) })
	return out
}

const spotReady = "spot.kubecost.com/spot-ready"

// doNotDisrupt returns the annotation, with its value, that forbids to evict.
func doNotDisrupt(annotations map[string]string) string {
	for _, forbids := range [...]struct{ key, value string }{
		{"karpenter.sh/do-not-disrupt", "true"},
		{"karpenter.sh/do-not-evict", "true"}, // Karpenter before v1beta1
		{"cluster-autoscaler.kubernetes.io/safe-to-evict", "false"},
	} {
		if annotations[forbids.key] == forbids.value {
			return forbids.key + "=" + forbids.value
		}
	}
	return ""
}

// longestPreStop is the longest sleep before SIGTERM that can be read from a
// preStop hook: its sleep action, or the sleeps of a command one after the
// other, so that "sleep 5; nginx -s quit; sleep 10" is 15 s.
func longestPreStop(spec *corev1.PodSpec) time.Duration {
	var longest time.Duration
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			if l := list[i].Lifecycle; l != nil && l.PreStop != nil {
				longest = max(longest, preStop(l.PreStop))
			}
		}
	}
	return longest
}

var sleep = regexp.MustCompile(`\bsleep\s+([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd]?)(?:\s|[;&|)'"]|$)`)

func preStop(h *corev1.LifecycleHandler) time.Duration {
	if h.Sleep != nil {
		return seconds(float64(h.Sleep.Seconds))
	}
	if h.Exec == nil {
		return 0
	}
	var total float64
	for _, m := range sleep.FindAllStringSubmatch(strings.Join(h.Exec.Command, " "), -1) {
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			continue // unreachable: the expression allows only numbers
		}
		unit := map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[m[2]]
		total += n * unit
	}
	return seconds(total)
}

// seconds is n s, at most a year, so that no sum overflows.
func seconds(n float64) time.Duration {
	const year = 365 * 86400
	return time.Duration(min(max(n, 0), year) * float64(time.Second))
}
