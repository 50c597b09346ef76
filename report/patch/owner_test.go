package patch

import "testing"

func TestOneRepositoryHasOneNormalForm(t *testing.T) {
	same := []string{
		"https://git.example/acme/fleet", "https://git.example/acme/fleet.git", "https://git.example/acme/fleet.git/", "http://git.example:80/acme/fleet",
		"https://user:secret@git.example:443/acme/fleet.git", "ssh://git@git.example/acme/fleet.git", "ssh://git@git.example:2222/acme/fleet",
		"git@git.example:acme/fleet.git", "git.example:acme/fleet", "  https://GIT.example/acme/fleet/ ",
	}
	for _, s := range same {
		if got := normaliseURL(s); got != "git.example/acme/fleet" {
			t.Errorf("%q is %q, want git.example/acme/fleet", s, got)
		}
	}
	for _, s := range []string{"https://git.example/acme/Fleet", "https://git.example/acme/fleet2", "https://other.example/acme/fleet", "https://git.example:8443/acme/fleet", "", "/srv/git/fleet.git", "https://u:p%zz@git.example/acme/fleet"} {
		if got := normaliseURL(s); got == "git.example/acme/fleet" {
			t.Errorf("%q passes for git.example/acme/fleet", s)
		}
	}
	if got := normaliseURL("https://user:secret%zz@git.example/x"); got != "(an address that can't be read)" {
		t.Errorf("an unreadable address shows as %q: it may hold a password", got)
	}
}

func TestFluxPathsStayInTheRepository(t *testing.T) {
	for spec, want := range map[string]string{"": ".", "./": ".", "/": ".", ".": ".", "./apps/uk/": "apps/uk", "/apps": "apps", "apps/../infra": "infra"} {
		if got, err := folder(spec); err != nil || got != want {
			t.Errorf("folder(%q) = %q, %v, want %q", spec, got, err, want)
		}
	}
	for _, spec := range []string{"..", "../x", "apps/../../x", "/../x"} {
		if got, err := folder(spec); err == nil {
			t.Errorf("folder(%q) = %q, want an error", spec, got)
		}
	}
}

func TestRemoteAddressesAreSeen(t *testing.T) {
	for _, s := range []string{"https://a/b", "HTTPS://a/b", "http:a", "ssh://a/b", "git@h:a/b", "me@h/a/b/c", "github.com/a/b", "GitHub.com:a/b", "www.github.com/a/b", "git::https://a/b", "gh:a/b", "file:///a", " https://a", "git::github.com/a/b"} {
		if !gitBase.MatchString(s) {
			t.Errorf("%q passes for a local base", s)
		}
	}
	for _, s := range []string{"../base", "./a", "base.git", "a/b@c", "apps/github.com/x", "web.yaml", "../a?ref=b"} {
		if gitBase.MatchString(s) {
			t.Errorf("%q passes for a remote base", s)
		}
	}
}
