package patch

import (
	"context"
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"time"

	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/patch/chart"
)

// maxSearch bounds the search for the values of one finding. A chart of 20 templates
// renders in 10 ms, so that two hundred tries take two seconds.
const maxSearch = 30 * time.Second

// viaValues makes the changes of what a HelmRelease renders in its values, where the
// chart lies in this tree and rendering it proves which values do. Where it does
// not, the release patches what the chart renders, and a note says why.
func (m *maker) viaValues(ctx context.Context, c *candidate, built *rendering) error {
	var out []*intent
	for _, i := range c.intents {
		found, done, err := m.values(ctx, i, built)
		switch {
		case done:
			c.already = append(c.already, i)
		case err != nil:
			i.note = joinNotes(i.note, fmt.Sprintf("%s patches what its chart renders, as its values can't be set: %s", i.change.Object, brief(err.Error())))
			fallthrough
		case len(found) == 0:
			out = append(out, i)
		default:
			out = append(out, found...)
		}
	}
	c.intents = out
	return nil
}

// values are the intents that set a release's values in the place of i; none, and no
// error, where the chart is elsewhere. done tells that the values in Git do what i
// is to bring about.
func (m *maker) values(ctx context.Context, i *intent, built *rendering) (found []*intent, done bool, err error) {
	if i.inline == nil || i.change.Object.Kind != "HelmRelease" {
		return nil, false, nil
	}
	k, ok := built.find(i.change.Object)
	if !ok {
		return nil, false, nil
	}
	release := built.objects[k]
	dir := m.chartFolder(i.change.Object, release)
	if dir == "" {
		return nil, false, nil
	}
	list, _ := valueAt(release, "spec", "postRenderers").([]any)
	if _, ours := parted(list, true); slices.ContainsFunc(ours, func(d *inlineDoc) bool { return reflect.DeepEqual(d.target, i.inline.target) }) {
		return nil, false, nil // it patches that object already
	}
	if valueAt(release, "spec", "valuesFrom") != nil || valueAt(release, "spec", "chart", "spec", "valuesFiles") != nil {
		return nil, false, errors.New("more of them come from valuesFrom or valuesFiles")
	}
	helm, err := chart.Read(m.disk.root.FS(), dir)
	if err != nil {
		return nil, false, err
	}
	values, _ := valueAt(release, "spec", "values").(map[string]any)
	ctx, cancel := context.WithTimeout(ctx, maxSearch)
	defer cancel()
	answer, err := m.renderer.Find(ctx, helm, releaseOf(i.change.Object, release, m.owners.versions[i.change.Object.Cluster]), values, sets(i.inline.changes))
	if err != nil {
		return nil, false, err
	}
	if len(answer.Values) == 0 {
		return nil, true, nil
	}
	if err := i.inline.provable(); err != nil { // for the judge to see
		return nil, false, err
	}
	found, err = i.setValues(answer)
	return found, false, err
}

// setValues are the intents that make the answer's values stand in the release.
func (i *intent) setValues(answer *chart.Answer) ([]*intent, error) {
	var out []*intent
	for _, v := range answer.Values {
		switch v.After.(type) {
		case map[string]any, []any:
			return nil, fmt.Errorf("%s would have to be written out as a whole", (recommend.Change{Path: v.Path}).Field())
		}
		change := &recommend.Change{Object: i.change.Object, Path: append([]string{"spec", "values"}, v.Path...), Before: text(v.Before), After: text(v.After)}
		out = append(out, &intent{change: change, owner: i.owner, note: i.note, exact: v.After})
	}
	out[0].shown = []Rendered{i.inline.shown}
	for _, change := range i.inline.changes {
		last := change.Path[len(change.Path)-1]
		at := max(0, slices.IndexFunc(out, func(o *intent) bool {
			return o.change.Path[len(o.change.Path)-1] == last && o.change.After == change.After
		}))
		out[at].fulfils = append(out[at].fulfils, change)
	}
	return out, nil
}

// chartFolder is where the chart of a release lies in the tree, "" where it comes
// from elsewhere.
func (m *maker) chartFolder(o recommend.Object, release map[string]any) string {
	ref, _ := valueAt(release, "spec", "chart", "spec", "sourceRef").(map[string]any)
	if text(ref["kind"]) != "GitRepository" {
		return ""
	}
	ns := text(ref["namespace"])
	if ns == "" {
		ns = o.Namespace
	}
	source := m.owners.reconcilers[recommend.Object{Cluster: o.Cluster, Kind: "GitRepository", Namespace: ns, Name: text(ref["name"])}]
	if source == nil {
		return ""
	}
	if _, err := m.owners.rule.repository(source); err != nil {
		return ""
	}
	dir, err := folder(text(valueAt(release, "spec", "chart", "spec", "chart")))
	if err != nil || !m.plain.isFile(path.Join(dir, "Chart.yaml")) {
		return ""
	}
	return dir
}

// releaseOf is what the chart's templates see of a release.
// https://fluxcd.io/flux/components/helm/helmreleases/#release-name
func releaseOf(o recommend.Object, release map[string]any, version string) chart.Release {
	r := chart.Release{KubeVersion: version, Name: text(valueAt(release, "spec", "releaseName")), Namespace: text(valueAt(release, "spec", "targetNamespace"))}
	switch {
	case r.Name != "":
	case r.Namespace != "":
		r.Name = r.Namespace + "-" + o.Name
	default:
		r.Name = o.Name
	}
	if r.Namespace == "" {
		r.Namespace = o.Namespace
	}
	return r
}

func sets(changes []*recommend.Change) []chart.Set {
	var out []chart.Set
	for _, c := range changes {
		o := c.Object
		out = append(out, chart.Set{Field: chart.Field{APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Path: c.Path}, Value: c.After})
	}
	return out
}

// valueAt is the value that plain keys lead to, nil where there is none.
func valueAt(obj map[string]any, steps ...string) any {
	v, _ := dig(obj, anySteps(steps))
	return v
}
