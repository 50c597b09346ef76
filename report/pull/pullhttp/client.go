package pullhttp

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/tuppence-dev/tuppence/report/pull"
)

// Options say which repository on which forge, and as whom. BaseURL, Repository
// and a token are needed.
type Options struct {
	// BaseURL is the forge's address as people open it: "https://github.com". http
	// is taken only of this machine, as a token goes with every request.
	BaseURL string
	// Repository is "owner/name"; GitLab's groups may lie in groups.
	Repository string
	// TokenFile holds the token. It is read anew for every request, as a token may
	// be renewed while tuppence runs.
	TokenFile string
	// Token is asked for the token in place of TokenFile: github.App has one.
	Token func(context.Context) (string, error)
	// CAFile holds certificates, as PEM, of authorities that may vouch for the forge
	// beside the system's. There is no way to skip verification.
	CAFile string
	// Version is tuppence's own, sent as User-Agent "tuppence/<version>"; "" means
	// devel.
	Version string
	// Tries is how often a request is sent at most; 0 means 4.
	Tries int
	// Wait is given how long to wait before the next try and returns how long to
	// wait really; nil means just that. It is for tests.
	Wait func(time.Duration) time.Duration
}

// timeout bounds one try, its answer included.
const timeout = 30 * time.Second

// Client talks to one repository on one forge. Any number of goroutines may use it.
type Client struct {
	// HTTP is for the forge's SDK. Its errors hold a *pull.Fault where the forge
	// answered, and an answer of 200 or 201 is whole and JSON.
	HTTP *http.Client
	// Base is BaseURL, without a slash at the end.
	Base *url.URL

	tries int
	wait  func(time.Duration) time.Duration
}

// New makes a client. It opens no connection; the error says which option is
// amiss.
func New(o Options) (*Client, error) {
	base, err := address(o.BaseURL)
	if err != nil {
		return nil, err
	}
	token := o.Token
	if token == nil {
		if o.TokenFile == "" {
			return nil, errors.New("no token to ask the forge with; name the file that holds one")
		}
		token = pull.TokenFile(o.TokenFile)
	}
	roots, err := authorities(o.CAFile)
	if err != nil {
		return nil, err
	}
	c := &Client{Base: base, tries: max(cmp.Or(o.Tries, 4), 1), wait: o.Wait}
	if c.wait == nil {
		c.wait = func(d time.Duration) time.Duration { return d }
	}
	s := &sender{base: base, token: token, agent: "tuppence/" + cmp.Or(o.Version, "devel"), next: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}}
	c.HTTP = &http.Client{Transport: &door{sure: c.retrying(s, true), once: c.retrying(s, false)}}
	return c, nil
}

// retrying sends by s and asks again as again and backoff say. It follows no
// redirect.
func (c *Client) retrying(s *sender, sure bool) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: &http.Client{Transport: s, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		RetryMax:     c.tries - 1,
		CheckRetry:   again(sure),
		Backoff:      c.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

// authorities are the system's and those in the file; nil means the system's.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := pull.ReadSmall("the CA file", file)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a system without any: the file's alone
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the CA file: %s holds no certificate; it must be PEM", file)
	}
	return roots, nil
}
