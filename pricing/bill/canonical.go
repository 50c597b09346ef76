package bill

import "strings"

// Canonical writes the id of a cloud resource in one way, however a cluster (the
// provider id of a node, the handle of a volume) or a bill (an ARN, a full
// resource name) writes it, so that the two can be compared:
//
//	aws:///eu-west-2a/i-0abc, arn:aws:ec2:eu-west-2:1234:instance/i-0abc   i-0abc
//	azure:///subscriptions/S/resourceGroups/…, /SUBSCRIPTIONS/S/…          /subscriptions/s/resourcegroups/…
//	gce://p/z/n, //compute.googleapis.com/projects/p/zones/z/instances/n   projects/p/zones/z/instances/n
//
// Azure's ids mean the same in any letter case; those of the others do not. An
// id that it does not know comes back without the space around it.
func Canonical(id string) string {
	id = strings.TrimSpace(id)
	switch {
	case strings.HasPrefix(id, "aws://"), strings.HasPrefix(id, "arn:") && strings.Contains(id, ":ec2:"):
		return lastPart(id) // unique in all of AWS
	case strings.HasPrefix(id, "gce://"):
		return gce(id)
	case strings.HasPrefix(id, "//"), strings.HasPrefix(id, "https://"):
		if i := strings.Index(id, "/projects/"); i >= 0 {
			return strings.TrimRight(id[i+1:], "/ ")
		}
		return id
	}
	return azure(id)
}

// gce is a node's gce://project/zone/name as the API's path.
func gce(id string) string {
	parts := strings.Split(strings.TrimPrefix(id, "gce://"), "/")
	if len(parts) != 3 {
		return id
	}
	return "projects/" + parts[0] + "/zones/" + parts[1] + "/instances/" + parts[2]
}

// azure folds the case of a resource id of Azure, and gives it one slash in
// front and none behind; other ids stay as they are.
func azure(id string) string {
	bare := id
	if hasPrefixFold(bare, "azure://") {
		bare = bare[len("azure://"):]
	}
	bare = strings.Trim(bare, "/ ")
	if !hasPrefixFold(bare, "subscriptions/") {
		return id
	}
	return "/" + strings.ToLower(bare)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func lastPart(id string) string { return strings.TrimSpace(id[strings.LastIndexByte(id, '/')+1:]) }

// scaleSetOf is the id of the scale set that the machine with canonical id
// belongs to; empty where it is none's.
func scaleSetOf(id string) string {
	set, machine, ok := strings.Cut(id, "/virtualmachines/")
	if !ok || !strings.Contains(set, "/virtualmachinescalesets/") || strings.Contains(machine, "/") {
		return ""
	}
	return set
}

// named is the canonical id of a row with Google Cloud's names in the place of
// its numbers: GCP's bill has projects/12345/zones/z/instances/67890, or 67890
// alone, where a cluster has names. The names stand in other columns. An id that
// has its names, or whose names the row does not tell, stays as it is.
func named(id string, r *row) string {
	name, project := lastPart(r.text(resourceName)), r.text(subAccountID)
	if name == "" || project == "" {
		return id
	}
	if numeric(id) {
		kind := gcpKind(r.text(resourceType))
		if zone := r.text(availabilityZone); kind != "" && zone != "" {
			return "projects/" + project + "/zones/" + zone + "/" + kind + "/" + name
		}
		return id
	}
	parts := strings.Split(id, "/")
	if len(parts) != 6 || parts[0] != "projects" {
		return id
	}
	if numeric(parts[1]) {
		parts[1] = project
	}
	if numeric(parts[5]) {
		parts[5] = name
	}
	return strings.Join(parts, "/")
}

// gcpKind tells an instance from its boot disk, which has the same name.
func gcpKind(resourceType string) string {
	switch strings.ToLower(resourceType) {
	case "instance", "instances":
		return "instances"
	case "disk", "disks":
		return "disks"
	}
	return ""
}

func numeric(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
