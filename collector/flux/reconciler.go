package flux

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
)

// reconciler turns one object into a Reconciler. What it could not read is in
// problems, one line each.
func reconciler(k *collector.Kind, apiVersion string, content map[string]any, w collector.Window) (r collector.Reconciler, problems []string) {
	o := &object{apiVersion: apiVersion, kind: k.Kind, content: content}
	r = collector.Reconciler{
		APIVersion: apiVersion,
		Kind:       k.Kind,
		Namespace:  o.namespace(),
		Name:       o.name(),
		Origin:     o.origin(),
		Generated:  o.generated(),
		Suspended:  o.flag("spec.suspend") || strings.EqualFold(o.annotation(enabledAnnotation), "disabled"),
		Source:     o.source(),
		Path:       o.path(),
		URL:        o.url(),
		Ref:        o.ref(),
		Revision:   o.revision(),
		Objects:    len(o.list("status.inventory.entries")),
		DependsOn:  o.dependsOn(),
		Wait:       o.flag("spec.wait") || len(o.list("spec.healthChecks")) > 0,
		Remote:     o.has("spec.kubeConfig"),
		Inputs:     len(o.list("spec.valuesFrom")) > 0 || len(o.list("spec.postBuild.substituteFrom")) > 0,
		Ignore:     o.ignore(),
		Shard:      o.short("label "+shardLabel, entry(at(o.content, "metadata.labels"), shardLabel)),
		Requested:  o.requested(),
	}
	o.pace(k, &r)
	switch k.Kind {
	case "Kustomization":
		r.TargetNamespace = o.text("spec.targetNamespace")
		r.Timeout, r.TimeoutSet = o.duration("spec.timeout"), o.text("spec.timeout") != ""
		if !r.TimeoutSet && r.Interval.Duration > 0 {
			r.Timeout.Duration = collector.HealthTimeout(r.Interval.Duration)
		}
	case "HelmRelease":
		r.HasChart = o.has("spec.chart")
		r.ChartInterval = o.duration("spec.chart.spec.interval")
		r.TargetNamespace = o.text("spec.targetNamespace")
		r.ReleaseName = cmp.Or(o.text("spec.releaseName"), o.newest("name"))
	case "OCIRepository":
		r.Artifact = o.artifact()
	case "Receiver":
		r.Hook, r.Targets = o.text("spec.type"), o.targets()
	case "ExternalSecret":
		r.Lapses = o.madeByGenerator()
	}
	r.Ready, r.Reason = o.ready()
	if k.History {
		var whole bool
		r.History, whole = o.history()
		if whole {
			r.Measured = measure(r.History, w.Start)
		}
		if len(r.History) > 0 && r.History[0].Last.After(w.End.Add(reading)) {
			r.Measured.Doubt(collector.ClocksDiffer)
		}
	}
	if k.Kind == "HelmRelease" {
		r.Measured.Changes, r.Measured.ChangeSpan.Duration = o.releases(w.End)
	}
	return r, o.problems
}

// madeByGenerator reports whether an ExternalSecret takes anything from a generator,
// as a token of a registry, instead of a store.
func (o *object) madeByGenerator() bool {
	of := func(e any) bool { return at(e, "sourceRef.generatorRef") != nil }
	return slices.ContainsFunc(o.list("spec.data"), of) || slices.ContainsFunc(o.list("spec.dataFrom"), of)
}

// reading is how long a cluster is read for at most: what happened in it after the
// window's end and before that is as it should be.
const reading = 15 * time.Minute

// requested is when the object was last asked to run, which it has. What stands
// there is whatever was written into the annotation, by custom a time.
func (o *object) requested() time.Time {
	s, _ := at(o.content, "status.lastHandledReconcileAt").(string)
	t, _ := instant(s)
	return t
}

func (o *object) ready() (status, reason string) {
	for _, c := range o.list("status.conditions") {
		if at(c, "type") == "Ready" {
			status, _ = at(c, "status").(string)
			reason, _ = at(c, "reason").(string)
			return status, reason
		}
	}
	return "", ""
}

// source is what the object applies or builds on: a reference without a
// namespace means the object's own.
func (o *object) source() collector.Origin {
	for _, ref := range []struct{ path, kind string }{
		{"spec.sourceRef", ""},
		{"spec.chartRef", ""},
		{"spec.chart.spec.sourceRef", ""},
		{"spec.imageRepositoryRef", "ImageRepository"}, // of an ImagePolicy, which names no kind
	} {
		if at(o.content, ref.path+".name") == nil {
			continue
		}
		return collector.Origin{
			Kind:      cmp.Or(o.text(ref.path+".kind"), ref.kind),
			Namespace: cmp.Or(o.text(ref.path+".namespace"), o.namespace()),
			Name:      o.text(ref.path + ".name"),
		}
	}
	return collector.Origin{}
}

