package chart

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	helm "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// Bounds on one rendering: what it may write, and how long it may take. The largest
// charts in use render some 5 MiB, in two seconds where the machine is busy.
const (
	maxOutput = 32 << 20
	maxTime   = 10 * time.Second
)

// ErrUnending says that a rendering was given up while it still goes on: Helm's
// engine can't be interrupted.
var ErrUnending = fmt.Errorf("rendering it takes longer than %s, and may have no end", maxTime)

// Release is what a chart's templates see of the release and of the cluster.
type Release struct {
	Name, Namespace string
	// KubeVersion is the cluster's: "v1.34.2". Charts ask for it.
	KubeVersion string
	// APIVersions are those that the cluster has beyond Kubernetes' own:
	// "monitoring.coreos.com/v1", "monitoring.coreos.com/v1/ServiceMonitor".
	APIVersions []string
}

// object is a rendered object and the file it is from, a path within the chart.
type object struct {
	file string
	data map[string]any
}

// Render returns the objects that the chart renders with values over its own, in
// the order in which Helm would install them, numbers as int64 or float64. Hooks,
// notes and CRDs of the crds/ folder are left out. Errors name the chart's file
// and line. When ctx ends first, or with ErrUnending, rendering goes on unheeded until
// it is through.
func (c *Chart) Render(ctx context.Context, r Release, values map[string]any) ([]map[string]any, error) {
	objects, err := c.render(ctx, r, values)
	if err != nil {
		return nil, fmt.Errorf("the chart in %s does not render: %w", c.dir, err)
	}
	out := make([]map[string]any, len(objects))
	for i, o := range objects {
		out[i] = o.data
	}
	return out, nil
}

// render is Render, its errors without the chart's name.
func (c *Chart) render(ctx context.Context, r Release, values map[string]any) ([]object, error) {
	type result struct {
		objects []object
		err     error
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.bounded(values); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, ErrUnending)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		objects, err := c.renderNow(ctx, r, values)
		done <- result{objects, err}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case res := <-done:
		return res.objects, res.err
	}
}

func (c *Chart) renderNow(ctx context.Context, r Release, values map[string]any) (objects []object, err error) {
	defer func() {
		if p := recover(); p != nil { // Helm panics on some values
			err = fmt.Errorf("panic in Helm: %s", brief(fmt.Sprint(p)))
		}
	}()
	caps, err := r.capabilities()
	if err != nil {
		return nil, err
	}
	if want := c.helm.Metadata.KubeVersion; want != "" && !chartutil.IsCompatibleRange(want, caps.KubeVersion.String()) {
		return nil, fmt.Errorf("it wants Kubernetes %s, and the cluster has %s", brief(want), caps.KubeVersion.Version)
	}
	ch := clone(c.helm)
	if err := chartutil.ProcessDependencies(ch, values); err != nil {
		return nil, errors.New(brief(err.Error()))
	}
	if err := vendored(ch); err != nil {
		return nil, err
	}
	top, err := util.ToRenderValuesWithSchemaValidation(ch, values, common.ReleaseOptions{
		Name: r.Name, Namespace: r.Namespace, Revision: 1, IsInstall: true}, caps, true)
	if err != nil {
		return nil, errors.New(brief(err.Error()))
	}
	merged, err := top.Table("Values")
	if err != nil {
		return nil, err
	}
	if err := checkValues(ch, merged, true); err != nil {
		return nil, err
	}
	files, err := engine.Engine{CustomTemplateFuncs: functions(ctx)}.RenderWithContext(ctx, ch, top)
	if err != nil {
		return nil, c.located(err)
	}
	return c.decode(files)
}

// capabilities are what the templates are told of the cluster.
func (r Release) capabilities() (*common.Capabilities, error) {
	version, err := common.ParseKubeVersion(r.KubeVersion)
	if err != nil {
		return nil, fmt.Errorf("the cluster's Kubernetes version %q is none", brief(r.KubeVersion))
	}
	caps := common.DefaultCapabilities.Copy()
	caps.KubeVersion = *version
	caps.APIVersions = append(append(common.VersionSet{}, caps.APIVersions...), r.APIVersions...)
	return caps, nil
}

