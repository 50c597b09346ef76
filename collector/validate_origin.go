package collector

import (
	"errors"
	"fmt"
)

// Bounds on what tells where objects come from. A source leaves out what exceeds
// them, and says so.
const (
	// MaxText is how long a text may be, in bytes: as long as a path on Linux.
	MaxText = 4096
	// MaxSources is how many sources an Application may have, and how many value
	// files one of them.
	MaxSources = 256
)

// Bounded reports whether the sources of an Application are few enough, and their
// texts short enough, to be recorded.
func Bounded(sources []ArgoSource) bool {
	for i := range sources {
		s := &sources[i]
		if len(s.ValueFiles) > MaxSources || short(s.ValueFiles...) != nil ||
			short(s.URL, s.Path, s.Chart, s.Ref, s.Name, s.Type, s.ReleaseName) != nil {
			return false
		}
	}
	return len(sources) <= MaxSources
}

func (r *Reconciler) validateSources() error {
	if !Bounded(r.Sources) {
		return fmt.Errorf("it has more than %d sources or value files, or a text in them is longer than %d bytes", MaxSources, MaxText)
	}
	if err := r.Wishes.validate(); err != nil {
		return err
	}
	return short(r.Ignore, r.TargetNamespace, r.ReleaseName, r.Artifact.Source, r.Artifact.Revision, r.OwnerSet, r.Instance)
}

// validateTarget checks what steers the workload beside its pods.
func (w *Workload) validateTarget() error {
	t := w.Target
	if t != (WorkloadRef{}) && (t.Kind == "" || t.Name == "") {
		return errors.New("its target has no kind, or no name")
	}
	if w.VPA != nil && w.VPA.Name == "" {
		return errors.New("its VPA has no name")
	}
	texts := []string{w.Ignore, t.APIVersion, t.Kind, t.Namespace, t.Name}
	if w.VPA != nil {
		texts = append(texts, w.VPA.Name, w.VPA.Mode)
	}
	if w.HPA != nil {
		texts = append(texts, w.HPA.Target)
	}
	return short(texts...)
}

func short(texts ...string) error {
	for _, s := range texts {
		if len(s) > MaxText {
			return fmt.Errorf("a text is longer than %d bytes", MaxText)
		}
	}
	return nil
}
