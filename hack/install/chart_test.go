// SPDX-License-Identifier: Apache-2.0

package install

import (
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/action"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// valuesFiles are those with which the chart installs.
var valuesFiles = []string{"default", "minimal", "namespaced", "everything"}

// TestLint runs helm lint with every values file; it knows no complaint.
func TestLint(t *testing.T) {
	for _, name := range valuesFiles {
		lint := action.NewLint()
		lint.Strict, lint.Namespace = true, namespace
		result := lint.Run([]string{chart}, values(t, name))
		for _, message := range result.Messages {
			if !strings.Contains(message.Err.Error(), "icon is recommended") {
				t.Errorf("%s: %s", name, message)
			}
		}
		if result.TotalChartsLinted != 1 || len(result.Errors) > 0 {
			t.Errorf("%s: %d charts, %v", name, result.TotalChartsLinted, result.Errors)
		}
	}
}

// TestSchema : what the schema does not know, or knows otherwise, is refused before anything is rendered.
func TestSchema(t *testing.T) {
	_, err := template(t, values(t, "invalid"))
	if err == nil {
		t.Fatal("the invalid values are rendered")
	}
	for _, want := range []string{"replicaCounts", "createRate", "level"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
	for name, v := range map[string]map[string]any{
		"a word that is none of the chart's": {"receiver": map[string]any{"port": 80}},
		"a flag without dashes":              {"extraArgs": []any{"leader-elect"}},
		"a time without unit":                {"mux": map[string]any{"timeout": "15"}},
		"a digest that is a tag":             {"image": map[string]any{"digest": "v1"}},
		"no hosts":                           {"receiver": map[string]any{"httpRoute": map[string]any{"hostnames": []any{}}}},
		"an account that nobody names":       {"serviceAccount": map[string]any{"create": false}},
	} {
		if _, err := template(t, v); err == nil {
			t.Errorf("%s is rendered", name)
		}
	}
}

// TestEverything : each value that the file with everything sets is found in what is rendered.
func TestEverything(t *testing.T) {
	objects, err := template(t, values(t, "everything"))
	if err != nil {
		t.Fatal(err)
	}
	deployment := find(t, objects, "Deployment", "mux-operator-controller-manager")
	text := textOf(t, deployment)
	for _, want := range []string{"--mux-create-rate=2", "--mux-request-rate=10.5", "--mux-timeout=10s", "--mux-list-lag=10m", "--zap-log-level=debug",
		"--zap-encoder=console", "--zap-stacktrace-level=panic", "--receiver-tls-dir=/tls", "HTTPS_PROXY", "system-cluster-critical", "cost-centre",
		"example.com/note", "nodeAffinity", "NoSchedule", "kubernetes.io/os", "mux-operator@sha256:0123", "\"Always\"", "\"registry\"", "\"replicas\":3"} {
		if !strings.Contains(text, want) {
			t.Errorf("the Deployment has no %s: %s", want, text)
		}
	}
	for _, o := range objects {
		if o.GetLabels()["team"] != "video" {
			t.Errorf("%s does not have the common label", key(o))
		}
		if o.GetKind() == "CustomResourceDefinition" && o.GetAnnotations()["helm.sh/resource-policy"] != "keep" {
			t.Errorf("%s would be deleted with the release", key(o))
		}
	}
}

// TestNamespacedHasNoClusterRole : the namespaced mode asks for nothing outside of its namespace.
func TestNamespacedHasNoClusterRole(t *testing.T) {
	rendered, err := template(t, values(t, "namespaced"))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range append(rendered, build(t, "config/overlays/namespaced")...) {
		if o.GetNamespace() != namespace {
			t.Errorf("%s is not in the namespace", key(o))
		}
	}
}

func find(t *testing.T, objects []*unstructured.Unstructured, kind, name string) *unstructured.Unstructured {
	t.Helper()
	for _, o := range objects {
		if o.GetKind() == kind && o.GetName() == name {
			return o
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return nil
}

func textOf(t *testing.T, o *unstructured.Unstructured) string {
	t.Helper()
	data, err := o.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