// clone copies what processing dependencies writes to: the metadata and which
// subcharts there are. Values are replaced by it, never written.
func clone(c *helm.Chart) *helm.Chart {
	out, meta := *c, *c.Metadata
	out.Metadata = &meta
	meta.Dependencies = nil
	for _, d := range c.Metadata.Dependencies {
		if d != nil {
			copied := *d
			meta.Dependencies = append(meta.Dependencies, &copied)
		}
	}
	out.SetDependencies()
	for _, sub := range c.Dependencies() {
		out.AddDependency(clone(sub))
	}
	return &out
}

// vendored errs unless every subchart that is switched on is there.
func vendored(c *helm.Chart) error {
	have := map[string]bool{}
	for _, sub := range c.Dependencies() {
		have[sub.Name()] = true
		if err := vendored(sub); err != nil {
			return err
		}
	}
	for _, d := range c.Metadata.Dependencies {
		if !have[d.Name] {
			return fmt.Errorf("its subchart %s %s is not under charts/ in the repository, and nothing is fetched", brief(d.Name), brief(d.Version))
		}
	}
	return nil
}

// decode reads the rendered files as Helm does.
func (c *Chart) decode(files map[string]string) ([]object, error) {
	total := 0
	for name, text := range files {
		if path.Base(name) == "NOTES.txt" {
			delete(files, name)
			continue
		}
		total += len(text)
	}
	if total > maxOutput {
		return nil, fmt.Errorf("it renders more than %d MiB", maxOutput>>20)
	}
	_, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil, errors.New(brief(c.within(err.Error())))
	}
	var out []object
	nodes := 0
	for _, m := range manifests {
		file := strings.TrimPrefix(m.Name, c.helm.Name()+"/")
		data, err := yaml.YAMLToJSON([]byte(m.Content))
		if err != nil {
			return nil, fmt.Errorf("%s renders no YAML: %s", file, brief(err.Error()))
		}
		var decoded map[string]any
		if err := json.Unmarshal(data, &decoded); err != nil {
			return nil, fmt.Errorf("%s renders something that is no object", file)
		}
		if !countable(decoded, &nodes, 0) {
			return nil, errors.New("what it renders has too many parts, or too deep ones")
		}
		out = appendObjects(out, object{file, decoded})
	}
	return out, nil
}

// appendObjects takes lists apart, as Helm does before it applies them.
func appendObjects(out []object, o object) []object {
	items, isList := o.data["items"].([]any)
	if kind, _ := o.data["kind"].(string); !isList || !strings.HasSuffix(kind, "List") {
		if len(o.data) == 0 {
			return out // nothing but comments
		}
		return append(out, o)
	}
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			out = append(out, object{o.file, m})
		}
	}
	return out
}

// quoted is the text of a value that tpl failed on, which may hold anything.
var quoted = regexp.MustCompile(`(tpl function execution for|cannot parse template) "(?:[^"\\]|\\.)*"`)

// located is a template's error in one line, with paths within the chart. Of a long
// chain of includes, the first and the last are kept.
func (c *Chart) located(err error) error {
	text := quoted.ReplaceAllString(err.Error(), "$1 a value")
	if chain := strings.Split(text, "error calling include: "); len(chain) > 2 {
		text = chain[0] + "error calling include: … " + chain[len(chain)-1]
	}
	return errors.New(brief(c.within(text)))
}

// within takes the chart's name from the front of the paths in s: shop/templates/a.yaml.
func (c *Chart) within(s string) string {
	path := regexp.MustCompile(`(^|[^\w/.-])` + regexp.QuoteMeta(c.helm.Name()) + `/((?:templates|charts)/)`)
	return path.ReplaceAllString(s, "$1$2")
}
