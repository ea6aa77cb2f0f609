// SPDX-License-Identifier: Apache-2.0

package install

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/mux-operator/mux-operator/internal/controlplane"
)

// foreign are the kinds of others that the chart and the overlays can make, by module and folder.
var foreign = map[string][]string{
	"sigs.k8s.io/gateway-api@v1.6.3": {"config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"},
	"github.com/prometheus-operator/prometheus-operator@v0.85.0": {
		"example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
		"example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
	},
}

// TestDryRun : a real API server takes every manifest of every values file and overlay, without a warning, in a namespace that
// enforces the restricted pod security standard; pods as well, which are judged by it.
func TestDryRun(t *testing.T) {
	plane, err := controlplane.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer plane.Stop()
	k := &kubectl{path: plane.Kubectl(), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	if err := plane.Kubeconfig(k.kubeconfig); err != nil {
		t.Fatal(err)
	}
	for module, files := range foreign {
		for _, file := range files {
			k.run(t, nil, "apply", "--server-side", "-f", filepath.Join(download(t, module), file))
		}
	}
	k.run(t, nil, "wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
	ns := find(t, build(t, "config/default"), "Namespace", namespace)
	k.apply(t, []*unstructured.Unstructured{ns})
	sets := map[string][]*unstructured.Unstructured{"hardened": build(t, "hack/install/testdata/hardened")}
	for _, name := range valuesFiles {
		rendered, err := template(t, values(t, name))
		if err != nil {
			t.Fatal(err)
		}
		sets["chart with "+name] = append(rendered, pods(rendered)...)
	}
	for _, overlay := range []string{"default", "overlays/namespaced", "overlays/prometheus", "overlays/ingress", "overlays/gateway"} {
		sets[overlay] = build(t, "config/"+overlay)
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		output := k.apply(t, sets[name], "--dry-run=server")
		if strings.Contains(output, "Warning") {
			t.Errorf("%s: %s", name, output)
		}
		t.Logf("%s: %d objects taken", name, strings.Count(output, "(server dry run)"))
	}
}

// pods are the pods that the Deployments among the objects would make: only pods are refused by pod security.
func pods(objects []*unstructured.Unstructured) (made []*unstructured.Unstructured) {
	for _, o := range objects {
		if o.GetKind() != "Deployment" {
			continue
		}
		template, _, _ := unstructured.NestedMap(o.Object, "spec", "template")
		pod := &unstructured.Unstructured{Object: template}
		pod.SetAPIVersion("v1")
		pod.SetKind("Pod")
		pod.SetName(o.GetName())
		pod.SetNamespace(o.GetNamespace())
		// Admission asks for the ServiceAccount and the priority class, which a dry run does not make.
		unstructured.RemoveNestedField(pod.Object, "spec", "serviceAccountName")
		unstructured.SetNestedField(pod.Object, false, "spec", "automountServiceAccountToken")
		made = append(made, pod)
	}
	return made
}

// kubectl runs kubectl against one cluster.
type kubectl struct{ path, kubeconfig string }

func (k *kubectl) apply(t *testing.T, objects []*unstructured.Unstructured, flags ...string) string {
	t.Helper()
	var manifests bytes.Buffer
	for _, o := range objects {
		data, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		manifests.WriteString("---\n")
		manifests.Write(data)
	}
	return k.run(t, manifests.Bytes(), append([]string{"apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-"}, flags...)...)
}

func (k *kubectl) run(t *testing.T, stdin []byte, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), k.path, append([]string{"--kubeconfig", k.kubeconfig}, args...)...)
	command.Stdin = bytes.NewReader(stdin)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

// download returns the folder of a module.
func download(t *testing.T, module string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", module)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("download %s: %v\n%s", module, err, output)
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(output, &found); err != nil {
		t.Fatal(err)
	}
	return found.Dir
}
