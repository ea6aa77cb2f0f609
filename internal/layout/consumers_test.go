// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"os/exec"
	"strings"
	"testing"
)

// light are the modules that the API packages may bring along, whichever of their packages. None of them is a client, a server or
// a metrics library: a tool that only reads manifests should not have to build those.
var light = []string{
	"k8s.io/apimachinery/", "k8s.io/klog/v2", "k8s.io/utils/", "k8s.io/kube-openapi/",
	"sigs.k8s.io/json", "sigs.k8s.io/randfill", "sigs.k8s.io/structured-merge-diff/",
	"github.com/fxamacker/cbor/v2", "github.com/go-logr/logr", "github.com/json-iterator/go", "github.com/modern-go/",
	"github.com/x448/float16", "golang.org/x/net/", "golang.org/x/text/", "gopkg.in/inf.v0", "go.yaml.in/",
}

// TestConsumers : what another module gets when it imports the types is small, and has nothing of the operator. The apply
// configurations bring client-go along, as those of Kubernetes itself do, and nothing else.
func TestConsumers(t *testing.T) {
	const types, apply = "api/v1alpha1", "api/v1alpha1/applyconfiguration/api/v1alpha1"
	all := dependencies(t, types)
	for _, dependency := range all {
		if dependency != module+"/"+types && !hasPrefix(dependency, light) {
			t.Errorf("who imports %s gets %s", types, dependency)
		}
	}
	t.Logf("%s brings along %d packages", types, len(all)-1)
	for _, dependency := range dependencies(t, apply) {
		if hasPrefix(dependency, []string{module + "/"}) && !hasPrefix(dependency, []string{module + "/api/"}) ||
			hasPrefix(dependency, []string{"sigs.k8s.io/controller-runtime", "github.com/prometheus/"}) {
			t.Errorf("who imports %s gets %s", apply, dependency)
		}
	}
}

// dependencies are the packages that a package brings along, but for Go's own.
func dependencies(t *testing.T, path string) []string {
	t.Helper()
	output, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", module+"/"+path).Output()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(output))
	if len(all) < 20 {
		t.Errorf("%s: go list found %d packages only", path, len(all))
	}
	return all
}

func hasPrefix(text string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}
