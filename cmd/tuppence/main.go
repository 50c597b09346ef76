// Command tuppence reads a fleet of Kubernetes clusters run by GitOps, prices
// it in pounds and says what to change: requests, spot capacity and reconcile
// intervals, as Kustomize patches. See the README.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	// A run reads a lot and keeps most of it to its end: a smaller heap is worth
	// the few percent of processor time that collecting twice as often takes.
	debug.SetGCPercent(35)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, systemIO(), os.Args[1:])
	stop()
	os.Exit(code)
}
