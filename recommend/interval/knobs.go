package interval

import (
	"fmt"
	"time"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// knob is a setting of a program that has all its objects come round: what it serves,
// and who answers.
type knob struct {
	program, setting string
	within           func(Settings) collector.Duration
	serves           string
	asks             string
	byHand           string // why no patch is proposed; empty: one is
}

func deploys(s Settings) collector.Duration { return s.Deploy }
func drifts(s Settings) collector.Duration  { return s.Drift }

const (
	copying   = "deploy latency: how long a change in the status of what was composed waits to be seen by who asked for it, beside how long a change by hand stands; what is not ready is looked at sooner"
	readiness = "deploy latency: how long something that was made waits to be seen as ready, beside how long a change by hand stands"
	repair    = "drift: how long a change by hand stands, as changes of objects are seen at once"
	byRuntime = "its Deployment is made from the DeploymentRuntimeConfig that its Provider names: set it there"
)

// knobs are those that are worth a word. The polls of Crossplane's providers find what has
// become ready too, so that they serve deploys: with Upjet's 10m observed objects were ready after
// 10 minutes (provider-upjet-aws#966), and the 1m of others keeps 10,000 objects from
// being handled in time (provider-kubernetes#203).
var knobs = []knob{
	{program: "crossplane", setting: "--poll-interval", within: deploys, serves: copying, asks: "the API server"},
	{program: "crossplane-provider", setting: "--poll", within: deploys, serves: readiness, asks: "the cloud's API, whose rate limits it shares with all that asks there", byHand: byRuntime},
	{program: "crossplane-provider", setting: "--poll-interval", within: deploys, serves: readiness, asks: "the cloud's API, whose rate limits it shares with all that asks there", byHand: byRuntime},
	{program: "kyverno-reports-controller", setting: "--backgroundScanInterval", within: drifts, serves: "drift: how long a report lags behind a policy; admission is not concerned", asks: "the API server"},
	{program: "cluster-api", setting: "--sync-period", within: drifts, serves: repair, asks: "the API servers of this cluster and of those that it runs",
		byHand: "it also makes up for changes in other clusters that were not seen: weigh that first"},
}

// unsetGain is how many times longer it must become to speak of what nobody has set.
const unsetGain = 10

// paced are the findings about programs whose pace is one setting's.
func (p *Plan) paced(cluster int, pass *recommend.Pass) []recommend.Finding {
	c := &p.fleet.Clusters[cluster]
	var found []recommend.Finding
	for _, all := range [][]collector.Controller{c.Controllers, c.Operators} {
		for i := range all {
			for _, k := range knobs {
				if k.program != all[i].Kind {
					continue
				}
				if f, ok := k.finding(p.settings, c, &all[i], pass.Window); ok {
					found = append(found, f)
				}
			}
		}
	}
	return found
}

func (k knob) finding(s Settings, c *collector.Cluster, ctl *collector.Controller, window collector.Window) (recommend.Finding, bool) {
	setting, ok := ctl.Setting(k.setting)
	now, err := time.ParseDuration(setting.Value)
	if !ok || err != nil || now <= 0 {
		return recommend.Finding{}, false
	}
	within := k.within(s)
	next, ok := Rung(within.Duration, 0, 0)
	gain := s.MinGain
	if !setting.Set {
		gain = unsetGain
	}
	if !ok || float64(next) < gain*float64(now) {
		return recommend.Finding{}, false
	}
	o := recommend.Object{Cluster: c.Name, APIVersion: setting.Object.APIVersion, Kind: setting.Object.Kind, Namespace: setting.Object.Namespace, Name: setting.Object.Name}
	if o.Name == "" {
		o = recommend.Object{Cluster: c.Name, APIVersion: "apps/v1", Kind: "Deployment", Namespace: ctl.Namespace, Name: ctl.Name}
	}
	t := telling{recommend.Finding{ID: recommend.FindingID(Name+k.setting[1:], o), Recommender: Name, Subject: o, Status: recommend.Advised,
		Confidence: recommend.Medium, Reason: k.byHand}}
	t.f.Title = fmt.Sprintf("Have %s look at its objects every %s instead of every %s", ctl.Kind, recommend.Interval(next), recommend.Interval(now))
	place, placed := program{ctl.Kind, ctl}.place(k.setting)
	switch {
	case k.byHand != "":
	case placed:
		t.f.Status, t.f.Changes = recommend.Proposed, []recommend.Change{place.change(c.Name, recommend.Interval(next))}
	default:
		t.f.Reason = place.byHand(k.setting)
	}
	from := "as it is set"
	if !setting.Set {
		from = "its default"
	}
	t.say("objective", "%s; at most %s", k.serves, recommend.Interval(within.Duration))
	t.say(k.setting, "%s, %s; %s", recommend.Interval(now), from, recommend.Interval(next))
	t.say("predicted rate", "%s runs an hour of each object instead of %s, beside those for its changes", number(3600/next.Seconds()), number(3600/now.Seconds()))
	t.say("asks", "%s", k.asks)
	if hours := window.Length().Hours(); ctl.APIRequests > 0 && hours > 0 {
		t.say("measured API requests", "%s an hour over %s, for whatever reason", number(float64(ctl.APIRequests)/hours), recommend.Interval(window.Length().Round(time.Hour)))
	}
	t.say("money", "%s", moneyWords(c))
	return t.f, true
}
