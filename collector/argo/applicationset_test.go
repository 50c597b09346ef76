package argo

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	k8sjson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/tuppence-dev/tuppence/collector"
)

func parseSet(t testing.TB, generators string) map[string]any {
	t.Helper()
	var o map[string]any
	text := "{metadata: {name: tenants, namespace: argocd}, spec: {generators: " + generators + "}}"
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAnApplicationSetComesBackAfterTheShortestWaitOfItsGenerators(t *testing.T) {
	for rule, test := range map[string]struct {
		generators string
		want       time.Duration
		timers     string // path=interval, of those that come round
		problem    string
	}{
		"git, by the controller's":   {`[{git: {}}]`, 4 * time.Minute, "0.git=4m0s", ""},
		"git, by its own":            {`[{git: {requeueAfterSeconds: 60}}]`, time.Minute, "0.git=1m0s set", ""},
		"never, by its own":          {`[{git: {requeueAfterSeconds: 0}}]`, 0, "0.git=0s set", ""},
		"an SCM provider, half an h": {`[{scmProvider: {github: {}}}]`, 30 * time.Minute, "0.scmProvider=30m0s", ""},
		"a list waits for nothing":   {`[{list: {elements: []}}, {clusters: {}}]`, 0, "", ""},
		"the shortest of several":    {`[{pullRequest: {}}, {git: {requeueAfterSeconds: 900}}]`, 15 * time.Minute, "0.pullRequest=30m0s 1.git=15m0s set", ""},
		"never does not win":         {`[{git: {requeueAfterSeconds: 0}}, {plugin: {}}]`, 30 * time.Minute, "0.git=0s set 1.plugin=30m0s", ""},
		"a matrix, of both":          {`[{matrix: {generators: [{git: {requeueAfterSeconds: 120}}, {clusterDecisionResource: {}}]}}]`, 2 * time.Minute, "0.matrix.generators.0.git=2m0s set 0.matrix.generators.1.clusterDecisionResource=4m0s", ""},
		"a merge within a matrix":    {`[{matrix: {generators: [{clusters: {}}, {merge: {generators: [{git: {}}, {list: {}}]}}]}}]`, 4 * time.Minute, "0.matrix.generators.1.merge.generators.0.git=4m0s", ""},
		"a text for a number":        {`[{git: {requeueAfterSeconds: "60"}}]`, 4 * time.Minute, "0.git=4m0s", "spec.generators.0.git.requeueAfterSeconds is not a whole number"},
		"a negative number":          {`[{git: {requeueAfterSeconds: -1}}]`, 4 * time.Minute, "0.git=4m0s", "requeueAfterSeconds is -1, which is no number of seconds"},
		"an age of the world":        {`[{git: {requeueAfterSeconds: 9223372036854775807}}]`, 4 * time.Minute, "0.git=4m0s", "is no number of seconds"},
		"no list":                    {`{git: {}}`, 0, "", "spec.generators is not a list"},
		"odd ones":                   {`[7, {git: x}, {matrix: []}, {matrix: {generators: 3}}]`, 0, "", ""},
	} {
		t.Run(rule, func(t *testing.T) {
			r, _, err := applicationSet(parseSet(t, test.generators), 4*time.Minute)
			var timers []string
			for _, x := range r.Timers {
				s := strings.Join(x.Path[2:len(x.Path)-1], ".") + "=" + x.Interval.String()
				if x.Set {
					s += " set"
				}
				timers = append(timers, s)
			}
			if r.Interval.Duration != test.want || strings.Join(timers, " ") != test.timers {
				t.Errorf("%s of %v, want %s of %s", r.Interval, timers, test.want, test.timers)
			}
			if (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
				t.Errorf("error %v, want %q", err, test.problem)
			}
		})
	}
}

func TestManyGeneratorsAreBounded(t *testing.T) {
	r, _, err := applicationSet(parseSet(t, "["+strings.Repeat("{git: {}},", 300)+"]"), time.Minute)
	if len(r.Timers) != collector.MaxTimers || err == nil {
		t.Errorf("%d timers, %v", len(r.Timers), err)
	}
}

// A right that is missing takes the interval alone away, not what applies what.
func TestWhatIntervalsAloneNeedIsAGapOfTheirs(t *testing.T) {
	a := &api{objects: loadObjects(t), status: map[string]int{setsPath: 403, mapPath("argocd", paramsName): 403}}
	c, err := collect(t, t.Context(), a, controllerIn("argocd"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"prod: intervals: reading ConfigMap argocd-cmd-params-cm in argocd: forbidden; grant get on it there",
		"prod: intervals: listing applicationsets.argoproj.io: forbidden; grant list on it",
	}
	if !slices.Equal(gaps(c), want) {
		t.Errorf("gaps %q, want %q", gaps(c), want)
	}
	if _, known := c.Controllers[0].Setting("controller.status.processors"); known {
		t.Error("a setting that could not be read is told")
	}
	if s, _ := c.Controllers[0].Setting(timeoutKey); s.Value != "5m" || !s.Set {
		t.Errorf("the timeout of the ConfigMap that was read is %+v", s)
	}
}

func TestSettingsOfAnInstanceAreThoseInForce(t *testing.T) {
	const processors, requeue = "controller.status.processors", "applicationsetcontroller.requeue.after"
	app := collector.WorkloadRef{APIVersion: "apps/v1", Kind: "StatefulSet", Namespace: "argocd", Name: "argocd-application-controller"}
	for rule, test := range map[string]struct {
		params    map[string]any
		arguments []collector.Argument
		want      string // processors
		timeout   time.Duration
	}{
		"the default":                       {nil, nil, "20 false configmap argocd-cmd-params-cm", 2 * time.Minute},
		"the ConfigMap":                     {map[string]any{processors: "50"}, nil, "50 true configmap argocd-cmd-params-cm", 2 * time.Minute},
		"a variable of it is no setting":    {map[string]any{processors: "50"}, []collector.Argument{{Name: "ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS", Elsewhere: true}}, "50 true configmap argocd-cmd-params-cm", 2 * time.Minute},
		"a variable goes before":            {map[string]any{processors: "50"}, []collector.Argument{{Name: "ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS", Value: "30"}}, "30 true env argocd-application-controller", 2 * time.Minute},
		"a flag goes before both":           {map[string]any{processors: "50"}, []collector.Argument{{Name: "ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS", Value: "30"}, {Name: "--status-processors", Value: "40"}}, "40 true flag argocd-application-controller", 2 * time.Minute},
		"a timeout by flag, in seconds":     {nil, []collector.Argument{{Name: "--app-resync", Value: "300"}}, "20 false configmap argocd-cmd-params-cm", 5 * time.Minute},
		"a timeout by variable":             {nil, []collector.Argument{{Name: "ARGOCD_RECONCILIATION_TIMEOUT", Value: "1d"}}, "20 false configmap argocd-cmd-params-cm", 24 * time.Hour},
		"a timeout that Argo CD can't read": {nil, []collector.Argument{{Name: "--app-resync", Value: "5m"}}, "20 false configmap argocd-cmd-params-cm", 2 * time.Minute},
	} {
		t.Run(rule, func(t *testing.T) {
			objects := []map[string]any{configMap("argocd", nil), configMap("argocd", test.params)}
			objects[1]["metadata"].(map[string]any)["name"] = paramsName
			s, err := New((&api{objects: objects}).start(t))
			if err != nil {
				t.Fatal(err)
			}
			c := &collector.Cluster{Name: "prod",
				Workloads: []collector.Workload{{APIVersion: app.APIVersion, Kind: app.Kind, Namespace: app.Namespace, Name: app.Name}},
				Commands:  map[collector.WorkloadRef]collector.Command{app: {Program: app.Name, Container: "controller", Arguments: test.arguments}}}
			if err := s.Collect(t.Context(), collector.Window{}, c); err != nil || len(c.Controllers) != 1 {
				t.Fatal(err, c.Controllers)
			}
			k := &c.Controllers[0]
			got, _ := k.Setting(processors)
			if s := fmt.Sprint(got.Value, " ", got.Set, " ", got.In, " ", got.Object.Name); s != test.want || k.Timeout.Duration != test.timeout {
				t.Errorf("%s, timeout %s; want %s, %s", s, k.Timeout, test.want, test.timeout)
			}
			if w, _ := k.Setting(requeue); w.Value != "3m0s" || w.Set {
				t.Errorf("the ApplicationSet controller's is %+v", w)
			}
		})
	}
}

// Argo CD starts without argocd-cmd-params-cm, and one that is there may come from
// elsewhere than argocd-cm.
func TestTheParametersOfAnInstanceHaveAnObjectOfTheirOwn(t *testing.T) {
	params := configMap("argocd", nil)
	params["metadata"] = map[string]any{"namespace": "argocd", "name": paramsName, "annotations": map[string]any{collector.IgnoreAnnotation: "interval"},
		"labels": map[string]any{"kustomize.toolkit.fluxcd.io/name": "params", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}
	for rule, test := range map[string]struct {
		params []map[string]any
		want   collector.Setting
	}{
		"none": {nil, collector.Setting{}},
		"one":  {[]map[string]any{params}, collector.Setting{Ignore: "interval", Origin: collector.Origin{Kind: "Kustomization", Namespace: "flux-system", Name: "params"}, Object: collector.WorkloadRef{APIVersion: "v1", Kind: "ConfigMap", Namespace: "argocd", Name: paramsName}}},
	} {
		t.Run(rule, func(t *testing.T) {
			c, err := collect(t, t.Context(), &api{objects: append(test.params, configMap("argocd", nil))}, controllerIn("argocd"))
			if err != nil {
				t.Fatal(err)
			}
			test.want.Name, test.want.Value, test.want.In = "controller.status.processors", "20", collector.InConfigMap
			got, _ := c.Controllers[0].Setting(test.want.Name)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			own, _ := c.Controllers[0].Setting(timeoutKey)
			if own.Object.Name != settingsName || own.Ignore != "" || own.Origin != (collector.Origin{}) {
				t.Errorf("a setting of argocd-cm is %+v", own)
			}
		})
	}
}

func FuzzApplicationSet(f *testing.F) {
	for _, text := range []string{`[{"git":{"requeueAfterSeconds":60}}]`, `[{"matrix":{"generators":[{"merge":{"generators":[{"git":{}}]}}]}}]`, `[[],{"git":[]},{"plugin":{"requeueAfterSeconds":-1}}]`} {
		f.Add([]byte(`{"metadata":{"name":"a"},"spec":{"generators":` + text + `}}`))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var content map[string]any
		if k8sjson.Unmarshal(b, &content) != nil {
			t.Skip()
		}
		r, _, err := applicationSet(content, time.Minute)
		if r.Interval.Duration < 0 || len(r.Timers) > collector.MaxTimers || r.Name == "" && err == nil {
			t.Errorf("%+v, %v", r, err)
		}
		for _, x := range r.Timers {
			if x.Interval.Duration < 0 || r.Interval.Duration > 0 && x.Interval.Duration > 0 && x.Interval.Duration < r.Interval.Duration {
				t.Errorf("timer %+v of %s", x, r.Interval)
			}
		}
	})
}
