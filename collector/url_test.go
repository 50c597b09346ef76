package collector

import (
	"strings"
	"testing"
)

func TestURLsLoseWhatMayBeACredential(t *testing.T) {
	for in, want := range map[string]string{
		"https://git.example.com/acme/fleet":                   "https://git.example.com/acme/fleet",
		"https://robot:secret@git.example.com/acme/fleet":      "https://git.example.com/acme/fleet",
		"https://secret@git.example.com/acme/fleet":            "https://git.example.com/acme/fleet",
		"https://git.example.com/acme/fleet?token=secret#x":    "https://git.example.com/acme/fleet",
		"ssh://git:secret@git.example.com:2222/acme/fleet.git": "ssh://git.example.com:2222/acme/fleet.git",
		"git@git.example.com:acme/fleet.git":                   "git.example.com:acme/fleet.git",
		"https://robot:se/secret@git.example.com/acme":         "",
		"https://robot:secret%zz@git.example.com/acme":         "",
		"robot:se/secret@git.example.com":                      "",
		"oci://ghcr.io/acme/fleet":                             "oci://ghcr.io/acme/fleet",
		"ghcr.io/acme/web@sha256:aa":                           "ghcr.io/acme/web@sha256:aa",
		"robot:se/secret@shard.example.com":                    "",
		"registry.example.com/charts":                          "registry.example.com/charts",
		"git@git.example.com:acme/fleet?token=secret#x":        "git.example.com:acme/fleet",
		"git.example.com?a=b/secret@x":                         "git.example.com",
		"minio.example.com:9000":                               "minio.example.com:9000",
		"":                                                     "",
	} {
		if got := CleanURL(in); got != want {
			t.Errorf("CleanURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzCleanURL(f *testing.F) {
	f.Add("https", "git.example.com/acme")
	f.Fuzz(func(t *testing.T, scheme, rest string) {
		const secret = "s3cr3t"
		if strings.Contains(scheme+rest, secret) || strings.ContainsAny(scheme, "/@?#") {
			t.Skip()
		}
		if got := CleanURL(scheme + "://robot:" + secret + "@" + rest); strings.Contains(got, secret) {
			t.Errorf("%q holds the password", got)
		}
	})
}
