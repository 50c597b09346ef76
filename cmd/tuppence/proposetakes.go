package main

import (
	"path"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// takes is the proposal to take out patches of earlier runs that nothing asks for any
// more.
func (b *proposing) takes(g pull.Group, plan *patch.Plan) pull.Proposal {
	p := pull.Proposal{Key: g.Key, Files: plan.Files, Wave: g.Wave, Labels: b.config.Labels}
	t := pull.TakesText{Owner: g.Owner, Wave: g.Wave, Version: version(), Recording: b.recording}
	for _, item := range g.Items {
		i := slices.IndexFunc(plan.Stale, func(s patch.Stale) bool { return s.File == item.Finding })
		if i < 0 {
			continue
		}
		s := plan.Stale[i]
		t.Patches = append(t.Patches, pull.TakenPatch{File: s.File, Object: s.Object, Reason: s.Reason})
		p.Findings = append(p.Findings, s.Findings...)
		p.Subjects = append(p.Subjects, item.Subject)
		p.Evidence = append(p.Evidence, item.Evidence)
		p.Clusters = append(p.Clusters, s.Clusters...)
	}
	p.Title, p.Body, p.Digest = t.Title(), t.Body(), pull.DigestOf(p.Evidence)
	return p
}

// subjectOf is the object that changes back without the patch, as findings name theirs;
// empty where none does.
func subjectOf(s patch.Stale) string {
	if s.Gone {
		return ""
	}
	o := objectOf(s)
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// objectOf is the object of the patch, as far as its file names it: Deployment.apps
// shop/web has no version.
func objectOf(s patch.Stale) recommend.Object {
	kind, name, _ := strings.Cut(s.Object, " ")
	kind, _, _ = strings.Cut(kind, ".")
	namespace, name, ok := strings.Cut(name, "/")
	if !ok {
		namespace, name = "", namespace
	}
	return recommend.Object{Kind: kind, Namespace: namespace, Name: name}
}

// staleEvidence is of the patch as it stands, and not of the kustomization that lists
// it, which changes with whatever else is listed there.
func staleEvidence(p *patch.Plan, s patch.Stale) string {
	return pull.Evidence(s.File, pull.Wish{Field: "file", Value: fileBefore(p, s.File)})
}

// fileBefore is what stands in a file that the plan changes.
func fileBefore(p *patch.Plan, file string) string {
	i := slices.IndexFunc(p.Files, func(f patch.FileChange) bool { return f.Path == path.Clean(file) })
	if i < 0 {
		return ""
	}
	return string(p.Files[i].Before)
}
