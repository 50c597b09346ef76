package pullhttp

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"
)

// The kinds of forges.
const (
	GitHub = "github"
	GitLab = "gitlab"
	Gitea  = "gitea"
)

// hosts are the forges that are known by name. Codeberg is a Forgejo, which
// answers as Gitea does.
var hosts = map[string]string{
	"github.com":   GitHub,
	"gitlab.com":   GitLab,
	"gitea.com":    Gitea,
	"codeberg.org": Gitea,
}

// overHTTPS are hosts at which a forge takes SSH on HTTPS's port.
var overHTTPS = map[string]string{
	"ssh.github.com":    "github.com",
	"altssh.gitlab.com": "gitlab.com",
}

// hostName is a name or an address of a host.
var hostName = regexp.MustCompile(`^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$`)

// ErrKind is why the kind of a forge is not known. Base and repository are.
var ErrKind = errors.New("which kind of forge it is can't be told from the address; say --forge github, --forge gitlab or --forge gitea")

// Of returns which forge a remote's address is of, by the well-known hosts, its
// address for people and the repository's name there: "github",
// "https://github.com" and "acme/fleet" of https://github.com/acme/fleet.git,
// git@github.com:acme/fleet and ssh://git@ssh.github.com:443/acme/fleet.git. Of an
// SSH address at an unknown host the forge is taken to be at https:// on the same
// host. Where only the kind is unknown the error is ErrKind and the rest is
// returned. No error quotes the address, which may hold a password.
func Of(remote string) (kind, base, repository string, err error) {
	at, err := transport.NewEndpoint(remote)
	if err != nil {
		return "", "", "", errors.New("the repository's address can't be read; write it as https://host/owner/name or ssh://git@host/owner/name")
	}
	host := strings.ToLower(at.Host)
	u := url.URL{Scheme: "https", Host: host}
	switch at.Protocol {
	case "https", "http":
		u.Scheme = at.Protocol
		if at.Port != 0 && (at.Protocol != "https" || at.Port != 443) && (at.Protocol != "http" || at.Port != 80) {
			u.Host = fmt.Sprintf("%s:%d", host, at.Port)
		}
	case "ssh":
		if known := overHTTPS[host]; known != "" {
			u.Host = known
		}
	default:
		return "", "", "", errors.New("a pull request needs a repository on a forge; write its address as https://host/owner/name or ssh://git@host/owner/name")
	}
	repository = strings.TrimSuffix(strings.Trim(at.Path, "/"), ".git")
	if !hostName.MatchString(host) || !isRepository(repository) {
		return "", "", "", errors.New("the repository's address names no repository; write it as https://host/owner/name")
	}
	if kind = hosts[u.Host]; kind == "" {
		err = ErrKind
	}
	return kind, u.String(), repository, err
}

// isRepository reports whether s is owner/name, or deeper, of characters that
// every forge takes.
func isRepository(s string) bool {
	parts := strings.Split(s, "/")
	for _, p := range parts {
		if p == "" || strings.Trim(p, ".") == "" || len(p) > 255 || strings.ContainsFunc(p, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
		}) {
			return false
		}
	}
	return len(parts) >= 2 && len(parts) <= 21 // GitLab: 20 groups
}

// Owner splits the repository's name in two, as GitHub and Gitea have it.
func Owner(repository string) (owner, name string, err error) {
	owner, name, _ = strings.Cut(repository, "/")
	if !isRepository(repository) || strings.Contains(name, "/") {
		return "", "", errors.New("the repository's name is not owner/name; check it")
	}
	return owner, name, nil
}

// Project checks the repository's name as GitLab has it, in groups within groups.
func Project(repository string) (string, error) {
	if !isRepository(repository) {
		return "", errors.New("the repository's name is not group/name; check it")
	}
	return repository, nil
}

// address reads a forge's base address. The error does not quote it, as it may
// hold a password.
func address(base string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the forge's address is not https://host without user, password and query; check it")
	}
	u.Host = strings.ToLower(u.Host)
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && !ip.IsLoopback() && u.Hostname() != "localhost" {
		return nil, fmt.Errorf("a token is not sent to http://%s, where anybody on the way could read it; use https", u.Host)
	}
	return u, nil
}
