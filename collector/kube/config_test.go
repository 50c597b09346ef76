package kube

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/tuppence-dev/tuppence/collector"
)

// TestMain lets the test binary be the exec plug-in that TestExecPlugin names.
// It gives out the tokens "token-1", "token-2", … of a counter file.
func TestMain(m *testing.M) {
	counter := os.Getenv("TEST_EXEC_PLUGIN_COUNTER")
	if counter == "" {
		os.Exit(m.Run())
	}
	calls, _ := os.ReadFile(counter)
	calls = append(calls, '.')
	if err := os.WriteFile(counter, calls, 0o600); err != nil {
		os.Exit(1)
	}
	fmt.Printf(`{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-%d"}}`, len(calls))
}

// secure serves small() over TLS to requests that allow lets in; others get 401
// with a body that echoes their credentials, as some proxies do.
func secure(t *testing.T, allow func(*http.Request) bool) *httptest.Server {
	t.Helper()
	f := small()
	f.handle = func(w http.ResponseWriter, r *http.Request) bool {
		if allow(r) {
			return false
		}
		user, password, _ := r.BasicAuth()
		http.Error(w, fmt.Sprintf("no entry with %q %s %s", r.Header.Get("Authorization"), user, password), http.StatusUnauthorized)
		return true
	}
	return startTLS(t, f)
}

