package patch

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
)

// errUnread is about a source that may be the tree at hand, or not.
var errUnread = errors.New("was not read, so its repository is unknown")

// sourceRule says whether a builder's source is the tree at hand.
type sourceRule struct {
	url, branch string
	urls        []string                         // every Git address of the fleet, normalised
	sources     map[string]*collector.Reconciler // by cluster, namespace, name
	artifacts   map[string]*collector.Reconciler // likewise: OCIRepositories
	branches    map[string][]string              // by normalised address
}

func newSourceRule(f *collector.Fleet, o Options) *sourceRule {
	s := &sourceRule{url: normaliseURL(o.RemoteURL), branch: o.Branch, sources: map[string]*collector.Reconciler{}, artifacts: map[string]*collector.Reconciler{}, branches: map[string][]string{}}
	for i := range f.Clusters {
		c := &f.Clusters[i]
		for j := range c.Reconcilers {
			s.enter(c, &c.Reconcilers[j])
		}
	}
	slices.Sort(s.urls)
	s.urls = slices.Compact(s.urls)
	for url, list := range s.branches {
		slices.Sort(list)
		s.branches[url] = slices.Compact(list)
	}
	return s
}

// enter keeps a source by its name, and the repositories and branches that it and
// an Application's sources follow.
func (s *sourceRule) enter(c *collector.Cluster, r *collector.Reconciler) {
	var follows []*collector.Reconciler
	switch r.Kind {
	case "GitRepository":
		s.sources[ownerKey(c.Name, r.Namespace, r.Name)] = r
		follows = append(follows, r)
	case "OCIRepository":
		s.artifacts[ownerKey(c.Name, r.Namespace, r.Name)] = r
	case "Application":
		follows = alone(r)
	}
	for _, from := range follows {
		if from.URL == "" || isChart(from) {
			continue
		}
		url := normaliseURL(from.URL)
		s.urls = append(s.urls, url)
		if branch := branchOf(from); branch != "" && !byDefault(from) {
			s.branches[url] = append(s.branches[url], branch)
		}
	}
}

// isChart tells whether an Application's source is a chart of a chart repository.
func isChart(r *collector.Reconciler) bool { return r.Kind == "Application" && r.Ref.SemVer != "" }

// branchOf is the branch a source follows, "" where a tag or a commit is pinned.
// Flux follows master where nothing is set.
func branchOf(r *collector.Reconciler) string {
	if r.Ref.Commit != "" || r.Ref.SemVer != "" || r.Ref.Tag != "" {
		return ""
	}
	return cmp.Or(r.Ref.Branch, "master")
}

// check returns what to know of a change made in the tree for r, or why the tree
// is not r's source.
func (s *sourceRule) check(c *collector.Cluster, r *collector.Reconciler) (string, error) {
	source, what := r, "its source"
	switch {
	case isChart(r):
		return "", fmt.Errorf("its source is the Helm chart %s of a chart repository", brief(r.Path))
	case r.Kind == "Application" && r.URL == "":
		return "", errors.New("its source is not known")
	case r.Kind == "Application":
	case r.Source.Kind != "GitRepository":
		return "", fmt.Errorf("its source is %s, not a Git repository", cmp.Or(r.Source.String(), "not known"))
	default:
		what = r.Source.String()
		if source = s.sources[ownerKey(c.Name, cmp.Or(r.Source.Namespace, r.Namespace), r.Source.Name)]; source == nil {
			return "", fmt.Errorf("its source %s %w", r.Source, errUnread)
		}
	}
	note, err := s.repository(source)
	if err != nil {
		return "", err
	}
	if byDefault(source) {
		return joinNotes(note, s.defaultNote(source)), nil
	}
	return s.revision(source, what, note)
}

// repository errs unless the source's repository is the tree at hand.
func (s *sourceRule) repository(source *collector.Reconciler) (note string, err error) {
	url := normaliseURL(source.URL)
	switch {
	case len(s.urls) > 1 && s.url == "":
		return "", fmt.Errorf("its source is one of %d repositories (%s), and this tree has no remote named origin to tell which it is", len(s.urls), brief(strings.Join(s.urls, ", ")))
	case len(s.urls) > 1 && s.url != url:
		return "", fmt.Errorf("its source is the repository %s, and this tree is %s", url, s.url)
	case s.url != "" && s.url != url: // the fleet's only one: perhaps by another name of its host
		return fmt.Sprintf("this tree's origin is %s and the fleet follows %s; make sure that they are one repository", s.url, url), nil
	}
	return "", nil
}

// revision errs unless the source follows the branch at hand, or what is pinned.
func (s *sourceRule) revision(source *collector.Reconciler, what, note string) (string, error) {
	branch := branchOf(source)
	switch list := s.branches[normaliseURL(source.URL)]; {
	case branch == "":
		return joinNotes(note, what+" is pinned to a tag or a commit: it takes effect once that moves"), nil
	case s.branch != "" && s.branch != branch:
		return "", fmt.Errorf("its source follows the branch %s, and this tree is on %s", branch, s.branch)
	case s.branch == "" && len(list) > 1:
		return "", fmt.Errorf("its source follows the branch %s, one of %d that the fleet follows (%s), and this tree is on no branch; check one out", branch, len(list), brief(strings.Join(list, ", ")))
	}
	return note, nil
}
