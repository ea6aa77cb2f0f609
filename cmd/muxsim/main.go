// SPDX-License-Identifier: Apache-2.0

// Command muxsim runs the simulator of Mux Video as a process.
//
//	muxsim --webhook simenv=http://127.0.0.1:8090/webhooks/default/mux --webhook-secret 9d0hnvbtpk3rfqe0m8s2a71cu5j6l4gd
//
// The REST API is on --addr, for the token of --token-id and --token-secret. Below /_sim/ is a control API without
// credentials: see the documentation of internal/muxsim, also for the URLs that make an asset fail or wait. An encoder is
// connected to a live stream by a call of it:
//
//	curl -X POST http://127.0.0.1:8089/_sim/live-streams/ID/connect
//
// Log lines go to standard error; secrets and bodies are never among them. SIGINT and SIGTERM end the process with
// status 0.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// graceful is how long the calls that are being answered may take after a signal: a webhook's 5 s are the longest
// thing that a client of the simulator waits for.
const graceful = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stderr, func(string) {})
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "muxsim:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends; listening is told the URL once calls are answered.
func run(ctx context.Context, args []string, stderr io.Writer, listening func(url string)) error {
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	server := muxsim.New(c.options(log))
	defer server.Close()
	for _, w := range c.webhooks {
		server.AddWebhook(w.environment, w.address, c.webhookSecret)
	}
	if err := server.Start(c.addr); err != nil {
		return fmt.Errorf("cannot listen, choose another --addr: %w", err)
	}
	log.Info("listening", "url", server.URL(), "environment", c.environmentID, "webhooks", len(c.webhooks))
	listening(server.URL())
	<-ctx.Done()
	log.Info("stopping")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceful)
	defer cancel()
	if err := server.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
