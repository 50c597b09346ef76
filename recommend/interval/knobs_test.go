package interval

import (
	"strings"
	"testing"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

func operator(kind, setting, value string, set bool) collector.Controller {
	return collector.Controller{Kind: kind, Namespace: "ops", Name: kind, Settings: []collector.Setting{{Name: setting, Value: value, Set: set, In: collector.InFlag,
		Object: collector.WorkloadRef{APIVersion: "apps/v1", Kind: "Deployment", Namespace: "ops", Name: kind}, Container: "main"}}}
}

func TestKnobs(t *testing.T) {
	const args = "spec.template.spec.containers[name=main].args"
	for name, c := range map[string]struct {
		k            collector.Controller
		want, reason string
	}{
		"Crossplane's own minute is a tenth of the objective": {operator("crossplane", "--poll-interval", "1m0s", false), "proposed, " + args + "[--poll-interval] >10m", ""},
		"one that was set":                                 {operator("crossplane", "--poll-interval", "30s", true), "proposed, " + args + "[--poll-interval] 30s>10m", ""},
		"Upjet's own 10m is right":                         {operator("crossplane-provider", "--poll", "10m", true), "nothing", ""},
		"a provider's minute is set where it is made from": {operator("crossplane-provider", "--poll", "1m", true), "advised", "DeploymentRuntimeConfig"},
		"a scan every 5m":                                  {operator("kyverno-reports-controller", "--backgroundScanInterval", "5m", true), "proposed, " + args + "[--backgroundScanInterval] 5m>1h", ""},
		"Kyverno's own hour is right":                      {operator("kyverno-reports-controller", "--backgroundScanInterval", "1h0m0s", false), "nothing", ""},
		"what is longer than it must be stays":             {operator("kyverno-reports-controller", "--backgroundScanInterval", "24h", true), "nothing", ""},
		"nobody set Cluster API's 10m":                     {operator("cluster-api", "--sync-period", "10m0s", false), "nothing", ""},
		"somebody set 5m":                                  {operator("cluster-api", "--sync-period", "5m", true), "advised", "other clusters"},
		"a variable is a person's to change": {func() collector.Controller {
			k := operator("crossplane", "--poll-interval", "1m", true)
			k.Settings[0].In = collector.InEnv
			return k
		}(), "advised", "set it there"},
		"none":              {operator("crossplane", "--poll-interval", "0s", true), "nothing", ""},
		"a word":            {operator("crossplane", "--poll-interval", "often", true), "nothing", ""},
		"kept elsewhere":    {operator("crossplane", "--poll-interval", "", true), "nothing", ""},
		"another's setting": {operator("flagger", "--poll-interval", "1m", true), "nothing", ""},
	} {
		t.Run(name, func(t *testing.T) {
			fs := run(Default(), collector.Cluster{Name: "c", Operators: []collector.Controller{c.k}})
			if got := summary(fs); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if len(fs) > 0 && (c.reason == "" && fs[0].Reason != "" || !strings.Contains(fs[0].Reason, c.reason)) {
				t.Errorf("reason %q, want %q in it", fs[0].Reason, c.reason)
			}
		})
	}
	k := operator("crossplane", "--poll-interval", "1m0s", false)
	k.APIRequests = 96_000
	c := collector.Cluster{Name: "c", Operators: []collector.Controller{k}}
	r, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	f := collector.Fleet{Clusters: []collector.Cluster{c}}
	of, _ := r.Over(&f)
	end := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	got := told(of(&recommend.Pass{Cluster: &f.Clusters[0], Window: collector.Window{Start: end.Add(-96 * time.Hour), End: end}})[0])
	for name, want := range map[string]string{
		"predicted rate":        "6 runs an hour of each object instead of 60, beside those for its changes",
		"measured API requests": "1000 an hour over 96h, for whatever reason",
		"--poll-interval":       "1m, its default; 10m",
	} {
		if got[name] != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got[name], want)
		}
	}
}
