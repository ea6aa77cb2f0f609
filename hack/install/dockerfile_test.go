// SPDX-License-Identifier: Apache-2.0

package install

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// buildFlags are the flags with which the Makefile or the Dockerfile builds the operator, with the version of these tests stamped in.
func buildFlags(t *testing.T, name string) []string {
	t.Helper()
	text := source(t, name)
	linker := regexp.MustCompile(`(?m)^LDFLAGS := (.*)$`).FindStringSubmatch(text)
	if linker != nil {
		text = strings.ReplaceAll(text, "$(LDFLAGS)", linker[1])
	}
	all := regexp.MustCompile(`go build (-.*) -ldflags "(.*)" -o \S+ \./cmd/mux-operator`).FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		t.Fatalf("%s does not build the operator", name)
	}
	for _, found := range all[1:] {
		if found[1] != all[0][1] || found[2] != all[0][2] {
			t.Errorf("%s builds the operator in two ways: %q and %q", name, all[0][1:], found[1:])
		}
	}
	stamp := strings.NewReplacer("$(VERSION)", stamped, "$VERSION", stamped).Replace(all[0][2])
	return append(strings.Fields(all[0][1]), "-ldflags", stamp)
}

func source(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestBuildFlags : the Dockerfile, make build and make image build the same binary, reproducibly, and without libc.
func TestBuildFlags(t *testing.T) {
	made, docker := buildFlags(t, "Makefile"), buildFlags(t, "Dockerfile")
	if !slices.Equal(made, docker) {
		t.Errorf("the Makefile builds with %q, the Dockerfile with %q", made, docker)
	}
	for _, want := range []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version=" + stamped} {
		if !slices.Contains(docker, want) {
			t.Errorf("the operator is built with %q, without %q", docker, want)
		}
	}
	for _, name := range []string{"Makefile", "Dockerfile"} {
		if !strings.Contains(source(t, name), "CGO_ENABLED=0 GOOS=") {
			t.Errorf("%s does not build an image's binary without libc", name)
		}
	}
}
