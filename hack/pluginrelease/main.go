// SPDX-License-Identifier: Apache-2.0

// Command pluginrelease builds the kubectl plugin for each platform that config/krew/mux.yaml names, puts each beside the LICENSE into
// the archive that the manifest leads to, and writes the manifest for krew with the version and the digests filled in.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	var r release
	flag.StringVar(&r.version, "version", "", "the tag of the release, such as v0.1.0")
	flag.StringVar(&r.root, "root", ".", "the source tree")
	flag.StringVar(&r.out, "out", "dist", "folder for the archives and the manifest")
	flag.Parse()
	r.build = r.goBuild
	if err := r.run(); err != nil {
		fmt.Fprintln(os.Stderr, "pluginrelease:", err)
		os.Exit(1)
	}
}

// release is one run.
type release struct {
	version, root, out string
	// build writes the binary of a platform.
	build func(p platform, path string) error
}

// platform is one of the manifest.
type platform struct{ os, arch string }

// template is the manifest as it is in the source tree.
const template = "config/krew/mux.yaml"

// semantic is a version that krew takes.
var semantic = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`)

func (r *release) run() error {
	if !semantic.MatchString(r.version) {
		return fmt.Errorf("the version %q is none that krew takes, such as v0.1.0", r.version)
	}
	data, err := os.ReadFile(filepath.Join(r.root, template))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	platforms, err := platformsOf(string(data))
	if err != nil {
		return err
	}
	filled := []string{"VERSION", r.version}
	for _, p := range platforms {
		digest, err := r.pack(p)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", p.os, p.arch, err)
		}
		fmt.Println(digest, "", p.archive())
		filled = append(filled, p.placeholder(), digest)
	}
	manifest := strings.NewReplacer(filled...).Replace(withoutComment(string(data)))
	return os.WriteFile(filepath.Join(r.out, filepath.Base(template)), []byte(manifest), 0o644)
}

var placeholders = regexp.MustCompile(`(?m)^ *sha256: SHA256_([a-z0-9]+)_([a-z0-9]+)$`)

// platformsOf are those that the manifest has a place for a digest for.
func platformsOf(manifest string) (platforms []platform, err error) {
	for _, found := range placeholders.FindAllStringSubmatch(manifest, -1) {
		platforms = append(platforms, platform{found[1], found[2]})
	}
	if len(platforms) == 0 {
		err = errors.New("the manifest names no platform")
	}
	return platforms, err
}

// withoutComment leaves out what is said of the template.
func withoutComment(manifest string) string {
	for strings.HasPrefix(manifest, "#") {
		_, manifest, _ = strings.Cut(manifest, "\n")
	}
	return manifest
}

func (p platform) placeholder() string { return "SHA256_" + p.os + "_" + p.arch }

// binary is the name of the program.
func (p platform) binary() string {
	if p.os == "windows" {
		return "kubectl-mux.exe"
	}
	return "kubectl-mux"
}

// archive is a zip where tar is not at home.
func (p platform) archive() string {
	suffix := map[string]string{"windows": ".zip"}[p.os]
	return "kubectl-mux_" + p.os + "_" + p.arch + cmp.Or(suffix, ".tar.gz")
}
