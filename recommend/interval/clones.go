package interval

import "github.com/tuppence-dev/tuppence/collector"

// clones is why a source clones at each run, whether or not anything is new, and what
// it fetches then; empty where it lists references first. Of a commit that is the
// whole history, also where a branch is named with it (source-controller#2146); of a
// semver range the newest commit of the tag.
func clones(r *collector.Reconciler) (why, what string) {
	switch {
	case r.Kind != "GitRepository":
		return "", ""
	case r.Ref.Commit != "":
		return "it is pinned to a commit and clones in full every interval", "the whole history each time, though nothing new can come: source-controller#2146"
	case r.Ref.SemVer != "":
		return "it follows a semver range and clones every interval", "without history"
	}
	return "", ""
}

// because ends a title with why a longer interval is worth it where that is a clone.
func (j *judged) because(longer bool) string {
	_, modelled := j.at[j.r] // else it is suspended, and clones nothing
	if why, _ := clones(j.r); why != "" && longer && modelled {
		return ": " + why
	}
	return ""
}

// sayClones says how often the object clones.
func (j *judged) sayClones(say saying, at place) {
	if _, what := clones(j.r); what != "" {
		now, then := &j.Now.Systems[at.system].Tasks[at.task], &j.Then.Systems[at.system].Tasks[at.task]
		say("clones", "%s an hour now, %s after (predicted), %s", number(now.Rates.Sum()), number(then.Rates.Sum()), what)
	}
}
