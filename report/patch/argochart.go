package patch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
	"github.com/tuppence-dev/tuppence/report/patch/chart"
)

// An Argo CD Application may render a chart of the tree with value files of the
// tree. What it renders is then changed in those files, where rendering proves
// which value does it, and that no other Application's rendering changes along.
// https://argo-cd.readthedocs.io/en/stable/user-guide/helm/

// chartApp is such an Application.
type chartApp struct {
	*builder
	release chart.Release
	files   []string // its value files, below the root, later ones win
	inline  bool     // it sets values itself, which are not known
}

// chartAppOf is the Application as one that renders a chart of this tree; nil where
// it does not, and an error where something of it is not known.
func (x *owners) chartAppOf(c *collector.Cluster, r *collector.Reconciler) (*chartApp, error) {
	for n, one := range alone(r) {
		if r.Kind != "Application" || len(one.Sources) == 0 || one.Sources[0].Type != "Helm" || one.Sources[0].Chart != "" {
			continue
		}
		if _, err := x.rule.repository(one); err != nil {
			continue
		}
		note, err := x.rule.check(c, one)
		if err != nil {
			return nil, err
		}
		dir, err := folder(one.Path)
		if err != nil {
			return nil, err
		}
		source := r.Sources[n]
		a := &chartApp{builder: &builder{home: c.Name, cluster: c.Name, kind: r.Kind, namespace: r.Namespace, name: r.Name, dir: dir, note: note}, inline: source.Inline}
		a.release = chart.Release{Name: source.ReleaseName, Namespace: r.TargetNamespace, KubeVersion: c.Version}
		if a.release.Name == "" {
			a.release.Name = r.Name
		}
		a.files, err = x.valueFiles(r, source, dir)
		return a, err
	}
	return nil, nil
}

// valueFiles are the source's value files as paths below the root: beside the chart,
// from the root of its repository, or in a source that is named.
func (x *owners) valueFiles(r *collector.Reconciler, source collector.ArgoSource, dir string) ([]string, error) {
	var out []string
	for _, file := range source.ValueFiles {
		at := path.Join(dir, file)
		name, below, named := strings.Cut(strings.TrimPrefix(file, "$"), "/")
		switch {
		case strings.Contains(file, "://") || strings.ContainsAny(file, "*?["):
			return nil, fmt.Errorf("its value file %s is no file of a repository", brief(file))
		case strings.HasPrefix(file, "$"):
			i := slices.IndexFunc(r.Sources, func(s collector.ArgoSource) bool { return s.Name == name })
			if i < 0 || !named {
				return nil, fmt.Errorf("its value file %s is of a source that it does not have", brief(file))
			}
			if _, err := x.rule.repository(alone(r)[i]); err != nil {
				return nil, fmt.Errorf("its value file %s is of another repository", brief(file))
			}
			at = path.Clean(below)
		case strings.HasPrefix(file, "/"):
			at = path.Clean(file[1:])
		}
		if !filepath.IsLocal(at) {
			return nil, fmt.Errorf("its value file %s leaves the repository", brief(file))
		}
		out = append(out, at)
	}
	return out, nil
}

// chartOf is the Application whose chart o is rendered from, in o's cluster or in a
// hub; nil where none is known.
func (x *owners) chartOf(o recommend.Object) *chartApp {
	o.APIVersion = ""
	origin := x.origins[o]
	local := ownerKey(o.Cluster, origin.Kind, origin.Namespace, origin.Name)
	if x.found[local] != nil || x.refused[local] != "" {
		return x.charts[local]
	}
	from := x.remote[ownerKey("", origin.Kind, origin.Namespace, origin.Name)]
	if len(from) != 1 || from[0].cluster != o.Cluster {
		return nil
	}
	return x.hubCharts[from[0]]
}

// viaChart makes c one of a chart's values; why is the reason why it has no folder.
func (m *maker) viaChart(c *candidate, change *recommend.Change, why error) error {
	app := m.owners.chartOf(change.Object)
	if app == nil || c.chart != nil && c.chart != app || c.chart == nil && len(c.intents) > 0 {
		return why
	}
	if app.inline {
		return fmt.Errorf("%s sets values itself, which go before its value files; set it there", app)
	}
	c.chart = app
	c.intents = append(c.intents, &intent{change: change, owner: app.builder, note: app.note})
	return nil
}

