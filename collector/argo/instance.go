package argo

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// The settings of an instance in argocd-cm, and what holds without them, since
// Argo CD 2.14 (cmd/argocd-application-controller: 120 s and 60 s).
const (
	settingsName   = "argocd-cm"
	timeoutKey     = "timeout.reconciliation"
	jitterKey      = "timeout.reconciliation.jitter"
	defaultTimeout = 120 * time.Second
	defaultJitter  = 60 * time.Second
)

// settings holds the fields that are read of the ConfigMap argocd-cm.
type settings struct {
	Metadata metadata          `json:"metadata"`
	Data     map[string]string `json:"data"`
}

// controller turns argocd-cm into a Controller. A value that Argo CD could not
// read either is a problem, and its default holds, as it does for Argo CD.
func (s *settings) controller() (c collector.Controller, problems []string) {
	c = collector.Controller{Kind: "argocd", Namespace: s.Metadata.Namespace, Name: s.Metadata.Name,
		Ignore: collector.IgnoreOf(s.Metadata.Annotations)}
	read := func(key string, fallback time.Duration) (collector.Duration, bool) {
		value, set := s.Data[key]
		d, ok := parseTimeout(value)
		if !ok {
			d = fallback
			if value != "" {
				problems = append(problems, fmt.Sprintf("ConfigMap %s/%s: %s %.40q is not a duration, so Argo CD uses %s; write it like 300s",
					s.Metadata.Namespace, s.Metadata.Name, key, value, fallback))
			}
		}
		return collector.Duration{Duration: d}, set
	}
	c.Timeout, c.TimeoutSet = read(timeoutKey, defaultTimeout)
	c.Jitter, c.JitterSet = read(jitterKey, defaultJitter)
	return c, problems
}

var days = regexp.MustCompile(`^[0-9]+d$`)

// parseTimeout reads a timeout as Argo CD does: a Go duration (3m, 1h30m, 0s) or
// a whole number of days (2d), in whole seconds, not negative. 0 switches the
// timer off. (util/env ParseDurationFromEnv; the controller cuts to seconds.)
func parseTimeout(s string) (time.Duration, bool) {
	d, err := time.ParseDuration(s)
	if err != nil && days.MatchString(s) {
		var n int64
		if n, err = strconv.ParseInt(strings.TrimSuffix(s, "d"), 10, 64); err == nil && n > math.MaxInt64/int64(24*time.Hour) {
			return 0, false
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < 0 {
		return 0, false
	}
	return d.Truncate(time.Second), true
}

// instances are the namespaces in which Argo CD's own workloads run, with those
// workloads.
func instances(workloads []collector.Workload) map[string][]collector.WorkloadRef {
	found := map[string][]collector.WorkloadRef{}
	for i := range workloads {
		if w := &workloads[i]; ours(w) {
			found[w.Namespace] = append(found[w.Namespace], w.Ref())
		}
	}
	return found
}

// ours reports whether w is a part of Argo CD: a container of it has Argo CD's
// image, or it has the name of the application controller.
func ours(w *collector.Workload) bool {
	if w.Kind != "Deployment" && w.Kind != "StatefulSet" {
		return false
	}
	return strings.HasSuffix(w.Name, "argocd-application-controller") ||
		slices.ContainsFunc(w.Containers, func(c collector.Container) bool { return collector.ImageName(c.Image) == "argocd" })
}
