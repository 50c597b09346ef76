package kube

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/transport"
)

// RequestTimeout ends one request to an API server that does not answer. A page
// of 500 pods takes well under a second from a healthy one.
const RequestTimeout = 30 * time.Second

// Config returns how to reach and authenticate to a cluster, as kubectl would:
// from the file kubeconfig, or where that is empty by clientcmd's own loading
// rules ($KUBECONFIG, then ~/.kube/config), in the named context or, where that
// is empty, the current one. Where kubeconfig and context are both empty and
// those rules find no configuration at all, it falls back to the service account
// of the pod it runs in.
//
// Bearer tokens, token files (read again each minute and after a 401), basic
// authentication, client certificates and exec plug-ins are client-go's. The
// configuration asks for at most 50 requests a second (100 at once), ends a
// request after RequestTimeout and hides credentials that an answer echoes.
func Config(kubeconfig, context string) (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	raw, err := rules.Load()
	if err != nil {
		return nil, fmt.Errorf("loading kubeconfig: %w", err)
	}
	if kubeconfig == "" && context == "" && len(raw.Contexts)+len(raw.Clusters) == 0 {
		cfg, err := rest.InClusterConfig()
		if errors.Is(err, rest.ErrNotInCluster) {
			return nil, errors.New("no kubeconfig found, and this is not a pod of a cluster: pass --kubeconfig or set KUBECONFIG")
		}
		if err != nil {
			return nil, fmt.Errorf("loading the pod's service account: %w", err)
		}
		return withDefaults(cfg), nil
	}
	name := cmp.Or(context, raw.CurrentContext)
	if _, ok := raw.Contexts[name]; !ok {
		return nil, fmt.Errorf("kubeconfig has no context %q: choose one with --context (it has: %s)",
			name, cmp.Or(strings.Join(slices.Sorted(maps.Keys(raw.Contexts)), ", "), "none"))
	}
	cfg, err := clientcmd.NewNonInteractiveClientConfig(*raw, name, &clientcmd.ConfigOverrides{}, rules).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("context %q of kubeconfig: %w", name, err)
	}
	return withDefaults(cfg), nil
}

// withDefaults returns a copy of cfg with the manners of a guest. It leaves what
// is set already.
func withDefaults(cfg *rest.Config) *rest.Config {
	cfg = rest.CopyConfig(cfg)
	cfg.UserAgent = cmp.Or(cfg.UserAgent, userAgent())
	cfg.Timeout = cmp.Or(cfg.Timeout, RequestTimeout)
	if cfg.QPS == 0 && cfg.RateLimiter == nil {
		cfg.QPS = 50
	}
	if cfg.Burst == 0 && cfg.QPS > 0 {
		cfg.Burst = int(max(1, 2*cfg.QPS))
	}
	if cfg.WarningHandler == nil && cfg.WarningHandlerWithContext == nil {
		cfg.WarningHandler = rest.NoWarnings{} // deprecation notices are not this tool's output
	}
	cfg.Wrap(hideCredentials)
	if file := cfg.BearerTokenFile; file != "" {
		// client-go's own reads the file each minute but goes on using a token
		// that was refused; this source of it is reset by a 401.
		cfg.Wrap(transport.ResettableTokenSourceWrapTransport(transport.NewCachedFileTokenSource(file)))
		cfg.BearerToken, cfg.BearerTokenFile = "", ""
	}
	return cfg
}

func userAgent() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		version = info.Main.Version
	}
	return "tuppence/" + version
}
