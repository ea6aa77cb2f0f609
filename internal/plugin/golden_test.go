// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update writes the golden files anew: go test ./internal/plugin -update.
var update = flag.Bool("update", false, "write the golden files of the outputs")

// golden compares an output with testdata/NAME.golden. replaced are pairs of what differs from run to run and what stands for
// it, such as the name of a namespace.
func golden(t *testing.T, name, got string, replaced ...string) {
	t.Helper()
	got = strings.NewReplacer(replaced...).Replace(got)
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the output differs from %s (-golden +got); -update writes it anew:\n%s", path, diff)
	}
}
