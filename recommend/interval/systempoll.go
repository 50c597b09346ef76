package interval

import (
	"strings"

	"github.com/tuppence-dev/tuppence/collector"
	"github.com/tuppence-dev/tuppence/recommend/interval/model"
)

// limit is what a host is known to allow, in requests a second: of one repository,
// or of all that one user asks.
type limit struct {
	host             string // itself, or the end of its name after a dot
	repository, user float64
	says             string // who says so

	hooks     int    // webhooks of one repository that hear of a push; 0: not known
	hooksSays string // who says so
	receiver  string // the type of Flux's Receiver for it
}

// limits are published ones, read in 2026. Azure DevOps counts in units of its own
// (200 TSTU in 5 minutes), that no number of requests tells. How many webhooks
// Bitbucket Cloud lets a repository have is not in its documentation; GitHub
// Enterprise Server lets it have 250, under names that nobody else knows.
var limits = []limit{
	{host: "github.com", repository: 15, says: "GitHub recommends at most 15 Git operations a second on a repository (docs.github.com, repository limits)",
		hooks: 20, hooksSays: "GitHub lets a repository have 20 webhooks of an event (docs.github.com, types of webhooks)", receiver: "github"},
	{host: "gitlab.com", user: 1000.0 / 60, says: "GitLab.com allows 1,000 requests a minute and user that are not of its API (2020), and the fleet is taken for one user",
		hooks: 100, hooksSays: "GitLab.com lets a project have 100 webhooks (docs.gitlab.com, GitLab.com settings)", receiver: "gitlab"},
	{host: "bitbucket.org", user: 60_000.0 / 3600, says: "Bitbucket Cloud allows 60,000 Git operations an hour and user, and the fleet is taken for one user"},
}

// Requests that a poll makes. A branch or a tag of Git is one listing of references,
// and a change brings a shallow clone of about three more; a semver range and a
// commit clone each time. A tag in a registry is one HEAD, and a change brings its
// manifest and a layer.
var (
	gitListed  = model.Poll{Unchanged: 1, Changed: 4}
	gitCloned  = model.Poll{Unchanged: 4, Changed: 4}
	argoListed = model.Poll{Unchanged: 1, Changed: 4}
	tagged     = model.Poll{Unchanged: 1, Changed: 3}
	listed     = model.Poll{Unchanged: 1, Changed: 1}
	bucket     = model.Poll{Unchanged: 1, Changed: 2}
)

// poll is what a run of r asks of where it looks.
func (s *clusterMap) poll(r *collector.Reconciler, k *collector.Kind) model.Poll {
	none := model.Poll{Repository: model.None}
	if !k.Host.Polls() || r.Kind == "HelmChart" || r.Idle { // a chart is looked up in the index that its source has, or see inRegistry
		return none
	}
	if r.URL == "" {
		if r.Kind != "ImageUpdateAutomation" && r.Kind != "ApplicationSet" && r.Kind != "FluxInstance" && r.Kind != "ImagePolicy" {
			s.notes.add(r.Kind, "no address is known, so that its requests are not counted")
		}
		return none
	}
	p := listed
	switch {
	case k.Host == collector.GitHost && (r.Ref.SemVer != "" || r.Ref.Commit != ""):
		p = gitCloned
	case k.Host == collector.GitHost:
		p = gitListed
	case r.Kind == "OCIRepository":
		p = tagged
	case r.Kind == "Bucket":
		p = bucket
	}
	p.Repository = s.repository(r.URL, k.Host)
	return p
}

// repository is the index of what an address names, however it is written.
func (m *mapper) repository(url string, host collector.Host) int {
	at, path := address(url)
	name := strings.TrimSuffix(at+"/"+path, "/")
	if i, ok := m.repos[name]; ok {
		return i
	}
	f := &m.out.Fleet
	h, ok := m.hosts[at]
	if !ok {
		h = len(f.Hosts)
		m.hosts[at] = h
		f.Hosts = append(f.Hosts, model.Host{Name: at, Limit: limitOf(at).user})
	}
	r := model.Repository{Name: name, Host: h}
	if host == collector.GitHost {
		r.Limit = limitOf(at).repository
	}
	m.repos[name] = len(f.Repositories)
	f.Repositories = append(f.Repositories, r)
	return m.repos[name]
}

// limitOf is what is known of a host, or of that of a repository: github.com/acme/fleet.
func limitOf(name string) limit {
	host, _, _ := strings.Cut(name, "/")
	host, _, _ = strings.Cut(host, ":")
	for _, l := range limits {
		if host == l.host || strings.HasSuffix(host, "."+l.host) {
			return l
		}
	}
	return limit{}
}

// address takes an address apart: the host that it is at, in small letters and
// with its port, and the path there, without .git. It reads URLs, Git's short form
// host:path, and image names: https://GitHub.com/acme/fleet.git and
// git@github.com:acme/fleet are both github.com and acme/fleet.
func address(url string) (host, path string) {
	rest := url
	if _, after, ok := strings.Cut(url, "://"); ok {
		rest = after
	} else if before, after, ok := strings.Cut(url, ":"); ok && !strings.Contains(before, "/") && !port(after) {
		rest = before + "/" + after
	}
	host, path, _ = strings.Cut(rest, "/")
	host = host[strings.LastIndex(host, "@")+1:]
	return strings.ToLower(host), strings.TrimSuffix(strings.Trim(path, "/"), ".git")
}

// port reports whether s begins with a port, up to a slash.
func port(s string) bool {
	digits, _, _ := strings.Cut(s, "/")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
