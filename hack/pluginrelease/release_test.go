// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// manifest has the fields of one for krew; others are an error, as krew's index has it.
type manifest struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   map[string]string `json:"metadata"`
	Spec       struct {
		Version          string  `json:"version"`
		Homepage         string  `json:"homepage"`
		ShortDescription string  `json:"shortDescription"`
		Description      string  `json:"description"`
		Caveats          string  `json:"caveats"`
		Platforms        []entry `json:"platforms"`
	} `json:"spec"`
}

// entry is a platform of it.
type entry struct {
	Selector struct {
		MatchLabels map[string]string `json:"matchLabels"`
	} `json:"selector"`
	URI    string              `json:"uri"`
	SHA256 string              `json:"sha256"`
	Bin    string              `json:"bin"`
	Files  []map[string]string `json:"files"`
}

// released makes a release in which the binary of one platform is the real one, and those of others are their names.
func released(t *testing.T, version string, here platform) (folder string, m manifest) {
	t.Helper()
	r := &release{version: version, root: "../..", out: t.TempDir()}
	r.build = func(p platform, path string) error {
		if p != here {
			return os.WriteFile(path, []byte(p.os+p.arch), 0o755)
		}
		// Unlike a release, without -trimpath, so that what the tests have built already is used.
		command := exec.Command("go", "build", "-buildvcs=false", "-ldflags", "-X main.version="+version, "-o", path, "./cmd/kubectl-mux")
		command.Dir, command.Stderr = r.root, os.Stderr
		return command.Run()
	}
	if err := r.run(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(r.out, "mux.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(data, &m); err != nil {
		t.Fatal(err)
	}
	return r.out, m
}

// TestRelease : the manifest is what krew takes, and of every archive that it names the digest is right and the files are there, which
// an installation takes from it. The one for this machine gives a program that runs.
func TestRelease(t *testing.T) {
	t.Parallel()
	folder, m := released(t, "v1.2.3", platform{runtime.GOOS, runtime.GOARCH})
	// The rules of validation.ValidatePlugin and of validate-krew-manifest, see make krew, and what the guidelines of krew's index ask.
	if m.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" || m.Kind != "Plugin" || m.Metadata["name"] != "mux" || m.Spec.Version != "v1.2.3" {
		t.Errorf("it is a %s %v %s of %s", m.Kind, m.Metadata, m.Spec.Version, m.APIVersion)
	}
	if short := m.Spec.ShortDescription; short == "" || len(short) > 50 || strings.HasSuffix(short, ".") || strings.ContainsAny(short, "\r\n") {
		t.Errorf("the short description has %d characters: %q", len(short), short)
	}
	if m.Spec.Homepage == "" || m.Spec.Description == "" {
		t.Errorf("homepage %q, description %q", m.Spec.Homepage, m.Spec.Description)
	}
	var platforms []string
	for _, e := range m.Spec.Platforms {
		platforms = append(platforms, e.Selector.MatchLabels["os"]+"/"+e.Selector.MatchLabels["arch"])
		e.check(t, folder, m.Spec.Homepage)
	}
	if want := []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}; !slices.Equal(platforms, want) {
		t.Errorf("platforms %v, want %v", platforms, want)
	}
}

func (e *entry) check(t *testing.T, folder, homepage string) {
	t.Helper()
	p := platform{e.Selector.MatchLabels["os"], e.Selector.MatchLabels["arch"]}
	if want := homepage + "/releases/download/v1.2.3/" + p.archive(); e.URI != want {
		t.Errorf("%v: uri %s, want %s", p, e.URI, want)
	}
	data, err := os.ReadFile(filepath.Join(folder, p.archive()))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if want := hex.EncodeToString(sum[:]); e.SHA256 != want || !regexp.MustCompile(`^[a-f0-9]{64}$`).MatchString(want) {
		t.Errorf("%v: sha256 %s, want %s", p, e.SHA256, want)
	}
	into := t.TempDir()
	unpack(t, p, data, into)
	for _, file := range e.Files {
		if _, err := os.Stat(filepath.Join(into, file["from"])); err != nil || file["to"] != "." {
			t.Errorf("%v: %v (%v)", p, file, err)
		}
	}
	binary := filepath.Join(into, e.Bin)
	info, err := os.Stat(binary)
	if err != nil || info.Mode()&0o111 == 0 || len(e.Files) != 2 {
		t.Fatalf("%v: the binary %s is %v, of %v", p, e.Bin, err, e.Files)
	}
	if p != (platform{runtime.GOOS, runtime.GOARCH}) {
		return
	}
	out, err := exec.Command(binary, "version").CombinedOutput()
	if err != nil || string(out) != "kubectl-mux v1.2.3\n" {
		t.Errorf("%v: it says %q (%v)", p, out, err)
	}
	t.Logf("%s, %d bytes: unpacked it says %s", p.archive(), len(data), out)
}

// unpack writes the files of an archive with their modes.
func unpack(t *testing.T, p platform, data []byte, into string) {
	t.Helper()
	write := func(name string, mode os.FileMode, content io.Reader) {
		text, err := io.ReadAll(content)
		if err == nil {
			err = os.WriteFile(filepath.Join(into, name), text, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if p.os == "windows" {
		archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.File {
			content, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			write(f.Name, f.Mode(), content)
		}
		return
	}
	zipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(zipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		write(header.Name, header.FileInfo().Mode(), archive)
	}
}

// TestReleaseAgain : the same files make the same archives, so that anybody can check a digest.
func TestReleaseAgain(t *testing.T) {
	t.Parallel()
	digests := func() (all []string) {
		_, m := released(t, "v1.2.3-rc.1", platform{})
		for _, e := range m.Spec.Platforms {
			all = append(all, e.SHA256)
		}
		return all
	}
	if first, again := digests(), digests(); !slices.Equal(first, again) {
		t.Errorf("%v, and then %v", first, again)
	}
}

// TestReleaseRefuses : what krew would not take, and what cannot be built.
func TestReleaseRefuses(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"", "1.2.3", "v1.2", "v01.2.3", "dev", "v1.2.3-"} {
		if err := (&release{version: version, root: "../..", out: t.TempDir()}).run(); err == nil || !strings.Contains(err.Error(), "krew takes") {
			t.Errorf("%q: %v", version, err)
		}
	}
	broken := &release{version: "v1.2.3", root: "../..", out: t.TempDir(), build: func(platform, string) error { return errors.New("it does not compile") }}
	if err := broken.run(); err == nil || !strings.Contains(err.Error(), "linux/amd64: it does not compile") {
		t.Errorf("%v", err)
	}
	if _, err := platformsOf("spec: {}"); err == nil {
		t.Error("a manifest without platforms is taken")
	}
}
