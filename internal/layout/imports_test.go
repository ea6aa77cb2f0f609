// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mux-operator/mux-operator"

// rule says what a package, and those below it, may import of this module; a name that ends in a slash is a folder.
type rule struct {
	may []string
	// tests may import more.
	tests []string
	// pure packages import nothing of Kubernetes.
	pure bool
}

// rules go from the edge to the core, and imports go the same way alone. The receiver and the controllers meet only in the
// API object, so neither imports the other; the simulator shares nothing with the client that it stands in for.
var rules = map[string]rule{
	"cmd/mux-operator":     {may: []string{"controllers", "webhookreceiver", "internal/commit", "internal/environment", "internal/projection", "internal/mux", "internal/version", "api/"}},
	"cmd/kubectl-mux":      {may: []string{"internal/plugin", "internal/version"}},
	"cmd/muxsim":           {may: []string{"internal/muxsim"}, pure: true},
	"controllers":          {may: []string{"internal/commit", "internal/environment", "internal/projection", "internal/mux", "api/"}},
	"webhookreceiver":      {may: []string{"internal/commit", "internal/environment", "internal/projection", "internal/mux", "api/"}},
	"internal/commit":      {may: []string{"internal/environment", "internal/projection", "internal/mux", "api/"}},
	"internal/environment": {may: []string{"internal/mux", "api/"}},
	"internal/projection":  {may: []string{"internal/mux", "api/"}},
	"internal/mux":         {pure: true},
	"internal/muxsim":      {pure: true},
	"internal/plugin": {
		may:   []string{"internal/environment", "internal/projection", "internal/mux", "api/", "docs"},
		tests: []string{"controllers", "webhookreceiver", "internal/commit"},
	},
	"internal/version":      {pure: true},
	"docs":                  {pure: true},
	"internal/controlplane": {},
	"internal/crashproxy":   {pure: true},
	"internal/layout":       {pure: true},
	"api":                   {may: []string{"api/"}},
	"hack/apidocs":          {},
	"hack/bench":            {may: []string{"internal/controlplane", "internal/muxsim", "api/"}},
	"hack/installcheck":     {may: []string{"internal/projection", "internal/mux", "api/"}},
	"hack/node/pause":       {},
	"hack/pluginrelease":    {},
	"hack/quickstart":       {may: []string{"internal/controlplane", "api/"}},
}

// forTests may be imported by the tests of every package but those of pure ones.
var forTests = []string{"internal/controlplane", "internal/crashproxy", "internal/muxsim"}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func TestImports(t *testing.T) {
	packages := list(t)
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	for _, p := range packages {
		for _, problem := range check(p) {
			t.Error(problem)
		}
	}
}

func TestCheck(t *testing.T) {
	for name, test := range map[string]struct {
		p    listed
		want string
	}{
		"the client is pure":          {listed{ImportPath: "internal/mux", Imports: []string{"k8s.io/api/core/v1"}}, "Kubernetes"},
		"the receiver knows no phase": {listed{ImportPath: "webhookreceiver", Imports: []string{module + "/controllers"}}, "may not import controllers"},
		"the phases know no receiver": {listed{ImportPath: "controllers", Imports: []string{module + "/webhookreceiver"}}, "may not import webhookreceiver"},
		"the API is the core":         {listed{ImportPath: "api/v1alpha1", Imports: []string{module + "/internal/projection"}}, "may not import"},
		"the simulator is apart":      {listed{ImportPath: "internal/muxsim", XTestImports: []string{module + "/internal/mux"}}, "may not import internal/mux"},
		"the simulator is for tests":  {listed{ImportPath: "controllers", Imports: []string{module + "/internal/muxsim"}}, "may not import internal/muxsim"},
		"tests may use it":            {listed{ImportPath: "controllers", TestImports: []string{module + "/internal/muxsim"}}, ""},
		"downwards is fine":           {listed{ImportPath: "controllers", Imports: []string{module + "/internal/commit", "sigs.k8s.io/x", "fmt"}}, ""},
		"below the API":               {listed{ImportPath: "api/v1alpha1/applyconfiguration", Imports: []string{module + "/api/v1alpha1"}}, ""},
		"nobody's package":            {listed{ImportPath: "internal/utils"}, "has no rule"},
	} {
		test.p.ImportPath = module + "/" + test.p.ImportPath
		got := fmt.Sprint(check(test.p))
		if (test.want == "") != (got == "[]") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s, want %q", name, got, test.want)
		}
	}
}

// check returns what a package imports against the rules.
func check(p listed) (problems []string) {
	path := strings.TrimPrefix(p.ImportPath, module+"/")
	r, ok := ruleOf(path)
	if !ok {
		return []string{path + " has no rule: add one to the table in internal/layout"}
	}
	judge := func(imports, may []string) {
		for _, imported := range imports {
			local, ours := strings.CutPrefix(imported, module+"/")
			switch {
			case ours && local != path && !allowed(local, may):
				problems = append(problems, fmt.Sprintf("%s may not import %s", path, local))
			case r.pure && (strings.HasPrefix(imported, "k8s.io/") || strings.HasPrefix(imported, "sigs.k8s.io/")):
				problems = append(problems, fmt.Sprintf("%s imports %s: it must not know Kubernetes", path, imported))
			}
		}
	}
	judge(p.Imports, r.may)
	inTests := r.may
	if !r.pure {
		inTests = slices.Concat(r.may, r.tests, forTests)
	}
	judge(p.TestImports, inTests)
	judge(p.XTestImports, inTests)
	return problems
}

func ruleOf(path string) (rule, bool) {
	for prefix, r := range rules {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return r, true
		}
	}
	return rule{}, false
}

func allowed(path string, may []string) bool {
	return slices.ContainsFunc(may, func(m string) bool {
		return path == m || strings.HasSuffix(m, "/") && strings.HasPrefix(path, m)
	})
}

func list(t *testing.T) (packages []listed) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	command.Dir = root
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p listed
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages
		case err != nil:
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
