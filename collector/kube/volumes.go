package kube

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"github.com/tuppence-dev/tuppence/collector"
)

// driver is a storage driver whose volumes a cloud bills: which parameter of the
// storage class names the type, and what it is where the class doesn't say.
type driver struct {
	provider   collector.Provider
	service    string   // put before the type where another driver's types have the same names
	parameters []string // lower case: the drivers read them in any
	standard   string   // empty: not known unless the class says it
}

// drivers are CSI's and, by the names of their provisioners, those that were in
// Kubernetes itself. Defaults are those of the drivers' documentation:
//
// https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md
// https://github.com/kubernetes-sigs/azuredisk-csi-driver/blob/master/docs/driver-parameters.md
// https://github.com/kubernetes-sigs/azurefile-csi-driver/blob/master/docs/driver-parameters.md
// https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver#createvolume-parameters
// https://github.com/kubernetes-sigs/gcp-filestore-csi-driver#supported-createvolume-parameters
// https://kubernetes.io/docs/concepts/storage/storage-classes/ (of the old ones)
//
// What azure-disk made has no default here: it differed between versions.
var drivers = map[string]driver{
	"ebs.csi.aws.com":              {collector.AWS, "", []string{"type"}, "gp3"},
	"kubernetes.io/aws-ebs":        {collector.AWS, "", []string{"type"}, "gp2"},
	"efs.csi.aws.com":              {collector.AWS, "", nil, "efs"},
	"disk.csi.azure.com":           {collector.Azure, "", []string{"skuname", "storageaccounttype"}, "StandardSSD_LRS"},
	"kubernetes.io/azure-disk":     {collector.Azure, "", []string{"skuname", "storageaccounttype"}, ""},
	"file.csi.azure.com":           {collector.Azure, "files/", []string{"skuname", "storageaccounttype"}, "Standard_LRS"},
	"kubernetes.io/azure-file":     {collector.Azure, "files/", []string{"skuname", "storageaccounttype"}, ""},
	"pd.csi.storage.gke.io":        {collector.GCP, "", []string{"type"}, "pd-standard"},
	"kubernetes.io/gce-pd":         {collector.GCP, "", []string{"type"}, "pd-standard"},
	"filestore.csi.storage.gke.io": {collector.GCP, "filestore/", []string{"tier"}, "standard"},
}

// storageClass is the parameters of one, their names in lower case.
type storageClass struct {
	name       string
	parameters map[string]string
}

func storageClassOf(c *storagev1.StorageClass) storageClass {
	out := storageClass{name: c.Name, parameters: map[string]string{}}
	for _, k := range slices.Sorted(maps.Keys(c.Parameters)) {
		out.parameters[strings.ToLower(k)] = c.Parameters[k]
	}
	return out
}

// typeIn is what the price of d's volumes of this class depends on. A disk that
// Google Cloud keeps in two zones costs twice what it does in one.
func (d *driver) typeIn(c *storageClass) string {
	t := firstLabel(c.parameters, d.parameters...)
	if t == "" {
		t = d.standard
	}
	if t == "" {
		return ""
	}
	if d.provider == collector.GCP && c.parameters["replication-type"] == "regional-pd" {
		t += "/regional"
	}
	return d.service + t
}

// volume is a PersistentVolume with what its price depends on.
type volume struct {
	collector.Volume
	driver   string
	modified bool // a VolumeAttributesClass may have changed its type since
}

func volumeOf(v *corev1.PersistentVolume) volume {
	out := volume{Volume: collector.Volume{
		Name: v.Name, Class: v.Spec.StorageClassName, Capacity: byteCount(v.Spec.Capacity[corev1.ResourceStorage]),
		Region:  firstLabel(v.Labels, corev1.LabelTopologyRegion, corev1.LabelFailureDomainBetaRegion),
		Zone:    firstLabel(v.Labels, corev1.LabelTopologyZone, corev1.LabelFailureDomainBetaZone),
		Created: created(&v.ObjectMeta),
	}}
	if c := v.Spec.ClaimRef; c != nil && v.Status.Phase == corev1.VolumeBound {
		out.Namespace, out.Claim = c.Namespace, c.Name
	}
	if a := v.Spec.VolumeAttributesClassName; a != nil && *a != "" {
		out.modified = true
	}
	var id string
	out.driver, id = disk(&v.Spec.PersistentVolumeSource)
	if d, ok := drivers[out.driver]; ok {
		out.Provider, out.ProviderID = d.provider, id
	} else if v.Spec.Local != nil || v.Spec.HostPath != nil {
		out.Type = localDisk
	}
	if v.Spec.NodeAffinity != nil {
		out.place(v.Spec.NodeAffinity.Required)
	}
	return out
}

// localDisk is the type of a volume on a node's own disk, which the node's price
// holds already.
const localDisk = "local"

// disk is the driver of a volume and its name for it.
func disk(s *corev1.PersistentVolumeSource) (driver, id string) {
	switch {
	case s.CSI != nil:
		return s.CSI.Driver, s.CSI.VolumeHandle
	case s.AWSElasticBlockStore != nil:
		return "kubernetes.io/aws-ebs", s.AWSElasticBlockStore.VolumeID
	case s.AzureDisk != nil:
		return "kubernetes.io/azure-disk", s.AzureDisk.DataDiskURI
	case s.AzureFile != nil:
		return "kubernetes.io/azure-file", s.AzureFile.ShareName
	case s.GCEPersistentDisk != nil:
		return "kubernetes.io/gce-pd", s.GCEPersistentDisk.PDName
	}
	return "", ""
}

// place reads region and zone from the nodes that may mount v: where they leave a
// choice, as of a disk that is kept in two zones, neither is said.
func (v *volume) place(nodes *corev1.NodeSelector) {
	if nodes == nil {
		return
	}
	regions, zones := map[string]bool{}, map[string]bool{}
	for _, term := range nodes.NodeSelectorTerms {
		for _, e := range term.MatchExpressions {
			set := zones
			switch e.Key {
			case corev1.LabelTopologyRegion, corev1.LabelFailureDomainBetaRegion:
				set = regions
			case corev1.LabelTopologyZone, corev1.LabelFailureDomainBetaZone,
				"topology.ebs.csi.aws.com/zone", "topology.disk.csi.azure.com/zone", "topology.gke.io/zone":
			default:
				continue
			}
			if e.Operator == corev1.NodeSelectorOpIn {
				for _, value := range e.Values {
					set[value] = true
				}
			}
		}
	}
	delete(zones, "") // Azure's disks without a zone
	v.Region, v.Zone = sole(regions, v.Region), sole(zones, v.Zone)
}

// sole is the one member of set: otherwise where it has none, nothing where it has
// several.
func sole(set map[string]bool, otherwise string) string {
	switch len(set) {
	case 0:
		return otherwise
	case 1:
		for only := range set {
			return only
		}
	}
	return ""
}
