package argo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tuppence-dev/tuppence/collector"
)

const (
	paramsName = "argocd-cmd-params-cm"
	requeueKey = "applicationsetcontroller.requeue.after"
	// updatesPrefix begins the keys of argocd-cm that keep changes of live objects
	// from causing a refresh; a group and a kind, or "all", follow.
	updatesPrefix = "resource.customizations.ignoreResourceUpdates."
	defaultWait   = 3 * time.Minute // applicationset/generators, DefaultRequeueAfter
)

// tune fills the Settings and the Workloads of each instance: how hard its parts
// work, from argocd-cm, argocd-cmd-params-cm and what its workloads set themselves.
func (s *Source) tune(ctx context.Context, c *collector.Cluster, f *fleet, controllers []collector.Controller) error {
	parts := instances(c.Workloads)
	var forbidden []string
	for i := range controllers {
		k := &controllers[i]
		k.Workloads = parts[k.Namespace]
		maps := map[string]map[string]string{settingsName: f.settings[i].Data}
		var params *settings // nil: it is not there, or was not read
		what := fmt.Sprintf("reading ConfigMap %s/%s", k.Namespace, paramsName)
		object, err := s.configMap(ctx, k.Namespace, paramsName)
		switch {
		case err == nil:
			var cm settings
			if err := read(object.Object, &cm); err != nil {
				c.AddGap(collector.Intervals, what+": it is malformed")
				break
			}
			cm.Metadata.Namespace, cm.Metadata.Name = k.Namespace, paramsName
			maps[paramsName], params = cm.Data, &cm
		case apierrors.IsNotFound(err):
			maps[paramsName] = nil // so that all its keys have their defaults
		case fatal(ctx, err):
			return reading(ctx, what)
		case apierrors.IsForbidden(err):
			forbidden = append(forbidden, k.Namespace)
		default:
			c.AddGap(collector.Intervals, fmt.Sprintf("%s: %v", what, err))
		}
		k.Settings = settingsOf(k, c, maps)
		params.own(k.Settings, f.known)
		override(k)
	}
	if len(forbidden) > 0 {
		c.AddGap(collector.Intervals, fmt.Sprintf("reading ConfigMap %s in %s: forbidden; grant get on it there", paramsName, strings.Join(forbidden, ", ")))
	}
	return nil
}

// settingsOf are the settings of all parts of an instance. read are the ConfigMaps
// of its namespace that were read.
func settingsOf(k *collector.Controller, c *collector.Cluster, read map[string]map[string]string) []collector.Setting {
	running := map[string]collector.WorkloadRef{}
	for _, ref := range k.Workloads {
		if cmd, ok := c.Commands[ref]; ok {
			running[cmd.Program] = ref
		}
	}
	var all []collector.Setting
	for _, p := range collector.Programs() {
		if p.Of != "argocd" {
			continue
		}
		ref, ok := running[p.Name]
		if !ok {
			ref = collector.WorkloadRef{Namespace: k.Namespace}
		}
		all = append(all, p.Settings(ref, c.Commands[ref], read)...)
	}
	data := read[settingsName]
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if strings.HasPrefix(key, updatesPrefix) && len(key) <= collector.MaxText && len(all) < collector.MaxSettings {
			all = append(all, collector.Setting{Name: key, Set: true, In: collector.InConfigMap,
				Object: collector.WorkloadRef{APIVersion: "v1", Kind: "ConfigMap", Namespace: k.Namespace, Name: settingsName}})
		}
	}
	return all
}

// own gives the settings that stand in argocd-cmd-params-cm, or would, the origin of
// that, which may be another than argocd-cm's; none has a place where s is nil.
func (s *settings) own(all []collector.Setting, known func(namespace, name string) bool) {
	for i := range all {
		switch of := &all[i]; {
		case of.Object.Kind != "ConfigMap" || of.Object.Name != paramsName:
		case s == nil:
			of.Object = collector.WorkloadRef{}
		default:
			of.Origin = s.Metadata.origin("v1", "ConfigMap", s.Metadata.Namespace, known)
			of.Ignore = collector.IgnoreOf(s.Metadata.Annotations)
		}
	}
}

// override puts the timeouts in force where a flag or a variable of the application
// controller has them, which go before argocd-cm. A flag is in whole seconds.
func override(k *collector.Controller) {
	for _, t := range []struct {
		key   string
		field *collector.Duration
	}{{timeoutKey, &k.Timeout}, {jitterKey, &k.Jitter}} {
		s, _ := k.Setting(t.key)
		switch n, err := strconv.ParseInt(s.Value, 10, 32); {
		case s.In == collector.InFlag && err == nil && n >= 0:
			t.field.Duration = time.Duration(n) * time.Second
		case s.In == collector.InEnv:
			if d, ok := parseTimeout(s.Value); ok {
				t.field.Duration = d
			}
		}
	}
}

// requeueAfter is how long the ApplicationSet controller of a namespace waits where
// a generator does not say: of several instances that of the namespace itself.
func requeueAfter(controllers []collector.Controller, namespace string) time.Duration {
	for i := range controllers {
		if k := &controllers[i]; len(controllers) == 1 || k.Namespace == namespace {
			s, _ := k.Setting(requeueKey)
			if d, err := time.ParseDuration(s.Value); err == nil && d >= time.Second {
				return d
			}
		}
	}
	return defaultWait
}
