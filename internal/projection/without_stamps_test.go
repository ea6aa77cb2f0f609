// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"reflect"
	"testing"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestWithoutStamps : only what is told counts, not when; that something has gone is told by a stamp alone and counts.
func TestWithoutStamps(t *testing.T) {
	asset := func(change func(*video.MuxAssetStatus)) *video.MuxAsset {
		a := &video.MuxAsset{}
		a.Status.State = StateReady
		a.Status.Stamps = &video.AssetStamps{State: "1", Snapshot: "1"}
		a.Status.Tracks = []video.TrackStatus{{ID: "track", Stamp: "1"}}
		change(&a.Status)
		return a
	}
	before := asset(func(*video.MuxAssetStatus) {})
	for name, test := range map[string]struct {
		change func(*video.MuxAssetStatus)
		equal  bool
	}{
		"read again":    {func(s *video.MuxAssetStatus) { s.Stamps.Snapshot, s.Tracks[0].Stamp = "2", "2" }, true},
		"another state": {func(s *video.MuxAssetStatus) { s.State = StateErrored }, false},
		"a track gone":  {func(s *video.MuxAssetStatus) { s.Tracks[0].AbsentAt = "2" }, false},
		"deleted":       {func(s *video.MuxAssetStatus) { s.Stamps.Absent = "2" }, false},
	} {
		after := asset(test.change)
		if got := reflect.DeepEqual(WithoutStamps(before), WithoutStamps(after)); got != test.equal {
			t.Errorf("%s: equal is %t, want %t", name, got, test.equal)
		}
	}
	if before.Status.Stamps.State != "1" {
		t.Error("the object itself was changed")
	}
}
