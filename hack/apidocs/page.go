// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

const head = `<!-- Written by make generate: go run ./hack/apidocs. -->

# API reference

Every field of the kinds of ` + "`video.mux.com/v1alpha1`" + `, from the CRDs, and every condition, reason and annotation;
` + "`kubectl explain muxasset.spec`" + ` tells the fields of the version that a cluster has. How to use them is on the pages of the kinds.

[] stands for each element of a list. A list *by* a field is merged by that field when several owners apply it, a *set* by its values;
an *atomic* list belongs to one owner. A status is bounded by the operator and not by its schema.
`

// pageOf makes the whole page.
func pageOf(root string) (string, error) {
	var page strings.Builder
	page.WriteString(head)
	for _, plural := range kinds {
		crd, err := readCRD(root, plural)
		if err != nil {
			return "", err
		}
		if len(crd.Spec.Versions) != 1 {
			return "", fmt.Errorf("%s has %d versions, and the page has room for one", plural, len(crd.Spec.Versions))
		}
		writeKind(&page, crd)
	}
	err := writeConstants(&page, root)
	return page.String(), err
}

func writeKind(page *strings.Builder, crd *apiextensionsv1.CustomResourceDefinition) {
	names, version := crd.Spec.Names, crd.Spec.Versions[0]
	schema := version.Schema.OpenAPIV3Schema
	fmt.Fprintf(page, "\n## %s\n\n%s How to use it: [%s.md](%s.md). Short name `%s`.\n",
		names.Kind, prose(schema.Description), names.Singular, names.Singular, strings.Join(names.ShortNames, "`, `"))
	for _, part := range []string{"spec", "status"} {
		schema := schema.Properties[part]
		fmt.Fprintf(page, "\n### %s %s\n\n%s\n\n| field | type | meaning |\n|---|---|---|\n", names.Kind, part, prose(schema.Description))
		for _, f := range fieldsBelow(part, schema) {
			fmt.Fprintf(page, "| `%s` | %s | %s |\n", f.path, cell(f.kind), cell(f.meaning))
		}
	}
	writeRules(page, names.Kind, *schema)
	writeColumns(page, names.Kind, version.AdditionalPrinterColumns)
}

// writeRules lists what the API server refuses beyond the types.
func writeRules(page *strings.Builder, kind string, schema apiextensionsv1.JSONSchemaProps) {
	fmt.Fprintf(page, "\n### %s rules\n\n| where | what the API server says when it refuses |\n|---|---|\n", kind)
	for _, r := range rulesBelow("", schema) {
		fmt.Fprintf(page, "| `%s` | %s |\n", r.path, cell(r.message))
	}
}

// writeColumns lists the columns of kubectl get.
func writeColumns(page *strings.Builder, kind string, columns []apiextensionsv1.CustomResourceColumnDefinition) {
	var always, wide []string
	for _, column := range columns {
		if column.Priority > 0 {
			wide = append(wide, column.Name)
		} else {
			always = append(always, column.Name)
		}
	}
	fmt.Fprintf(page, "\nColumns of `kubectl get`: %s", strings.Join(always, ", "))
	if len(wide) > 0 {
		fmt.Fprintf(page, "; with `-o wide` also %s", strings.Join(wide, ", "))
	}
	fmt.Fprintf(page, ".\n")
}

// prose joins the lines of a comment and leaves out what only generators read.
func prose(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "+") {
			lines = append(lines, line)
		}
	}
	return strings.NewReplacer("<", "&lt;", "*", `\*`).Replace(strings.Join(lines, " "))
}

// cell is a text in a table, where a bar is escaped in code as well.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
