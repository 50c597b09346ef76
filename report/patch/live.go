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

// fields are what the patch sets in an object, which has it on.
func (o *owned) fields(obj map[string]any) []fieldValue {
	if o.ops {
		return o.opFields(obj)
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

// opFields are those of a list of operations; none where one of them sets more than a
// plain value.
func (o *owned) opFields(obj map[string]any) []fieldValue {
	var out []fieldValue
	for _, n := range o.doc.Content {
		op, at, value := get(n, "op"), get(n, "path"), get(n, "value")
		if op != nil && op.Value == "test" {
			continue
		}
		if op == nil || at == nil || value == nil || value.Kind != yaml.ScalarNode {
			return nil
		}
		steps := strings.Split(strings.TrimPrefix(at.Value, "/"), "/")
		list := steps[:len(steps)-1]
		if path, inList, ok := pathOf(obj, list); ok && inList {
			name, value := o.flagSet(n)
			if name == "" {
				return nil
			}
			out = append(out, fieldValue{append(path, "["+name+"]"), value})
			continue
		}
		path, _, ok := pathOf(obj, steps)
		if !ok {
			return nil
		}
		out = append(out, fieldValue{path, nodeText(value)})
	}
	return out
}

// pathOf is the path of a change that leads where the steps of a JSON pointer do in an
// object, and whether that is a list.
func pathOf(obj map[string]any, steps []string) (path []string, isList, ok bool) {
	var at any = obj
	for _, step := range steps {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false, false
			}
			if m, _ := v[i].(map[string]any); text(m["name"]) != "" {
				step = "[name=" + text(m["name"]) + "]"
			}
			at = v[i]
		default:
			return nil, false, false
		}
		path = append(path, step)
	}
	_, isList = at.([]any)
	return path, isList, true
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
	if value, known := x.setting(o, path); known {
		return value, true
	}
	if w := x.workloads[o]; w != nil && groupOf(w.APIVersion) == k.group {
		return liveOf(w, path)
	}
	if r := x.reconcilers[o]; r != nil && !r.Idle && groupOf(r.APIVersion) == k.group {
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
		if strings.Join(path, ".") == "spec.timeout" {
			return timeoutOf(r)
		}
		return timerOf(r, path)
	}
	return "", false
}

// timeoutOf is what a Kustomization's spec.timeout is set to.
func timeoutOf(r *collector.Reconciler) (string, bool) {
	if !r.TimeoutSet {
		return "", r.Timeout.Duration > 0 // otherwise it was not read
	}
	return r.Timeout.String(), true
}

// timerOf is the value of one of an object's intervals that its kind names: in an
// annotation, or of one of several in a list.
func timerOf(r *collector.Reconciler, path []string) (string, bool) {
	written := func(d collector.Duration, set bool) (string, bool) {
		switch {
		case !set:
			return "", true
		case strings.HasSuffix(path[len(path)-1], "Seconds"):
			return strconv.FormatInt(int64(d.Seconds()), 10), true
		}
		return d.String(), true
	}
	for _, t := range r.Timers {
		if slices.Equal(t.Path, path) {
			return written(t.Interval, t.Set)
		}
	}
	if k := collector.KindOf(r.APIVersion, r.Kind); k != nil && slices.Equal(k.Interval, path) {
		return written(r.Interval, r.Interval.Duration != 0)
	}
	return "", false
}

// setting is the value that a controller's setting has where the path leads: a flag of
// a container, or a key of a ConfigMap.
func (x *owners) setting(o recommend.Object, path []string) (string, bool) {
	name, isFlag := flagOf(path)
	if !isFlag && (len(path) != 2 || path[0] != "data") {
		return "", false
	}
	for _, s := range x.settings[o] {
		var its bool
		switch s.In {
		case collector.InFlag:
			its = isFlag && collector.SameFlag(name, settingFlag(s)) && slices.Contains(path, "[name="+s.Container+"]")
		case collector.InConfigMap:
			its = !isFlag && s.Name == path[1]
		}
		switch {
		case !its:
		case s.Set:
			return s.Value, s.Value != ""
		default:
			return "", true
		}
	}
	return "", false
}

// settingFlag is the flag of a setting that stands in one: its name, but for those that
// are called after the key of a ConfigMap which hands them on.
func settingFlag(s collector.Setting) string {
	for _, p := range collector.Programs() {
		for _, k := range p.Knobs {
			if k.Key != "" && k.Key == s.Name {
				return k.Flag
			}
		}
	}
	return s.Name
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
