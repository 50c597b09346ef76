package kube

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// inventory is everything that was listed of one cluster, converted.
type inventory struct {
	nodes        []machine
	pods         []pod
	deployments  []workload
	statefulSets []workload
	daemonSets   []workload
	replicaSets  []workload
	jobs         []workload
	cronJobs     []workload
	rollouts     []workload
	canaries     []canary
	autoscalers  []autoscaler
	verticals    []vertical
	budgets      []budget
	limitRanges  []collector.Namespace
	quotas       []collector.Namespace
	claims       []claim
	disks        []volume
	classes      []storageClass
	services     []service
	ingresses    []ingress
	namespaces   []space

	podLevel    []string          // workloads that ask for more or less than their containers do, once assembled
	byNamespace map[string][]*pod // once asked for
}

// key names an object whatever version of its group it was read in: an HPA may
// target apps/v1beta1, and old Jobs name a batch/v1beta1 CronJob.
type key struct{ group, kind, namespace, name string }

func keyOf(r collector.WorkloadRef) key {
	group := groupOf(r.APIVersion)
	if group == "extensions" { // what apps was until Kubernetes 1.16
		group = "apps"
	}
	return key{group, r.Kind, r.Namespace, r.Name}
}

// join puts pods to workloads.
type join struct {
	workloads map[key]*joined
	above     map[key]collector.WorkloadRef // owner of each controlled ReplicaSet and Job
}

// joined is a workload while its pods are counted.
type joined struct {
	workload
	unlisted bool // known only by what it owns, whose replicas and template it takes
	perPod   bool // known only by its pods: its replicas are the live ones
	nodes    map[string]int
	newest   *pod   // the newest live pod, else the newest
	hpaFrom  string // the HPA that Flagger copies for it
	status   map[string]containerStatus
}

// assemble joins what was listed: the workloads with their labels of these keys,
// and the workload of each pod.
func (inv *inventory) assemble(labelKeys ...string) ([]collector.Workload, map[collector.PodRef]collector.WorkloadRef) {
	j := &join{workloads: map[key]*joined{}, above: map[key]collector.WorkloadRef{}}
	for _, listed := range [][]workload{inv.deployments, inv.statefulSets, inv.daemonSets, inv.cronJobs, inv.rollouts} {
		for _, w := range listed {
			j.add(w)
		}
	}
	for _, listed := range [][]workload{inv.replicaSets, inv.jobs} {
		for _, w := range listed {
			j.addOwned(w)
		}
	}
	owners := make(map[collector.PodRef]collector.WorkloadRef, len(inv.pods))
	for i := range inv.pods {
		owners[inv.pods[i].ref] = j.count(&inv.pods[i])
	}
	return j.finish(inv, labelKeys), owners
}

func (j *join) add(w workload) *joined {
	added := &joined{workload: w, nodes: map[string]int{}, status: map[string]containerStatus{}}
	j.workloads[keyOf(w.Ref())] = added
	return added
}

// addOwned adds a ReplicaSet or Job that stands alone, or notes its owner. An
// owner that was not listed, because that was denied or because its kind is
// someone's own, takes the template and the replicas of what it owns.
func (j *join) addOwned(w workload) {
	if w.owner.Kind == "" {
		j.add(w)
		return
	}
	j.above[keyOf(w.Ref())] = w.owner
	owner := j.workloads[keyOf(w.owner)]
	if owner == nil {
		if w.Replicas == 0 {
			return // an old revision or a finished run
		}
		owner = j.add(named(w.owner))
		owner.unlisted = true
	}
	if owner.unlisted {
		owner.Replicas = min(owner.Replicas+w.Replicas, collector.MaxPods)
		owner.template = cmp.Or(w.template, owner.template)
	}
	owner.LongestJob.Duration = max(owner.LongestJob.Duration, w.LongestJob.Duration)
}

func named(r collector.WorkloadRef) workload {
	return workload{Workload: collector.Workload{APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}}
}

// count adds p to its workload and returns that workload's name.
func (j *join) count(p *pod) collector.WorkloadRef {
	ref := j.ownerOf(p)
	w := j.workloads[keyOf(ref)]
	if w == nil {
		w = j.add(named(ref))
		w.perPod = true
		if ref == p.self() {
			w.Created, w.Origin, w.Ignore = p.created, p.origin, p.ignore
		}
	}
	if p.live {
		w.nodes[p.node]++
		if w.perPod {
			w.Replicas++
		}
	}
	if w.newest == nil || newer(p, w.newest) {
		w.newest = p
	}
	for _, s := range p.statuses {
		sum := w.status[s.name]
		w.status[s.name] = containerStatus{s.name, sum.restarts + s.restarts, sum.oomKills + s.oomKills}
	}
	return w.Ref()
}

