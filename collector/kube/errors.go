package kube

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// failure is one line for people, with the cause kept for errors.Is and As.
type failure struct {
	line  string
	cause error
}

func (f *failure) Error() string { return f.line }
func (f *failure) Unwrap() error { return f.cause }

// unreachable reports whether err says that no API server answered, or that it
// does not know who asks: every other request would end the same way.
func unreachable(err error) bool {
	if err == nil {
		return false
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return apierrors.IsUnauthorized(err)
	}
	var transport *url.Error // what http.Client returns where there was no answer, or no credentials to ask with
	return timedOut(err) || errors.Is(err, context.Canceled) || errors.As(err, &transport)
}

func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

// why says in one phrase what went wrong and what to do about it. right is what
// the account needs, such as "list on horizontalpodautoscalers.autoscaling".
func why(right string, err error) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	switch {
	case apierrors.IsUnauthorized(err):
		return "401 " + http.StatusText(http.StatusUnauthorized) + ": the credentials are expired or wrong; log in again"
	case apierrors.IsForbidden(err):
		return fmt.Sprintf("forbidden; grant %s (see deploy/)", right)
	case apierrors.IsNotFound(err):
		return "not served by this API server; it may be too old"
	case apierrors.IsTooManyRequests(err):
		return "the API server turns requests away (429); try again when it is less busy"
	case apierrors.IsServiceUnavailable(err):
		return "the API server is unavailable (503); try again later"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return fmt.Sprintf("host %q cannot be resolved; check the cluster's server address", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connect: connection refused; is the API server up and reachable from here?"
	case timedOut(err):
		return "no answer in time; is the API server up and reachable from here?"
	case errors.As(err, &cert):
		return fmt.Sprintf("the API server's certificate is not trusted: %v; check certificate-authority in the kubeconfig", cert.Err)
	case errors.As(err, &header):
		return "the API server does not speak TLS; check the cluster's server address"
	}
	if transport, ok := errors.AsType[*url.Error](err); ok {
		err = transport.Err // the host is named already
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
