// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/yaml"
)

// manifests writes objects as YAML for Git: a stream of documents, or a file for each.
type manifests struct {
	out io.Writer
	// dir is where the files go; "" for a stream.
	dir     string
	written int
}

// write writes one object, with lines above it that say what it is.
func (m *manifests) write(o client.Object, comments ...string) error {
	text, err := manifest(o)
	if err != nil {
		return err
	}
	for _, comment := range slices.Backward(comments) {
		text = append([]byte("# "+strings.Map(printable, comment)+"\n"), text...)
	}
	m.written++
	if m.dir == "" {
		_, err := m.out.Write(append([]byte("---\n"), text...))
		return err
	}
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		return err
	}
	gvk, err := apiutil.GVKForObject(o, scheme)
	if err != nil {
		return err
	}
	path := filepath.Join(m.dir, strings.ToLower(gvk.Kind)+"-"+o.GetName()+".yaml")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return nil // its time of change is kept
	}
	return os.WriteFile(path, text, 0o644)
}

// printable keeps a comment on one line.
func printable(r rune) rune {
	if r < ' ' || r == '\u0085' || r == '\u2028' || r == '\u2029' {
		return ' '
	}
	return r
}

// manifest is the YAML of what a person writes of an object: its name, labels, annotations and spec.
func manifest(o client.Object) ([]byte, error) {
	gvk, err := apiutil.GVKForObject(o, scheme)
	if err != nil {
		return nil, err
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return nil, fmt.Errorf("write the manifest of %s: %w", o.GetName(), err)
	}
	metadata := map[string]any{"name": o.GetName(), "namespace": o.GetNamespace()}
	if labels := o.GetLabels(); len(labels) > 0 {
		metadata["labels"] = labels
	}
	if annotations := o.GetAnnotations(); len(annotations) > 0 {
		metadata["annotations"] = annotations
	}
	return yaml.Marshal(map[string]any{
		"apiVersion": gvk.GroupVersion().String(), "kind": gvk.Kind, "metadata": metadata, "spec": content["spec"],
	})
}
