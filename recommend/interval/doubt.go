package interval

import (
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend"
)

// doubtWords say what makes a measure less sure.
var doubtWords = map[collector.Doubt]string{
	collector.CounterReset:          "a counter was reset, and what came of that step is not counted",
	collector.ControllerRestart:     "the controller was started anew, and runs every object once as it starts",
	collector.ClocksDiffer:          "the cluster's clock differs from this program's",
	collector.FullHistory:           "the history is full: what was before is dropped, and reverts are joined to what they go back to",
	collector.FewRuns:               "it lasted less than three intervals",
	collector.EventsRationed:        "events are rationed, so there were at least as many",
	collector.ChangesSeenByAppliers: "revisions that changed nothing applied are not seen, so there were at least as many",
}

// doubts says why a measure is less sure than it looks; empty where nothing does.
func doubts(m *collector.Measured) string {
	var words []string
	for _, d := range m.Doubts {
		if said := doubtWords[d]; said != "" {
			words = append(words, said)
		} else {
			words = append(words, string(d)) // of a recording by a later version
		}
	}
	return strings.Join(words, "; ")
}

// lowered is one level less.
func lowered(c recommend.Confidence) recommend.Confidence {
	if c == recommend.High {
		return recommend.Medium
	}
	return recommend.Low
}
