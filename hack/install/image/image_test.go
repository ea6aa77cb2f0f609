// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRun : the same binaries give the same archive, other ones another, and the image is what a restricted pod can run.
func TestRun(t *testing.T) {
	dir, of := t.TempDir(), release{version: "v1", revision: "abc", entrypoint: "/mux-operator"}
	archive := func(name, program string) []byte {
		binary, out := filepath.Join(dir, "binary"), filepath.Join(dir, name)
		if err := os.WriteFile(binary, []byte(program), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := run("example.com/mux-operator:v1", of, out, 1, []string{"amd64=" + binary, "arm64=" + binary}); err != nil {
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
	large, out := filepath.Join(dir, "large"), filepath.Join(dir, "large.tar")
	if err := os.WriteFile(large, noise(2<<20), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := run("t", of, out, 1, []string{"amd64=" + large}); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("an image of two MiB is taken where one is allowed (%v)", err)
	}
	image, err := assemble("arm64", of, filepath.Join(dir, "binary"))
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
		if err := run("t", of, filepath.Join(dir, "bad.tar"), 0, arguments); err == nil {
			t.Errorf("%v makes an image", arguments)
		}
	}
}

// noise is what no compression makes smaller.
func noise(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data) // it never fails
	return data
}

// TestDockerfile : the image that is assembled is what the Dockerfile says: the same labels, user, ports and entry point.
func TestDockerfile(t *testing.T) {
	data, err := os.ReadFile("../../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, last, _ := strings.Cut(string(data), "\nFROM gcr.io/")
	binary := filepath.Join(t.TempDir(), "binary")
	if err := os.WriteFile(binary, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	image, err := assemble("amd64", release{version: "$VERSION", revision: "$REVISION", entrypoint: "/mux-operator"}, binary)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	for _, label := range regexp.MustCompile(`(org\.opencontainers\.\S+)="(.*)"`).FindAllStringSubmatch(last, -1) {
		labels[label[1]] = label[2]
	}
	if !maps.Equal(labels, config.Config.Labels) {
		t.Errorf("the Dockerfile has the labels %v, the assembled image %v", labels, config.Config.Labels)
	}
	ports := "EXPOSE"
	for _, port := range slices.Sorted(maps.Keys(config.Config.ExposedPorts)) {
		ports += " " + strings.TrimSuffix(port, "/tcp")
	}
	for _, line := range []string{"USER " + config.Config.User, ports, `ENTRYPOINT ["` + config.Config.Entrypoint[0] + `"]`} {
		if !strings.Contains(last, "\n"+line+"\n") {
			t.Errorf("the assembled image has %s, the Dockerfile does not", line)
		}
	}
}
