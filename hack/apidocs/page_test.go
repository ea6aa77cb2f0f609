// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// TestPage : the page in the repository is the one that the CRDs give, and every field on it says what it means.
func TestPage(t *testing.T) {
	root := filepath.Join("..", "..")
	want, err := pageOf(root)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, pagePath))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the CRDs give: run make generate", pagePath)
	}
	for line := range strings.Lines(want) {
		if strings.HasSuffix(line, "|  |\n") {
			t.Errorf("a field without a meaning: %s", line)
		}
	}
}

// TestPageHas : a few lines by which to see that the page says what it should.
func TestPageHas(t *testing.T) {
	page, err := pageOf(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"## MuxAsset\n",
		"| `spec.environmentRef.name` | string, required, 1 to ",
		"| `spec.inputs` | list of objects (atomic), 1 to 16 items |",
		"| `spec.textTracks` | list of objects by name, at most 32 items |",
		"| `spec.textTracks[].url` | string, 1 to 2048 characters, pattern `^https?://` |",
		"| `spec.managementPolicy` | string, default `\"Managed\"`, `Managed` \\| `Observe` |",
		"| `status.conditions` | list of metav1.Condition by type |",
		"| `status.createdAt` | time |",
		"| `spec.inputs` | inputs is fixed when Mux creates the asset; make a new MuxAsset for another value |",
		"| `Playable` | is True when the asset can be played: it is ready and has a playback id. |",
		"| `IDConflict` | another object already holds the same Mux id. |",
		"| `video.mux.com/id` | holds the Mux id of the object. |",
		"Columns of `kubectl get`: Ready, State, Duration, Reason, Age; with `-o wide` also Playable,",
	} {
		if !strings.Contains(page, line) {
			t.Errorf("the page has no line with %s", line)
		}
	}
	if strings.Contains(page, "conditions[]") {
		t.Error("the page explains metav1.Condition")
	}
}

func TestTypeOf(t *testing.T) {
	n := func(n int64) *int64 { return &n }
	f := func(f float64) *float64 { return &f }
	set := "set"
	for want, field := range map[string]apiextensionsv1.JSONSchemaProps{
		"string":                            {Type: "string"},
		"string, at most 5 characters":      {Type: "string", MaxLength: n(5), MinLength: n(0)},
		"string, at least 2 characters":     {Type: "string", MinLength: n(2)},
		"integer, 0 to 5":                   {Type: "integer", Minimum: f(0), Maximum: f(5)},
		"integer, at least 60":              {Type: "integer", Minimum: f(60)},
		"integer or string":                 {XIntOrString: true},
		"time":                              {Type: "string", Format: "date-time"},
		"boolean, default `true`":           {Type: "boolean", Default: &apiextensionsv1.JSON{Raw: []byte("true")}},
		"map of strings, at most 8 entries": {Type: "object", MaxProperties: n(8), AdditionalProperties: &apiextensionsv1.JSONSchemaPropsOrBool{Schema: &apiextensionsv1.JSONSchemaProps{Type: "string"}}},
		"list of strings (set)":             {Type: "array", XListType: &set, Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: &apiextensionsv1.JSONSchemaProps{Type: "string"}}},
	} {
		if got := typeOf(field, false); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := typeOf(apiextensionsv1.JSONSchemaProps{Type: "string"}, true); got != "string, required" {
		t.Errorf("a required field is %q", got)
	}
}

// TestWrite : without CRDs nothing is written, and the error names what is missing.
func TestWrite(t *testing.T) {
	root := t.TempDir()
	if err := write(root); err == nil || !strings.Contains(err.Error(), "video.mux.com_muxenvironments.yaml") {
		t.Errorf("without CRDs: %v", err)
	}
	if _, err := os.Stat(filepath.Join(root, pagePath)); err == nil {
		t.Error("a page was written")
	}
}
