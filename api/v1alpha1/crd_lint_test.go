// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// schemas calls a check for every node of every generated CRD's schema.
func schemas(t *testing.T, check func(path string, schema *apiextensionsv1.JSONSchemaProps)) {
	t.Helper()
	files, err := filepath.Glob("../../config/crd/bases/*.yaml")
	if err != nil || len(files) != 4 {
		t.Fatalf("found CRDs %v, %v", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(data, &crd); err != nil {
			t.Fatal(err)
		}
		root := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
		for _, name := range []string{"spec", "status"} {
			node := root.Properties[name]
			walk(crd.Spec.Names.Kind+"."+name, &node, check)
		}
	}
}

func walk(path string, schema *apiextensionsv1.JSONSchemaProps, check func(string, *apiextensionsv1.JSONSchemaProps)) {
	check(path, schema)
	for name, property := range schema.Properties {
		walk(path+"."+name, &property, check)
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		walk(path+"[]", schema.Items.Schema, check)
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		walk(path+"{}", schema.AdditionalProperties.Schema, check)
	}
}

// borrowed are schemas that Kubernetes itself defines.
func borrowed(path string) bool {
	return strings.Contains(path, ".conditions") || strings.Contains(path, ".selector.")
}

func TestCRDSchemas(t *testing.T) {
	schemas(t, func(path string, schema *apiextensionsv1.JSONSchemaProps) {
		if borrowed(path) {
			return
		}
		spec := strings.Contains(path, ".spec")
		if schema.Type == "number" {
			t.Errorf("%s is a float", path)
		}
		if schema.Description == "" && !strings.HasSuffix(path, "[]") && !strings.HasSuffix(path, "{}") {
			t.Errorf("%s has no description", path)
		}
		if schema.Type == "array" && schema.XListType == nil {
			t.Errorf("%s has no list type", path)
		}
		if spec && schema.Type == "array" && schema.MaxItems == nil {
			t.Errorf("%s has no bound", path)
		}
		if spec && schema.Type == "string" && schema.MaxLength == nil && schema.Enum == nil {
			t.Errorf("%s has no bound", path)
		}
		if spec && schema.AdditionalProperties != nil && schema.MaxProperties == nil {
			t.Errorf("%s has no bound", path)
		}
		rules := map[string]bool{}
		for _, rule := range schema.XValidations {
			if rules[rule.Rule] {
				t.Errorf("%s has the rule %s twice, which server-side apply refuses", path, rule.Rule)
			}
			rules[rule.Rule] = true
		}
		if !spec && (schema.Enum != nil || schema.Pattern != "" || schema.XValidations != nil || schema.MaxItems != nil || schema.MaxLength != nil) {
			t.Errorf("%s is validated, but an event must always be storable", path)
		}
	})
}
