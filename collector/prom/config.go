package prom

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"github.com/tuppence-dev/tuppence/collector"
)

// name is what gaps and Usage.Source carry.
const name = "prometheus"

// Config is how to reach one Prometheus.
type Config struct {
	// URL is the base URL, to which /api/v1/query is added:
	// http://prometheus:9090, https://mimir/prometheus. It carries no user
	// information.
	URL string
	// ClusterLabel and ClusterValue are a matcher added to every selector, for a
	// server that holds several clusters. Both are empty, or neither is.
	ClusterLabel, ClusterValue string
	// Step is the resolution of usage: it divides a day, from 1m to 1h. 0 means
	// 5m.
	Step time.Duration
	// QueryTimeout ends one query; 0 means 30s.
	QueryTimeout time.Duration
	// Parallel is how many batches are read at once; 0 means 2, so that a nightly
	// run is not what takes the server down.
	Parallel int

	// At most one of BearerToken, BearerTokenFile and Username is set. Files are
	// read again for each request, since projected tokens expire.
	BearerToken            string
	BearerTokenFile        string
	Username, PasswordFile string

	// TLS, beside the system's roots. There is no way to skip verification.
	CAFile, CertFile, KeyFile, ServerName string

	// Headers go with every request: X-Scope-OrgID names a Mimir tenant.
	Headers map[string]string
}

// Source reads one cluster's usage from Prometheus. It implements
// collector.Source and may be used again.
type Source struct {
	cfg    Config
	api    v1.API
	client *client
	// series is how many series a batch may be expected to answer with: 500 of
	// one day at 5 minutes are 144,000 samples, about 5 MB.
	series int
}

var _ collector.Source = (*Source)(nil)

// New checks c and returns a source. It asks nothing of the server yet; the
// error names the setting at fault and holds no credential.
func New(c Config) (*Source, error) {
	c.Step = cmp.Or(c.Step, 5*time.Minute)
	c.QueryTimeout = cmp.Or(c.QueryTimeout, 30*time.Second)
	c.Parallel = cmp.Or(c.Parallel, 2)
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("prometheus: %w", err)
	}
	h, err := c.httpClient()
	if err != nil {
		return nil, fmt.Errorf("prometheus: setting up the connection: %w", err)
	}
	base, err := api.NewClient(api.Config{Address: c.URL, Client: h})
	if err != nil {
		return nil, errors.New("prometheus: the url does not parse")
	}
	secret := slices.DeleteFunc(slices.Sorted(maps.Keys(c.Headers)), func(k string) bool {
		return strings.EqualFold(k, "X-Scope-OrgID") // a tenant's name, which errors speak of
	})
	cl := &client{Client: base, http: h, secret: secret, limit: maxAnswer, timeout: c.QueryTimeout, sleep: sleep}
	return &Source{cfg: c, api: v1.NewAPI(cl), client: cl, series: 500}, nil
}

func (c *Config) validate() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil: // url.Parse quotes its input, which may hold a password
		return errors.New("the url does not parse: it should look like http://prometheus:9090")
	case u.User != nil:
		return errors.New("the url holds a user name or password: use username and passwordFile, or a bearer token file")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("url %q is not an http or https address: it should look like http://prometheus:9090", clip(u.Redacted(), 80))
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("the url holds a query or a fragment: give the base address only")
	case (c.ClusterLabel == "") != (c.ClusterValue == ""):
		return errors.New("clusterLabel and clusterValue go together: set both or neither")
	case c.ClusterLabel != "" && !model.LegacyValidation.IsValidLabelName(c.ClusterLabel):
		return fmt.Errorf("clusterLabel %q is not a label name", clip(c.ClusterLabel, 40))
	case c.Step < time.Minute || c.Step > time.Hour || 24*time.Hour%c.Step != 0:
		return fmt.Errorf("step %s does not divide a day into parts of a minute to an hour: use 5m, 10m or 15m", c.Step)
	case c.QueryTimeout < 0:
		return fmt.Errorf("query timeout %s is negative", c.QueryTimeout)
	case c.Parallel < 0:
		return fmt.Errorf("parallel %d is negative", c.Parallel)
	}
	ways := 0
	for _, set := range []bool{c.BearerToken != "", c.BearerTokenFile != "", c.Username != "" || c.PasswordFile != ""} {
		if set {
			ways++
		}
	}
	switch {
	case ways > 1:
		return errors.New("set one of a bearer token, a bearer token file, and a user name with its password file")
	case (c.Username == "") != (c.PasswordFile == ""):
		return errors.New("username and passwordFile go together: set both or neither")
	case (c.CertFile == "") != (c.KeyFile == ""):
		return errors.New("certFile and keyFile go together: set both or neither")
	case strings.ContainsAny(c.BearerToken, " \t\r\n"):
		return errors.New("the bearer token holds white space")
	}
	return nil
}

// httpClient leaves redirects to the caller: a moved API answers with one, and
// so does a login page, and neither should get the credentials.
func (c *Config) httpClient() (*http.Client, error) {
	hc := config.HTTPClientConfig{
		EnableHTTP2: true,
		TLSConfig: config.TLSConfig{
			CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile, ServerName: c.ServerName,
		},
		ProxyConfig: config.ProxyConfig{ProxyFromEnvironment: true},
	}
	switch {
	case c.BearerToken != "":
		hc.Authorization = &config.Authorization{Credentials: config.Secret(c.BearerToken)}
	case c.BearerTokenFile != "":
		hc.Authorization = &config.Authorization{CredentialsFile: c.BearerTokenFile}
	case c.Username != "":
		hc.BasicAuth = &config.BasicAuth{Username: c.Username, PasswordFile: c.PasswordFile}
	}
	if len(c.Headers) > 0 {
		hc.HTTPHeaders = &config.Headers{Headers: map[string]config.Header{}}
		for _, k := range slices.Sorted(maps.Keys(c.Headers)) {
			hc.HTTPHeaders.Headers[k] = config.Header{Secrets: []config.Secret{config.Secret(c.Headers[k])}}
		}
	}
	if err := hc.Validate(); err != nil {
		return nil, err
	}
	return config.NewClientFromConfig(hc, name)
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
