// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the top of the tree, seen from here.
const root = "../.."

// Lines of a function, from its signature to its closing brace. A reader keeps about a screen in mind.
const (
	longest = 60
	median  = 15
)

const licence = "// SPDX-License-Identifier: Apache-2.0\n\n"

func TestFunctions(t *testing.T) {
	var lengths []int
	for path, source := range sources(t) {
		if strings.HasSuffix(path, "_test.go") || generated(source) {
			continue
		}
		for name, lines := range functions(t, path, source) {
			if lines > longest {
				t.Errorf("%s: %s has %d lines, more than %d: split it", path, name, lines, longest)
			}
			lengths = append(lengths, lines)
		}
	}
	slices.Sort(lengths)
	if len(lengths) < 100 {
		t.Fatalf("found %d functions only", len(lengths))
	}
	t.Logf("%d functions, median %d lines, longest %d", len(lengths), lengths[len(lengths)/2], lengths[len(lengths)-1])
	if got := lengths[len(lengths)/2]; got > median {
		t.Errorf("the median function has %d lines, more than %d", got, median)
	}
}

func TestFunctionsCounts(t *testing.T) {
	source := "package p\nfunc one() {}\ntype t int\nfunc (t) four() {\n\t_ = 1\n\t_ = 2\n}\n"
	got := functions(t, "p.go", source)
	if len(got) != 2 || got["one"] != 1 || got["t.four"] != 4 {
		t.Errorf("counted %v", got)
	}
}

func TestLicence(t *testing.T) {
	for path, source := range sources(t) {
		if !strings.HasPrefix(source, licence) && !generated(source) {
			t.Errorf("%s does not begin with %q and an empty line", path, strings.TrimSpace(licence))
		}
	}
}

// functions returns the lines of every function declared in a file.
func functions(t *testing.T, path, source string) map[string]int {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	lengths := map[string]int{}
	for _, declaration := range file.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok {
			lengths[name(f)] = files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1
		}
	}
	return lengths
}

func name(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if index, ok := receiver.(*ast.IndexExpr); ok {
		receiver = index.X
	}
	return fmt.Sprint(receiver, ".", f.Name.Name)
}

// generated follows Go's convention for the comment of generated files.
func generated(source string) bool {
	head, _, _ := strings.Cut(source, "\npackage ")
	return strings.Contains(head, "// Code generated ") && strings.Contains(head, " DO NOT EDIT.")
}

// skipped are folders without source of this tree: testdata, binaries, and hidden ones.
func skipped(path string) bool {
	name := filepath.Base(path)
	return name == "testdata" || name == "bin" || strings.HasPrefix(name, ".")
}

// sources are the Go files of this module and of those inside it, by path.
func sources(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && skipped(path):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		source, err := os.ReadFile(path)
		found[path] = string(source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
