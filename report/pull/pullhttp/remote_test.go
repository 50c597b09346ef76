package pullhttp

import (
	"errors"
	"strings"
	"testing"
)

func TestOfTellsTheForgeByWellKnownHostsOnly(t *testing.T) {
	for _, c := range []struct{ remote, kind, base, repository string }{
		{"https://github.com/acme/fleet.git", GitHub, "https://github.com", "acme/fleet"},
		{"https://GitHub.com/acme/fleet/", GitHub, "https://github.com", "acme/fleet"},
		{"https://x-access-token:ghp_secret@github.com/acme/fleet", GitHub, "https://github.com", "acme/fleet"},
		{"git@github.com:acme/fleet.git", GitHub, "https://github.com", "acme/fleet"},
		{"ssh://git@ssh.github.com:443/acme/fleet.git", GitHub, "https://github.com", "acme/fleet"},
		{"https://gitlab.com/group/sub/sub/fleet.git", GitLab, "https://gitlab.com", "group/sub/sub/fleet"},
		{"git@altssh.gitlab.com:group/fleet", GitLab, "https://gitlab.com", "group/fleet"},
		{"https://codeberg.org/acme/fleet", Gitea, "https://codeberg.org", "acme/fleet"},
		{"git@gitlab.example:group/sub/fleet.git", "", "https://gitlab.example", "group/sub/fleet"},
		{"ssh://git@gitea.example:2222/acme/fleet", "", "https://gitea.example", "acme/fleet"},
		{"https://git.example:8443/acme/fleet", "", "https://git.example:8443", "acme/fleet"},
		{"https://git.example:443/acme/fleet", "", "https://git.example", "acme/fleet"},
		{"http://127.0.0.1:3000/acme/fleet", "", "http://127.0.0.1:3000", "acme/fleet"},
		{"https://github.com.evil.example/acme/fleet", "", "https://github.com.evil.example", "acme/fleet"},
		{"https://github.com:8443/acme/fleet", "", "https://github.com:8443", "acme/fleet"},
	} {
		kind, base, repository, err := Of(c.remote)
		if kind != c.kind || base != c.base || repository != c.repository || errors.Is(err, ErrKind) != (c.kind == "") || err != nil && c.kind != "" {
			t.Errorf("%s: %q %q %q %v", c.remote, kind, base, repository, err)
		}
	}
}

var notForges = []string{
	"", "fleet", "/srv/git/fleet.git", "./fleet", "file:///srv/git/fleet", "git://github.com/acme/fleet", "https://github.com", "https://github.com/acme",
	"https://github.com/acme/../fleet", "https://github.com/acme/fl%65et?token=secret", "https://github.com/acme//fleet", "https://github.com/acme/fle et",
	"https://user:se%ZZcret@github.com/acme/fleet", "https:///acme/fleet", "https://github.com/" + strings.Repeat("a/", 40) + "fleet",
}

func TestOfRefusesWhatIsNoRepositoryOfAForge(t *testing.T) {
	for _, remote := range notForges {
		if kind, base, repository, err := Of(remote); err == nil || strings.Contains(kind+base+repository, "secret") {
			t.Errorf("%q: %q %q %q %v", remote, kind, base, repository, err)
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, remote := range notForges {
		f.Add(remote)
	}
	f.Add("git@github.com:acme/fleet.git")
	f.Add("ssh://git@[::1]:2222/acme/fleet")
	f.Fuzz(func(t *testing.T, remote string) {
		kind, base, repository, err := Of(remote)
		if err != nil && !errors.Is(err, ErrKind) {
			if kind+base+repository != "" {
				t.Errorf("%q %q %q with %v", kind, base, repository, err)
			}
			return
		}
		if _, err := Project(repository); err != nil {
			t.Errorf("%q: %v", repository, err)
		}
		// What is found is an address of its own, and found again from it.
		again, base2, repository2, _ := Of(base + "/" + repository)
		if again != kind || base2 != base || repository2 != repository {
			t.Errorf("%q %q %q, and again %q %q %q", kind, base, repository, again, base2, repository2)
		}
	})
}

func TestATokenGoesOverHTTPSOnly(t *testing.T) {
	for base, ok := range map[string]bool{
		"https://git.example": true, "https://git.example/gitea/": true, "http://127.0.0.1:3000": true, "http://[::1]:3000": true, "http://localhost": true,
		"http://git.example": false, "http://127.0.0.1.example": false, "https://u:secret@git.example": false, "https://git.example?private_token=secret": false,
		"https://git.example#secret": false, "git.example": false, "": false, "ftp://git.example": false,
	} {
		_, err := New(Options{BaseURL: base, TokenFile: "token"})
		if (err == nil) != ok || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestOwnerIsOfTwoParts(t *testing.T) {
	if owner, name, err := Owner("acme/fleet"); owner != "acme" || name != "fleet" || err != nil {
		t.Errorf("%q %q %v", owner, name, err)
	}
	for _, s := range []string{"", "acme", "acme/", "/fleet", "acme/sub/fleet", "acme/..", "acme/fl?eet", "acme/fl%2feet", "acme/fleet\n"} {
		if owner, name, err := Owner(s); err == nil {
			t.Errorf("%q: %q %q", s, owner, name)
		}
	}
}
