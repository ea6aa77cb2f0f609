// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	ac "github.com/mux-operator/mux-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
)

func TestSamples(t *testing.T) {
	files, err := filepath.Glob("../../config/samples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	applied := 0
	for _, file := range files {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict(data, &object.Object); err != nil {
			t.Fatal(err)
		}
		object.SetNamespace("default")
		if err := api.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("samples"), client.ForceOwnership); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		applied++
	}
	if applied != 5 {
		t.Errorf("applied %d samples, want a Secret and one of each kind", applied)
	}
}

// TestServerSideApply lets two owners each keep a text track of one asset.
func TestServerSideApply(t *testing.T) {
	apply := func(owner string, asset *ac.MuxAssetApplyConfiguration) {
		t.Helper()
		if err := api.Apply(t.Context(), asset, client.FieldOwner(owner)); err != nil {
			t.Fatal(err)
		}
	}
	track := func(name string) *ac.TextTrackApplyConfiguration {
		return ac.TextTrack().WithName(name).WithLanguageCode("en").WithURL("https://example.com/" + name)
	}
	apply("author", ac.MuxAsset("shared", "default").WithSpec(ac.MuxAssetSpec().
		WithEnvironmentRef(ac.EnvironmentReference().WithName("default")).
		WithInputs(ac.AssetInput().WithURL("https://example.com/a.mp4")).
		WithTextTracks(track("one"))))
	apply("translator", ac.MuxAsset("shared", "default").WithSpec(ac.MuxAssetSpec().WithTextTracks(track("two"))))
	asset := &video.MuxAsset{}
	if err := api.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "shared"}, asset); err != nil {
		t.Fatal(err)
	}
	if len(asset.Spec.TextTracks) != 2 {
		t.Errorf("the owners' tracks are %+v, want both", asset.Spec.TextTracks)
	}
}
