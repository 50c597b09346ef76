package argo

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tuppence-dev/tuppence/collector"
)

// application holds the fields that are read of an Application.
// https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml
type application struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		Source         *appSource  `json:"source"`
		Sources        []appSource `json:"sources"`
		SourceHydrator *struct {
			DrySource appSource `json:"drySource"`
		} `json:"sourceHydrator"`
		Destination struct {
			Server    string `json:"server"`
			Name      string `json:"name"`
			Namespace string `json:"namespace"`
		} `json:"destination"`
	} `json:"spec"`
	Status struct {
		ControllerNamespace string `json:"controllerNamespace"`
		Health              struct {
			Status string `json:"status"`
		} `json:"health"`
		Sync struct {
			Status    string   `json:"status"`
			Revision  string   `json:"revision"`
			Revisions []string `json:"revisions"`
		} `json:"sync"`
		SourceType  string     `json:"sourceType"`
		SourceTypes []string   `json:"sourceTypes"`
		Resources   []resource `json:"resources"`
		History     []struct {
			Revision   string   `json:"revision"`
			Revisions  []string `json:"revisions"`
			DeployedAt string   `json:"deployedAt"`
		} `json:"history"`
	} `json:"status"`
}

// resource is an object that an Application applies.
type resource struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

type metadata struct {
	Namespace       string            `json:"namespace"`
	Name            string            `json:"name"`
	Labels          map[string]string `json:"labels"`
	Annotations     map[string]string `json:"annotations"`
	OwnerReferences []struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"ownerReferences"`
}

// read fills v from an object as the API server gave it.
func read(content map[string]any, v any) (err error) {
	defer func() { // the converter is apimachinery's; an odd object must not end the run
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return runtime.DefaultUnstructuredConverter.FromUnstructured(content, v)
}

// instance is the namespace of the Argo CD that reconciles the Application:
// since 2.9 its status says so; before, it is the Application's own unless
// Applications in any namespace are switched on.
func (a *application) instance() string {
	return cmp.Or(a.Status.ControllerNamespace, a.Metadata.Namespace)
}

// deploys counts the revisions that the Application's history holds after the oldest
// of them, up to end. Argo CD keeps the last ten (.spec.revisionHistoryLimit).
func (a *application) deploys(end time.Time) (int, time.Duration) {
	var oldest time.Time
	seen := map[string]bool{}
	for _, h := range a.Status.History {
		t, err := time.Parse(time.RFC3339, h.DeployedAt)
		if err != nil || t.Year() < 2000 || t.After(end) {
			continue
		}
		seen[h.Revision+strings.Join(h.Revisions, " ")] = true
		if oldest.IsZero() || t.Before(oldest) {
			oldest = t
		}
	}
	if len(seen) == 0 {
		return 0, 0
	}
	return len(seen) - 1, end.Sub(oldest)
}

// reconciler turns an Application into a Reconciler. The kind has no interval:
// that is its instance's. Its Origin is left to the caller, who knows the others.
func (a *application) reconciler(end time.Time) collector.Reconciler {
	sources := a.sources()
	var source collector.ArgoSource // the first of several
	if len(sources) > 0 {
		source = sources[0]
	}
	r := collector.Reconciler{
		APIVersion: applications.GroupVersion().String(),
		Kind:       "Application",
		Namespace:  a.Metadata.Namespace,
		Name:       a.Metadata.Name,
		Suspended:  a.suspended(),
		URL:        source.URL,
		Path:       cmp.Or(source.Path, source.Chart),
		Revision:   a.Status.Sync.Revision,
		Objects:    len(a.Status.Resources),
		Remote:     a.remote(),
		OwnerSet:   a.Metadata.owner("ApplicationSet"),
		Ignore:     collector.IgnoreOf(a.Metadata.Annotations),
		Sources:    sources,

		TargetNamespace: a.Spec.Destination.Namespace,
	}
	r.Generated = r.OwnerSet != ""
	if r.Revision == "" && len(a.Status.Sync.Revisions) > 0 {
		r.Revision = a.Status.Sync.Revisions[0]
	}
	r.Ready, r.Reason = a.ready()
	r.Ref = ref(source)
	r.Measured.Changes, r.Measured.ChangeSpan.Duration = a.deploys(end)
	return r
}

// suspended reads the annotation as Argo CD does: what is no boolean is ignored.
func (a *application) suspended() bool {
	skip, err := strconv.ParseBool(a.Metadata.Annotations["argocd.argoproj.io/skip-reconcile"])
	return err == nil && skip
}

// ready is True where the Application is in sync and healthy, Unknown where
// nothing has been compared yet; the reason is both, as "OutOfSync/Healthy".
func (a *application) ready() (status, reason string) {
	sync, health := a.Status.Sync.Status, a.Status.Health.Status
	switch {
	case sync == "" && health == "":
		return "Unknown", ""
	case sync == "Synced" && health == "Healthy":
		status = "True"
	default:
		status = "False"
	}
	return status, cmp.Or(sync, "Unknown") + "/" + cmp.Or(health, "Unknown")
}

// remote tells whether the Application deploys to another cluster than the one
// its instance runs in.
func (a *application) remote() bool {
	d := a.Spec.Destination
	here := d.Server == "" && d.Name == "" || d.Server == "https://kubernetes.default.svc" || d.Name == "in-cluster"
	return !here
}

var commit = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// ref is a revision that is surely a commit, or a chart's version. Of another
// name only the repository knows whether it is a branch or a tag: it stands in
// ArgoSource.Ref.
func ref(s collector.ArgoSource) collector.GitRef {
	switch {
	case s.Chart != "":
		return collector.GitRef{SemVer: s.Ref}
	case commit.MatchString(s.Ref):
		return collector.GitRef{Commit: s.Ref}
	}
	return collector.GitRef{}
}
