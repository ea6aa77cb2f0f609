// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fieldPaths are the paths of all fields of all kinds, such as spec.inputs.url, from the reference that make generate writes.
func fieldPaths(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{"spec": true, "status": true}
	for _, match := range regexp.MustCompile("(?m)^\\| `((?:spec|status)\\.[^`]+)` \\|").FindAllStringSubmatch(read(t, "docs/api.md"), -1) {
		found[plain(match[1])] = true
	}
	if len(found) < 300 {
		t.Fatalf("docs/api.md has %d fields only", len(found))
	}
	return found
}

// plain is a path without what picks an element of a list.
func plain(path string) string { return regexp.MustCompile(`\[[^\]]*\]`).ReplaceAllString(path, "") }

// TestFieldsExist : every field that a page names with its path, such as spec.inputs, is one of a kind.
func TestFieldsExist(t *testing.T) {
	fields, checked := fieldPaths(t), 0
	named := regexp.MustCompile(`\b(?:spec|status)\.[a-zA-Z]+(?:\[[^\]]*\])?(?:\.[a-zA-Z]+(?:\[[^\]]*\])?)*`)
	for page, text := range pages(t) {
		if page == "docs/api.md" {
			continue
		}
		for _, name := range named.FindAllString(text, -1) {
			checked++
			if !known(plain(name), fields) && fieldsOfOthers[name] == "" {
				t.Errorf("%s names %s, which no kind has; what else is written like a field belongs into fieldsOfOthers", page, name)
			}
		}
	}
	if checked < 60 {
		t.Errorf("checked %d fields only", checked)
	}
}

// fieldsOfOthers are written like fields of a kind and are something else.
var fieldsOfOthers = map[string]string{"spec.holderIdentity": "of a Lease", "status.mux.com": "Mux's page about its outages"}

// known says whether a path is a field, or one of the parts of metav1.Condition, which the reference leaves out.
func known(name string, fields map[string]bool) bool {
	parent, condition := strings.CutPrefix(name, "status.conditions.")
	return fields[name] || condition && slices.Contains([]string{"type", "status", "reason", "message"}, parent)
}

// otherWords are words on the pages of the kinds that are written like fields and are none.
var otherWords = map[string]string{
	"streamKey": "key of a Secret", "rtmpURL": "key of a Secret", "rtmpsURL": "key of a Secret", "srtURL": "key of a Secret", "srtPassphrase": "key of a Secret",
}

// TestFieldWords : the words on the pages of the kinds that look like fields are the names of fields.
func TestFieldWords(t *testing.T) {
	names := map[string]bool{}
	for field := range maps.Keys(fieldPaths(t)) {
		for _, part := range strings.Split(field, ".") {
			names[part] = true
		}
	}
	word := regexp.MustCompile("^[a-z]+[A-Z][a-zA-Z]*$")
	checked := 0
	for page, text := range pages(t) {
		if !strings.HasPrefix(path.Base(page), "mux") {
			continue
		}
		for _, quoted := range code.FindAllString(fenced.ReplaceAllString(text, ""), -1) {
			for _, part := range strings.FieldsFunc(quoted, func(r rune) bool { return strings.ContainsRune("`.: []", r) }) {
				if !word.MatchString(part) {
					continue
				}
				checked++
				if !names[part] && otherWords[part] == "" {
					t.Errorf("%s names `%s`, which is no field of a kind; what else is written like one belongs into otherWords", page, part)
				}
			}
		}
	}
	if checked < 60 {
		t.Errorf("checked %d words only", checked)
	}
}

// flagsOfOthers are flags that the pages name and that belong to other commands.
var flagsOfOthers = map[string]string{
	"for": "kubectl wait", "timeout": "kubectl wait", "from-literal": "kubectl create secret", "overwrite": "kubectl annotate",
	"previous": "kubectl logs", "prefix": "kubectl logs", "tail": "kubectl logs", "watch": "kubectl get", "server-side": "kubectl apply",
	"patch-file": "kubectl patch", "create-namespace": "helm install", "reset-then-reuse-values": "helm upgrade", "wait": "helm install", "upload-file": "curl",
	"kubeconfig": "controller-runtime's own flag",
	"context":    "kubectl",
	"as":         "kubectl",
	"help":       "every command",
	"manifest":   "kubectl krew install",
	"archive":    "kubectl krew install",
	"set":        "helm install", "take-ownership": "helm install",
}

// TestFlagsExist : every flag that a page names is one of a command of this repository, or of another that is listed above.
func TestFlagsExist(t *testing.T) {
	flags := map[string]bool{}
	for _, source := range sources(t) {
		for _, match := range regexp.MustCompile(`(?:Var|VarP|Flags\(\)\.\w+|flag\.\w+|f\.\w+)\([^"\n]*"([a-z][a-z-]+)"`).FindAllStringSubmatch(source, -1) {
			flags[match[1]] = true
		}
	}
	named := regexp.MustCompile("(?:^|[\\s`(\\[])--([a-z][a-z-]*)")
	checked := 0
	for page, text := range pages(t) {
		for _, match := range named.FindAllStringSubmatch(text, -1) {
			checked++
			if !flags[match[1]] && flagsOfOthers[match[1]] == "" && !strings.HasPrefix(match[1], "zap-") {
				t.Errorf("%s names --%s, which no command has; a flag of a command of others belongs into flagsOfOthers", page, match[1])
			}
		}
	}
	if checked < 30 {
		t.Errorf("checked %d flags only", checked)
	}
}