func startTLS(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a refused handshake is expected
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// kubeconfig writes one with a context "test" for server and user.
func kubeconfig(t *testing.T, server *httptest.Server, user clientcmdapi.AuthInfo) string {
	t.Helper()
	cfg := clientcmdapi.NewConfig()
	cluster := clientcmdapi.NewCluster()
	cluster.Server = server.URL
	if server.Certificate() != nil {
		cluster.CertificateAuthorityData = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	}
	cfg.Clusters["c"], cfg.AuthInfos["u"] = cluster, &user
	context := clientcmdapi.NewContext()
	context.Cluster, context.AuthInfo = "c", "u"
	cfg.Contexts["test"] = context
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*cfg, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func source(t *testing.T, path string) *Source {
	t.Helper()
	cfg, err := Config(path, "test")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(cfg, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, s *Source) error {
	t.Helper()
	c := &collector.Cluster{Name: "test"}
	if err := s.Collect(t.Context(), window, c); err != nil {
		return err
	}
	if len(c.Workloads) != 1 || len(c.Gaps) != 0 {
		t.Errorf("%d workloads, gaps %v", len(c.Workloads), gapLines(c))
	}
	return nil
}

func bearer(token string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer "+token }
}

func TestBearerAndBasicAuthentication(t *testing.T) {
	basic := func(r *http.Request) bool {
		user, password, ok := r.BasicAuth()
		return ok && user == "ann" && password == "s3cret"
	}
	for name, tc := range map[string]struct {
		allow func(*http.Request) bool
		user  clientcmdapi.AuthInfo
	}{
		"bearer": {bearer("t0ken"), clientcmdapi.AuthInfo{Token: "t0ken"}},
		"basic":  {basic, clientcmdapi.AuthInfo{Username: "ann", Password: "s3cret"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := secure(t, tc.allow)
			if err := read(t, source(t, kubeconfig(t, server, tc.user))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestATokenFileThatWasRotatedIsReadAgain(t *testing.T) {
	var current string
	server := secure(t, func(r *http.Request) bool { return bearer(current)(r) })
	file := filepath.Join(t.TempDir(), "token")
	rotate := func(token string) {
		current = token
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rotate("monday")
	s := source(t, kubeconfig(t, server, clientcmdapi.AuthInfo{TokenFile: file}))
	if err := read(t, s); err != nil {
		t.Fatal(err)
	}
	rotate("tuesday") // the token in memory is now refused
	if err := read(t, s); err != nil {
		t.Errorf("after the rotation: %v", err)
	}
}

func TestExecPluginsGiveTokensAndAreAskedAgainAfterA401(t *testing.T) {
	server := secure(t, bearer("token-2"))
	s := source(t, kubeconfig(t, server, clientcmdapi.AuthInfo{Exec: &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: must(os.Executable()),
		InteractiveMode: clientcmdapi.NeverExecInteractiveMode,
		Env:             []clientcmdapi.ExecEnvVar{{Name: "TEST_EXEC_PLUGIN_COUNTER", Value: filepath.Join(t.TempDir(), "calls")}},
	}}))
	if err := read(t, s); err != nil {
		t.Error(err)
	}
}

func TestAnExecPluginThatIsMissingIsOneError(t *testing.T) {
	server := secure(t, bearer("x"))
	s := source(t, kubeconfig(t, server, clientcmdapi.AuthInfo{Exec: &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: "no-such-plugin", InstallHint: "install it",
		InteractiveMode: clientcmdapi.NeverExecInteractiveMode}}))
	want := strings.TrimPrefix(server.URL, "https://") + ": getting credentials: exec: executable no-such-plugin not found "
	if err := read(t, s); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestClientCertificates(t *testing.T) {
	server := secure(t, func(r *http.Request) bool {
		return len(r.TLS.PeerCertificates) == 1 && r.TLS.PeerCertificates[0].Subject.CommonName == "ann"
	})
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	now := time.Now()
	der := must(x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ann"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, key.Public(), key))
	user := clientcmdapi.AuthInfo{
		ClientCertificateData: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		ClientKeyData:         pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must(x509.MarshalECPrivateKey(key))}),
	}
	if err := read(t, source(t, kubeconfig(t, server, user))); err != nil {
		t.Error(err)
	}
}

func TestAServerThatIsNotTrustedIsRefusedAndNeverSeesTheToken(t *testing.T) {
	server := secure(t, func(*http.Request) bool { t.Error("a request went through"); return true })
	path := kubeconfig(t, server, clientcmdapi.AuthInfo{Token: "t0ken"})
	raw := must(clientcmd.LoadFromFile(path))
	raw.Clusters["c"].CertificateAuthorityData = nil
	if err := clientcmd.WriteToFile(*raw, path); err != nil {
		t.Fatal(err)
	}
	err := read(t, source(t, path))
	if err == nil || !strings.Contains(err.Error(), "the API server's certificate is not trusted: x509: ") {
		t.Errorf("got %v", err)
	}
}

func TestNoErrorHoldsACredentialThatTheServerEchoes(t *testing.T) {
	for name, user := range map[string]clientcmdapi.AuthInfo{
		"bearer": {Token: "hunter2hunter2"},
		"basic":  {Username: "ann", Password: "hunter2hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			f := small()
			f.handle = func(w http.ResponseWriter, r *http.Request) bool {
				_, password, _ := r.BasicAuth()
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":500,"message":"bad %s %s"}`, r.Header.Get("Authorization"), password)
				return true
			}
			server := startTLS(t, f) // clientcmd gives no credentials to plain HTTP
			err := read(t, source(t, kubeconfig(t, server, user)))
			if err == nil || !strings.Contains(err.Error(), "[hidden]") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestConfigChoosesTheContextAndSaysWhichThereAre(t *testing.T) {
	server := secure(t, bearer("x"))
	path := kubeconfig(t, server, clientcmdapi.AuthInfo{Token: "x"})
	cfg, err := Config(path, "test")
	if err != nil || cfg.Host != server.URL || cfg.Timeout != RequestTimeout || cfg.QPS != 50 || cfg.Burst != 100 || !strings.HasPrefix(cfg.UserAgent, "tuppence/") {
		t.Fatalf("%+v, %v", cfg, err)
	}
	t.Setenv("KUBECONFIG", path)
	if cfg, err := Config("", "test"); err != nil || cfg.Host != server.URL {
		t.Errorf("by KUBECONFIG: %v", err)
	}
	for _, tc := range []struct{ path, context, want string }{
		{path, "prod", `kubeconfig has no context "prod": choose one with --context (it has: test)`},
		{path, "", `kubeconfig has no context "": choose one with --context (it has: test)`},
		{"/no/such/file", "", "loading kubeconfig: stat /no/such/file: no such file or directory"},
	} {
		if _, err := Config(tc.path, tc.context); err == nil || err.Error() != tc.want {
			t.Errorf("%+v: %v", tc, err)
		}
	}
}

func TestTheServiceAccountOfThePodIsTheLastResort(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	if _, err := Config("", ""); err == nil || !strings.HasPrefix(err.Error(), "no kubeconfig found, and this is not a pod") {
		t.Errorf("outside a cluster: %v", err)
	}
	t.Setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
	t.Setenv("KUBERNETES_SERVICE_PORT", "443")
	if _, err := Config("", ""); err == nil || !strings.HasPrefix(err.Error(), "loading the pod's service account: ") {
		t.Errorf("in a pod without a token: %v", err)
	}
	if _, err := Config("", "prod"); err == nil || !strings.HasPrefix(err.Error(), `kubeconfig has no context "prod"`) {
		t.Errorf("a context that was asked for is never replaced by the pod's own: %v", err)
	}
}

func TestARateWithoutABurstGetsOne(t *testing.T) {
	if cfg := withDefaults(&rest.Config{QPS: 5}); cfg.Burst != 10 {
		t.Errorf("burst %d", cfg.Burst)
	}
	if _, err := New(&rest.Config{Host: "https://127.0.0.1:1", QPS: 5}, Options{}); err != nil {
		t.Error(err)
	}
}
