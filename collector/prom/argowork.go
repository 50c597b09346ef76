package prom

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// Metrics of Argo CD: requests of repo-servers to Git, changes of live objects, and
// runs of kubectl.
const (
	gitMetric     = "argocd_git_request_total"
	eventsMetric  = "argocd_cluster_events_total"
	kubectlMetric = "argocd_kubectl_exec_total"
)

// sumQuery gives a counter's sum over everything but the labels of the one that
// counts, and others by which it is to be told apart: all of one process are reset
// together. It is the higher one where it is scraped by two jobs.
func sumQuery(s selector, metric, by string) string {
	return fmt.Sprintf(`max by (%s) (sum by (%s,job) (%s))`, by, by, s.of(metric, "namespace"))
}

// argoWorks fills what Argo CD's own metrics tell of its instances.
func (m *meter) argoWorks(ctx context.Context) {
	var instances []*collector.Controller
	for i := range m.c.Controllers {
		if m.c.Controllers[i].Kind == "argocd" {
			instances = append(instances, &m.c.Controllers[i])
		}
	}
	if len(instances) == 0 {
		return
	}
	const process = "namespace,pod,instance"
	m.each(ctx, instances, gitMetric, process+",repo,request_type", func(c *collector.Controller, found map[model.Fingerprint]*source) { c.GitRequests = gitRequests(found) })
	m.each(ctx, instances, eventsMetric, process, func(c *collector.Controller, found map[model.Fingerprint]*source) { c.ClusterEvents = together(found) })
	m.each(ctx, instances, kubectlMetric, process, func(c *collector.Controller, found map[model.Fingerprint]*source) { c.KubectlRuns = together(found) })
}

// source is what counts of one thing, over all pods.
type source struct {
	labels model.Metric
	*flow
}

// each asks for a counter and gives every instance what is its own, by what is
// counted. As with rates, one Argo CD takes every series, and each of several those
// of its namespace.
func (m *meter) each(ctx context.Context, instances []*collector.Controller, metric, by string, take func(*collector.Controller, map[model.Fingerprint]*source)) {
	if !m.has(metric) {
		return
	}
	step := coarse(m.w.Length())
	answer, _ := m.series(ctx, sumQuery(selector{cluster: m.cluster}, metric, by), metric, m.w.Start, step)
	from, to := m.edges(m.w.Start, step)
	for _, c := range instances {
		found := map[model.Fingerprint]*source{}
		for _, x := range answer {
			if len(instances) > 1 && string(x.Metric["namespace"]) != c.Namespace {
				continue
			}
			labels := model.Metric{"repo": x.Metric["repo"], "request_type": x.Metric["request_type"]}
			key := labels.Fingerprint()
			if found[key] == nil {
				found[key] = &source{labels, newFlow(step)}
			}
			found[key].add(x, 1, from, to)
		}
		take(c, found)
	}
}

func together(found map[model.Fingerprint]*source) collector.Counted {
	for _, f := range found { // of no repository: one
		return f.counted()
	}
	return collector.Counted{}
}

// gitRequests are those of each repository, under its address without user
// information; of more than are recorded those that had the most.
func gitRequests(found map[model.Fingerprint]*source) []collector.GitRequests {
	type key struct{ url, kind string }
	joined := map[key]collector.GitRequests{}
	for _, f := range found {
		k := key{collector.CleanURL(string(f.labels["repo"])), string(f.labels["request_type"])}
		if k.url == "" || max(len(k.url), len(k.kind)) > collector.MaxText {
			continue
		}
		n, g := f.counted(), joined[k]
		joined[k] = collector.GitRequests{URL: k.url, Kind: k.kind, Count: min(g.Count, mostRequests-n.Count) + n.Count,
			Span: collector.Duration{Duration: max(g.Span.Duration, n.Span.Duration)}}
	}
	var all []collector.GitRequests
	for _, g := range joined {
		if g.Span.Duration > 0 {
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b collector.GitRequests) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.URL, b.URL), cmp.Compare(a.Kind, b.Kind))
	})
	return all[:min(len(all), collector.MaxGit)]
}
