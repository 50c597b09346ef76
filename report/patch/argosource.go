package patch

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// alone is an Application as it would be with each of its sources alone: itself
// where a recording does not tell them apart.
func alone(r *collector.Reconciler) []*collector.Reconciler {
	if len(r.Sources) == 0 {
		return []*collector.Reconciler{r}
	}
	out := make([]*collector.Reconciler, len(r.Sources))
	for n, source := range r.Sources {
		one := *r
		one.Sources = r.Sources[n : n+1]
		one.URL, one.Path, one.Ref = source.URL, cmp.Or(source.Path, source.Chart), refOf(source)
		out[n] = &one
	}
	return out
}

var (
	// commitName is a commit, perhaps shortened as git log does.
	commitName = regexp.MustCompile(`^[0-9a-f]{7,64}$`)
	// versionName is what Argo CD takes for a range of tags, and how tags are named.
	versionName = regexp.MustCompile(`^[~^<>=! ]*[vV]?[0-9]+(\.([0-9]+|[xX*])){1,2}([-+ ,|].*)?$|^\*$`)
)

// refOf reads a source's revision. A name that is no version and no commit is taken
// for a branch; none, for the repository's default branch.
func refOf(s collector.ArgoSource) collector.GitRef {
	tag, isTag := strings.CutPrefix(s.Ref, "refs/tags/")
	switch {
	case s.Chart != "":
		return collector.GitRef{SemVer: cmp.Or(s.Ref, "*")}
	case s.Ref == "" || s.Ref == "HEAD":
		return collector.GitRef{}
	case isTag, versionName.MatchString(s.Ref):
		return collector.GitRef{Tag: tag}
	case commitName.MatchString(s.Ref):
		return collector.GitRef{Commit: s.Ref}
	}
	return collector.GitRef{Branch: strings.TrimPrefix(s.Ref, "refs/heads/")}
}

// byDefault tells whether an Application follows the default branch of its
// repository, which only the repository knows. A recording without sources does not
// tell a branch from it.
func byDefault(r *collector.Reconciler) bool {
	return r.Kind == "Application" && r.Ref == (collector.GitRef{})
}

// defaultNote is what to know where a source follows the default branch, and the
// fleet has sources that follow branches by name, none of them the one at hand.
func (s *sourceRule) defaultNote(source *collector.Reconciler) string {
	named := s.branches[normaliseURL(source.URL)]
	if len(source.Sources) == 0 || s.branch == "" || slices.Contains(named, s.branch) {
		return ""
	}
	return fmt.Sprintf("its source follows the default branch of its repository; make sure that %s, which this tree is on, is that", s.branch)
}

// chosen is r with the one source that holds manifests of the tree at hand, or the
// reason why none does, or more than one.
func (s *sourceRule) chosen(r *collector.Reconciler) (*collector.Reconciler, error) {
	if r.Kind != "Application" {
		return r, nil
	}
	list := alone(r)
	if len(list) == 1 {
		return list[0], notManifests(list[0])
	}
	var fit []*collector.Reconciler
	var fits, unfit []string
	for _, one := range list {
		err := notManifests(one)
		if err == nil && one.Path == "" {
			err = fmt.Errorf("%s names no folder", sourceName(one))
		}
		if err == nil {
			if _, other := s.repository(one); other != nil {
				err = fmt.Errorf("%s is of another repository", sourceName(one))
			}
		}
		if err != nil {
			unfit = append(unfit, err.Error())
			continue
		}
		fit, fits = append(fit, one), append(fits, sourceName(one))
	}
	switch len(fit) {
	case 1:
		return fit[0], nil
	case 0:
		return nil, fmt.Errorf("none of its %d sources is a folder of this tree: %s", len(list), strings.Join(unfit, "; "))
	}
	return nil, fmt.Errorf("%d of its sources are folders of this tree, and which of them an object comes from is not said: %s", len(fit), strings.Join(fits, ", "))
}

// notManifests errs where a source is rendered by something else than Kustomize.
func notManifests(one *collector.Reconciler) error {
	if len(one.Sources) == 0 {
		return nil
	}
	switch source := one.Sources[0]; {
	case source.Chart != "":
		return fmt.Errorf("its source is the Helm chart %s of a chart repository", brief(source.Chart))
	case source.Type == "Helm":
		return fmt.Errorf("%s is a Helm chart, whose values set what it renders", sourceName(one))
	case source.Type == "Plugin":
		return fmt.Errorf("%s is rendered by a plugin of Argo CD, and none is run here", sourceName(one))
	}
	return nil
}

// sourceName is a source as people know it.
func sourceName(one *collector.Reconciler) string {
	return brief("its source " + cmp.Or(one.Path, "$"+one.Sources[0].Name) + " of " + cmp.Or(normaliseURL(one.URL), "no repository"))
}
