// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// runs says which file runs the commands of a page that begin so: the file has the text.
type runs struct{ page, command, file, text string }

// proven are the commands of the pages that a test, or continuous integration, runs.
var proven = []runs{
	{"README.md", "make quickstart", ".ci/run", "make --no-print-directory quickstart"},
	{"README.md", "make test", ".ci/run", "make --no-print-directory test"},
	{"docs/install.md", "make image ", "hack/install/image/image_test.go", "func TestRun("},
	{"docs/muxasset.md", "kubectl ", "cmd/mux-operator/doc_commands_test.go", `"muxasset.md"`},
	{"docs/muxlivestream.md", "kubectl ", "cmd/mux-operator/doc_commands_test.go", `"muxlivestream.md"`},
	{"docs/muxenvironment.md", "kubectl ", "cmd/mux-operator/doc_commands_test.go", `"muxenvironment.md"`},
	{"docs/operations.md", "kubectl ", "cmd/mux-operator/doc_commands_test.go", `"operations.md"`},
	{"docs/operations.md", "grep ", "cmd/mux-operator/doc_commands_test.go", `"operations.md"`},
	{"docs/upgrade.md", "kubectl ", "cmd/mux-operator/doc_commands_test.go", `"upgrade.md"`},
	{"docs/consumers.md", "kubectl ", "cmd/mux-operator/consumers_test.go", `"consumers.md"`},
	{"docs/playground.md", "kubectl ", "cmd/mux-operator/playground_test.go", `"playground.md"`},
	{"docs/playground.md", "curl ", "cmd/mux-operator/playground_test.go", `"playground.md"`},
	{"docs/playground.md", "studio=$(", "cmd/mux-operator/playground_test.go", `"playground.md"`},
	{"docs/playground.md", "url=$(", "cmd/mux-operator/playground_test.go", `"playground.md"`},
	{"docs/kubectl-mux.md", "kubectl mux import --all --since 24h | kubectl apply -f -", "internal/plugin/import_test.go", `"import", "--all", "--since", "24h"`},
	{"docs/kubectl-mux.md", "kubectl mux import --all --kind muxasset --output-dir ", "internal/plugin/import_test.go", `"import", "--all", "--kind", "muxasset", "--output-dir"`},
	{".github/CONTRIBUTING.md", "make controlplane", "hack/verify/test.sh", "hack/controlplane/build.sh"},
	{"docs/examples/transcribe-job/README.md", "export KUBEBUILDER_ASSETS=$(hack/controlplane/build.sh)", "hack/verify/test.sh", "KUBEBUILDER_ASSETS=$(hack/controlplane/build.sh)"},
	{"docs/examples/transcribe-job/README.md", "go -C docs/examples/transcribe-job test", "hack/verify/test.sh", "go -C docs/examples/transcribe-job test"},
}

var (
	shell = regexp.MustCompile("(?ms)^( *)```(?:sh|bash|shell)\n(.*?)^ *```")
	// marked is the first line of a block that no test can run: it needs a real cluster, or is to be filled in.
	marked = regexp.MustCompile(`\A *# (?:cluster|example)\b`)
)

// TestCommands : every command of a page is run by a test, or its block says that it needs a real cluster.
func TestCommands(t *testing.T) {
	checked, used := 0, map[runs]bool{}
	for page, text := range pages(t) {
		if page != "README.md" && !strings.HasPrefix(page, "docs/") && !strings.HasPrefix(page, ".github/") {
			continue
		}
		for _, command := range commands(text) {
			checked++
			found := prover(page, command)
			if found == nil {
				t.Errorf("%s has a command that no test runs: %s\nName the test in internal/layout/commands_test.go, or begin the block with the line # cluster", page, command)
				continue
			}
			used[*found] = true
		}
	}
	for _, p := range proven {
		if !used[p] {
			t.Errorf("%s has no command that begins with %q", p.page, p.command)
		}
		if data, err := os.ReadFile(filepath.Join(root, p.file)); err != nil || !strings.Contains(string(data), p.text) {
			t.Errorf("%s, which is to run %q of %s, does not have %q", p.file, p.command, p.page, p.text)
		}
	}
	if checked < 20 {
		t.Errorf("checked %d commands only", checked)
	}
}

// commands are the command lines of a page's blocks that are not marked, continued ones as one, without comments.
func commands(text string) (lines []string) {
	for _, block := range shell.FindAllStringSubmatch(text, -1) {
		if marked.MatchString(block[2]) {
			continue
		}
		joined := regexp.MustCompile(`(?:\\|\|)\n\s*`).ReplaceAllStringFunc(block[2], func(end string) string {
			return strings.TrimSuffix(end[:1], `\`) + " "
		})
		for line := range strings.Lines(joined) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// prover is what runs a command of a page, nil where nothing does.
func prover(page, command string) *runs {
	for i, p := range proven {
		if p.page == page && strings.HasPrefix(command, p.command) {
			return &proven[i]
		}
	}
	return nil
}

func TestCommandsOf(t *testing.T) {
	got := commands("```sh\nkubectl get a |\n  xargs \\\n  b\n\nmake c   # d\n```\n\n```yaml\nnone: 1\n```\n\n1. x\n\n   ```sh\n   # cluster\n   helm x\n   ```\n")
	want := []string{"kubectl get a | xargs  b", "make c   # d"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}
