// SPDX-License-Identifier: Apache-2.0

// Package promtool checks the alerts and the dashboard with Prometheus's own code: promtool, built from its module, and the parser of
// its query language.
package promtool

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v2"
)

const prometheus = "../../config/components/prometheus"

// rule is one alert.
type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for,omitempty"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

type group struct {
	Name  string `yaml:"name"`
	Rules []rule `yaml:"rules"`
}

// groups are the spec of a PrometheusRule, which is also what a file of rules has.
type groups struct {
	Groups []group `yaml:"groups"`
}

// alerts reads the spec of alerts.yaml.
func alerts(t *testing.T) groups {
	t.Helper()
	var object struct {
		Spec groups `yaml:"spec"`
	}
	data, err := os.ReadFile(filepath.Join(prometheus, "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	if len(object.Spec.Groups) != 1 || len(object.Spec.Groups[0].Rules) < 10 {
		t.Fatalf("alerts.yaml has %+v", object.Spec)
	}
	return object.Spec
}

// folder holds the rules as rules.yaml beside tests.yaml.
func folder(t *testing.T, rules groups) string {
	t.Helper()
	dir := t.TempDir()
	cases, err := os.ReadFile(filepath.Join(prometheus, "tests.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := yaml.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"tests.yaml": cases, "rules.yaml": data} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// build makes promtool of its module, without what would discover targets in two dozen clouds: that is most of its size.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "promtool")
	command := exec.CommandContext(t.Context(), "go", "build", "-tags", "remove_all_sd", "-o", path, "github.com/prometheus/prometheus/cmd/promtool")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build promtool: %v\n%s", err, output)
	}
	return path
}

// run runs promtool in a folder.
func run(t *testing.T, promtool, dir string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), promtool, args...)
	command.Dir = dir
	output, err := command.CombinedOutput()
	return string(output), err
}

// TestAlerts has promtool check the alerts and run their cases. Each alert has a case in which it fires and one in which it does not:
// one that never fires, and one that always does, break a case.
func TestAlerts(t *testing.T) {
	promtool := build(t)
	dir := folder(t, alerts(t))
	output, err := run(t, promtool, dir, "check", "rules", "--lint=all", "--lint-fatal", "rules.yaml")
	if err != nil {
		t.Fatalf("promtool check rules: %v\n%s", err, output)
	}
	t.Logf("promtool check rules: %s", output)
	if output, err = run(t, promtool, dir, "test", "rules", "tests.yaml"); err != nil {
		t.Fatalf("promtool test rules: %v\n%s", err, output)
	}
	t.Logf("promtool test rules: %s", output)
	for i, r := range alerts(t).Groups[0].Rules {
		for what, expression := range map[string]string{"never": "vector(0) > 1", "always": "vector(1)"} {
			t.Run(r.Alert+" "+what+" fires", func(t *testing.T) {
				t.Parallel()
				broken := alerts(t)
				broken.Groups[0].Rules[i].Expr = expression
				output, err := run(t, promtool, folder(t, broken), "test", "rules", "tests.yaml")
				if err == nil || !strings.Contains(output, r.Alert) {
					t.Errorf("no case of tests.yaml finds that: %v\n%s", err, output)
				}
			})
		}
	}
}

// TestAlertTexts : promtool's cases compare the labels of an alert; here its texts, which are what a person reads at night.
func TestAlertTexts(t *testing.T) {
	page, err := os.ReadFile("../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range alerts(t).Groups[0].Rules {
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" || (r.Labels["severity"] != "warning" && r.Labels["severity"] != "critical") {
			t.Errorf("%s has the annotations %v and the labels %v", r.Alert, r.Annotations, r.Labels)
		}
		duration := r.For
		if duration == "" {
			duration = "0m"
		}
		head := fmt.Sprintf("## %s\n\n*%s*, after %s. %s\n", r.Alert, r.Labels["severity"], duration, r.Annotations["description"])
		_, paragraph, found := bytes.Cut(page, []byte(head))
		if !found || len(bytes.TrimSpace(bytes.Split(paragraph, []byte("\n## "))[0])) < 50 {
			t.Errorf("docs/alerts.md does not begin the paragraph of %s so, or says nothing more:\n%s", r.Alert, head)
		}
	}
}
