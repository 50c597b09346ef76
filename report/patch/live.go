package patch

import (
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// fieldValue is one field that a patch sets; empty removes it.
type fieldValue struct {
	path  []string
	value string
}

// fields are what a strategic-merge patch sets; none of operations, whose places
// depend on what they are put on.
func (o *owned) fields() []fieldValue {
	if o.ops {
		return nil
	}
	var out []fieldValue
	var walk func(n *yaml.Node, at []string)
	walk = func(n *yaml.Node, at []string) {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(n.Content[i+1], append(slices.Clone(at), n.Content[i].Value))
			}
		case yaml.SequenceNode:
			for _, element := range n.Content {
				step := "[name=" + nodeText(get(element, "name")) + "]"
				walk(element, append(slices.Clone(at), step))
			}
		default:
			if !names(at) {
				out = append(out, fieldValue{at, nodeText(n)})
			}
		}
	}
	walk(o.doc, nil)
	return out
}

// names tells whether a patch's field says what it is put on.
func names(path []string) bool {
	_, _, element := selector(path[max(0, len(path)-2)])
	return slices.Contains([]string{"apiVersion", "kind"}, path[0]) || element && path[len(path)-1] == "name" ||
		slices.Contains([]string{"metadata.name", "metadata.namespace"}, strings.Join(path, "."))
}

func nodeText(n *yaml.Node) string {
	if n == nil || n.ShortTag() == yaml.NodeTagNull {
		return ""
	}
	return n.Value
}

// live is the value that the cluster has in force in a field, empty where it is not
// set, and whether that is known.
func (x *owners) live(cluster string, k key, path []string) (string, bool) {
	o := recommend.Object{Cluster: cluster, Kind: k.kind, Namespace: k.namespace, Name: k.name}
	if w := x.workloads[o]; w != nil && groupOf(w.APIVersion) == k.group {
		return liveOf(w, path)
	}
	if r := x.reconcilers[o]; r != nil && groupOf(r.APIVersion) == k.group {
		for _, field := range []struct {
			path  string
			value collector.Duration
		}{{"spec.interval", r.Interval}, {"spec.retryInterval", r.RetryInterval}, {"spec.chart.spec.interval", r.ChartInterval}} {
			if strings.Join(path, ".") == field.path {
				if field.value.Duration == 0 {
					return "", true
				}
				return field.value.String(), true
			}
		}
	}
	return "", false
}

// unmeasured tells whether a workload's use is not known, so that no finding could ask
// for what it requests.
func (x *owners) unmeasured(cluster string, k key) bool {
	w := x.workloads[recommend.Object{Cluster: cluster, Kind: k.kind, Namespace: k.namespace, Name: k.name}]
	return w != nil && len(w.Containers) > 0 && !slices.ContainsFunc(w.Containers, func(c collector.Container) bool { return c.Usage.Source != "" })
}

// liveOf is a workload's value, where it is the one of its template: not of replicas
// that an autoscaler sets, or of requests that one does.
func liveOf(w *collector.Workload, path []string) (string, bool) {
	if slices.Equal(path, []string{"spec", "replicas"}) {
		return strconv.Itoa(w.Replicas), w.HPA == nil && slices.Contains([]string{"Deployment", "StatefulSet"}, w.Kind)
	}
	n := len(path)
	if n < 4 || path[n-3] != "resources" || !mergedByName(path, path[n-4]) || w.VPA != nil && w.VPA.Mode != "Off" {
		return "", false
	}
	_, name, _ := selector(path[n-4])
	at := slices.IndexFunc(w.Containers, func(c collector.Container) bool { return c.Name == name && !c.Injected })
	if at < 0 {
		return "", false
	}
	amounts := map[string]collector.Resources{"requests": w.Containers[at].Requests, "limits": w.Containers[at].Limits}
	amount, known := amounts[path[n-2]]
	value := map[string]string{"cpu": strconv.FormatInt(int64(amount.CPU), 10) + "m", "memory": strconv.FormatInt(int64(amount.Memory), 10)}[path[n-1]]
	if value == "0m" || value == "0" {
		return "", known
	}
	return value, known && value != ""
}
