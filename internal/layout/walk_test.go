// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	goFile   = regexp.MustCompile("`([\\w/]+/)?(\\w+\\.go)`")
	walkRow  = regexp.MustCompile("(?m)^\\| `([\\w/]+\\.go)` \\| ([^|]+) \\|")
	makeCall = regexp.MustCompile("(?m)(?:`|^)make ([a-z][a-z-]*)")
)

// TestWalks : the functions that docs/architecture.md walks through are in the files that it names.
func TestWalks(t *testing.T) {
	rows := walkRow.FindAllStringSubmatch(read(t, "docs/architecture.md"), -1)
	if len(rows) < 30 {
		t.Errorf("found %d steps only", len(rows))
	}
	for _, row := range rows {
		source := read(t, row[1])
		for _, name := range code.FindAllString(row[2], -1) {
			name = strings.Trim(name, "`")
			if !regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + name + `[(\[]`).MatchString(source) {
				t.Errorf("docs/architecture.md looks for %s in %s", name, row[1])
			}
		}
	}
}

// TestShortFileNames : a Go file that a page names without its folder is in the folder of another that is named with it in the same
// paragraph or row.
func TestShortFileNames(t *testing.T) {
	checked := 0
	for page, text := range pages(t) {
		for _, paragraph := range regexp.MustCompile(`\n\n|\n\|`).Split(text, -1) {
			folders := []string{path.Dir(page)}
			for _, name := range goFile.FindAllStringSubmatch(paragraph, -1) {
				if name[1] != "" {
					folders = append(folders, name[1])
				}
			}
			for _, name := range goFile.FindAllStringSubmatch(paragraph, -1) {
				checked++
				if name[1] == "" && !inAny(folders, name[2]) {
					t.Errorf("%s names %s, which is in none of %v", page, name[2], folders)
				}
			}
		}
	}
	if checked < 60 {
		t.Errorf("checked %d files only", checked)
	}
}

func inAny(folders []string, name string) bool {
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(root, folder, name)); err == nil {
			return true
		}
	}
	return false
}

// TestMakeTargets : every target of make that a page names exists.
func TestMakeTargets(t *testing.T) {
	makefile, checked := read(t, "Makefile"), 0
	for page, text := range pages(t) {
		for _, target := range makeCall.FindAllStringSubmatch(text, -1) {
			checked++
			if !strings.Contains(makefile, "\n"+target[1]+":") {
				t.Errorf("%s names make %s, which the Makefile does not have", page, target[1])
			}
		}
	}
	if checked < 20 {
		t.Errorf("checked %d targets only", checked)
	}
}

// TestAlone : every test that hack/verify/test.sh runs by itself is in one of the two folders where it looks, and nowhere else: there it would
// be left out of both of its runs.
func TestAlone(t *testing.T) {
	_, list, _ := strings.Cut(read(t, "hack/verify/test.sh"), "alone='^(")
	list, _, found := strings.Cut(list, ")$'")
	if !found {
		t.Fatal("hack/verify/test.sh lists no tests that run by themselves")
	}
	declared := map[string][]string{} // folders by test
	err := filepath.WalkDir(root, func(file string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		data, err := os.ReadFile(file)
		folder, _ := filepath.Rel(root, filepath.Dir(file))
		for name := range strings.SplitSeq(list, "|") {
			if strings.Contains(string(data), "\nfunc "+name+"(t *testing.T) {") {
				declared[name] = append(declared[name], filepath.ToSlash(folder))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(list, "|") {
		if in := declared[name]; len(in) != 1 || in[0] != "cmd/mux-operator" && in[0] != "webhookreceiver" {
			t.Errorf("hack/verify/test.sh runs %s by itself, which is in %v", name, in)
		}
	}
}

// TestPictures : every picture is well-formed, says what it shows to those who do not see it, has colours for a dark page and is
// shown by a page. It loads nothing from elsewhere.
func TestPictures(t *testing.T) {
	pictures, err := filepath.Glob(filepath.Join(root, "docs", "images", "*.svg"))
	if err != nil || len(pictures) == 0 {
		t.Fatalf("no picture in docs/images (%v)", err)
	}
	docs := read(t, "docs/*.md")
	for _, picture := range pictures {
		data, err := os.ReadFile(picture)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range pictureProblems(string(data)) {
			t.Errorf("%s %s", picture, problem)
		}
		if !strings.Contains(docs, "(images/"+filepath.Base(picture)+")") {
			t.Errorf("no page shows %s", picture)
		}
	}
}

// pictureProblems are what is wrong with an SVG.
func pictureProblems(text string) (problems []string) {
	decoder, classes, elements := xml.NewDecoder(strings.NewReader(text)), map[string]bool{}, map[string]bool{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return []string{"is not well-formed: " + err.Error()}
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements[start.Name.Local] = true
		for _, attribute := range start.Attr {
			switch attribute.Name.Local {
			case "class":
				classes[attribute.Value] = true
			case "href", "src":
				problems = append(problems, "loads "+attribute.Value)
			case "fill", "stroke":
				problems = append(problems, "has a colour outside of its style, which a dark page cannot change")
			}
		}
	}
	for _, needed := range []string{"title", "desc", "style"} {
		if !elements[needed] {
			problems = append(problems, "has no "+needed)
		}
	}
	_, dark, ok := strings.Cut(text, "prefers-color-scheme: dark")
	if !ok {
		problems = append(problems, "has no colours for a dark page")
	}
	dark, _, _ = strings.Cut(dark, "</style>")
	for class := range classes {
		if !regexp.MustCompile(`\.` + class + `\b`).MatchString(dark) {
			problems = append(problems, "has no dark colour for "+class)
		}
	}
	return problems
}

func TestPictureProblems(t *testing.T) {
	const good = `<svg><title/><desc/><style>.a{} @media (prefers-color-scheme: dark) { .a{} }</style><path class="a"/></svg>`
	for name, test := range map[string]struct{ text, want string }{
		"good":           {good, ""},
		"cut":            {strings.TrimSuffix(good, "</svg>"), "not well-formed"},
		"no title":       {strings.Replace(good, "<title/>", "", 1), "has no title"},
		"light only":     {strings.Replace(good, "dark", "light", 1), "no colours for a dark page"},
		"a light class":  {strings.Replace(good, `class="a"`, `class="b"`, 1), "no dark colour for b"},
		"a fixed colour": {strings.Replace(good, `class="a"`, `fill="#fff"`, 1), "outside of its style"},
		"a download":     {strings.Replace(good, `class="a"`, `href="https://example.com"`, 1), "loads https"},
	} {
		got := strings.Join(pictureProblems(test.text), "; ")
		if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
