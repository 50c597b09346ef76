package bill

import "testing"

func TestCanonical(t *testing.T) {
	const (
		vm   = "/subscriptions/5ea1/resourcegroups/mc_prod/providers/microsoft.compute/virtualmachinescalesets/aks-pool-1/virtualmachines/0"
		disk = "/subscriptions/5ea1/resourcegroups/mc_prod/providers/microsoft.compute/disks/pvc-1"
	)
	for _, c := range []struct{ name, id, want string }{
		{"a node of AWS", "aws:///eu-west-2a/i-0abc", "i-0abc"},
		{"a volume in the tree of AWS", "aws://eu-west-2a/vol-0abc", "vol-0abc"},
		{"an instance on a bill of AWS", "arn:aws:ec2:eu-west-2:123456789012:instance/i-0abc", "i-0abc"},
		{"a volume on a bill of AWS", "arn:aws:ec2:eu-west-2:123456789012:volume/vol-0abc", "vol-0abc"},
		{"another partition of AWS", "arn:aws-us-gov:ec2:us-gov-west-1:123456789012:instance/i-0abc", "i-0abc"},
		{"a bare id", " i-0abc ", "i-0abc"},
		{"an ARN that is an id itself", "arn:aws:eks:eu-west-2:123456789012:cluster/Prod", "arn:aws:eks:eu-west-2:123456789012:cluster/Prod"},
		{"a load balancer's ARN keeps its path", "arn:aws:elasticloadbalancing:eu-west-2:1:loadbalancer/net/a/b", "arn:aws:elasticloadbalancing:eu-west-2:1:loadbalancer/net/a/b"},
		{"an ARN without an id", "arn:aws:ec2:eu-west-2:1:instance/", ""},

		{"a node of Azure", "azure:///subscriptions/5EA1/resourceGroups/MC_prod/providers/Microsoft.Compute/virtualMachineScaleSets/aks-pool-1/virtualMachines/0", vm},
		{"a machine on a bill of Azure, in its letter case", "/subscriptions/5ea1/resourcegroups/mc_prod/providers/Microsoft.Compute/virtualMachineScaleSets/AKS-POOL-1/virtualMachines/0", vm},
		{"a disk's handle", "/subscriptions/5EA1/resourceGroups/MC_prod/providers/Microsoft.Compute/disks/pvc-1", disk},
		{"an id in capitals, with slashes behind and none in front", "SUBSCRIPTIONS/5EA1/RESOURCEGROUPS/MC_PROD/PROVIDERS/MICROSOFT.COMPUTE/DISKS/PVC-1/", disk},

		{"a node of GCP", "gce://shop-prod/europe-west2-a/gke-1", "projects/shop-prod/zones/europe-west2-a/instances/gke-1"},
		{"a full resource name", "//compute.googleapis.com/projects/shop-prod/zones/europe-west2-a/instances/gke-1", "projects/shop-prod/zones/europe-west2-a/instances/gke-1"},
		{"a link to a resource", "https://www.googleapis.com/compute/v1/projects/shop-prod/zones/europe-west2-a/disks/pvc-1", "projects/shop-prod/zones/europe-west2-a/disks/pvc-1"},
		{"a disk's handle", "projects/shop-prod/zones/europe-west2-a/disks/pvc-1", "projects/shop-prod/zones/europe-west2-a/disks/pvc-1"},
		{"a control plane", "//container.googleapis.com/projects/shop-prod/locations/europe-west2/clusters/prod", "projects/shop-prod/locations/europe-west2/clusters/prod"},
		{"a node of GCP without its zone stays", "gce://shop-prod/gke-1", "gce://shop-prod/gke-1"},

		{"nothing", "", ""},
		{"an id of no known cloud stays", "kind://docker/kind/worker-1", "kind://docker/kind/worker-1"},
	} {
		if got := Canonical(c.id); got != c.want {
			t.Errorf("%s: %q: got %q, want %q", c.name, c.id, got, c.want)
		}
	}
}

func TestScaleSetOf(t *testing.T) {
	for _, c := range []struct{ name, id, want string }{
		{"a machine of a scale set", "/subscriptions/s/virtualmachinescalesets/n/virtualmachines/0", "/subscriptions/s/virtualmachinescalesets/n"},
		{"a scale set", "/subscriptions/s/virtualmachinescalesets/n", ""},
		{"a machine of its own", "/subscriptions/s/virtualmachines/vm", ""},
		{"what a machine has", "/subscriptions/s/virtualmachinescalesets/n/virtualmachines/0/networkinterfaces/1", ""},
		{"another cloud's", "i-0abc", ""},
	} {
		if got := scaleSetOf(c.id); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNumbersOfGCPBecomeNames(t *testing.T) {
	const want = "projects/shop-prod/zones/europe-west2-a/instances/gke-1"
	for _, c := range []struct{ name, id, project, resource, kind, zone, want string }{
		{"a project's and an instance's number", "projects/12345/zones/europe-west2-a/instances/67890", "shop-prod", "gke-1", "", "", want},
		{"a project's number", "projects/12345/zones/europe-west2-a/instances/gke-1", "shop-prod", "gke-1", "", "", want},
		{"the name is a path", "projects/12345/zones/europe-west2-a/instances/67890", "shop-prod", "projects/shop-prod/instances/gke-1", "", "", want},
		{"a number alone, with its kind and zone", "67890", "shop-prod", "gke-1", "Instance", "europe-west2-a", want},
		{"a number alone may be the boot disk", "67890", "shop-prod", "gke-1", "", "europe-west2-a", "67890"},
		{"a number alone may be in any zone", "67890", "shop-prod", "gke-1", "instances", "", "67890"},
		{"no name", "projects/12345/zones/europe-west2-a/instances/67890", "shop-prod", "", "", "", "projects/12345/zones/europe-west2-a/instances/67890"},
		{"no project", "67890", "", "gke-1", "instances", "europe-west2-a", "67890"},
		{"names stay", want, "other", "other", "", "", want},
		{"another cloud's id stays", "i-0abc", "123456789012", "web", "", "", "i-0abc"},
	} {
		at := layout{}
		for i := range at {
			at[i] = -1
		}
		at[subAccountID], at[resourceName], at[resourceType], at[availabilityZone] = 0, 1, 2, 3
		r := row{at: &at, fields: []string{c.project, c.resource, c.kind, c.zone}}
		if got := named(c.id, &r); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzCanonical: the form of a form is itself, or two writings of one resource
// would never meet.
func FuzzCanonical(f *testing.F) {
	for _, id := range []string{"aws:///a/ i-1", "gce://a/b/c", "azure:///subscriptions/S/x ", "//x/projects/p/ ", "arn:x:ec2:/", "Azure:////SUBSCRIPTIONS/"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		once := Canonical(id)
		if twice := Canonical(once); twice != once {
			t.Errorf("%q is %q and then %q", id, once, twice)
		}
	})
}
