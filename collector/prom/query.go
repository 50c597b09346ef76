package prom

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// Metrics that are asked for: cAdvisor's, kube-state-metrics', Flux's and
// Argo CD's.
const (
	cpuMetric        = "container_cpu_usage_seconds_total"
	memoryMetric     = "container_memory_working_set_bytes"
	oomMetric        = "container_oom_events_total"
	restartMetric    = "kube_pod_container_status_restarts_total"
	lastReasonMetric = "kube_pod_container_status_last_terminated_reason"
	reasonMetric     = "kube_pod_container_status_terminated_reason"
	podOwnerMetric   = "kube_pod_owner"
	setOwnerMetric   = "kube_replicaset_owner"
	jobOwnerMetric   = "kube_job_owner"
	fluxMetric       = "gotk_reconcile_duration_seconds"
	argoMetric       = "argocd_app_reconcile"

	podInfoMetric     = "kube_pod_info"
	nodeInfoMetric    = "kube_node_info"
	nodeCreatedMetric = "kube_node_created"
	nodeLabelsMetric  = "kube_node_labels"
	capacityMetric    = "kube_node_status_capacity"
	allocatableMetric = "kube_node_status_allocatable"
	egressMetric      = "kubecost_pod_network_egress_bytes_total"
	serverMetric      = "apiserver_request_total"
	clientMetric      = "rest_client_requests_total"
	argoClientMetric  = "argocd_app_k8s_request_total"
)

// selector is what every series asked for must carry.
type selector struct {
	cluster    string // `cluster="prod-lon"`, or empty
	namespaces []string
}

// of writes the selector of metric, namespaces under label and more matchers.
func (s selector) of(metric, label string, more ...string) string {
	var m []string
	switch len(s.namespaces) {
	case 0:
	case 1:
		m = append(m, label+"="+strconv.Quote(s.namespaces[0]))
	default:
		m = append(m, label+"=~"+strconv.Quote(oneOf(s.namespaces)))
	}
	m = append(m, more...)
	if s.cluster != "" {
		m = append(m, s.cluster)
	}
	return metric + "{" + strings.Join(m, ",") + "}"
}

// cpuQuery gives cores for each container at each step. The rate's window is at
// least 5 minutes, four scrapes at the usual minute, or rates would starve. The
// inner max drops what a second scrape of the same kubelet doubles; the sum then
// joins the two lives of a container that restarted.
func cpuQuery(s selector, step time.Duration) string {
	return fmt.Sprintf(`sum by (namespace,pod,container) (max by (namespace,pod,container,id,name,cpu) (rate(%s[%s])))`,
		s.of(cpuMetric, "namespace", `container!=""`, `container!="POD"`), promDuration(max(step, 5*time.Minute)))
}

// memoryQuery gives the highest working set in bytes within each step, for each
// node where the scrape says which it is of: that a pod ran there costs no
// question of its own.
func memoryQuery(s selector, step time.Duration) string {
	return fmt.Sprintf(`max by (namespace,pod,container,node) (max_over_time(%s[%s]))`,
		s.of(memoryMetric, "namespace", `container!=""`, `container!="POD"`), promDuration(max(step, 5*time.Minute)))
}

// The labels of a container in kube-state-metrics. Where it is scraped without
// honorLabels, its own namespace, pod and container become exported_… and the
// plain ones are those of kube-state-metrics itself.
const (
	podLabels       = "namespace,pod,exported_namespace,exported_pod"
	containerLabels = podLabels + ",container,exported_container"
)

// state writes a selector of kube-state-metrics series, whichever way they are
// labelled, each wrapped by f, which holds one %s. Pods narrow it where given.
func (s selector) state(f, metric string, pods []string, more ...string) string {
	plain, exported := append(slices.Clone(more), `exported_namespace=""`), more
	if len(pods) > 0 {
		m := "pod=~" + strconv.Quote(oneOf(pods))
		plain, exported = append(plain, m), append(slices.Clone(more), "exported_"+m)
	}
	return fmt.Sprintf("("+f+" or "+f+")",
		s.of(metric, "namespace", plain...), s.of(metric, "exported_namespace", exported...))
}

// oneOf is a regular expression that matches exactly the given names.
func oneOf(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = regexp.QuoteMeta(n)
	}
	return strings.Join(quoted, "|")
}

// restartQuery gives how often each container restarted, where it did. It is
// the counter's own difference: increase() would extrapolate one restart to 1.3.
func restartQuery(s selector, span time.Duration) string {
	over := "[" + promDuration(span) + "]"
	// By uid and not by instance, so that it holds over a move of
	// kube-state-metrics, and two of them do not double it.
	return fmt.Sprintf(`sum by (%s) (max by (%s,uid) (%s) - min by (%s,uid) (%s)) > 0`, containerLabels,
		containerLabels, s.state("max_over_time(%s"+over+")", restartMetric, nil),
		containerLabels, s.state("min_over_time(%s"+over+")", restartMetric, nil))
}

