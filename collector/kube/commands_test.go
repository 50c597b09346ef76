package kube

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"

	"github.com/tuppence-dev/tuppence/collector"
)

// Arguments and variables hold secrets as often as not: those that the table of
// programs names are read, and no other.
func TestOnlyTheSettingsOfTheTableAreReadFromContainers(t *testing.T) {
	for rule, test := range map[string]struct {
		name, containers string
		want             collector.Command
	}{
		"flags, in every way that they are written": {"kustomize-controller", `
- name: manager
  image: ghcr.io/fluxcd/kustomize-controller:v1.7.3@sha256:aa
  args: [--concurrent=10, --requeue-dependency, 5s, -interval-jitter-percentage=7, --token=hunter2, "--watch-label-selector=sharding.fluxcd.io/key=a", --log-level=info]
  env: [{name: PASSWORD, value: hunter2}]`,
			collector.Command{Args: true, Program: "kustomize-controller", Container: "manager", Arguments: []collector.Argument{
				{Name: "--concurrent", Value: "10"}, {Name: "--interval-jitter-percentage", Value: "7"}, {Name: "--requeue-dependency", Value: "5s"},
				{Name: "--watch-label-selector", Value: "sharding.fluxcd.io/key=a"}}}},
		"the last of two holds": {"source-controller", `[{name: manager, image: source-controller, args: [--concurrent=2, --concurrent=6]}]`,
			collector.Command{Args: true, Program: "source-controller", Container: "manager", Arguments: []collector.Argument{{Name: "--concurrent", Value: "6"}}}},
		"a value of a variable is kept elsewhere": {"source-controller", `[{name: manager, image: source-controller, args: ["--concurrent=$(WORKERS)"]}]`,
			collector.Command{Args: true, Program: "source-controller", Container: "manager", Arguments: []collector.Argument{{Name: "--concurrent", Elsewhere: true}}}},
		"variables": {"workflow-controller", `
- name: workflow-controller
  image: quay.io/argoproj/workflow-controller:v3.7.0
  env: [{name: DEFAULT_REQUEUE_TIME, value: 30s}, {name: CRON_SYNC_PERIOD, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: TOKEN, value: hunter2}]`,
			collector.Command{Program: "argo-workflows", Container: "workflow-controller", Arguments: []collector.Argument{
				{Name: "DEFAULT_REQUEUE_TIME", Value: "30s"}, {Name: "CRON_SYNC_PERIOD", Elsewhere: true}}}},
		"the last of two variables holds": {"workflow-controller", `
- name: workflow-controller
  image: workflow-controller
  env: [{name: DEFAULT_REQUEUE_TIME, value: 10s}, {name: CRON_SYNC_PERIOD, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: DEFAULT_REQUEUE_TIME, value: 30s}, {name: CRON_SYNC_PERIOD, value: 5s}]`,
			collector.Command{Program: "argo-workflows", Container: "workflow-controller", Arguments: []collector.Argument{
				{Name: "DEFAULT_REQUEUE_TIME", Value: "30s"}, {Name: "CRON_SYNC_PERIOD", Value: "5s"}}}},
		"Crossplane": {"crossplane", `[{name: crossplane, image: xpkg.crossplane.io/crossplane/crossplane:v2.0.2, args: [core, start, --poll-interval=2m]}]`,
			collector.Command{Args: true, Program: "crossplane", Container: "crossplane", Arguments: []collector.Argument{{Name: "--poll-interval", Value: "2m"}}}},
		"another program of Crossplane's image": {"crossplane-rbac-manager", `[{name: crossplane, image: xpkg.crossplane.io/crossplane/crossplane:v2.0.2, args: [rbac, start, --max-reconcile-rate=10]}]`,
			collector.Command{}},
		"another one of External Secrets'": {"external-secrets-webhook", `[{name: webhook, image: ghcr.io/external-secrets/external-secrets:v1.0.0, args: [webhook]}]`, collector.Command{}},
		"and a third one":                  {"es-external-secrets-cert-controller", `[{name: cert-controller, image: ghcr.io/external-secrets/external-secrets:v1.0.0, args: [certcontroller]}]`, collector.Command{}},
		"a shell that another program starts": {"source-controller", `[{name: manager, image: source-controller, command: [/sbin/tini, --, /bin/sh, -c], args: ["exec /manager"]}]`,
			collector.Command{Program: "source-controller", Container: "manager"}},
		"an image of another name, by the workload's": {"helm-controller", `[{name: proxy, image: envoy}, {name: manager, image: mirror/hc, args: [--concurrent=9]}]`,
			collector.Command{Args: true, Program: "helm-controller", Container: "manager", Arguments: []collector.Argument{{Name: "--concurrent", Value: "9"}}}},
		"a part of Argo CD, by a release's name": {"fleet-argocd-repo-server", `[{name: repo-server, image: quay.io/argoproj/argocd:v3.1.8, args: [--parallelismlimit, "3"]}]`,
			collector.Command{Args: true, Program: "argocd-repo-server", Container: "repo-server", Arguments: []collector.Argument{{Name: "--parallelismlimit", Value: "3"}}}},
		"a value that is no setting's length": {"source-controller", `[{name: manager, image: source-controller, args: ["--concurrent=` + strings.Repeat("9", 300) + `"]}]`,
			collector.Command{Args: true, Program: "source-controller", Container: "manager", Arguments: []collector.Argument{{Name: "--concurrent", Elsewhere: true}}}},
		"a flag in command, where there are no args": {"source-controller", `[{name: manager, image: source-controller, command: [/manager, --concurrent=6]}]`,
			collector.Command{Program: "source-controller", Container: "manager", Arguments: []collector.Argument{{Name: "--concurrent", Value: "6"}}}},
		"a shell, which hands no args on": {"source-controller", `[{name: manager, image: source-controller, command: [/bin/sh, -c], args: ["exec /manager"]}]`,
			collector.Command{Program: "source-controller", Container: "manager"}},
		"any other program": {"web", `[{name: app, image: acme/web, args: [--concurrent=3, --password=hunter2]}]`, collector.Command{}},
	} {
		t.Run(rule, func(t *testing.T) {
			var d appsv1.Deployment
			d.Name = test.name
			if err := yaml.Unmarshal([]byte(test.containers), &d.Spec.Template.Spec.Containers); err != nil {
				t.Fatal(err)
			}
			got := deployment(&d).command
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
