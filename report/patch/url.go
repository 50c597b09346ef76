package patch

import (
	"net/url"
	"regexp"
	"strings"
)

// scpForm is user@host:path, as git takes it.
var scpForm = regexp.MustCompile(`^(?:[^/@:]+@)?([^/:@]+):([^/].*|/[^/].*)$`)

// normaliseURL brings the forms of one repository's address to one: host and
// path, without scheme, user, default port, ".git" and the slash at the end.
// ssh://git@Example.com/a/b.git, git@example.com:a/b and https://x:y@example.com/a/b/
// are all example.com/a/b. What is no address (a path) stays as it is, cleaned.
func normaliseURL(address string) string {
	address = strings.TrimSpace(address)
	if address == "" {
		return ""
	}
	host, below := "", address
	if strings.Contains(address, "://") {
		u, err := url.Parse(address)
		if err != nil {
			return "(an address that can't be read)" // it may hold a password
		}
		host, below = strings.ToLower(u.Hostname()), u.Path
		// An SSH port says nothing of the repository; another web port may be another host.
		if port := u.Port(); port != "" && (u.Scheme == "http" && port != "80" || u.Scheme == "https" && port != "443") {
			host += ":" + port
		}
	} else if m := scpForm.FindStringSubmatch(address); m != nil {
		host, below = strings.ToLower(m[1]), m[2]
	}
	below = strings.Trim(below, "/")
	below = strings.TrimRight(strings.TrimSuffix(below, ".git"), "/")
	return strings.Trim(host+"/"+below, "/")
}
