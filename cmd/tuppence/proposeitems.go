package main

import (
	"path"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/patch"
	"github.com/tuppence-dev/tuppence/report/pull"
)

// items are the findings that have their place, in the order of the report, and the
// patches that nothing asks for any more: who owns what changes for each, and how far
// on the way to production its clusters are. A folder that is built for several changes
// in all of them at once, so that its wave is that of the last.
func (b *proposing) items(p *patch.Plan) []pull.Item {
	var items []pull.Item
	at := map[string]int{}
	owner := b.ownersIn(p)
	for _, q := range p.Placed {
		i, ok := at[q.Finding]
		if !ok {
			i = len(items)
			at[q.Finding] = i
			o := b.finding(q.Finding).Subject
			items = append(items, pull.Item{Finding: q.Finding, Subject: o.Kind + " " + o.Namespace + "/" + o.Name, Wave: b.wave(o.Cluster), Owner: owner(q.Finding), Evidence: evidenceOf(p, q.Finding)})
		}
		items[i].Wave = max(items[i].Wave, b.wave(q.Clusters...))
	}
	for _, s := range p.Stale {
		items = append(items, pull.Item{Finding: s.File, Subject: subjectOf(s), Wave: b.wave(s.Clusters...), Owner: owner(s.File), Evidence: staleEvidence(p, s), Takes: true})
	}
	return items
}

// wave is the last of the clusters'. One that is not known counts as production.
func (b *proposing) wave(clusters ...string) pull.Wave {
	wave := pull.Development
	for _, name := range clusters {
		environment := ""
		for i := range b.fleet.Clusters {
			if b.fleet.Clusters[i].Name == name {
				environment = b.fleet.Clusters[i].Environment
			}
		}
		wave = max(wave, b.config.Waves.of(environment))
	}
	return wave
}

// ownersIn tells the owners of what the plan changes for a finding, or for a patch file
// that goes: of the files that it is placed in and those that name it, and of the
// kustomizations that list them. A file of the plan that can't be told to be of any is
// of all.
func (b *proposing) ownersIn(p *patch.Plan) func(of string) string {
	files, folders := map[string][]string{}, map[string][]string{} // by finding, or by file that goes; by folder: the findings
	add := func(of, file string) {
		if file = path.Clean(file); file != "." && !slices.Contains(files[of], file) {
			files[of] = append(files[of], file)
			folders[path.Dir(file)] = append(folders[path.Dir(file)], of)
		}
	}
	for _, q := range p.Placed {
		add(q.Finding, q.File)
	}
	for _, s := range p.Stale {
		add(s.File, s.File)
	}
	for _, f := range p.Files {
		for _, finding := range patch.FindingsOf(f.After) {
			add(finding, f.Path)
		}
	}
	told := map[string]bool{}
	for _, all := range files {
		for _, file := range all {
			told[file] = true
		}
	}
	var rest []string
	for _, f := range p.Files {
		switch {
		case isKustomization(f.Path) && len(folders[path.Dir(f.Path)]) > 0:
			for _, of := range folders[path.Dir(f.Path)] {
				if !slices.Contains(files[of], f.Path) {
					files[of] = append(files[of], f.Path)
				}
			}
		case !told[f.Path]:
			rest = append(rest, f.Path)
		}
	}
	return func(of string) string { return b.owners.Of(slices.Concat(files[of], rest)...) }
}

func isKustomization(file string) bool {
	return slices.Contains([]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}, path.Base(file))
}

// finding is the report's, which has one of every name that a plan has.
func (b *proposing) finding(id string) *recommend.Finding {
	i := slices.IndexFunc(b.report.Findings, func(f recommend.Finding) bool { return f.ID == id })
	return &b.report.Findings[i]
}

// evidenceOf is what the plan places of a finding, as requests remember it.
func evidenceOf(plan *patch.Plan, finding string) string {
	var wishes []pull.Wish
	for _, q := range plan.Placed {
		if o := q.Change.Object; q.Finding == finding {
			field := strings.Join([]string{o.Cluster, o.APIVersion, o.Kind, o.Namespace, o.Name, q.Change.Field()}, "\x00")
			wishes = append(wishes, pull.Wish{Field: field, Value: q.Change.After, Amount: magnitude(q.Change)})
		}
	}
	return pull.Evidence(finding, wishes...)
}

// magnitude is what the change sets, in the unit of its field or in seconds; 0 where that
// is no amount.
func magnitude(c recommend.Change) float64 {
	if slices.Contains(c.Path, "resources") {
		q, err := resource.ParseQuantity(c.After)
		if err != nil {
			return 0
		}
		return q.AsApproximateFloat64()
	}
	d, err := time.ParseDuration(c.After)
	if err != nil {
		return 0
	}
	return d.Seconds()
}
