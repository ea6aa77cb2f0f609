// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// TestCRDsDeleted deletes the CustomResourceDefinitions while the operator runs, all at once: all objects go, the environment last, and
// all that they stand for stays at Mux.
func TestCRDsDeleted(t *testing.T) {
	t.Parallel()
	own := ownControlPlane(t)
	s := newStageOn(t, own, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	asset := s.ready("intro")
	stream := s.declared("studio")
	upload := s.upload("file")
	s.condition(stream, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.condition(upload, soon, video.ConditionSynced, metav1.ConditionTrue, "")
	var crds []*unstructured.Unstructured
	for _, kind := range []string{"muxenvironments", "muxassets", "muxlivestreams", "muxuploads"} {
		crd := &unstructured.Unstructured{}
		crd.SetAPIVersion("apiextensions.k8s.io/v1")
		crd.SetKind("CustomResourceDefinition")
		crd.SetName(kind + ".video.mux.com")
		if err := s.Delete(s.ctx, crd); err != nil {
			t.Fatal(err)
		}
		crds = append(crds, crd)
	}
	for _, crd := range crds {
		within(s, soon, crd.GetName()+" is gone", func() error {
			if err := s.get(crd); !apierrors.IsNotFound(err) {
				return fmt.Errorf("it is not: %v %v", err, crd.Object["status"])
			}
			return nil
		})
	}
	if _, ok := s.sim.Asset(asset.Status.ID); !ok {
		t.Error("the asset is gone from Mux")
	}
	if _, err := s.dashboard().GetLiveStream(s.ctx, stream.Status.ID); err != nil {
		t.Errorf("the live stream is gone from Mux: %v", err)
	}
	if answer, err := s.dashboard().GetUpload(s.ctx, upload.Status.ID); err != nil || answer.Value.Status != "waiting" {
		t.Errorf("the upload was cancelled: %v", err)
	}
}
