package kube

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tuppence-dev/tuppence/collector"
)

type labelled = map[string]string

// aNode is on the cloud that its provider id names, in London or thereabouts.
func aNode(name, id, region, zone string, labels labelled) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labelled{
		"topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": zone}}, Spec: corev1.NodeSpec{ProviderID: id}}
	maps.Copy(n.Labels, labels)
	return n
}

func aDisk(name, class string, source corev1.PersistentVolumeSource, terms ...corev1.NodeSelectorRequirement) *corev1.PersistentVolume {
	v := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}}
	v.Spec = corev1.PersistentVolumeSpec{StorageClassName: class, PersistentVolumeSource: source,
		Capacity: corev1.ResourceList{"storage": resource.MustParse("20Gi")}}
	for _, e := range terms {
		if v.Spec.NodeAffinity == nil {
			v.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{}}
		}
		r := v.Spec.NodeAffinity.Required
		r.NodeSelectorTerms = append(r.NodeSelectorTerms, corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{e}})
	}
	return v
}

func csi(driver, handle string) corev1.PersistentVolumeSource {
	return corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: driver, VolumeHandle: handle}}
}

func in(key string, values ...string) corev1.NodeSelectorRequirement {
	return corev1.NodeSelectorRequirement{Key: key, Operator: corev1.NodeSelectorOpIn, Values: values}
}

func boundTo(v *corev1.PersistentVolume, namespace, claim string) *corev1.PersistentVolume {
	v.Spec.ClaimRef = &corev1.ObjectReference{Namespace: namespace, Name: claim}
	v.Status.Phase = corev1.VolumeBound
	return v
}

func TestTheTypeOfAVolumeIsWhatItsClassSaysElseItsDriversDefault(t *testing.T) {
	for _, tc := range []struct {
		rule, driver string
		parameters   labelled
		want         string
	}{
		{"EBS", "ebs.csi.aws.com", labelled{"type": "io2"}, "io2"},
		{"EBS, in any letters", "ebs.csi.aws.com", labelled{"Type": "gp2"}, "gp2"},
		{"EBS by default", "ebs.csi.aws.com", nil, "gp3"},
		{"EBS of old by default", "kubernetes.io/aws-ebs", nil, "gp2"},
		{"EFS has one type", "efs.csi.aws.com", labelled{"type": "x"}, "efs"},
		{"an Azure disk", "disk.csi.azure.com", labelled{"skuName": "Premium_LRS"}, "Premium_LRS"},
		{"an Azure disk by its other name", "disk.csi.azure.com", labelled{"storageAccountType": "PremiumV2_LRS"}, "PremiumV2_LRS"},
		{"an Azure disk by default", "disk.csi.azure.com", nil, "StandardSSD_LRS"},
		{"what old Azure disks were by default is not known", "kubernetes.io/azure-disk", nil, ""},
		{"Azure files are no disks", "file.csi.azure.com", nil, "files/Standard_LRS"},
		{"a persistent disk", "pd.csi.storage.gke.io", labelled{"type": "pd-balanced"}, "pd-balanced"},
		{"a persistent disk by default", "pd.csi.storage.gke.io", nil, "pd-standard"},
		{"a persistent disk in two zones", "pd.csi.storage.gke.io", labelled{"type": "pd-ssd", "replication-type": "regional-pd"}, "pd-ssd/regional"},
		{"Filestore", "filestore.csi.storage.gke.io", labelled{"tier": "enterprise"}, "filestore/enterprise"},
		{"another's driver", "nfs.csi.k8s.io", labelled{"type": "x"}, ""},
	} {
		class := storageClassOf(&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "c"}, Parameters: tc.parameters})
		inv := inventory{classes: []storageClass{class}, disks: []volume{volumeOf(aDisk("v", "c", csi(tc.driver, "h")))}}
		got := inv.volumes(nil)[0]
		if known := tc.driver != "nfs.csi.k8s.io"; got.Type != tc.want || (got.ProviderID == "h") != known || (got.Provider != "") != known {
			t.Errorf("%s: %+v, want type %q", tc.rule, got, tc.want)
		}
	}
}