// charts places the candidates of charts, one after another.
func (m *maker) charts(ctx context.Context, all []*candidate) error {
	for _, c := range all {
		if c.chart == nil || c.err != nil {
			continue
		}
		if c.covered {
			continue
		}
		c.err = m.setChart(ctx, c, all)
		if ctx.Err() != nil {
			return fmt.Errorf("find the values of %s: %w", c.chart, ctx.Err())
		}
	}
	return nil
}

func (m *maker) setChart(ctx context.Context, c *candidate, all []*candidate) error {
	values, err := m.valuesOf(c.chart, m.accepted)
	if err != nil {
		return err
	}
	helm, err := chart.Read(m.disk.root.FS(), c.chart.dir)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, maxSearch)
	defer cancel()
	var changes []*recommend.Change
	for _, i := range c.intents {
		changes = append(changes, i.change)
	}
	answer, err := m.renderer.Find(limited, helm, c.chart.release, values.Values(), sets(changes))
	if err != nil {
		return err
	}
	if len(answer.Values) == 0 {
		c.already, c.intents = c.intents, nil
		return nil
	}
	draft, err := m.editValues(c, values, answer)
	if err != nil {
		return err
	}
	for _, file := range sortedNames(draft) {
		if err := m.readsValues(ctx, file); err != nil {
			return err
		}
	}
	if err := m.proveCharts(limited, c, helm, draft, all); err != nil {
		return err
	}
	maps.Copy(m.accepted, draft)
	return nil
}

// valuesOf merges an Application's value files, with those planned over them.
func (m *maker) valuesOf(app *chartApp, over map[string][]byte) (*chart.Layers, error) {
	var layers [][]byte
	for _, file := range app.files {
		data, ok := over[file]
		if !ok {
			var err error
			if data, err = m.plain.read(file); err != nil {
				return nil, fmt.Errorf("a value file of %s: %w", app, err)
			}
		}
		layers = append(layers, data)
	}
	return chart.Merge(layers...)
}

// editValues writes the answer into the files that decide its values; what none of
// them sets goes to the last.
func (m *maker) editValues(c *candidate, values *chart.Layers, answer *chart.Answer) (map[string][]byte, error) {
	if len(c.chart.files) == 0 {
		return nil, fmt.Errorf("%s has no value file, and the chart's own values are everybody's; give it one", c.chart)
	}
	draft := map[string][]byte{}
	for _, v := range answer.Values {
		layer := values.Layer(v.Path)
		if layer < 0 {
			layer = len(c.chart.files) - 1
		}
		file := c.chart.files[layer]
		if path.Base(file) == "values.yaml" && m.plain.isFile(path.Join(path.Dir(file), "Chart.yaml")) {
			return nil, fmt.Errorf("%s holds the chart's own values, which are everybody's; set it in a value file of %s", file, c.chart)
		}
		src, ok := draft[file]
		if !ok {
			if src, ok = m.accepted[file]; !ok {
				var err error
				if src, err = m.plain.read(file); err != nil {
					return nil, err
				}
			}
		}
		out, err := setValue(src, v.Path, v.After)
		if err != nil {
			return nil, fmt.Errorf("%s in %s: %w", recommend.Change{Path: v.Path}.Field(), file, err)
		}
		draft[file] = out
		for _, i := range c.intents {
			if i.file == "" || i.change.Path[len(i.change.Path)-1] == v.Path[len(v.Path)-1] {
				i.file = file
			}
		}
	}
	return draft, nil
}

// setValue sets a value in a file of one document.
func setValue(src []byte, path []string, value any) ([]byte, error) {
	docs, err := documents(src)
	if err != nil {
		return nil, err
	}
	switch {
	case len(docs) != 1:
		return nil, fmt.Errorf("it holds %d documents with values", len(docs))
	case get(docs[0], "sops") != nil:
		return nil, errEncrypted
	}
	if whole, isFloat := value.(float64); isFloat && whole == float64(int64(whole)) {
		value = int64(whole)
	}
	out, err := editNode(src, docs[0], path, value)
	if err != nil {
		return nil, err
	}
	return out, onlyChanges(src, out, 0, path, value)
}

