// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"testing"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// trackAtMux is the only text track of an asset.
func (s *stage) trackAtMux(asset *video.MuxAsset) *mux.Track {
	s.Helper()
	var found *mux.Track
	tracks := s.assetAtMux(asset).Tracks
	for i := range tracks {
		if tracks[i].Type == "text" {
			if found != nil {
				s.Fatal("there are two")
			}
			found = &tracks[i]
		}
	}
	if found == nil {
		s.Fatal("there is none")
	}
	s.calls()
	return found
}

// TestTrackSettings sets, changes and leaves out each setting of a text track; what the spec does not say is left alone, and what it
// says is put back where somebody has changed it.
func TestTrackSettings(t *testing.T) {
	said := func(change func(*video.TextTrack)) func(*video.MuxAsset) {
		return func(a *video.MuxAsset) { change(&a.Spec.TextTracks[0]) }
	}
	for name, test := range map[string]struct {
		set, other, unset func(*video.TextTrack) // unset nil: it has to be said
		theirs            mux.UpdateTrackRequest
		shown             func(*mux.Track) string
		first, second     string
		always            bool // the spec says it from the start
	}{
		"languageCode": {
			set: func(t *video.TextTrack) { t.LanguageCode = "fr" }, other: func(t *video.TextTrack) { t.LanguageCode = "de" },
			theirs: mux.UpdateTrackRequest{LanguageCode: text("it")}, shown: func(t *mux.Track) string { return t.LanguageCode }, first: "fr", second: "de", always: true,
		},
		"name": {
			set: func(t *video.TextTrack) { t.Name = "a" }, other: func(t *video.TextTrack) { t.Name = "b" },
			theirs: mux.UpdateTrackRequest{Name: text("theirs")}, shown: func(t *mux.Track) string { return t.Name }, first: "a", second: "b", always: true,
		},
		"passthrough": {
			set: func(t *video.TextTrack) { t.Passthrough = "a" }, other: func(t *video.TextTrack) { t.Passthrough = "b" }, unset: func(t *video.TextTrack) { t.Passthrough = "" },
			theirs: mux.UpdateTrackRequest{Passthrough: text("theirs")}, shown: func(t *mux.Track) string { return t.Passthrough }, first: "a", second: "b",
		},
		"closedCaptions": {
			set: func(t *video.TextTrack) { t.ClosedCaptions = new(true) }, other: func(t *video.TextTrack) { t.ClosedCaptions = new(false) }, unset: func(t *video.TextTrack) { t.ClosedCaptions = nil },
			theirs: mux.UpdateTrackRequest{ClosedCaptions: new(true)}, shown: func(t *mux.Track) string { return map[bool]string{true: "yes"}[t.ClosedCaptions] }, first: "yes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, assetKind{})
			asset := s.readyAsset(withTrack("https://example.com/en.vtt"))
			s.atRest(asset)
			step := func(what string, patches int, shown string, calls map[string]int) {
				t.Helper()
				want := map[string]int{}
				if patches > 0 {
					want[patchTrack] = patches
				}
				if !maps.Equal(calls, want) {
					t.Errorf("%s: the calls were %v, want %v", what, calls, want)
				}
				if got := test.shown(s.trackAtMux(asset)); got != shown {
					t.Errorf("%s: Mux has %q, want %q", what, got, shown)
				}
				s.clock.Advance(time.Minute)
				s.assetTold(asset, "updated") // of our own change
				s.settles(asset)
				s.calls()
				s.atRest(asset)
			}
			drifts := func() map[string]int {
				t.Helper()
				return s.assetDrifts(asset, func() error {
					_, err := s.dashboard().UpdateTrack(t.Context(), asset.Status.ID, s.trackAtMux(asset).ID, test.theirs)
					return err
				})
			}
			if !test.always {
				calls := drifts()
				step("theirs, and nobody's business", 0, test.shown(s.trackAtMux(asset)), calls)
			}
			step("set", 1, test.first, edit(s, asset, said(test.set)))
			step("changed", 1, test.second, edit(s, asset, said(test.other)))
			step("drift", 1, test.second, drifts())
			if test.unset != nil {
				step("left out", 1, "", edit(s, asset, said(test.unset)))
			}
		})
	}
}
