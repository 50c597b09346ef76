package prom

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func writeFile(t *testing.T, content string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "secret")
	overwrite(t, p, content)
	return p
}

func overwrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestConfigIsCheckedAndKeepsItsSecrets(t *testing.T) {
	const secret = "hunter2"
	tests := []struct {
		rule string
		edit func(*Config)
		want string // empty: it is fine
	}{
		{"defaults", func(*Config) {}, ""},
		{"a path", func(c *Config) { c.URL = "https://mimir.example.com/prometheus/" }, ""},
		{"no address", func(c *Config) { c.URL = "" }, "not an http or https address"},
		{"another scheme", func(c *Config) { c.URL = "ftp://prometheus" }, "not an http or https address"},
		{"no scheme", func(c *Config) { c.URL = "prometheus:9090" }, "not an http or https address"},
		{"a password in the address", func(c *Config) { c.URL = "http://me:" + secret + "@prometheus" }, "holds a user name or password"},
		{"a password in a broken address", func(c *Config) { c.URL = "http://me:" + secret + "@prometheus:port" }, "does not parse"},
		{"a token in the query", func(c *Config) { c.URL = "http://prometheus?token=" + secret }, "holds a query"},
		{"a label without a value", func(c *Config) { c.ClusterLabel = "cluster" }, "go together"},
		{"a label that is none", func(c *Config) { c.ClusterLabel, c.ClusterValue = `a"b`, "x" }, "not a label name"},
		{"a step that does not divide a day", func(c *Config) { c.Step = 7 * time.Minute }, "step 7m0s does not divide a day"},
		{"a step of a second", func(c *Config) { c.Step = time.Second }, "does not divide a day"},
		{"two ways to log in", func(c *Config) { c.BearerToken, c.BearerTokenFile = secret, "f" }, "set one of"},
		{"a user without a password", func(c *Config) { c.Username = "me" }, "username and passwordFile go together"},
		{"a certificate without a key", func(c *Config) { c.CertFile = "f" }, "certFile and keyFile go together"},
		{"a token with a line end", func(c *Config) { c.BearerToken = secret + "\n" }, "white space"},
		{"a header that is the connection's", func(c *Config) { c.Headers = map[string]string{"authorization": secret} }, `"Authorization" is not allowed`},
		{"negative parallel", func(c *Config) { c.Parallel = -1 }, "negative"},
		{"negative timeout", func(c *Config) { c.QueryTimeout = -1 }, "negative"},
		{"an authority that is not there", func(c *Config) { c.CAFile = "/nonexistent/ca.pem" }, "/nonexistent/ca.pem"},
	}
	for _, tt := range tests {
		c := Config{URL: "http://prometheus:9090"}
		tt.edit(&c)
		_, err := New(c)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.rule, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: error %v, want %q", tt.rule, err, tt.want)
		case err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: the error tells the secret or breaks the line: %q", tt.rule, err)
		}
	}
}
