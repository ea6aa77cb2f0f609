// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestRun : the same binaries give the same archive, other ones another, and the image is what a restricted pod can run.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	archive := func(name, program string) []byte {
		binary, out := filepath.Join(dir, "binary"), filepath.Join(dir, name)
		if err := os.WriteFile(binary, []byte(program), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := run("example.com/mux-operator:v1", "v1", "/mux-operator", out, []string{"amd64=" + binary, "arm64=" + binary}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	one := archive("one.tar", "program")
	if !bytes.Equal(one, archive("again.tar", "program")) {
		t.Error("the same binary gives another archive")
	}
	if bytes.Equal(one, archive("other.tar", "another program")) {
		t.Error("another binary gives the same archive")
	}
	for _, want := range []string{"oci-layout", "index.json", `"org.opencontainers.image.ref.name":"example.com/mux-operator:v1"`} {
		if !bytes.Contains(bytes.ReplaceAll(one, []byte(`": "`), []byte(`":"`)), []byte(want)) {
			t.Errorf("the archive has no %s", want)
		}
	}
	image, err := assemble("arm64", "v1", "/mux-operator", filepath.Join(dir, "binary"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Architecture != "arm64" || config.Config.User != nonroot || config.Config.Labels["org.opencontainers.image.version"] != "v1" {
		t.Errorf("the image's config is %+v", config)
	}
	if got := bytes.Count(certificates(), []byte("BEGIN CERTIFICATE")); got < 50 {
		t.Errorf("%d certificates only", got)
	}
	for _, arguments := range [][]string{nil, {"amd64"}, {"amd64=" + filepath.Join(dir, "missing")}} {
		if err := run("t", "v", "/b", filepath.Join(dir, "bad.tar"), arguments); err == nil {
			t.Errorf("%v makes an image", arguments)
		}
	}
}
