// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// operatorBinary is the operator as it is now.
var operatorBinary string

func TestMain(m *testing.M) {
	if isBaseline() {
		return
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	operatorBinary = filepath.Join(dir, "mux-operator")
	if output, err := exec.Command("go", "build", "-o", operatorBinary, "../../cmd/mux-operator").CombinedOutput(); err != nil {
		panic(string(output))
	}
	return m.Run()
}

// seeds are the scenarios that check something besides measuring.
var seeds = []string{"backlog", "kill", "forged", "slow-headers", "slow-bodies", "half-open"}

// TestSeeds runs them for a short time, all on one control plane: what they check holds, and each prints its table. The
// figures are for make bench.
func TestSeeds(t *testing.T) {
	var output strings.Builder
	s, err := newStage(t.Context(), settings{short: true, binary: operatorBinary, logs: t.TempDir(), output: &output})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.clear(); err != nil {
			t.Error(err)
		}
	})
	for _, scenario := range scenarios {
		if !slices.Contains(seeds, scenario.name) {
			continue
		}
		t.Run(scenario.name, func(t *testing.T) {
			output.Reset()
			if err := scenario.run(s); err != nil {
				t.Error(err)
			}
			if !strings.Contains(output.String(), "|---|") {
				t.Errorf("no table: %s", output.String())
			}
			t.Log(output.String())
			if err := s.killAll(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestArguments tells what is wrong with them.
func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"-seed=long", "no-such-scenario"}, {"-seed=medium"}, {"-no-such-flag"}} {
		if err := run(t.Context(), args, nil); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
}
