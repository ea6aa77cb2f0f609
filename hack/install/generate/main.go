// SPDX-License-Identifier: Apache-2.0

// Command generate makes, from what is in config/, all that the chart and the namespaced overlay have in common with it: run
// by make manifests, with the root of the repository. Nothing that it writes is to be edited.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"
)

const chart = "config/chart/mux-operator"

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: generate ROOT")
	}
	if err := os.Chdir(os.Args[1]); err != nil {
		log.Fatal("generate: ", err)
	}
	for _, step := range []func() error{namespacedRole, copies, readme} {
		if err := step(); err != nil {
			log.Fatal("generate: ", err)
		}
	}
}

// role is a Role or ClusterRole.
type role struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   map[string]string `json:"metadata"`
	Rules      []rule            `json:"rules"`
}

type rule struct {
	APIGroups     []string `json:"apiGroups"`
	ResourceNames []string `json:"resourceNames,omitempty"`
	Resources     []string `json:"resources"`
	Verbs         []string `json:"verbs"`
}

// clusterScoped are the resources of the generated ClusterRole that a Role cannot grant.
var clusterScoped = []string{"namespaces", "customresourcedefinitions"}

// namespacedRole writes the ClusterRole of the markers as a Role, less what is not in a namespace.
func namespacedRole() error {
	var r role
	data, err := os.ReadFile("config/rbac/role.yaml")
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(data, &r); err != nil {
		return err
	}
	r.Kind = "Role"
	r.Metadata["namespace"] = "system"
	r.Rules = slices.DeleteFunc(r.Rules, func(r rule) bool {
		return slices.ContainsFunc(r.Resources, func(name string) bool { return slices.Contains(clusterScoped, name) })
	})
	out, err := yaml.Marshal(r)
	if err != nil {
		return err
	}
	return write("config/rbac/namespaced/role.yaml", append([]byte("# Generated from config/rbac/role.yaml by make manifests.\n"), out...))
}

// copies puts into the chart what its templates read.
func copies() error {
	if err := os.RemoveAll(filepath.Join(chart, "files")); err != nil {
		return err
	}
	for folder, patterns := range map[string][]string{
		"files/crds":   {"config/crd/bases/*.yaml"},
		"files/people": {"config/rbac/*_viewer_role.yaml", "config/rbac/*_editor_role.yaml"},
		"files": {"config/rbac/role.yaml", "config/rbac/service/leader_election_role.yaml",
			"config/components/prometheus/alerts.yaml", "config/components/prometheus/mux-operator.json"},
	} {
		for _, pattern := range patterns {
			if err := copyAll(pattern, folder); err != nil {
				return err
			}
		}
	}
	return copyFile("config/rbac/namespaced/role.yaml", "files/role_namespaced.yaml")
}

func copyAll(pattern, folder string) error {
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		return fmt.Errorf("nothing matches %s (%v)", pattern, err)
	}
	for _, name := range names {
		if err := copyFile(name, filepath.Join(folder, filepath.Base(name))); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return write(filepath.Join(chart, to), data)
}

func write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}
