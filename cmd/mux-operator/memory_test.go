// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
)

// TestLimitMemory keeps within nine tenths of the container's limit, leaves what has none alone, and obeys GOMEMLIMIT.
func TestLimitMemory(t *testing.T) {
	none := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(none) })
	t.Setenv("GOMEMLIMIT", "")
	file := filepath.Join(t.TempDir(), "memory.max")
	for text, want := range map[string]int64{"max\n": 0, "": 0, "536870912\n": 536870912 / 10 * 9} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		debug.SetMemoryLimit(none)
		if got := limitMemory(file); got != want {
			t.Errorf("%q: the bound is %d, want %d", text, got, want)
		}
		if got := debug.SetMemoryLimit(-1); want != 0 && got != want || want == 0 && got != none {
			t.Errorf("%q: %d is in force", text, got)
		}
	}
	debug.SetMemoryLimit(none)
	if got := limitMemory(filepath.Join(t.TempDir(), "absent")); got != 0 {
		t.Errorf("without the file the bound is %d", got)
	}
	t.Setenv("GOMEMLIMIT", "1GiB")
	if got := limitMemory(file); got != none {
		t.Errorf("with GOMEMLIMIT the bound is %d, want what the runtime has made of it at its start", got)
	}
}
