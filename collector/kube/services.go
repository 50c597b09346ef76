package kube

import (
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// service is what is kept of a Service: whom it selects, and what it asks of the
// cloud.
type service struct {
	namespace, name string
	selector        map[string]string
	balancer        bool   // of type LoadBalancer
	pending         bool   // the cloud has given it no address yet
	class           string // spec.loadBalancerClass
	awsType         string // the annotation of AWS's controllers
	ports           int
	created         time.Time
}

func serviceOf(s *corev1.Service) service {
	out := service{
		namespace: s.Namespace, name: s.Name, selector: maps.Clone(s.Spec.Selector),
		balancer: s.Spec.Type == corev1.ServiceTypeLoadBalancer,
		pending:  len(s.Status.LoadBalancer.Ingress) == 0,
		awsType:  s.Annotations["service.beta.kubernetes.io/aws-load-balancer-type"],
		ports:    len(s.Spec.Ports), created: created(&s.ObjectMeta),
	}
	if c := s.Spec.LoadBalancerClass; c != nil {
		out.class = *c
	}
	return out
}

// cloud tells whose load balancer the Service gets in a cluster whose nodes are on
// p, and what its price depends on. The type is empty where a class says that
// something else than the cloud's own controllers makes it.
//
// https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/
func (s *service) cloud(p collector.Provider) (collector.Provider, string) {
	switch s.class {
	case "service.k8s.aws/nlb", "eks.amazonaws.com/nlb":
		return collector.AWS, "nlb"
	case "networking.gke.io/l4-regional-external", "networking.gke.io/l4-regional-internal":
		return collector.GCP, "forwarding-rule"
	case "":
	default:
		return p, ""
	}
	switch p {
	case collector.AWS:
		if slices.Contains([]string{"nlb", "nlb-ip", "external"}, s.awsType) {
			return p, "nlb"
		}
		return p, "classic" // what Kubernetes' own controller makes
	case collector.Azure:
		return p, "standard" // the basic one was retired in September 2025
	case collector.GCP:
		return p, "forwarding-rule"
	}
	return p, ""
}
