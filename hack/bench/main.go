// SPDX-License-Identifier: Apache-2.0

// Command bench measures the operator, as a process of its own, against a real etcd and kube-apiserver, and beside each figure
// the baseline of the same run on the same machine: only the ratio of the two means anything on another one. It prints
// tables for docs/scale.md.
//
//	bench [-seed=short] [-logs=DIR] SCENARIO…
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// scenarios in the order in which they run when none is named.
var scenarios = []struct {
	name string
	run  func(*stage) error
}{
	{"distinct", distinct},
	{"burst", burst},
	{"latency", latency},
	{"heap", heaps},
	{"backlog", backlog},
	{"kill", killed},
	{"forged", attack(forgedSmall)},
	{"forged-large", attack(forgedLarge)},
	{"slow-headers", attack(slowHeaders)},
	{"slow-bodies", attack(slowBodies)},
	{"half-open", attack(halfOpen)},
}

func main() {
	// Errors come back; the rest is of no interest.
	log.SetLogger(logr.Discard())
	if isBaseline() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, os.Args[1:], os.Stdout))
}

// isBaseline runs what this program starts itself for, beside the operator, and says whether it was that: the baselines that are processes of
// their own.
func isBaseline() bool {
	baselines := map[string]func(string) error{"informer": informer, "refuser": refuser}
	if len(os.Args) != 3 || baselines[os.Args[1]] == nil {
		return false
	}
	exit(baselines[os.Args[1]](os.Args[2]))
	return true
}

func exit(err error) {
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures what the arguments name; all that is not met is in the error.
func run(ctx context.Context, args []string, output io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says it
	seed := flags.String("seed", "long", "short runs every scenario in seconds, to see that it works; its figures mean nothing")
	binary := flags.String("operator", "bin/mux-operator", "the operator's program")
	logs := flags.String("logs", "", "keep the operators' logs in this folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *seed != "long" && *seed != "short" {
		return fmt.Errorf("-seed is short or long, not %q", *seed)
	}
	names := flags.Args()
	if len(names) == 0 {
		for _, scenario := range scenarios {
			names = append(names, scenario.name)
		}
	}
	var failed []error
	for _, name := range names {
		if err := runOne(ctx, name, settings{short: *seed == "short", binary: *binary, logs: *logs, output: output}); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(failed...)
}

// runOne runs a scenario on a control plane of its own.
func runOne(ctx context.Context, name string, with settings) error {
	for _, scenario := range scenarios {
		if scenario.name != name {
			continue
		}
		began := time.Now()
		s, err := newStage(ctx, with)
		if err != nil {
			return err
		}
		err = errors.Join(scenario.run(s), s.clear())
		fmt.Fprintf(os.Stderr, "bench: %s took %s\n", name, time.Since(began).Round(time.Second))
		return err
	}
	return fmt.Errorf("there is no such scenario")
}

// table prints a table in Markdown.
func (s *stage) table(title string, rows ...[]string) {
	fmt.Fprintf(s.output, "\n%s\n\n", title)
	for i, row := range rows {
		fmt.Fprintf(s.output, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(s.output, "|%s\n", strings.Repeat("---|", len(row)))
		}
	}
	fmt.Fprintln(s.output)
}