// proveCharts errs unless the drafted files change exactly the finding's fields in
// what its Application renders, and in what others do exactly what their own findings
// ask for: those are then covered.
func (m *maker) proveCharts(ctx context.Context, c *candidate, helm *chart.Files, draft map[string][]byte, all []*candidate) error {
	over := maps.Clone(m.accepted)
	maps.Copy(over, draft)
	if err := m.proveChart(ctx, c.chart, helm, over, []*candidate{c}); err != nil {
		return err
	}
	if err := m.readElsewhere(draft); err != nil {
		return err
	}
	var covered []*candidate
	for _, other := range m.owners.chartList {
		if other == c.chart || !slices.ContainsFunc(other.files, func(file string) bool { return draft[file] != nil }) {
			continue
		}
		if other.cluster == "" {
			return fmt.Errorf("%s has the value file too, and which cluster it applies to is not known", other)
		}
		var own []*candidate
		for _, d := range all {
			if d.chart == other && d.err == nil && !d.covered && slices.Equal(wishesOf(d), wishesOf(c)) {
				own = append(own, d)
			}
		}
		helm, err := chart.Read(m.disk.root.FS(), other.dir)
		if err == nil {
			err = m.proveChart(ctx, other, helm, over, own)
		}
		if err != nil {
			return fmt.Errorf("%s has the value file too: %w", other, err)
		}
		covered = append(covered, own...)
	}
	for _, d := range covered {
		d.covered = true
		for n, i := range d.intents {
			i.file = c.intents[n].file
		}
	}
	return nil
}

// wishesOf is what a candidate wants, of any object, in order.
func wishesOf(c *candidate) []string {
	var out []string
	for _, i := range c.intents {
		out = append(out, i.change.Field()+"="+i.change.After)
	}
	return out
}

// readElsewhere errs where a kustomization reads a drafted file.
func (m *maker) readElsewhere(draft map[string][]byte) error {
	for _, dir := range m.indexed().dirs {
		for _, file := range files(&m.scanned(dir).kust) {
			if at := path.Join(dir, file); file != "" && draft[at] != nil {
				return fmt.Errorf("the kustomization in %s reads %s too", dir, at)
			}
		}
	}
	return nil
}

// proveChart errs unless exactly what the candidates ask for changes in what an
// Application renders, and the judge lets it pass.
func (m *maker) proveChart(ctx context.Context, app *chartApp, helm *chart.Files, over map[string][]byte, list []*candidate) error {
	before, after, err := m.renderings(ctx, app, helm, over)
	if err != nil {
		return err
	}
	var intents []*intent
	for _, c := range list {
		for _, i := range c.intents {
			var there bool
			if i.key, there = before.find(i.change.Object); !there {
				return fmt.Errorf("the chart in %s renders no %s %s/%s", app.dir, i.change.Object.Kind, i.change.Object.Namespace, i.change.Object.Name)
			}
			s, err := locate(before[i.key], i.change.Path)
			if err != nil {
				return err
			}
			i.git, i.value = text(s.value), typed(i.change.After, s.value, i.change.Path)
			intents = append(intents, i)
		}
	}
	if err := reached(after, intents); err != nil {
		return err
	}
	if d := unintended(before, after, intents); len(d) > 0 {
		return fmt.Errorf("the values would also change %s", describe(d))
	}
	if refused := m.judged(ctx, proved{before, after}, list); len(refused) > 0 {
		return refused[0].err
	}
	return nil
}

// renderings are what an Application renders with the files planned so far, and with
// the draft too.
func (m *maker) renderings(ctx context.Context, app *chartApp, helm *chart.Files, over map[string][]byte) (before, after objects, err error) {
	var out [2]objects
	for n, layer := range []map[string][]byte{m.accepted, over} {
		values, err := m.valuesOf(app, layer)
		if err != nil {
			return nil, nil, err
		}
		list, err := m.renderer.Render(ctx, helm, app.release, values.Values())
		if err != nil {
			return nil, nil, err
		}
		out[n] = objects{}
		for _, obj := range list {
			k := key{groupOf(text(obj["apiVersion"])), text(obj["kind"]), text(valueAt(obj, "metadata", "namespace")), text(valueAt(obj, "metadata", "name"))}
			if out[n][k] != nil {
				return nil, nil, errors.New("the chart renders " + k.String() + " twice")
			}
			out[n][k] = obj
		}
	}
	return out[0], out[1], nil
}