func TestAVolumeIsWhereItsNodesMayBe(t *testing.T) {
	nodes := []machine{
		machineOf(aNode("n1", "aws:///eu-west-2a/i-1", "eu-west-2", "eu-west-2a", nil)),
		machineOf(aNode("n2", "gce://p/europe-west2-a/n", "europe-west2", "europe-west2-a", nil)),
		machineOf(aNode("n3", "gce://p/europe-west1-b/n", "europe-west1", "europe-west1-b", nil)),
	}
	for _, tc := range []struct {
		rule         string
		driver       string
		terms        []corev1.NodeSelectorRequirement
		region, zone string
	}{
		{"both are said", "ebs.csi.aws.com", []corev1.NodeSelectorRequirement{in("topology.kubernetes.io/region", "eu-west-1"), in("topology.kubernetes.io/zone", "eu-west-1c")}, "eu-west-1", "eu-west-1c"},
		{"the region of the zone's nodes", "pd.csi.storage.gke.io", []corev1.NodeSelectorRequirement{in("topology.gke.io/zone", "europe-west1-b")}, "europe-west1", "europe-west1-b"},
		{"else the one region of its cloud", "ebs.csi.aws.com", []corev1.NodeSelectorRequirement{in("topology.ebs.csi.aws.com/zone", "eu-west-2z")}, "eu-west-2", "eu-west-2z"},
		{"of two regions neither", "pd.csi.storage.gke.io", nil, "", ""},
		{"of two zones neither", "ebs.csi.aws.com", []corev1.NodeSelectorRequirement{in("topology.kubernetes.io/zone", "eu-west-2a", "eu-west-2b")}, "eu-west-2", ""},
		{"in terms of their own, too", "ebs.csi.aws.com", []corev1.NodeSelectorRequirement{in("topology.kubernetes.io/zone", "eu-west-2a"), in("topology.kubernetes.io/zone", "eu-west-2b")}, "eu-west-2", ""},
		{"an Azure disk without a zone", "disk.csi.azure.com", []corev1.NodeSelectorRequirement{in("topology.disk.csi.azure.com/zone", "")}, "", ""},
	} {
		inv := inventory{nodes: nodes, disks: []volume{volumeOf(aDisk("v", "", csi(tc.driver, "h"), tc.terms...))}}
		if got := inv.volumes(nil)[0]; got.Region != tc.region || got.Zone != tc.zone {
			t.Errorf("%s: region %q, zone %q, want %q, %q", tc.rule, got.Region, got.Zone, tc.region, tc.zone)
		}
	}
}

func TestVolumesAreUsedByTheWorkloadsOfThePodsThatMountThem(t *testing.T) {
	f := small()
	web := f.objects["/api/v1/pods"][0].(*corev1.Pod)
	web.Spec.Volumes = []corev1.Volume{
		{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}},
		{Name: "scratch", VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}}}
	done := phase(aPod("shop", "done", "n1", "", "", ""), corev1.PodSucceeded)
	done.Spec.Volumes = []corev1.Volume{{Name: "d", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}}}
	f.objects["/api/v1/pods"] = append(f.objects["/api/v1/pods"], done)
	released := boundTo(aDisk("pv-3", "gone", csi("ebs.csi.aws.com", "vol-3")), "shop", "old")
	released.Status.Phase = corev1.VolumeReleased
	f.objects["/api/v1/persistentvolumes"] = []runtime.Object{
		released, boundTo(aDisk("pv-1", "fast", csi("ebs.csi.aws.com", "vol-1")), "shop", "data"),
		boundTo(aDisk("pv-2", "fast", csi("ebs.csi.aws.com", "vol-2")), "shop", "web-77-a-scratch"),
		aDisk("pv-4", "", corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{}}),
	}
	f.objects["/apis/storage.k8s.io/v1/storageclasses"] = []runtime.Object{&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "fast"}}}
	c, err := collect(t, f)
	if err != nil {
		t.Fatal(err)
	}
	users := []collector.WorkloadRef{{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}}
	const size = 20 * collector.GiB
	want := []collector.Volume{
		{Name: "pv-1", Namespace: "shop", Claim: "data", ProviderID: "vol-1", Provider: "aws", Type: "gp3", Class: "fast", Capacity: size, Users: users},
		{Name: "pv-2", Namespace: "shop", Claim: "web-77-a-scratch", ProviderID: "vol-2", Provider: "aws", Type: "gp3", Class: "fast", Capacity: size, Users: users},
		{Name: "pv-3", ProviderID: "vol-3", Provider: "aws", Class: "gone", Capacity: size},
		{Name: "pv-4", Type: "local", Capacity: size},
	}
	if d := cmp.Diff(want, c.Volumes); d != "" {
		t.Error(d)
	}
	gaps := []string{"1 volumes are of no known type, e.g. pv-3: their storage class is gone or doesn't say, or a VolumeAttributesClass has changed it"}
	if d := cmp.Diff(gaps, gapLines(c)); d != "" {
		t.Error(d)
	}
}

