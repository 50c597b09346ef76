package collector

import (
	"fmt"
	"strings"
	"time"
)

// The annotations by which the owner of a GitOps object says what its interval must
// keep to, in the place of what the configuration says.
const (
	ClassAnnotation  = "tuppence.dev/class"         // platform or application
	DriftAnnotation  = "tuppence.dev/drift-within"  // a change by hand is repaired within, such as 30m
	DeployAnnotation = "tuppence.dev/deploy-within" // a merged commit is deployed within
	RetryAnnotation  = "tuppence.dev/retry-within"  // a failure is retried within
)

// Class of a GitOps object: what of the fleet it is.
type Class string

// The classes. What Platform objects apply, others run on.
const (
	Platform    Class = "platform"
	Application Class = "application"
)

// Wishes are what an object's annotations ask for; empty and zero: nothing.
type Wishes struct {
	Class  Class    `json:"class,omitempty"`
	Drift  Duration `json:"drift,omitzero"`
	Deploy Duration `json:"deploy,omitzero"`
	Retry  Duration `json:"retry,omitzero"`
}

// longestWish bounds what may be asked for: a month.
const longestWish = 30 * 24 * time.Hour

// WishesOf reads the annotations, and returns a sentence for each that can't be
// understood, which then asks for nothing.
func WishesOf(annotations map[string]string) (w Wishes, problems []string) {
	switch class := Class(strings.ToLower(strings.TrimSpace(annotations[ClassAnnotation]))); class {
	case "", Platform, Application:
		w.Class = class
	default:
		problems = append(problems, fmt.Sprintf("annotation %s %.40q is not platform or application", ClassAnnotation, annotations[ClassAnnotation]))
	}
	for _, a := range []struct {
		key  string
		wish *Duration
	}{{DriftAnnotation, &w.Drift}, {DeployAnnotation, &w.Deploy}, {RetryAnnotation, &w.Retry}} {
		value := strings.TrimSpace(annotations[a.key])
		if value == "" {
			continue
		}
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 || d > longestWish {
			problems = append(problems, fmt.Sprintf("annotation %s %.40q is not a length of time up to 720h, such as 30m", a.key, value))
			continue
		}
		a.wish.Duration = d
	}
	return w, problems
}

// maxWishGaps is how many annotations that can't be understood get a gap of their own.
const maxWishGaps = 20

// Wish sets what the annotations of the object ask of its intervals. What can't be
// understood is a gap.
func (c *Cluster) Wish(r *Reconciler, annotations map[string]string) {
	var problems []string
	r.Wishes, problems = WishesOf(annotations)
	for _, p := range problems {
		n := 0
		for _, g := range c.Gaps {
			if g.Source == Intervals {
				n++
			}
		}
		if n < maxWishGaps {
			c.AddGap(Intervals, fmt.Sprintf("%s %.100s/%.100s: %s", r.Kind, r.Namespace, r.Name, p))
		}
	}
}

func (w Wishes) validate() error {
	for _, d := range []Duration{w.Drift, w.Deploy, w.Retry} {
		if d.Duration < 0 || d.Duration > longestWish {
			return fmt.Errorf("a wish of %s is not a length of time up to 720h", d)
		}
	}
	return short(string(w.Class)) // a class that is none counts as none
}
