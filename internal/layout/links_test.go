// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// pages are the repository's Markdown files by their path from its root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (name == "testdata" || name == "bin" || strings.HasPrefix(name, ".") && name != ".github"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		data, err := os.ReadFile(path)
		found[strings.TrimPrefix(filepath.ToSlash(path), root+"/")] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 15 {
		t.Fatalf("found %d pages only", len(found))
	}
	return found
}

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```")
	code    = regexp.MustCompile("`[^`\n]+`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	address = regexp.MustCompile(`^[a-z]+:`)
)

// TestLinks : every link to a file or a heading of this repository leads somewhere. Links to the world are not followed.
func TestLinks(t *testing.T) {
	all, checked := pages(t), 0
	for page, text := range all {
		for _, problem := range brokenLinks(page, text, all) {
			t.Error(problem)
		}
		checked += len(link.FindAllString(text, -1))
	}
	if checked < 90 {
		t.Errorf("checked %d links only", checked)
	}
}

// TestIndex : docs/README.md leads to every page.
func TestIndex(t *testing.T) {
	all := pages(t)
	reached := map[string]bool{"docs/README.md": true}
	for _, target := range links(all["docs/README.md"]) {
		file, _, _ := strings.Cut(target, "#")
		reached[filepath.ToSlash(filepath.Join("docs", file))] = true
	}
	for page := range all {
		if strings.HasPrefix(page, "docs/") && !reached[page] {
			t.Errorf("docs/README.md does not lead to %s", page)
		}
	}
}

// brokenLinks are the links of a page that lead nowhere.
func brokenLinks(page, text string, all map[string]string) (problems []string) {
	for _, target := range links(text) {
		if address.MatchString(target) {
			continue
		}
		file, anchor, _ := strings.Cut(target, "#")
		path := page
		if file != "" {
			path = filepath.ToSlash(filepath.Join(filepath.Dir(page), file))
		}
		if _, err := os.Stat(filepath.Join(root, path)); err != nil {
			problems = append(problems, page+" links to "+target+", which does not exist")
			continue
		}
		if anchor != "" && !anchors(all[path])[anchor] {
			problems = append(problems, page+" links to "+target+", and "+path+" has no such heading")
		}
	}
	return problems
}

// links are the targets of the links of a page, without what only looks like one in code.
func links(text string) (targets []string) {
	for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(fenced.ReplaceAllString(text, ""), ""), -1) {
		targets = append(targets, match[1])
	}
	return targets
}

// anchors are the names by which the headings of a page can be linked to, made as GitHub makes them.
func anchors(text string) map[string]bool {
	made := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		made[anchorOf(match[1])] = true
	}
	return made
}

func anchorOf(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

func TestBrokenLinks(t *testing.T) {
	const page, text = "docs/scale.md", "# A page: one, two\n\n```sh\n# no heading\n```\n\n## `status` of it\n"
	for name, test := range map[string]struct {
		text, want string
	}{
		"a heading here":           {"[x](#a-page-one-two)", ""},
		"a heading with code":      {"[x](#status-of-it)", ""},
		"no heading":               {"[x](#a-page)", "has no such heading"},
		"a comment is no heading":  {"[x](#no-heading)", "has no such heading"},
		"a file":                   {"[x](../go.mod)", ""},
		"no file":                  {"[x](../go.mud)", "does not exist"},
		"the world":                {"[x](https://example.com/#y)", ""},
		"a picture":                {"![x](../Makefil)", "does not exist"},
		"code that looks like one": {"`[x](nowhere)`\n```\n[x](nowhere)\n```\n", ""},
	} {
		all := map[string]string{page: text + test.text}
		got := strings.Join(brokenLinks(page, all[page], all), "; ")
		if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
