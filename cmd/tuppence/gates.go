package main

import (
	"context"
	"fmt"
	"os"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/gate"
	"github.com/tuppence-dev/tuppence/report/patch"
)

// judge puts every change through the gates, with the policies that the tree at
// root keeps.
func judge(ctx context.Context, f *collector.Fleet, root string) (patch.Judge, error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("read the policies: %w", err)
	}
	defer dir.Close()
	policies, err := gate.LoadPolicies(ctx, dir.FS())
	if err != nil {
		return nil, err
	}
	clusters, workloads := map[string]*collector.Cluster{}, map[recommend.Object]*collector.Workload{}
	for i := range f.Clusters {
		c := &f.Clusters[i]
		clusters[c.Name] = c
		for j := range c.Workloads {
			w := &c.Workloads[j]
			workloads[recommend.Object{Cluster: c.Name, APIVersion: w.APIVersion, Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}] = w
		}
	}
	return func(ctx context.Context, p patch.Proof) ([]recommend.Check, bool) {
		c := &gate.Case{
			Cluster: clusters[p.Finding.Subject.Cluster], Window: f.Window, Workload: workloads[p.Finding.Subject], Finding: p.Finding,
			Build: p.Build, Policies: policies,
		}
		for _, o := range p.Objects {
			c.Objects = append(c.Objects, gate.Rendered(o))
		}
		checks := gate.Run(ctx, c)
		return checks, gate.Passed(checks)
	}, nil
}
