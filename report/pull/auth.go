package pull

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
	gitssh "github.com/go-git/go-git/v5/plumbing/transport/ssh"
)

// Auth is how a remote is told who asks. What it needs stands in files, read each
// time anew: a secret that was renewed is used at once.
type Auth struct {
	// User goes with Token over HTTPS: "x-access-token" on GitHub, "oauth2" on
	// GitLab; empty means "git", which Gitea takes. Over SSH it goes before the
	// address's own; empty means that, or "git".
	User string
	// Token returns the token for HTTPS; nil: none is sent. TokenFile makes one of
	// a file; a GitHub App's is minted by its adapter.
	Token func(context.Context) (string, error)
	// KeyFile holds the private key for SSH, without a passphrase.
	KeyFile string
	// KnownHostsFile holds the host keys that are trusted. SSH needs it: a host
	// that is not in it is never talked to.
	KnownHostsFile string
}

// maxSecret bounds the files that hold keys, tokens and certificates.
const maxSecret = 1 << 20

// TokenFile returns the token in the file, without the white space around it.
func TokenFile(path string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		data, err := ReadSmall("the token", path)
		if err != nil {
			return "", err
		}
		token := strings.TrimSpace(string(data))
		if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return "", fmt.Errorf("read the token: %s holds none, or more than one line", path)
		}
		return token, nil
	}
}

// ReadSmall reads a file of at most 1 MiB.
func ReadSmall(what, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if len(data) > maxSecret {
		return nil, fmt.Errorf("read %s: %s is larger than 1 MiB", what, path)
	}
	return data, nil
}

// access is what go-git is to use for one operation.
type access struct {
	auth   transport.AuthMethod
	ca     []byte
	secret string // as an Authorization header has it; empty: none
}

func (r Remote) access(ctx context.Context) (a access, err error) {
	at, err := transport.NewEndpoint(r.URL)
	if err != nil {
		return a, errors.New("the repository's address can't be read; write it as https://host/path or ssh://user@host/path")
	}
	if at.Password != "" || at.User != "" && at.Protocol != "ssh" {
		return a, errors.New("the repository's address holds a user or a password; leave them out and name a token file")
	}
	switch at.Protocol {
	case "file":
	case "https", "http":
		if r.CAFile != "" {
			if a.ca, err = ReadSmall("the CA file", r.CAFile); err != nil {
				return a, err
			}
		}
		err = r.Auth.basic(ctx, at, &a)
	case "ssh":
		a.auth, err = r.Auth.keys(at)
	default:
		err = fmt.Errorf("%s:// is not supported; use https, ssh or a path", at.Protocol)
	}
	return a, err
}

func (a Auth) basic(ctx context.Context, at *transport.Endpoint, to *access) error {
	if a.Token == nil {
		return nil
	}
	if ip := net.ParseIP(strings.Trim(at.Host, "[]")); at.Protocol == "http" && !ip.IsLoopback() && at.Host != "localhost" {
		return fmt.Errorf("a token is not sent to http://%s, where anybody on the way could read it; use https", at.Host)
	}
	token, err := a.Token(ctx)
	if err != nil {
		return err
	}
	user := a.User
	if user == "" {
		user = "git"
	}
	to.auth = &githttp.BasicAuth{Username: user, Password: token}
	to.secret = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+token))
	return nil
}

func (a Auth) keys(at *transport.Endpoint) (transport.AuthMethod, error) {
	if a.KeyFile == "" || a.KnownHostsFile == "" {
		return nil, errors.New("SSH needs a key file and a known_hosts file; ssh-keyscan shows a host's keys, to be compared with those that its owner publishes")
	}
	user := a.User
	if user == "" {
		user = at.User
	}
	if user == "" {
		user = "git"
	}
	pem, err := ReadSmall("the SSH key", a.KeyFile)
	if err != nil {
		return nil, err
	}
	keys, err := gitssh.NewPublicKeys(user, pem, "")
	if err != nil {
		return nil, fmt.Errorf("read the SSH key in %s: %w; a key with a passphrase can't be used", a.KeyFile, err)
	}
	hosts, err := gitssh.NewKnownHostsDb(a.KnownHostsFile)
	if err != nil {
		return nil, fmt.Errorf("read the known hosts in %s: %w", a.KnownHostsFile, err)
	}
	port := at.Port
	if port == 0 {
		port = gitssh.DefaultPort
	}
	keys.HostKeyCallback = hosts.HostKeyCallback()
	keys.HostKeyAlgorithms = hosts.HostKeyAlgorithms(net.JoinHostPort(at.Host, strconv.Itoa(port)))
	return keys, nil
}
