package argo

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tuppence-dev/tuppence/collector"
)

// paces are the generators that come round, with how long they wait where they do
// not say; zero: as long as the controller is told to
// (applicationsetcontroller.requeue.after). Others, such as list and clusters, wait
// for events alone. https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
var paces = []struct {
	name string
	wait time.Duration
}{
	{"git", 0}, {"oci", 0}, {"clusterDecisionResource", 0},
	{"scmProvider", 30 * time.Minute}, {"pullRequest", 30 * time.Minute}, {"plugin", 30 * time.Minute},
}

// combined are the generators made of others, of which the shortest wait holds, as
// it does of all that an ApplicationSet has.
var combined = []string{"matrix", "merge"}

// maxDepth is how deep generators may stand in one another: Argo CD takes two, and
// those within them.
const maxDepth = 3

// generators are what sets the pace of an ApplicationSet. wait is the controller's
// own; url is that of the first Git repository, without user information.
type generators struct {
	wait    time.Duration
	timers  []collector.Timer
	url     string
	problem error
}

func (g *generators) read(list []any, path []string, depth int) {
	for i, item := range list {
		generator, _ := item.(map[string]any)
		at := append(slices.Clone(path), strconv.Itoa(i))
		for _, p := range paces {
			if spec, ok := generator[p.name].(map[string]any); ok {
				g.timer(spec, append(slices.Clone(at), p.name, "requeueAfterSeconds"), p.wait)
			}
		}
		if git, ok := generator["git"].(map[string]any); ok && g.url == "" {
			url, _ := git["repoURL"].(string)
			g.url = collector.CleanURL(url)
		}
		for _, name := range combined {
			inner, _, _ := unstructured.NestedSlice(generator, name, "generators")
			if depth < maxDepth && len(inner) > 0 {
				g.read(inner, append(slices.Clone(at), name, "generators"), depth+1)
			}
		}
	}
}

func (g *generators) timer(spec map[string]any, path []string, wait time.Duration) {
	t := collector.Timer{Path: path, Interval: collector.Duration{Duration: wait}}
	if wait == 0 {
		t.Interval.Duration = g.wait
	}
	const most = int64(100 * 365 * 24 * time.Hour / time.Second) // so that it stays a Duration
	switch v := spec["requeueAfterSeconds"].(type) {
	case nil:
	case int64:
		if t.Set = v >= 0 && v <= most; t.Set {
			t.Interval.Duration = time.Duration(v) * time.Second
			break
		}
		g.fail(fmt.Errorf("%s is %d, which is no number of seconds", strings.Join(path, "."), v))
	default:
		g.fail(fmt.Errorf("%s is not a whole number", strings.Join(path, ".")))
	}
	if len(g.timers) == collector.MaxTimers {
		g.fail(fmt.Errorf("it has more than %d generators that come round", collector.MaxTimers))
		return
	}
	g.timers = append(g.timers, t)
}

func (g *generators) fail(err error) {
	if g.problem == nil {
		g.problem = err
	}
}

// applicationSet turns one into a Reconciler, which comes back after the shortest
// wait of its generators. wait is that of the controller. An error beside a name is
// of a part that can't be read.
func applicationSet(content map[string]any, wait time.Duration) (r collector.Reconciler, m metadata, err error) {
	var head struct {
		Metadata metadata `json:"metadata"`
	}
	if err := read(map[string]any{"metadata": content["metadata"]}, &head); err != nil || head.Metadata.Name == "" {
		return r, m, errors.New("applicationsets.argoproj.io: an object without a name is left out")
	}
	m = head.Metadata
	r = collector.Reconciler{APIVersion: applicationSets.GroupVersion().String(), Kind: "ApplicationSet", Namespace: m.Namespace, Name: m.Name,
		Ignore: collector.IgnoreOf(m.Annotations)}
	list, _, bad := unstructured.NestedSlice(content, "spec", "generators")
	g := generators{wait: wait}
	if bad != nil {
		g.fail(errors.New("spec.generators is not a list"))
	}
	g.read(list, []string{"spec", "generators"}, 1)
	r.Timers, r.URL = g.timers, g.url
	for _, t := range g.timers {
		if d := t.Interval.Duration; d > 0 && (r.Interval.Duration == 0 || d < r.Interval.Duration) {
			r.Interval.Duration = d
		}
	}
	r.Ready, r.Reason = setReady(content)
	if g.problem != nil {
		err = fmt.Errorf("applicationsets.argoproj.io %.100s/%.100s: %w", m.Namespace, m.Name, g.problem)
	}
	return r, m, err
}

// setReady is False with the reason of an error that occurred, else what
// ResourcesUpToDate says.
func setReady(content map[string]any) (status, reason string) {
	conditions, _, _ := unstructured.NestedSlice(content, "status", "conditions")
	for _, c := range conditions {
		c, _ := c.(map[string]any)
		kind, _ := c["type"].(string)
		is, _ := c["status"].(string)
		why, _ := c["reason"].(string)
		switch {
		case kind == "ErrorOccurred" && is == "True":
			return "False", why
		case kind == "ResourcesUpToDate":
			status, reason = is, why
		}
	}
	return status, reason
}