func TestATypeThatMayHaveBeenChangedSinceIsNotKnown(t *testing.T) {
	v := aDisk("v", "c", csi("ebs.csi.aws.com", "h"))
	faster := "io2"
	v.Spec.VolumeAttributesClassName = &faster
	inv := inventory{classes: []storageClass{{name: "c"}}, disks: []volume{volumeOf(v)}}
	if got := inv.volumes(nil)[0]; got.Type != "" {
		t.Errorf("type %q", got.Type)
	}
}

func TestTheControlPlaneIsOfTheServiceThatNamesItself(t *testing.T) {
	aws := aNode("n1", "aws:///eu-west-2a/i-1", "eu-west-2", "eu-west-2a", nil)
	aks := aNode("n1", "azure:///subscriptions/x", "uksouth", "", labelled{"kubernetes.azure.com/cluster": "mc"})
	for _, tc := range []struct {
		rule, version string
		nodes         []*corev1.Node
		want          collector.ControlPlane
	}{
		{"EKS", "v1.34.1-eks-3cfe0ce", []*corev1.Node{aws}, collector.ControlPlane{Service: "eks", Region: "eu-west-2"}},
		{"EKS with a node from elsewhere", "v1.34.1-eks-3cfe0ce", []*corev1.Node{aks, aws}, collector.ControlPlane{Service: "eks", Region: "eu-west-2"}},
		{"EKS without nodes", "v1.34.1-eks-3cfe0ce", nil, collector.ControlPlane{Service: "eks"}},
		{"GKE", "v1.33.4-gke.1036000", []*corev1.Node{aNode("n", "gce://p/z/n", "europe-west2", "", nil)}, collector.ControlPlane{Service: "gke", Region: "europe-west2"}},
		{"AKS by a node's label", "v1.34.1", []*corev1.Node{aks}, collector.ControlPlane{Service: "aks", Region: "uksouth"}},
		{"the label alone is not Azure", "v1.34.1", []*corev1.Node{aNode("n", "aws:///z/i", "eu-west-2", "", aks.Labels)}, collector.ControlPlane{}},
		{"one's own", "v1.34.1", []*corev1.Node{aws}, collector.ControlPlane{}},
		{"in two regions", "v1.34.1-eks-1", []*corev1.Node{aws, aNode("n2", "aws:///z/i", "eu-west-1", "", nil)}, collector.ControlPlane{Service: "eks"}},
	} {
		inv := inventory{nodes: each(tc.nodes, func(n **corev1.Node) machine { return machineOf(*n) })}
		if got := inv.controlPlane(tc.version); got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.rule, got, tc.want)
		}
	}
}