// newer prefers a live pod, then the younger, then the first by name.
func newer(a, b *pod) bool {
	if a.live != b.live {
		return a.live
	}
	return cmp.Or(b.created.Compare(a.created), cmp.Compare(a.ref.Name, b.ref.Name)) < 0
}

// maxChain bounds a walk up owners; Pod, Job, CronJob is the longest known.
const maxChain = 8

// ownerOf walks up from p to the object that a person would edit.
func (j *join) ownerOf(p *pod) collector.WorkloadRef {
	if p.owner.Kind == "" {
		return p.self()
	}
	ref := p.owner
	for range maxChain {
		next, ok := j.above[keyOf(ref)]
		if !ok {
			break
		}
		ref = next
	}
	if j.workloads[keyOf(ref)] == nil {
		return j.byName(p, ref)
	}
	return ref
}

var runSuffix = regexp.MustCompile(`-[0-9]+$`)

// byName finds the owner of a ReplicaSet or Job that was not listed (denied, or
// made since) by the name its controller gave it: deployment-<template hash>,
// cronjob-<time>. Where no such workload is known, ref itself stands.
func (j *join) byName(p *pod, ref collector.WorkloadRef) collector.WorkloadRef {
	var candidates []key
	switch keyOf(ref) {
	case key{"apps", "ReplicaSet", ref.Namespace, ref.Name}:
		if name, ok := strings.CutSuffix(ref.Name, "-"+p.hash); ok && p.hash != "" {
			candidates = []key{{"apps", "Deployment", ref.Namespace, name}, {"argoproj.io", "Rollout", ref.Namespace, name}}
		}
	case key{"batch", "Job", ref.Namespace, ref.Name}:
		candidates = []key{{"batch", "CronJob", ref.Namespace, runSuffix.ReplaceAllString(ref.Name, "")}}
	}
	for _, k := range candidates {
		if w := j.workloads[k]; w != nil {
			return w.Ref()
		}
	}
	return ref
}

// finish completes every workload from its pods, the policies and its namespace.
func (j *join) finish(inv *inventory, labelKeys []string) []collector.Workload {
	j.aim(inv.canaries)
	vpas := inCharge(inv.verticals)
	hpas := map[key]collector.HPA{}
	for _, a := range inv.autoscalers {
		k := keyOf(a.target)
		if other, ok := hpas[k]; !ok || a.hpa.Name < other.Name {
			hpas[k] = a.hpa
		}
	}
	modes := map[string][]string{}
	for _, c := range inv.claims {
		modes[c.namespace+"/"+c.name] = c.modes
	}
	spaces := map[string]map[string]string{}
	for _, s := range inv.namespaces {
		spaces[s.name] = s.labels
	}
	out := make([]collector.Workload, 0, len(j.workloads))
	for k, w := range j.workloads {
		w.fromPods()
		if w.asksAsAPod() {
			inv.podLevel = append(inv.podLevel, w.Kind+" "+w.Namespace+"/"+w.Name)
		}
		if w.template != nil {
			w.PDB = budgetFor(inv.budgets, w.Namespace, w.template.labels)
		}
		w.Labels = allowed(labelKeys, w.own, w.podLabels(), spaces[w.Namespace])
		if hpa, ok := hpas[k]; ok {
			if w.hpaFrom != "" && hpa.Name == w.hpaFrom+flagged {
				hpa.Target = w.hpaFrom
			}
			w.HPA = &hpa
		}
		if vpa, ok := vpas[k]; ok {
			w.VPA = &vpa
		}
		w.fillClaims(modes)
		out = append(out, w.Workload)
	}
	return out
}

// podLabels are those of the pod template, or of a pod where there is none.
func (w *joined) podLabels() map[string]string {
	if w.template == nil {
		return nil
	}
	return w.template.labels
}

// asksAsAPod reports whether what a pod of w asks for is not the sum over its
// containers.
func (w *joined) asksAsAPod() bool {
	return w.template != nil && w.template.podLevel || w.newest != nil && w.newest.live && w.newest.template.podLevel
}

// fromPods fills what the template and the pods say: containers with their
// restarts, traits and placements.
func (w *joined) fromPods() {
	if w.template == nil && w.newest != nil {
		w.template = w.newest.template
	}
	if w.template != nil {
		w.Pod = w.template.traits
		w.Pod.Claims = append([]collector.Claim(nil), w.Pod.Claims...) // borrowed templates are shared
		var newest []collector.Container
		if w.newest != nil && w.newest.live {
			newest = w.newest.template.containers
		}
		w.Containers = inForce(w.template.containers, newest)
	}
	for i := range w.Containers {
		s := w.status[w.Containers[i].Name]
		w.Containers[i].Usage.Restarts, w.Containers[i].Usage.OOMKills = s.restarts, s.oomKills
	}
	for node, n := range w.nodes {
		w.Placements = append(w.Placements, collector.Placement{Node: node, Pods: n})
	}
}
