// SPDX-License-Identifier: Apache-2.0

package install

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestEquivalent : the chart and kustomize install the same objects, down to every field but the labels that say who
// installed them, and the image's tag.
func TestEquivalent(t *testing.T) {
	for path, values := range map[string]map[string]any{
		"config/default":             {},
		"config/overlays/namespaced": {"namespaced": true, "crds": map[string]any{"enabled": false}},
		"config/overlays/prometheus": {"metrics": map[string]any{
			"serviceMonitor": enabled, "prometheusRule": enabled, "dashboard": enabled,
		}},
		"config/overlays/ingress": {"receiver": map[string]any{"ingress": enabled}},
		"config/overlays/gateway": {"receiver": map[string]any{"httpRoute": enabled}},
		"hack/install/testdata/hardened": {
			"networkPolicy": enabled, "receiver": map[string]any{"tls": map[string]any{"secretName": "mux-operator-receiver-tls"}},
		},
	} {
		t.Run(path, func(t *testing.T) {
			rendered, err := template(t, values)
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := comparable(rendered), comparable(build(t, path))
			delete(theirs, "Namespace /"+namespace) // helm install --create-namespace makes it
			if len(ours) < 7 {
				t.Errorf("the chart renders %d objects only", len(ours))
			}
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Errorf("kustomize (-) and chart (+) differ:\n%s", diff)
			}
		})
	}
}

var enabled = map[string]any{"enabled": true}

// comparable returns the objects by kind and name, without helm's tests and without what says who installed them.
func comparable(objects []*unstructured.Unstructured) map[string]any {
	all := map[string]any{}
	for _, o := range objects {
		if o.GetAnnotations()["helm.sh/hook"] == "" {
			all[key(o)] = neutral("", o.Object)
		}
	}
	return all
}

// neutral removes the labels and annotations of the installers, the image's tag, and what the API server fills in by itself.
func neutral(field string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if installers[name] || (field == "" && name == "status") {
				continue
			}
			if inner := neutral(name, v[name]); inner != nil {
				out[name] = inner
			}
		}
		if len(out) == 0 && (field == "annotations" || field == "labels") {
			return nil
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = neutral(field, v[i])
		}
		return out
	case string:
		if field == "image" {
			repository, _, _ := strings.Cut(v, ":")
			return repository
		}
		if field == "imagePullPolicy" {
			return nil
		}
		return v
	case int64:
		return float64(v)
	}
	return value
}

var installers = map[string]bool{
	"app.kubernetes.io/instance": true, "app.kubernetes.io/version": true, "app.kubernetes.io/managed-by": true,
	"app.kubernetes.io/part-of": true, "helm.sh/chart": true, "helm.sh/resource-policy": true,
}
