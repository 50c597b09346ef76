package kube

import (
	"time"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// ingress is what is kept of an Ingress.
type ingress struct {
	namespace, name string
	class           string
	group           string // that shares one application load balancer on AWS
	pending         bool
	hosts           map[string]bool // empty: every host
	backends        map[string]bool // names of Services
	created         time.Time
}

func ingressOf(i *networkingv1.Ingress) ingress {
	out := ingress{
		namespace: i.Namespace, name: i.Name, created: created(&i.ObjectMeta),
		class: i.Annotations["kubernetes.io/ingress.class"], group: i.Annotations["alb.ingress.kubernetes.io/group.name"],
		pending: len(i.Status.LoadBalancer.Ingress) == 0, hosts: map[string]bool{}, backends: map[string]bool{},
	}
	if c := i.Spec.IngressClassName; c != nil {
		out.class = *c
	}
	if b := i.Spec.DefaultBackend; b != nil && b.Service != nil {
		out.backends[b.Service.Name] = true
	}
	for _, rule := range i.Spec.Rules {
		out.hosts[rule.Host] = true
		if rule.HTTP == nil {
			continue
		}
		for _, path := range rule.HTTP.Paths {
			if path.Backend.Service != nil {
				out.backends[path.Backend.Service.Name] = true
			}
		}
	}
	return out
}

// cloud tells which cloud makes a load balancer for the Ingress, and what its price
// depends on. Both are empty where none does: a controller in the cluster, such as
// nginx, has a Service of its own. On GKE an Ingress without a class is the cloud's.
//
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
// https://docs.cloud.google.com/kubernetes-engine/docs/concepts/ingress
func (i *ingress) cloud(gke bool) (collector.Provider, string) {
	switch {
	case i.class == "alb":
		return collector.AWS, "alb"
	case i.class == "gce", i.class == "gce-internal", i.class == "" && gke:
		return collector.GCP, "forwarding-rule"
	}
	return "", ""
}

// services are the Services that the Ingress sends to, which are of its namespace.
func (i *ingress) services(byName map[object]*service) []*service {
	var out []*service
	for name := range i.backends {
		if s := byName[object{i.namespace, name}]; s != nil {
			out = append(out, s)
		}
	}
	return out
}
