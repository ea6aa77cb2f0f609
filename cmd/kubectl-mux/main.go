// SPDX-License-Identifier: Apache-2.0

// Command kubectl-mux is the kubectl plugin `kubectl mux`: it shows what the operator knows, and why. docs/kubectl-mux.md has
// its commands; internal/plugin is the program.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/mux-operator/mux-operator/internal/plugin"
	linked "github.com/mux-operator/mux-operator/internal/version"
)

// version is stamped by the linker: -X main.version=v0.1.0.
var version string

func main() { os.Exit(run()) }

// run ends gracefully at the first signal, and at once at the second.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	log.SetLogger(logr.Discard()) // a library that logs and was never told where to prints a trace after 30 s
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	return plugin.New(streams, linked.Of(version)).Run(ctx, os.Args[1:])
}
