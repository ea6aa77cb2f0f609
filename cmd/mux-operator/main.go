// SPDX-License-Identifier: Apache-2.0

// Command mux-operator keeps Mux Video and a cluster in step: the controllers carry specs to Mux, the receiver turns Mux's
// webhooks into statuses. Every replica receives; only the leader calls Mux. SIGINT and SIGTERM end it gracefully, a second
// signal at once.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mux-operator:", err)
		os.Exit(1)
	}
}

// run is the program: it returns when a signal has ended the operator, or with the error that did.
func run(args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if o.showVersion {
		_, err := fmt.Fprintln(stdout, "mux-operator", buildVersion())
		return err
	}
	if o.probe != "" {
		ctx, cancel := context.WithTimeout(ctrl.SetupSignalHandler(), probeTimeout)
		defer cancel()
		return probe(ctx, o.probe, o.probeStatus)
	}
	logger := withoutBodies(zap.New(zap.UseFlagOptions(&o.zap)))
	ctrl.SetLogger(logger)
	klog.SetLogger(logger) // client-go's own lines, in the same form
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find the cluster: %w; set KUBECONFIG or --kubeconfig, or run inside a cluster", err)
	}
	memory := limitMemory(memoryMax)
	o.registerer = metrics.Registry
	op, err := newOperator(config, o)
	if err != nil {
		return err
	}
	logger.Info("starting", "version", buildVersion(), "memoryLimit", memory, "namespace", o.namespace, "leaderElection", o.leaderElection)
	return op.Start(ctrl.SetupSignalHandler())
}
