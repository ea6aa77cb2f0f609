// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// constantsPath has the conditions, reasons and annotations.
const constantsPath = "api/v1alpha1/conditions.go"

// tables are the tables of constants, by the word that the names of theirs begin with.
var tables = []struct{ prefix, title, intro string }{
	{"Condition", "Conditions", "Types of `status.conditions`; the page of each kind says which it has."},
	{"Reason", "Reasons", "The page of each kind and [troubleshooting.md](troubleshooting.md) say what to do."},
	{"Annotation", "Annotations", "What the operator writes, and what people ask it for."},
}

// constant is one name that the API has for something.
type constant struct {
	name, value, meaning string
}

// writeConstants writes a table of each sort.
func writeConstants(page *strings.Builder, root string) error {
	all, err := readConstants(filepath.Join(root, constantsPath))
	if err != nil {
		return err
	}
	for _, table := range tables {
		fmt.Fprintf(page, "\n## %s\n\n%s\n\n| value | meaning |\n|---|---|\n", table.title, table.intro)
		for _, c := range all {
			if strings.HasPrefix(c.name, table.prefix) {
				fmt.Fprintf(page, "| `%s` | %s |\n", c.value, cell(c.meaning))
			}
		}
	}
	return nil
}

// readConstants reads the text constants of a Go file, each with its comment but for its own name.
func readConstants(path string) (all []constant, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			if text, ok := literal(value); ok {
				name := value.Names[0].Name
				meaning := strings.TrimLeft(strings.TrimPrefix(prose(value.Doc.Text()), name), " :")
				all = append(all, constant{name, text, meaning})
			}
		}
	}
	return all, nil
}

// literal is the text of a constant that is written as one.
func literal(value *ast.ValueSpec) (string, bool) {
	if len(value.Values) != 1 {
		return "", false
	}
	basic, ok := value.Values[0].(*ast.BasicLit)
	if !ok || basic.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(basic.Value)
	return text, err == nil
}
