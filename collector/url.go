package collector

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

var imageDigest = regexp.MustCompile(`@sha\d+:[0-9a-f]+$`)

// CleanURL is a source's address without user information, query and fragment,
// which may hold credentials. It reads URLs, Git's short form user@host:path and
// bare image names, which may end in a digest; of what it can't read it gives
// nothing.
func CleanURL(s string) string {
	if !strings.Contains(s, "://") {
		s, _, _ = strings.Cut(s, "?")
		s, _, _ = strings.Cut(s, "#")
		host, rest, hasPath := strings.Cut(s, "/")
		if strings.Contains(imageDigest.ReplaceAllString(rest, ""), "@") {
			return "" // a password with a slash in it
		}
		host = host[strings.LastIndex(host, "@")+1:]
		if hasPath {
			return host + "/" + rest
		}
		return host
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}

// ImageName is the last part of an image's path: "source-controller" of
// "registry.example:5000/fluxcd/source-controller:v1.7.3@sha256:…".
func ImageName(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name, _, _ := strings.Cut(path.Base(image), ":")
	return name
}
