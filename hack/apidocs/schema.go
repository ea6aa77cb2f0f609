// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// fieldRow is one field of the page.
type fieldRow struct {
	path, kind, meaning string
}

// leaves are fields whose parts are Kubernetes' own and known to every reader.
var leaves = map[string]string{
	"status.conditions":               "list of metav1.Condition by type",
	"spec.allowedNamespaces.selector": "metav1.LabelSelector",
}

// fieldsBelow lists the fields of a schema, each before its parts.
func fieldsBelow(path string, schema apiextensionsv1.JSONSchemaProps) (rows []fieldRow) {
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		field := schema.Properties[name]
		below := path + "." + name
		kind := typeOf(field, slices.Contains(schema.Required, name))
		if known, leaf := leaves[below]; leaf {
			rows = append(rows, fieldRow{below, known, prose(field.Description)})
			continue
		}
		rows = append(rows, fieldRow{below, kind, prose(field.Description)})
		if field.Items != nil && field.Items.Schema != nil {
			below, field = below+"[]", *field.Items.Schema
		}
		rows = append(rows, fieldsBelow(below, field)...)
	}
	return rows
}

// typeOf says what a field may hold: its type, whether it is needed, its default and its bounds.
func typeOf(field apiextensionsv1.JSONSchemaProps, required bool) string {
	parts := []string{baseType(field)}
	if required {
		parts = append(parts, "required")
	}
	if field.Default != nil {
		parts = append(parts, "default `"+string(field.Default.Raw)+"`")
	}
	if enum := enumOf(field); enum != "" {
		parts = append(parts, enum)
	}
	parts = append(parts, bounds("%s characters", field.MinLength, field.MaxLength)...)
	parts = append(parts, bounds("%s items", field.MinItems, field.MaxItems)...)
	parts = append(parts, bounds("%s entries", field.MinProperties, field.MaxProperties)...)
	parts = append(parts, bounds("%s", whole(field.Minimum), whole(field.Maximum))...)
	if field.Pattern != "" {
		parts = append(parts, "pattern `"+field.Pattern+"`")
	}
	return strings.Join(parts, ", ")
}

func baseType(field apiextensionsv1.JSONSchemaProps) string {
	switch {
	case field.XIntOrString:
		return "integer or string"
	case field.Items != nil && field.Items.Schema != nil:
		return strings.TrimSpace("list of " + baseType(*field.Items.Schema) + "s " + merged(field))
	case field.AdditionalProperties != nil && field.AdditionalProperties.Schema != nil:
		return "map of " + baseType(*field.AdditionalProperties.Schema) + "s"
	case field.Format == "date-time":
		return "time"
	}
	return field.Type
}

// merged says how a list is merged when several owners apply it.
func merged(field apiextensionsv1.JSONSchemaProps) string {
	switch {
	case len(field.XListMapKeys) > 0:
		return "by " + strings.Join(field.XListMapKeys, " and ")
	case field.XListType != nil:
		return "(" + *field.XListType + ")"
	}
	return ""
}

func enumOf(field apiextensionsv1.JSONSchemaProps) string {
	if field.Items != nil && field.Items.Schema != nil {
		field = *field.Items.Schema
	}
	var values []string
	for _, value := range field.Enum {
		values = append(values, "`"+strings.Trim(string(value.Raw), `"`)+"`")
	}
	return strings.Join(values, " | ")
}

// bounds says between what a number lies; nil is no bound.
func bounds(format string, least, most *int64) []string {
	switch {
	case least == nil && most == nil:
		return nil
	case least == nil || *least == 0 && format != "%s":
		if most == nil {
			return nil
		}
		return []string{fmt.Sprintf(format, fmt.Sprintf("at most %d", *most))}
	case most == nil:
		return []string{fmt.Sprintf(format, fmt.Sprintf("at least %d", *least))}
	}
	return []string{fmt.Sprintf(format, fmt.Sprintf("%d to %d", *least, *most))}
}

// whole is a bound of a number; this API has no fractions.
func whole(bound *float64) *int64 {
	if bound == nil {
		return nil
	}
	n := int64(*bound)
	return &n
}

// ruleRow is one rule of the page.
type ruleRow struct {
	path, message string
}

// rulesBelow lists the rules of a schema and its parts.
func rulesBelow(path string, schema apiextensionsv1.JSONSchemaProps) (rows []ruleRow) {
	for _, r := range schema.XValidations {
		where := strings.TrimPrefix(path+r.FieldPath, ".")
		rows = append(rows, ruleRow{where, r.Message})
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		rows = append(rows, rulesBelow(path+"."+name, schema.Properties[name])...)
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		rows = append(rows, rulesBelow(path+"[]", *schema.Items.Schema)...)
	}
	return rows
}
