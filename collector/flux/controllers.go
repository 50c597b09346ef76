package flux

import "github.com/tuppence-dev/tuppence/collector"

// programs adds the programs of the table among c's workloads, but for Argo CD's
// parts, with their settings. Those of Flux count where their kinds are served.
func programs(c *collector.Cluster, flux bool) {
	for i := range c.Workloads {
		w := &c.Workloads[i]
		p, container := collector.ProgramOf(w)
		if p == nil || p.Of == "argocd" {
			continue
		}
		k := collector.Controller{Kind: p.Name, Namespace: w.Namespace, Name: w.Name, Origin: w.Origin}
		if cmd, read := c.Commands[w.Ref()]; read && cmd.Container == container {
			k.Settings = p.Settings(w.Ref(), cmd, nil)
		}
		switch {
		case !p.GitOps():
			c.Operators = append(c.Operators, k)
		case flux:
			c.Controllers = append(c.Controllers, k)
		}
	}
}
