package gate

import (
	"cmp"
	"time"

	"github.com/tuppence-dev/tuppence/recommend"
)

// retryKept holds that a longer interval of a Flux object doesn't slow what else
// goes by it: the retries of a Kustomization that failed, and the look for a new
// chart of a HelmRelease.
// https://fluxcd.io/flux/components/kustomize/kustomizations/#retry-interval
func retryKept(c *Case) recommend.Check {
	subject := keyOfObject(c.Finding.Subject)
	var path []string // of the other interval, which inherits
	what := "retries after a failure"
	switch {
	case subject.kind == "Kustomization" && subject.group == "kustomize.toolkit.fluxcd.io":
		path = []string{"spec", "retryInterval"}
	case subject.kind == "HelmRelease" && subject.group == "helm.toolkit.fluxcd.io":
		path, what = []string{"spec", "chart", "spec", "interval"}, "a look for a new chart"
	default:
		return beside("no interval of a Kustomization or HelmRelease changes")
	}
	r, ok := c.find(subject)
	if !ok || r.Before == nil || r.After == nil {
		return undecided("Git's builds of %s are not at hand", subject)
	}
	before, errBefore := interval(r.Before, "spec", "interval")
	after, errAfter := interval(r.After, "spec", "interval")
	old, errOld := interval(r.Before, path...)
	fresh, errFresh := interval(r.After, path...)
	if err := cmp.Or(errBefore, errAfter, errOld, errFresh); err != nil {
		return undecided("an interval of %s can't be read: %s", subject, brief(err.Error()))
	}
	old, inherited := cmp.Or(old, before), fresh == 0
	fresh = cmp.Or(fresh, after)
	switch {
	case after <= before:
		return pass("the interval does not grow")
	case subject.kind == "HelmRelease" && at(r.After, "spec", "chart") == nil:
		return beside("its chart has an object of its own")
	case subject.kind == "HelmRelease" && !inherited:
		return pass("%s every %s, by an interval of its own", what, recommend.Interval(fresh))
	case fresh > old:
		return fail("%s would come every %s instead of every %s: %s is not kept", what, recommend.Interval(fresh), recommend.Interval(old), recommend.Change{Path: path}.Field())
	}
	return pass("%s every %s, as before", what, recommend.Interval(fresh))
}

// interval is the duration at path, zero where it isn't set.
func interval(obj map[string]any, path ...string) (time.Duration, error) {
	s := text(at(obj, path...))
	if s == "" {
		return 0, nil
	}
	return time.ParseDuration(s)
}
