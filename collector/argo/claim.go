package argo

import (
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// claim tells workloads and GitOps objects of c which Application applies them,
// from the inventories (.status.resources), where what stands on them does not say
// or leaves the namespace out. The label that Argo CD before version 3 tracks by,
// app.kubernetes.io/instance, is one that charts use for their own ends, so by
// itself it says nothing. Two Applications that both list an object have it from
// neither.
func (f *fleet) claim(c *collector.Cluster) {
	holders := map[resource]collector.Origin{}
	for i := range f.apps {
		a := &f.apps[i]
		if a.remote() { // what it lists is in another cluster
			continue
		}
		for _, r := range a.Status.Resources {
			holder := collector.Origin{Kind: "Application", Namespace: a.Metadata.Namespace, Name: a.Metadata.Name}
			if other, taken := holders[r]; taken && other != holder {
				holder = collector.Origin{}
			}
			holders[r] = holder
		}
	}
	own := func(o *collector.Origin, ref collector.WorkloadRef) {
		group, _, grouped := strings.Cut(ref.APIVersion, "/")
		if !grouped {
			group = ""
		}
		holder := holders[resource{group, ref.Kind, ref.Namespace, ref.Name}]
		partial := o.Kind == holder.Kind && o.Namespace == "" && o.Name == holder.Name
		if *o == (collector.Origin{}) || partial {
			*o = holder
		}
	}
	for i := range c.Workloads {
		own(&c.Workloads[i].Origin, c.Workloads[i].Ref())
	}
	for i := range c.Reconcilers {
		r := &c.Reconcilers[i]
		own(&r.Origin, collector.WorkloadRef{APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name})
	}
}
