// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

const pagePath = "../../docs/kubectl-mux.md"

// shownOutputs are the command lines of the page whose output is that of a golden file.
var shownOutputs = map[string]string{
	"kubectl mux status":                             "status",
	"kubectl mux explain muxasset/film":              "explain",
	"kubectl mux explain muxasset/private":           "explain-private",
	"kubectl mux doctor --url http://127.0.0.1:8090": "doctor",
	"kubectl mux doctor --url http://127.0.0.1:1":    "doctor-faults",
}

// TestDocsShowOutputs : the outputs in docs/kubectl-mux.md are those of the golden files, which tests compare with what the
// commands print. -update writes those of the last run into the page: after a change run it twice.
func TestDocsShowOutputs(t *testing.T) {
	page := readFile(t, pagePath)
	for command, name := range shownOutputs {
		want := "```console\n$ " + command + "\n" + readFile(t, filepath.Join("testdata", name+".golden")) + "```"
		shown := regexp.MustCompile("(?s)```console\n\\$ " + regexp.QuoteMeta(command) + "\n.*?```").FindString(page)
		switch {
		case shown == "":
			t.Errorf("the page does not show %s", command)
		case shown != want && *update:
			page = strings.Replace(page, shown, want, 1)
		case shown != want:
			t.Errorf("the page shows for %s:\n%s\nwant\n%s\n-update writes it", command, shown, want)
		}
	}
	if *update {
		if err := os.WriteFile(pagePath, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDocsNameCommands : each command has a heading in the page, and each command line in a page names a command and flags that
// there are.
func TestDocsNameCommands(t *testing.T) {
	root := New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: io.Discard}, testVersion).command()
	page := readFile(t, pagePath)
	for _, command := range root.Commands() {
		if !strings.Contains(page, "\n## "+command.Name()+"\n") {
			t.Errorf("the page has no heading for %s", command.Name())
		}
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatal(pages, err)
	}
	line, found := regexp.MustCompile("(?m)kubectl mux ([a-z][^`\n|#…]*)"), 0
	for _, path := range append(pages, "../../README.md") {
		for _, match := range line.FindAllStringSubmatch(readFile(t, path), -1) {
			found++
			command, rest, err := root.Find(strings.Fields(match[1]))
			if err != nil || command == root {
				t.Errorf("%s: kubectl mux %s: there is no such command (%v)", path, match[1], err)
				continue
			}
			if err := command.ParseFlags(rest); err != nil {
				t.Errorf("%s: kubectl mux %s: %v", path, match[1], err)
			}
		}
	}
	if found < 8 {
		t.Errorf("found %d command lines only", found)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