func TestGPUsAreCountedWholeWhoeverMadeThem(t *testing.T) {
	list := func(pairs ...string) corev1.ResourceList {
		out := corev1.ResourceList{}
		for i := 0; i < len(pairs); i += 2 {
			out[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
		}
		return out
	}
	for _, tc := range []struct {
		rule   string
		in     corev1.ResourceList
		want   collector.GPUs
		slices bool
	}{
		{"none", list("cpu", "4"), 0, false},
		{"NVIDIA's", list("nvidia.com/gpu", "8"), 8, false},
		{"of several makers", list("amd.com/gpu", "1", "gpu.intel.com/xe", "2", "habana.ai/gaudi", "3"), 6, false},
		{"parts of Intel's are counted by the whole already", list("gpu.intel.com/i915", "1", "gpu.intel.com/millicores", "1000"), 1, false},
		{"slices are no GPUs", list("nvidia.com/gpu", "1", "nvidia.com/mig-1g.5gb", "7"), 1, true},
		{"shares by time are none either", list("nvidia.com/gpu.shared", "4"), 0, true},
		{"a node that could give out slices and gives none", list("nvidia.com/mig-1g.5gb", "0"), 0, false},
		{"fewer than none", list("nvidia.com/gpu", "-1"), 0, false},
		{"more than a recording holds", list("nvidia.com/gpu", "9e18", "amd.com/gpu", "9e18"), collector.MaxGPU, false},
	} {
		if got := resources(tc.in).GPU; got != tc.want || sliced(tc.in) != tc.slices {
			t.Errorf("%s: %d, slices %v; want %d, %v", tc.rule, got, sliced(tc.in), tc.want, tc.slices)
		}
	}
	if got := requestsOf(list("requests.nvidia.com/gpu", "2")).GPU; got != 2 {
		t.Errorf("a quota of 2 GPUs is %d", got)
	}
	c := corev1.Container{Resources: corev1.ResourceRequirements{Limits: list("nvidia.com/gpu", "2")}}
	if got := container(&c, collector.App); got.Requests.GPU != 2 || got.Limits.GPU != 2 {
		t.Errorf("a limit of 2 GPUs asks for %d", got.Requests.GPU)
	}
}

func TestNodesThatSliceGPUsAreAGap(t *testing.T) {
	f := small()
	n := aNode("gpu-1", "aws:///eu-west-2a/i-1", "eu-west-2", "eu-west-2a", labelled{"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB"})
	n.Status.Capacity = corev1.ResourceList{"nvidia.com/mig-1g.5gb": resource.MustParse("7")}
	f.objects["/api/v1/nodes"] = []runtime.Object{n}
	c, err := collect(t, f)
	want := []string{"1 nodes give out slices of GPUs (nvidia.com/mig-… or gpu.shared), e.g. gpu-1: only whole GPUs are counted, so who uses the slices is not known"}
	if d := cmp.Diff(want, gapLines(c)); err != nil || d != "" || c.Nodes[0].GPUModel != "NVIDIA-A100-SXM4-40GB" {
		t.Error(err, d, c.Nodes[0])
	}
}

func TestPodsKnowTheirNodes(t *testing.T) {
	f := small()
	f.objects["/api/v1/pods"] = append(f.objects["/api/v1/pods"], aPod("shop", "waits", "", "", "", ""))
	c, err := collect(t, f)
	want := map[collector.PodRef]string{{Namespace: "shop", Name: "web-77-a"}: "n1", {Namespace: "shop", Name: "web-77-b"}: "n1"}
	if d := cmp.Diff(want, c.PodNodes); err != nil || d != "" {
		t.Error(err, d)
	}
}

func aService(name, kind string, change ...func(*corev1.Service)) *corev1.Service {
	s := &corev1.Service{ObjectMeta: aMeta("shop", name), Spec: corev1.ServiceSpec{
		Type: corev1.ServiceType(kind), Selector: labelled{"app": name}, Ports: []corev1.ServicePort{{Port: 80}, {Port: 443}}}}
	s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{Hostname: "x"}}
	for _, c := range change {
		c(s)
	}
	return s
}

func TestTheTypeOfALoadBalancerIsWhatItsCloudMakes(t *testing.T) {
	class := func(name string) func(*corev1.Service) {
		return func(s *corev1.Service) { s.Spec.LoadBalancerClass = &name }
	}
	annotated := func(value string) func(*corev1.Service) {
		return func(s *corev1.Service) {
			s.Annotations = labelled{"service.beta.kubernetes.io/aws-load-balancer-type": value}
		}
	}
	for _, tc := range []struct {
		rule         string
		nodes        collector.Provider
		change       func(*corev1.Service)
		provider     collector.Provider
		balancerType string
	}{
		{"AWS makes classic ones", collector.AWS, annotated(""), collector.AWS, "classic"},
		{"AWS, asked for a network one", collector.AWS, annotated("nlb"), collector.AWS, "nlb"},
		{"AWS's own controller, by annotation", collector.AWS, annotated("external"), collector.AWS, "nlb"},
		{"AWS's own controller, by class", collector.AWS, class("service.k8s.aws/nlb"), collector.AWS, "nlb"},
		{"EKS Auto Mode", "", class("eks.amazonaws.com/nlb"), collector.AWS, "nlb"},
		{"Azure", collector.Azure, annotated(""), collector.Azure, "standard"},
		{"Google Cloud", collector.GCP, annotated(""), collector.GCP, "forwarding-rule"},
		{"another's controller", collector.AWS, class("metallb"), collector.AWS, ""},
		{"no cloud that is known", "", annotated(""), "", ""},
	} {
		s := serviceOf(aService("web", "LoadBalancer", tc.change))
		if p, got := s.cloud(tc.nodes); p != tc.provider || got != tc.balancerType {
			t.Errorf("%s: %q %q, want %q %q", tc.rule, p, got, tc.provider, tc.balancerType)
		}
	}
}

func anIngress(namespace, name, class string, annotations labelled, backend string, hosts ...string) *networkingv1.Ingress {
	i := &networkingv1.Ingress{ObjectMeta: aMeta(namespace, name)}
	i.Annotations = annotations
	if class != "" {
		i.Spec.IngressClassName = &class
	}
	to := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: backend}}
	i.Spec.DefaultBackend = &to
	for _, h := range hosts {
		i.Spec.Rules = append(i.Spec.Rules, networkingv1.IngressRule{Host: h, IngressRuleValue: networkingv1.IngressRuleValue{
			HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{Backend: to}}}}})
	}
	i.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{Hostname: "x"}}
	return i
}

