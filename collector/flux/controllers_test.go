package flux

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tuppence-dev/tuppence/collector"
)

func TestControllersHaveTheirSettingsAndOperatorsStandApart(t *testing.T) {
	shard := deployment("kustomize-controller-shard1", "ghcr.io/fluxcd/kustomize-controller:v1.7.3")
	secrets := deployment("external-secrets", "ghcr.io/external-secrets/external-secrets:v1.0.0")
	provider := deployment("provider-aws-s3-4f1c", "xpkg.upbound.io/upbound/provider-aws-s3:v2.1.0")
	ref := shard.Ref()
	c := &collector.Cluster{
		Workloads: []collector.Workload{shard, secrets, provider, deployment("argocd-repo-server", "quay.io/argoproj/argocd:v3.1.8"), deployment("web", "acme/web")},
		Commands: map[collector.WorkloadRef]collector.Command{ref: {Program: "kustomize-controller", Container: "manager", Arguments: []collector.Argument{
			{Name: "--concurrent", Value: "20"}, {Name: "--watch-label-selector", Value: "sharding.fluxcd.io/key=shard1"}, {Name: "--kube-api-qps", Elsewhere: true}}}},
	}
	for i := range c.Workloads {
		c.Workloads[i].Containers[0].Name = "manager"
	}
	programs(c, true)
	flag := func(name, value string, set bool) collector.Setting {
		return collector.Setting{Name: name, Value: value, Set: set, In: "flag", Object: ref, Container: "manager"}
	}
	want := []collector.Controller{{Kind: "kustomize-controller", Namespace: "flux-system", Name: shard.Name, Origin: shard.Origin, Settings: []collector.Setting{
		flag("--concurrent", "20", true), flag("--concurrent-ssa", "4", false), flag("--interval-jitter-percentage", "5", false),
		flag("--requeue-dependency", "30s", false), flag("--min-retry-delay", "750ms", false), flag("--max-retry-delay", "15m0s", false),
		flag("--watch-label-selector", "sharding.fluxcd.io/key=shard1", true), flag("--kube-api-qps", "", true), flag("--kube-api-burst", "100", false),
	}}}
	if diff := cmp.Diff(want, c.Controllers); diff != "" {
		t.Error(diff)
	}
	if len(c.Operators) != 2 || c.Operators[0].Kind != "external-secrets" || c.Operators[1].Kind != "crossplane-provider" {
		t.Errorf("operators %+v", c.Operators)
	}
	if c.Operators[0].Settings != nil {
		t.Errorf("settings of a workload whose arguments were not read: %+v", c.Operators[0].Settings)
	}
}