// oomQuery gives how many of the restarts of the named pods followed an OOM
// kill: the restarts within each 5 minutes at whose end the last termination
// was one. The range is a second short, or its first step would count twice
// before Prometheus 3.
func oomQuery(s selector, pods []string, span time.Duration) string {
	by := "max by (" + containerLabels + ",uid) "
	now := by + s.state("%s", restartMetric, pods)
	before := by + s.state("%s offset 5m", restartMetric, pods)
	killed := by + s.state("%s", lastReasonMetric, pods, `reason="OOMKilled"`)
	return fmt.Sprintf(`sum by (%s) (sum_over_time((((%s) - (%s)) > 0 and (%s) == 1)[%s:5m]))`,
		containerLabels, now, before, killed, promDuration(span-time.Second))
}

// endedQuery names the containers that stand terminated by an OOM kill: those
// of pods that are never restarted.
func endedQuery(s selector, span time.Duration) string {
	return fmt.Sprintf(`max by (%s,uid) (%s) == 1`, containerLabels,
		s.state("max_over_time(%s["+promDuration(span)+"])", reasonMetric, nil, `reason="OOMKilled"`))
}

// oomEventQuery gives how many OOM kills cAdvisor saw in each container, which
// includes those of a child that did not end the container.
func oomEventQuery(s selector, span time.Duration) string {
	sel, over := s.of(oomMetric, "namespace", `container!=""`, `container!="POD"`), promDuration(span)
	return fmt.Sprintf(`sum by (namespace,pod,container) (max by (namespace,pod,container,id,name) (max_over_time(%s[%s]) - min_over_time(%s[%s]))) > 0`,
		sel, over, sel, over)
}

// ownerQuery gives one series for each object and its owner seen within span,
// and not, as a bare range would, every sample.
func ownerQuery(s selector, metric, labels string, span time.Duration) string {
	return fmt.Sprintf(`group by (%s,owner_kind,owner_name) (%s)`, labels,
		s.state("last_over_time(%s["+promDuration(span)+"])", metric, nil))
}

// podNodeQuery gives the nodes on which each pod was seen within each step.
func podNodeQuery(s selector, pods []string, step time.Duration) string {
	return fmt.Sprintf(`group by (%s,node,exported_node) (%s)`, podLabels,
		s.state("last_over_time(%s["+promDuration(max(step, 5*time.Minute))+"])", podInfoMetric, pods))
}

// nodeQuery gives a value at each step at which a node was there.
func nodeQuery(cluster string) string {
	return `group by (node,exported_node,provider_id) (` + selector{cluster: cluster}.of(nodeInfoMetric, "") + `)`
}

// nodeDetailQuery gives all that kube-state-metrics tells of the named nodes and
// that is needed: several metrics at once, each under its own name.
func nodeDetailQuery(cluster string, nodes []string) string {
	s, names := selector{cluster: cluster}, strconv.Quote(oneOf(nodes))
	which := []string{
		`__name__=~"` + strings.Join([]string{nodeCreatedMetric, nodeLabelsMetric, capacityMetric, allocatableMetric}, "|") + `"`,
		`resource=~"|cpu|memory|.+_com_gpu"`, // the first is of those that have no such label
	}
	return s.of("", "", append(which, "node=~"+names, `exported_node=""`)...) + " or " +
		s.of("", "", append(which, "exported_node=~"+names)...)
}

// egressQuery gives how many bytes each pod sent within span, by where to. The
// labels were sameRegion and sameZone once, and are same_region and same_zone now.
func egressQuery(s selector, span time.Duration) string {
	return fmt.Sprintf(`sum by (namespace,exported_namespace,pod_name,internet,same_region,same_zone,sameRegion,sameZone) (%s)`,
		s.state("increase(%s["+promDuration(span)+"])", egressMetric, nil))
}

// requestQuery gives a counter's sum over everything but the labels of the one
// that counts: the higher one where it is scraped by two jobs.
func requestQuery(s selector, metric, by string, more ...string) string {
	return fmt.Sprintf(`max by (%s) (sum by (%s,job) (%s))`, by, by, s.of(metric, "namespace", more...))
}

// promDuration writes d as PromQL takes it.
func promDuration(d time.Duration) string { return model.Duration(d).String() }

// label reads a label of a series, its exported_ form first.
func label(m model.Metric, key string) string {
	return string(cmp.Or(m[model.LabelName("exported_"+key)], m[model.LabelName(key)]))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
