package flux

import (
	"slices"

	"github.com/tuppence-dev/tuppence/collector"
)

// controllerNames are the programs that reconcile the kinds of the table.
var controllerNames = []string{
	"source-controller", "kustomize-controller", "helm-controller", "notification-controller",
	"image-reflector-controller", "image-automation-controller", "source-watcher",
	"tofu-controller", "tf-controller", "flux-operator",
}

// controllers finds the Flux controllers among a cluster's workloads: Deployments
// and StatefulSets of which a container's image is called like one, wherever they
// run and whatever a shard of them is named. Of an image under another name the
// workload's own name tells.
func controllers(workloads []collector.Workload) []collector.Controller {
	var found []collector.Controller
	for i := range workloads {
		w := &workloads[i]
		if w.Kind != "Deployment" && w.Kind != "StatefulSet" {
			continue
		}
		if kind := controllerKind(w); kind != "" {
			found = append(found, collector.Controller{Kind: kind, Namespace: w.Namespace, Name: w.Name, Origin: w.Origin})
		}
	}
	return found
}

func controllerKind(w *collector.Workload) string {
	for i := range w.Containers {
		if name := collector.ImageName(w.Containers[i].Image); slices.Contains(controllerNames, name) {
			return name
		}
	}
	// Every Flux controller runs in a container called "manager".
	manager := slices.ContainsFunc(w.Containers, func(c collector.Container) bool { return c.Name == "manager" })
	if manager && slices.Contains(controllerNames, w.Name) {
		return w.Name
	}
	return ""
}
