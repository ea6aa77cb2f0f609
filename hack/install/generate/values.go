// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readme writes the table of the chart's values from the comments in values.yaml.
func readme() error {
	data, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return err
	}
	var out strings.Builder
	out.WriteString(readmeHead)
	if err := rows(&out, "", document.Content[0]); err != nil {
		return err
	}
	return write(filepath.Join(chart, "README.md"), []byte(out.String()))
}

const readmeHead = `<!-- Generated from values.yaml by make manifests. -->
# The chart mux-operator

` + "`docs/install.md`" + ` tells how to install it. Its values; ` + "`values.schema.json`" + ` refuses all others:

| value | default | |
|---|---|---|
`

// rows writes a row for each value that has a comment, and those below one that has none.
func rows(out *strings.Builder, prefix string, mapping *yaml.Node) error {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		path := prefix + key.Value
		switch {
		case key.HeadComment != "":
			if err := row(out, path, comment(key.HeadComment), value); err != nil {
				return err
			}
		case value.Kind == yaml.MappingNode:
			if err := rows(out, path+".", value); err != nil {
				return err
			}
		default:
			return fmt.Errorf("values.yaml does not say what %s is", path)
		}
	}
	return nil
}

func row(out *strings.Builder, path, text string, value *yaml.Node) error {
	var decoded any
	if err := value.Decode(&decoded); err != nil {
		return err
	}
	unset, err := json.Marshal(decoded)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| `%s` | `%s` | %s |\n", path, unset, text)
	return nil
}

// comment is the text of a comment in one line.
func comment(head string) string {
	lines := strings.Split(head, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(strings.TrimPrefix(line, "#"))
	}
	return strings.Join(lines, " ")
}