func TestLoadBalancersCarryTheWorkloadsBehindThem(t *testing.T) {
	f := small()
	f.objects["/api/v1/nodes"] = []runtime.Object{aNode("n1", "aws:///eu-west-2a/i-1", "eu-west-2", "eu-west-2a", nil)}
	for _, p := range f.objects["/api/v1/pods"] {
		p.(*corev1.Pod).Labels = labelled{"app": "web"}
	}
	job := aPod("team", "job", "n1", "", "", "")
	job.Labels = labelled{"app": "job"}
	f.objects["/api/v1/pods"] = append(f.objects["/api/v1/pods"], job)
	inTeam := func(s *corev1.Service) { s.Namespace = "team" }
	group := labelled{"alb.ingress.kubernetes.io/group.name": "public"}
	f.objects["/api/v1/services"] = []runtime.Object{
		aService("web", "LoadBalancer"), aService("job", "ClusterIP", inTeam),
		aService("unselective", "LoadBalancer", func(s *corev1.Service) { s.Spec.Selector = nil }),
		aService("waits", "LoadBalancer", func(s *corev1.Service) { s.Status = corev1.ServiceStatus{} }),
	}
	f.objects["/apis/networking.k8s.io/v1/ingresses"] = []runtime.Object{
		anIngress("team", "b", "alb", group, "job", "b.example"),
		anIngress("shop", "a", "alb", group, "web", "a.example", "www.example"),
		anIngress("shop", "alone", "alb", nil, "gone"),
		anIngress("shop", "lone", "", labelled{"kubernetes.io/ingress.class": "alb"}, "web"),
		anIngress("shop", "inside", "nginx", nil, "web", "c.example"),
		anIngress("shop", "classless", "", nil, "web"),
	}
	c, err := collect(t, f)
	if err != nil {
		t.Fatal(err)
	}
	web := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
	jobRef := collector.WorkloadRef{APIVersion: "v1", Kind: "Pod", Namespace: "team", Name: "job"}
	of := func(kind, name, balancerType string, rules int, users ...collector.WorkloadRef) collector.LoadBalancer {
		return collector.LoadBalancer{Kind: kind, Namespace: "shop", Name: name, Provider: "aws", Region: "eu-west-2", Type: balancerType, Rules: rules, Users: users}
	}
	want := []collector.LoadBalancer{
		of("Ingress", "a", "alb", 3, web, jobRef), of("Ingress", "alone", "alb", 1), of("Ingress", "lone", "alb", 1, web),
		of("Service", "unselective", "classic", 2), of("Service", "web", "classic", 2, web),
	}
	if d := cmp.Diff(want, c.LoadBalancers); d != "" {
		t.Error(d)
	}
	gaps := []string{"1 load balancers have no address yet, e.g. Service shop/waits: the cloud has not made them, so they cost nothing and are left out"}
	if d := cmp.Diff(gaps, gapLines(c)); d != "" {
		t.Error(d)
	}
}

func TestOnGKEAnIngressWithoutAClassIsTheClouds(t *testing.T) {
	i := ingressOf(anIngress("shop", "web", "", nil, "web"))
	for _, tc := range []struct {
		gke  bool
		want string
	}{{true, "forwarding-rule"}, {false, ""}} {
		if _, got := i.cloud(tc.gke); got != tc.want {
			t.Errorf("GKE %v: %q", tc.gke, got)
		}
	}
}

func TestWhatIsBilledBesideNodesMayBeDenied(t *testing.T) {
	f := small()
	f.refuse = map[string]int{}
	for _, path := range []string{"/api/v1/persistentvolumes", "/api/v1/services", "/api/v1/namespaces",
		"/apis/storage.k8s.io/v1/storageclasses", "/apis/networking.k8s.io/v1/ingresses"} {
		f.refuse[path] = 403
	}
	c, err := collectWith(t, f, Options{Labels: []string{"team"}})
	if err != nil || len(c.Workloads) != 1 || len(c.Gaps) != 5 {
		t.Fatal(err, len(c.Workloads), gapLines(c))
	}
	for _, g := range gapLines(c) {
		if !strings.HasPrefix(g, "cannot list ") || !strings.HasSuffix(g, "(see deploy/)") {
			t.Errorf("gap %q", g)
		}
	}
	var b bytes.Buffer
	if err := collector.Write(&b, &collector.Fleet{Window: window, Clusters: []collector.Cluster{*c}}); err != nil {
		t.Fatal(err)
	}
}
