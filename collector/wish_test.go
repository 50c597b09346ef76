package collector

import (
	"strings"
	"testing"
	"time"
)

func TestWhatAnnotationsAskForAnInterval(t *testing.T) {
	minutes := func(n int) Duration { return Duration{Duration: time.Duration(n) * time.Minute} }
	for rule, tc := range map[string]struct {
		annotations map[string]string
		want        Wishes
		problem     string
	}{
		"nothing":               {nil, Wishes{}, ""},
		"all":                   {map[string]string{ClassAnnotation: "platform", DriftAnnotation: "30m", DeployAnnotation: "2m", RetryAnnotation: "1h"}, Wishes{Platform, minutes(30), minutes(2), minutes(60)}, ""},
		"however it is written": {map[string]string{ClassAnnotation: " Application ", DriftAnnotation: " 1h30m "}, Wishes{Class: Application, Drift: minutes(90)}, ""},
		"an empty one is none":  {map[string]string{ClassAnnotation: "", DriftAnnotation: " "}, Wishes{}, ""},
		"another class":         {map[string]string{ClassAnnotation: "infra", DriftAnnotation: "30m"}, Wishes{Drift: minutes(30)}, `tuppence.dev/class "infra" is not platform or application`},
		"no length of time":     {map[string]string{DeployAnnotation: "soon"}, Wishes{}, `tuppence.dev/deploy-within "soon" is not`},
		"nothing at all":        {map[string]string{RetryAnnotation: "0s"}, Wishes{}, `"0s" is not`},
		"the past":              {map[string]string{RetryAnnotation: "-5m"}, Wishes{}, `"-5m" is not`},
		"for ever":              {map[string]string{DriftAnnotation: "721h"}, Wishes{}, `"721h" is not`},
	} {
		got, problems := WishesOf(tc.annotations)
		all := strings.Join(problems, "; ")
		if got != tc.want || (tc.problem == "") != (all == "") || !strings.Contains(all, tc.problem) {
			t.Errorf("%s: got %+v, %q", rule, got, all)
		}
		if err := got.validate(); err != nil {
			t.Errorf("%s: what was read is refused: %v", rule, err)
		}
	}
	var c Cluster
	for range 30 {
		c.Wish(&Reconciler{Kind: "Kustomization", Namespace: "a", Name: strings.Repeat("x", len(c.Gaps)+1)}, map[string]string{DriftAnnotation: "soon"})
	}
	if len(c.Gaps) != maxWishGaps || c.Gaps[0].Source != Intervals || !strings.HasPrefix(c.Gaps[0].Reason, `Kustomization a/x: annotation tuppence.dev/drift-within "soon"`) {
		t.Errorf("%d gaps, the first %q", len(c.Gaps), c.Gaps[0])
	}
	for _, bad := range []Wishes{{Drift: Duration{Duration: -1}}, {Retry: Duration{Duration: 721 * time.Hour}}} {
		if bad.validate() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}
