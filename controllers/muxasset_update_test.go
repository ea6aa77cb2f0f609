// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"testing"
	"time"

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

const patchAsset = "PATCH /video/v1/assets/{id}"

// assetValue is a text of an asset that a PATCH can change.
type assetValue struct {
	says   func(*video.MuxAssetSpec, *string) // nil: not at all
	theirs mux.UpdateAssetRequest
	shown  func(*mux.Asset) string
}

func metaValue(says func(*video.AssetMeta, *string), theirs mux.MetadataRequest, shown func(mux.Metadata) string) assetValue {
	return assetValue{
		says: func(s *video.MuxAssetSpec, v *string) {
			s.Meta = &video.AssetMeta{}
			says(s.Meta, v)
		},
		theirs: mux.UpdateAssetRequest{Meta: &theirs},
		shown: func(a *mux.Asset) string {
			if a.Meta == nil {
				return ""
			}
			return shown(*a.Meta)
		},
	}
}

// TestAssetUpdates : each text is set, changed, drifts, and is cleared by an empty one and by leaving it out, with one call each.
// Nobody's change of what the spec does not say is touched.
func TestAssetUpdates(t *testing.T) {
	for name, value := range map[string]assetValue{
		"passthrough": {
			says: func(s *video.MuxAssetSpec, v *string) { s.Passthrough = v }, theirs: mux.UpdateAssetRequest{Passthrough: text("theirs")},
			shown: func(a *mux.Asset) string { return a.Passthrough },
		},
		"meta.title":      metaValue(func(m *video.AssetMeta, v *string) { m.Title = v }, mux.MetadataRequest{Title: text("theirs")}, func(m mux.Metadata) string { return m.Title }),
		"meta.creatorID":  metaValue(func(m *video.AssetMeta, v *string) { m.CreatorID = v }, mux.MetadataRequest{CreatorID: text("theirs")}, func(m mux.Metadata) string { return m.CreatorID }),
		"meta.externalID": metaValue(func(m *video.AssetMeta, v *string) { m.ExternalID = v }, mux.MetadataRequest{ExternalID: text("theirs")}, func(m mux.Metadata) string { return m.ExternalID }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, assetKind{})
			asset := s.readyAsset()
			says := func(v *string) func(*video.MuxAsset) {
				return func(a *video.MuxAsset) { value.says(&a.Spec, v) }
			}
			step := func(what string, patches int, shown string, calls map[string]int) {
				t.Helper()
				want := map[string]int{}
				if patches > 0 {
					want[patchAsset] = patches
				}
				if !maps.Equal(calls, want) {
					t.Errorf("%s: the calls were %v, want %v", what, calls, want)
				}
				if got := value.shown(s.assetAtMux(asset)); got != shown {
					t.Errorf("%s: Mux has %q, want %q", what, got, shown)
				}
				s.clock.Advance(time.Minute)
				s.assetTold(asset, "updated") // of our own change
				s.atRest(asset)
			}
			drifts := func() map[string]int {
				t.Helper()
				return s.assetDrifts(asset, func() error {
					_, err := s.dashboard().UpdateAsset(t.Context(), asset.Status.ID, value.theirs)
					return err
				})
			}
			step("theirs, and nobody's business", 0, "theirs", drifts())
			step("set", 1, "a", edit(s, asset, says(text("a"))))
			step("changed", 1, "b", edit(s, asset, says(text("b"))))
			step("drift", 1, "b", drifts())
			step("emptied", 1, "", edit(s, asset, says(text(""))))
			step("set again", 1, "a", edit(s, asset, says(text("a"))))
			step("left out", 1, "", edit(s, asset, says(nil)))
			step("theirs again", 0, "theirs", drifts())
		})
	}
}
