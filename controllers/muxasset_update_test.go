// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

func TestDiffMetadata(t *testing.T) {
	spec := &video.MuxAssetSpec{}
	spec.Passthrough = text("p")
	spec.Meta = &video.AssetMeta{Title: text("new")}
	status := &video.MuxAssetStatus{
		Passthrough:  "p",
		Meta:         &video.AssetMetaStatus{Title: "old", CreatorID: "somebody", ExternalID: "token"},
		Acknowledged: &video.AssetAcknowledged{Passthrough: text("p"), Title: text("old")},
	}
	request, acknowledged := diffMetadata(spec, status)
	// All of meta goes along, so that nothing is lost should Mux replace it.
	want := &mux.UpdateAssetRequest{Meta: &mux.MetadataRequest{Title: text("new"), CreatorID: text("somebody"), ExternalID: text("token")}}
	if diff := cmp.Diff(want, request); diff != "" {
		t.Error(diff)
	}
	wantAcknowledged := &video.AssetAcknowledged{Passthrough: text("p"), Title: text("new")}
	if diff := cmp.Diff(wantAcknowledged, acknowledged); diff != "" {
		t.Error(diff)
	}
	status.Acknowledged, status.Meta.Title = acknowledged, "new"
	if request, _ := diffMetadata(spec, status); request != nil {
		t.Errorf("a second diff sends %+v", request)
	}
}
