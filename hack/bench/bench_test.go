// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// operatorBinary is the operator as it is now.
var operatorBinary string

func TestMain(m *testing.M) {
	if kubeconfig := os.Getenv("BENCH_INFORMER"); kubeconfig != "" { // this process is the baseline of a heap
		exit(informer(kubeconfig))
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

// TestScenarios runs every scenario for a short time: what it checks holds, and it prints its tables. Figures are for make bench.
func TestScenarios(t *testing.T) {
	for _, scenario := range scenarios {
		t.Run(scenario.name, func(t *testing.T) {
			t.Parallel()
			var output strings.Builder
			if err := run(t.Context(), []string{"-seed=short", "-operator", operatorBinary, "-logs", t.TempDir(), scenario.name}, &output); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(output.String(), "|---|") {
				t.Errorf("no table: %s", output.String())
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
