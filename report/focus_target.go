package report

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/pricing"
)

// focusTarget is what a cost is allocated to: a workload, or the cluster for
// what is no workload's, which has neither id nor name.
type focusTarget struct {
	id, name, tags   string
	repository, path string
	workload         *collector.Workload
}

// tagPrefix tells our tags from those of the user, which are labels.
const tagPrefix = "tuppence/"

// focusTargets makes the targets of one cluster, each once.
type focusTargets struct {
	cluster          *collector.Cluster
	appliers         map[string]func(*collector.Workload) string // by their tag
	repository, path func(*collector.Workload) string
	workloads        []*focusTarget
	rest             *focusTarget
}

func newFocusTargets(c *collector.Cluster) *focusTargets {
	t := &focusTargets{
		cluster: c,
		appliers: map[string]func(*collector.Workload) string{
			"kustomization": pricing.Naming(c, pricing.ByKustomization),
			"helmrelease":   pricing.Naming(c, pricing.ByHelmRelease),
			"application":   pricing.Naming(c, pricing.ByApplication),
		},
		repository: pricing.Naming(c, pricing.ByRepository),
		path:       pricing.Naming(c, pricing.ByPath),
		workloads:  make([]*focusTarget, len(c.Workloads)),
	}
	t.rest = &focusTarget{tags: t.tags(&collector.Workload{}), workload: &collector.Workload{}}
	return t
}

// of is the target of a line.
func (t *focusTargets) of(l *pricing.Line) *focusTarget {
	if l.Workload < 0 || l.Workload >= len(t.workloads) {
		return t.rest
	}
	if t.workloads[l.Workload] == nil {
		w := &t.cluster.Workloads[l.Workload]
		target := &focusTarget{
			id:   strings.Join([]string{t.cluster.Name, w.Namespace, w.Kind, w.Name}, "/"),
			name: w.Namespace + "/" + w.Name, tags: t.tags(w), workload: w,
		}
		if repository := t.repository(w); repository != pricing.None {
			target.repository = repository
			target.path = strings.TrimPrefix(t.path(w), repository+"//")
		}
		t.workloads[l.Workload] = target
	}
	return t.workloads[l.Workload]
}

// tags are w's allowed labels, and where it is and what applies it under our
// prefix, as one JSON object.
func (t *focusTargets) tags(w *collector.Workload) string {
	tags := map[string]string{}
	for _, l := range w.Labels {
		tags[l.Key] = l.Value
	}
	own := map[string]string{"cluster": t.cluster.Name, "environment": t.cluster.Environment, "namespace": w.Namespace}
	for tag, name := range t.appliers {
		if name := name(w); name != pricing.None {
			own[tag] = name
		}
	}
	for tag, value := range own {
		if value != "" {
			tags[tagPrefix+tag] = value
		}
	}
	return asJSON(tags)
}

// asJSON is v, a map or a struct of texts and numbers, as JSON that prints.
func asJSON(v any) string {
	b, _ := json.Marshal(v) // which has nothing that could fail
	return string(escapeUnprintable(b))
}

// skuDetails are the properties of a SKU that FOCUS names.
type skuDetails struct {
	CoreCount    int    `json:"CoreCount,omitempty"`
	InstanceType string `json:"InstanceType"`
}

// setSKU fills in what is priced: by id the same whatever the pricing model, which
// the id of the price has as well.
func (c *focusCharge) setSKU(k *pricing.Key, vcpu int) {
	kind := cmp.Or(k.Type, "unknown")
	c.sku = strings.Join([]string{string(cmp.Or(k.Provider, "unknown")), string(k.Kind), cmp.Or(k.Region, "unknown"), kind}, "/")
	model := "list"
	if k.Kind == pricing.Machine || k.Kind == pricing.Accelerator {
		model = string(collector.OnDemand) // which reservations are measured by, too
		if k.CapacityType == collector.Spot {
			model = string(collector.Spot)
		}
	}
	c.skuPrice, c.meter = c.sku+"/"+model, kind+" "+string(k.Kind.Unit())
	if k.Kind == pricing.Machine && k.Type != "" {
		c.details = asJSON(skuDetails{CoreCount: vcpu, InstanceType: k.Type})
	}
}
