// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// kindPages are the pages of the kinds.
var kindPages = map[string]string{
	"muxasset.md": "MuxAsset", "muxlivestream.md": "MuxLiveStream", "muxupload.md": "MuxUpload", "muxenvironment.md": "MuxEnvironment",
}

// example is a manifest of a page.
type example struct {
	where  string
	object *unstructured.Unstructured
}

// examples reads the manifests of a page. One that has a spec alone is of the page's kind.
func examples(t *testing.T, page, kind string) (found []example) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```").FindAllStringSubmatch(string(data), -1) {
		for _, document := range strings.Split(block[1], "\n---\n") {
			where := fmt.Sprintf("example %d of docs/%s", i+1, page)
			object := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
				t.Fatalf("%s: %v", where, err)
			}
			if object.GetKind() == "" {
				object.SetGroupVersionKind(video.GroupVersion.WithKind(kind))
				object.SetName(fmt.Sprintf("example-%d", i+1))
			}
			found = append(found, example{where, object})
		}
	}
	if len(found) == 0 {
		t.Fatalf("docs/%s has no example", page)
	}
	return found
}

// TestDocExamples applies every manifest of the kinds' pages, with ids and tokens of the simulator, and waits for what it asks for.
func TestDocExamples(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	s.create(&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "default"}})
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "elsewhere-key"}, StringData: map[string]string{"streamKey": "their-key"}})
	strict := client.WithFieldValidation(s.Client, metav1.FieldValidationStrict)
	for _, page := range []string{"muxenvironment.md", "muxasset.md", "muxlivestream.md", "muxupload.md"} {
		for _, e := range examples(t, page, kindPages[page]) {
			s.concrete(e.object)
			if err := strict.Apply(s.ctx, client.ApplyConfigurationFromUnstructured(e.object), client.FieldOwner("reader"), client.ForceOwnership); err != nil {
				t.Errorf("%s: %v", e.where, err)
				continue
			}
			s.Logf("%s: %s %s is applied", e.where, e.object.GetKind(), e.object.GetName())
			s.comesTrue(e.object)
		}
	}
}

// concrete puts what a reader has of their own into an example.
func (s *stage) concrete(object *unstructured.Unstructured) {
	s.Helper()
	object.SetNamespace(s.namespace)
	set := func(value any, fields ...string) {
		if err := unstructured.SetNestedField(object.Object, value, fields...); err != nil {
			s.Fatal(err)
		}
	}
	switch object.GetKind() {
	case "Secret":
		set(muxsim.DefaultTokenID, "stringData", "MUX_TOKEN_ID")
		set(muxsim.DefaultTokenSecret, "stringData", "MUX_TOKEN_SECRET")
		set(signingSecret, "stringData", "MUX_WEBHOOK_SECRET")
	case "MuxEnvironment":
		set(s.sim.URL(), "spec", "apiURL")
	}
	if _, imports, _ := unstructured.NestedString(object.Object, "spec", "import", "id"); imports {
		set(s.madeAtMux(object.GetKind()), "spec", "import", "id")
	}
}

// madeAtMux makes an object of the kind at Mux, as others do.
func (s *stage) madeAtMux(kind string) string {
	s.Helper()
	var id string
	var err error
	switch kind {
	case "MuxAsset":
		var made mux.Answer[mux.Asset]
		made, err = s.dashboard().CreateAsset(s.ctx, mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{Inputs: []mux.Input{{URL: "https://example.com/a.mp4"}}}})
		id = made.Value.ID
	case "MuxLiveStream":
		var made mux.Answer[mux.LiveStream]
		made, err = s.dashboard().CreateLiveStream(s.ctx, mux.CreateLiveStreamRequest{})
		id = made.Value.ID
	case "MuxUpload":
		var made mux.Answer[mux.Upload]
		made, err = s.dashboard().CreateUpload(s.ctx, mux.CreateUploadRequest{CORSOrigin: "*"})
		id = made.Value.ID
	}
	if err != nil || id == "" {
		s.Fatalf("a %s at Mux: %q %v", kind, id, err)
	}
	return id
}

// comesTrue waits for the condition that an example is made for: Ready, or of an upload, which waits for its file, Synced.
func (s *stage) comesTrue(object *unstructured.Unstructured) {
	s.Helper()
	at := metav1.ObjectMeta{Namespace: s.namespace, Name: object.GetName()}
	switch object.GetKind() {
	case "MuxAsset":
		s.condition(&video.MuxAsset{ObjectMeta: at}, soon, video.ConditionReady, metav1.ConditionTrue, "")
	case "MuxLiveStream":
		s.condition(&video.MuxLiveStream{ObjectMeta: at}, soon, video.ConditionReady, metav1.ConditionTrue, "")
	case "MuxUpload":
		s.condition(&video.MuxUpload{ObjectMeta: at}, soon, video.ConditionSynced, metav1.ConditionTrue, "")
	case "MuxEnvironment":
		s.condition(&video.MuxEnvironment{ObjectMeta: at}, soon, video.ConditionReady, metav1.ConditionTrue, "")
	}
}

// TestKindPages : each kind has a page with the same parts.
func TestKindPages(t *testing.T) {
	for page, kind := range kindPages {
		data, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
		if err != nil {
			t.Error(err)
			continue
		}
		at := 0
		for _, heading := range []string{"# " + kind + "\n", "\n## Writing\n", "\n## Working with\n", "\n## Debugging\n", "\n## Status\n"} {
			i := strings.Index(string(data)[at:], heading)
			if i < 0 {
				t.Errorf("docs/%s has no %q, or not in this place", page, strings.TrimSpace(heading))
				break
			}
			at += i
		}
	}
}
