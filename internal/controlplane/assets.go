// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// Assets returns the folder that holds etcd, kube-apiserver and kubectl: KUBEBUILDER_ASSETS, or the one that
// `make controlplane` fills. The error says how to get them.
func Assets() (string, error) {
	dir := os.Getenv("KUBEBUILDER_ASSETS")
	if dir == "" {
		home, err := cacheHome()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, fmt.Sprintf("v%s-%s-%s", version(), runtime.GOOS, runtime.GOARCH))
	}
	for _, binary := range []string{"etcd", "kube-apiserver", "kubectl"} {
		if _, err := os.Stat(filepath.Join(dir, binary)); err != nil {
			return "", fmt.Errorf("no %s in %s: run `make controlplane`, or set KUBEBUILDER_ASSETS to a folder that has it", binary, dir)
		}
	}
	return dir, nil
}

func cacheHome() (string, error) {
	if dir := os.Getenv("CONTROLPLANE_HOME"); dir != "" {
		return dir, nil
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no home folder to look for the control plane in: %w; set KUBEBUILDER_ASSETS", err)
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "mux-operator", "controlplane"), nil
}

// clientModule has the minor version of the Kubernetes that it is of.
const clientModule = "k8s.io/client-go"

// version is the Kubernetes version that belongs to the client libraries: of this binary or, since test binaries do not
// tell, of the module.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == clientModule {
				return kubernetesVersion(dep.Version)
			}
		}
	}
	output, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", clientModule).Output()
	if err != nil {
		return "unknown"
	}
	return kubernetesVersion(strings.TrimSpace(string(output)))
}

// kubernetesVersion turns v0.37.2 into 1.37.2.
func kubernetesVersion(client string) string { return strings.Replace(client, "v0.", "1.", 1) }

// crdDirectory finds config/crd/bases from this file's place in the source tree, so that a test in any package and the
// quickstart find it whatever their working directory.
func crdDirectory() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "config", "crd", "bases")
}
