// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// read returns the files that match the patterns, below the root of the repository, as one text.
func read(t *testing.T, patterns ...string) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("nothing matches %s (%v)", pattern, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(data)
		}
	}
	return all.String()
}

// TestDocumented : what a person meets in the cluster, or may set, is explained in docs/: every reason, metric and flag.
func TestDocumented(t *testing.T) {
	// The reference lists every reason by itself, which explains none.
	docs := strings.ReplaceAll(read(t, "docs/*.md"), read(t, "docs/api.md"), "")
	operations := read(t, "docs/operations.md")
	code := read(t, "controllers/*.go", "webhookreceiver/*.go", "internal/projection/*.go", "internal/environment/*.go")
	for _, reason := range regexp.MustCompile(`(Reason\w+) = "(\w+)"`).FindAllStringSubmatch(read(t, "api/v1alpha1/conditions.go"), -1) {
		if !strings.Contains(docs, "`"+reason[2]+"`") {
			t.Errorf("no page in docs/ explains the reason %s", reason[2])
		}
		if !strings.Contains(code, "video."+reason[1]) {
			t.Errorf("%s is used nowhere", reason[1])
		}
	}
	for what, pattern := range map[string]string{
		"metric": `"(mux_operator_\w+)"`,
		"flag":   `f\.\w+Var\(&\S+, "([a-z-]+)"`,
	} {
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(code+read(t, "cmd/mux-operator/*.go"), -1)
		if len(found) < 5 {
			t.Errorf("found %d %ss only", len(found), what)
		}
		for _, name := range found {
			if !strings.Contains(operations, name[1]+"`") {
				t.Errorf("docs/operations.md does not explain the %s %s", what, name[1])
			}
		}
	}
}

// TestDocsNameFiles : the files and make targets that the documents name exist.
func TestDocsNameFiles(t *testing.T) {
	docs, makefile := read(t, "docs/*.md", "README.md"), read(t, "Makefile")
	files := regexp.MustCompile("`((?:api|cmd|config|controllers|docs|hack|internal|webhookreceiver)/[\\w./-]+)`").FindAllStringSubmatch(docs, -1)
	if len(files) < 20 {
		t.Errorf("found %d files only", len(files))
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join("..", "..", file[1])); err != nil {
			t.Errorf("the documents name %s: %v", file[1], err)
		}
	}
	for _, target := range regexp.MustCompile("(?:`|\\$ )make ([a-z-]+)").FindAllStringSubmatch(docs, -1) {
		if !strings.Contains(makefile, "\n"+target[1]+":") {
			t.Errorf("the documents name make %s, which the Makefile does not have", target[1])
		}
	}
}

// TestAlertsDocumented : every alert has a paragraph that says what to do, and a case in which it fires and one in which not.
func TestAlertsDocumented(t *testing.T) {
	page, cases := read(t, "docs/alerts.md"), read(t, "config/components/prometheus/tests.yaml")
	alerts := regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(read(t, "config/components/prometheus/alerts.yaml"), -1)
	if len(alerts) < 10 {
		t.Errorf("found %d alerts only", len(alerts))
	}
	for _, alert := range alerts {
		if !strings.Contains(page, "\n## "+alert[1]+"\n") {
			t.Errorf("docs/alerts.md does not say what to do about %s", alert[1])
		}
		if strings.Count(cases, "alertname: "+alert[1]) < 2 {
			t.Errorf("tests.yaml has no case in which %s fires", alert[1])
		}
	}
}
