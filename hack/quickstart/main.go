// SPDX-License-Identifier: Apache-2.0

// Command quickstart shows the whole path on one machine: a real API server, the simulator of Mux and the operator, as
// processes on 127.0.0.1, and config/samples applied with kubectl. `make quickstart` builds what it needs and runs it from
// the top of the source tree.
//
// It prints `kubectl get muxassets` as it changes, says how to go on from another terminal, and waits for Ctrl-C. With
// ONESHOT=1 in the environment it exits 0 as soon as the sample asset is Ready, and with the reason and status 1 when it is
// not within two minutes. However it ends, it leaves neither processes nor files behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	oneshot := os.Getenv("ONESHOT") != "" && os.Getenv("ONESHOT") != "0"
	if err := run(ctx, oneshot); err != nil {
		fmt.Fprintf(os.Stderr, "\nquickstart: %v\n", err)
		os.Exit(1)
	}
	say("stopped; no process and no file is left behind")
}

// errInterrupted is the end of a run that a person stopped before it came to its point.
var errInterrupted = errors.New("interrupted")

// run sets the stage, plays, and clears it away. The error says why the samples did not become Ready, or what ended since.
func run(ctx context.Context, oneshot bool) (err error) {
	s, err := newStage(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.clear()) }()
	err = s.play()
	if err == nil && !oneshot {
		err = s.stay(os.Stdout)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errInterrupted
	default:
		return s.explain(err)
	}
}

func say(format string, args ...any) {
	fmt.Printf("quickstart: "+format+"\n", args...)
}
