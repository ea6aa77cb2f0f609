// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// krewManifest has the fields that krew knows; others are an error.
type krewManifest struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string `json:"version"`
		Homepage         string `json:"homepage"`
		ShortDescription string `json:"shortDescription"`
		Description      string `json:"description"`
		Caveats          string `json:"caveats"`
		Platforms        []struct {
			Selector struct {
				MatchLabels map[string]string `json:"matchLabels"`
			} `json:"selector"`
			URI    string `json:"uri"`
			SHA256 string `json:"sha256"`
			Bin    string `json:"bin"`
			Files  []struct {
				From string `json:"from"`
				To   string `json:"to"`
			} `json:"files"`
		} `json:"platforms"`
	} `json:"spec"`
}

// TestKrew : the manifest is what krew takes: the plugin's name is its file's and the binary's without kubectl-, the short description
// has at most fifty characters and no dot at its end, and each platform has an archive of its own.
func TestKrew(t *testing.T) {
	var m krewManifest
	(&stage{T: t}).readYAML("../../config/krew/mux.yaml", &m)
	if m.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" || m.Kind != "Plugin" || m.Metadata.Name != "mux" {
		t.Errorf("it is a %s %s of %s", m.Kind, m.Metadata.Name, m.APIVersion)
	}
	if m.Spec.Version != "VERSION" || m.Spec.Homepage == "" || m.Spec.Description == "" {
		t.Errorf("version %q, homepage %q, description %q", m.Spec.Version, m.Spec.Homepage, m.Spec.Description)
	}
	if short := m.Spec.ShortDescription; short == "" || len(short) > 50 || strings.HasSuffix(short, ".") {
		t.Errorf("the short description has %d characters: %q", len(short), short)
	}
	var platforms []string
	for _, p := range m.Spec.Platforms {
		name := p.Selector.MatchLabels["os"] + "_" + p.Selector.MatchLabels["arch"]
		platforms = append(platforms, name)
		if p.Bin != "kubectl-mux" || p.SHA256 != "SHA256_"+name || !strings.HasSuffix(p.URI, "/releases/download/VERSION/kubectl-mux_"+name+".tar.gz") {
			t.Errorf("%s: bin %s, sha256 %s, uri %s", name, p.Bin, p.SHA256, p.URI)
		}
		if !strings.HasPrefix(p.URI, m.Spec.Homepage) || len(p.Files) != 2 || p.Files[0].From != p.Bin || p.Files[1].From != "LICENSE" {
			t.Errorf("%s: uri %s, files %v", name, p.URI, p.Files)
		}
	}
	if want := []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"}; !slices.Equal(platforms, want) {
		t.Errorf("platforms %v, want %v", platforms, want)
	}
	if name := m.Metadata.Name; !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(name) {
		t.Errorf("%q is no name of a plugin", name)
	}
}