// path is where in its source the object looks: a folder, or the name or folder
// of a chart.
func (o *object) path() string {
	switch o.kind {
	case "HelmChart":
		return o.text("spec.chart")
	case "HelmRelease":
		return o.text("spec.chart.spec.chart")
	case "ImageUpdateAutomation":
		return o.text("spec.update.path")
	}
	return o.text("spec.path")
}

func (o *object) url() string {
	switch o.kind {
	case "GitRepository", "OCIRepository", "HelmRepository", "ResourceSetInputProvider":
		return collector.CleanURL(o.text("spec.url"))
	case "ImageRepository":
		return collector.CleanURL(o.text("spec.image"))
	case "Bucket":
		if endpoint := collector.CleanURL(strings.TrimSuffix(o.text("spec.endpoint"), "/")); endpoint != "" {
			return endpoint + "/" + o.text("spec.bucketName")
		}
	}
	return ""
}

// ref is the revision that a GitRepository or an OCIRepository follows. A full
// name (.spec.ref.name) of a branch or a tag reads as that branch or tag, and
// any other as a branch under its full name; like Flux it goes before the other
// fields. A digest of an OCIRepository pins as a commit does.
func (o *object) ref() collector.GitRef {
	if o.kind != "GitRepository" && o.kind != "OCIRepository" {
		return collector.GitRef{}
	}
	commit := cmp.Or(o.text("spec.ref.commit"), o.text("spec.ref.digest"))
	if name := o.text("spec.ref.name"); name != "" {
		if tag, ok := strings.CutPrefix(name, "refs/tags/"); ok {
			return collector.GitRef{Tag: tag, Commit: commit}
		}
		return collector.GitRef{Branch: strings.TrimPrefix(name, "refs/heads/"), Commit: commit}
	}
	return collector.GitRef{
		Branch: o.text("spec.ref.branch"),
		Tag:    o.text("spec.ref.tag"),
		SemVer: o.text("spec.ref.semver"),
		Commit: commit,
	}
}

func (o *object) revision() string {
	if o.kind == "HelmRelease" {
		if version := o.newest("chartVersion"); version != "" {
			return version
		}
	}
	return cmp.Or(o.text("status.lastAppliedRevision"), o.text("status.artifact.revision"), o.text("status.lastAttemptedRevision"))
}

// newest is a field of a HelmRelease's newest release: .status.history holds them
// newest first.
func (o *object) newest(field string) string {
	releases := o.list("status.history")
	if len(releases) == 0 {
		return ""
	}
	s, _ := at(releases[0], field).(string)
	return o.short("status.history[0]."+field, s)
}

// releases counts the releases that a HelmRelease's history holds after the oldest
// of them, up to end. Flux drops the oldest first, so that none between is missing.
func (o *object) releases(end time.Time) (int, time.Duration) {
	var oldest time.Time
	n := 0
	for _, e := range o.list("status.history") {
		t, ok := instant(at(e, "lastDeployed"))
		if !ok || t.After(end) {
			continue
		}
		if n++; oldest.IsZero() || t.Before(oldest) {
			oldest = t
		}
	}
	if n == 0 {
		return 0, 0
	}
	return n - 1, end.Sub(oldest)
}

// artifact is what the annotations of an OCI artifact, which the source's status
// repeats, say of the Git revision that it was pushed from.
// https://github.com/opencontainers/image-spec/blob/main/annotations.md
func (o *object) artifact() collector.Artifact {
	annotation := func(key string) string {
		return o.short("status.artifact.metadata "+key, entry(at(o.content, "status.artifact.metadata"), key))
	}
	return collector.Artifact{
		Source:   collector.CleanURL(annotation("org.opencontainers.image.source")),
		Revision: annotation("org.opencontainers.image.revision"),
	}
}

// dependsOn are the objects of the same kind that must be ready first, each as
// namespace/name.
func (o *object) dependsOn() []string {
	if o.kind == "ResourceSet" {
		return nil // it waits for objects of any kind, not for its like
	}
	var names []string
	for _, d := range o.list("spec.dependsOn") {
		name, _ := at(d, "name").(string)
		if name == "" {
			o.problem("spec.dependsOn has an entry without a name")
			continue
		}
		ns, _ := at(d, "namespace").(string)
		names = append(names, cmp.Or(ns, o.namespace())+"/"+name)
	}
	return names
}
