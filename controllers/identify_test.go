// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// TestMadeObject leaves the status of an object that the receiver has made to the receiver, and reads it where that died.
func TestMadeObject(t *testing.T) {
	t.Parallel()
	s := newStage(t, assetKind{})
	made, err := s.dashboard().CreateAsset(t.Context(), mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{Inputs: []mux.Input{{URL: "https://example.com/a.mp4"}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.calls()
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{
		Namespace: "ns", Name: "made", UID: "made", CreationTimestamp: metav1.NewTime(s.clock.Now().Truncate(time.Second)),
		Labels: map[string]string{video.LabelOrigin: video.OriginDiscovery},
	}}
	asset.Spec.EnvironmentRef.Name = "default"
	asset.Spec.ManagementPolicy = video.ManagementPolicyObserve
	asset.Spec.Import = &video.ImportSpec{ID: made.Value.ID}
	s.create(asset)
	version := asset.ResourceVersion
	if after := s.reconcile(asset); after != staleRetry || asset.ResourceVersion != version || len(s.calls()) > 0 {
		t.Errorf("it was read or written at once, or is looked at again after %s", after)
	}
	s.clock.Advance(madeWithin)
	s.reconcile(asset)
	if got := s.calls()[getAsset]; got != 1 || asset.Status.ID != made.Value.ID {
		t.Errorf("%d GETs, the id is %q", got, asset.Status.ID)
	}
}
