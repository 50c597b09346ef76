package patch

import (
	"strings"
	"testing"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// hubs is a fleet of a hub with the Applications, and of a cluster with a workload that
// names one of them.
func hubs(apps ...collector.Reconciler) (*collector.Fleet, recommend.Object) {
	for i := range apps {
		apps[i].APIVersion, apps[i].Kind, apps[i].Name, apps[i].Remote = "argoproj.io/v1alpha1", "Application", "web", true
		apps[i].URL = "https://git.example/acme/fleet.git"
		for j := range apps[i].Sources {
			apps[i].Sources[j].URL = apps[i].URL
		}
	}
	web := collector.Workload{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web", Origin: collector.Origin{Kind: "Application", Name: "web"}}
	return &collector.Fleet{Clusters: []collector.Cluster{
		{Name: "hub", Version: "v1.30.1", Reconcilers: apps},
		{Name: "uk", Version: "v1.34.1", Workloads: []collector.Workload{web}},
	}}, recommend.Object{Cluster: "uk", APIVersion: "apps/v1", Kind: "Deployment", Namespace: "shop", Name: "web"}
}

// A hub's chart is told the Kubernetes version of the cluster that it is for.
func TestAChartOfAHubIsRenderedForTheOtherCluster(t *testing.T) {
	f, o := hubs(collector.Reconciler{Namespace: "argocd", Path: "charts/web", Sources: []collector.ArgoSource{{Path: "charts/web", Type: "Helm"}}})
	app := indexOwners(f, Options{}).chartOf(o)
	if app == nil || app.cluster != "uk" || app.release.KubeVersion != "v1.34.1" {
		t.Errorf("got %+v", app)
	}
}

// Two Applications of one name in one hub are no more told apart than those of two.
func TestApplicationsOfOneNameInAHub(t *testing.T) {
	f, o := hubs(collector.Reconciler{Namespace: "argocd", Path: "apps/a"}, collector.Reconciler{Namespace: "team", Path: "apps/b"})
	if b, err := indexOwners(f, Options{}).find(o); err == nil || !strings.Contains(err.Error(), "perhaps hub,") {
		t.Errorf("got %+v, %v", b, err)
	}
}
