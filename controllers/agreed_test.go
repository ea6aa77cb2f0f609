// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// TestAgreed : at an adoption, what the spec says and Mux shows counts as acknowledged; all else is left to the comparison.
func TestAgreed(t *testing.T) {
	for name, test := range map[string]struct {
		acknowledged, spec *string
		shown              string
		want               *string
	}{
		"the same":                     {nil, text("a"), "a", text("a")},
		"none, as the spec says":       {nil, text(""), "", text("")},
		"another":                      {nil, text("b"), "a", nil},
		"Mux's own":                    {nil, nil, "a", nil},
		"of an earlier life, the same": {text("a"), text("a"), "a", text("a")},
		"of an earlier life, another":  {text("b"), text("a"), "a", text("b")},
	} {
		if diff := cmp.Diff(test.want, agreed(test.acknowledged, test.spec, test.shown)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAdoptionOfAnAsset sends of a spec what Mux does not show yet. What it has shown is the spec's from then on: somebody else's
// change of it is put back, and left out it is cleared.
func TestAdoptionOfAnAsset(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		title   string
		patches map[string]int
	}{
		"the same": {"title", map[string]int{}},
		"another":  {"other", map[string]int{patchAsset: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, assetKind{})
			made, err := s.dashboard().CreateAsset(t.Context(), mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{
				Inputs: []mux.Input{{URL: "https://example.com/a.mp4"}}, Passthrough: text("order"), Meta: &mux.MetadataRequest{Title: text("title")},
			}})
			if err != nil {
				t.Fatal(err)
			}
			s.clock.Advance(time.Minute)
			s.calls()
			asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "adopted", UID: "adopted"}}
			asset.Spec.EnvironmentRef.Name, asset.Spec.Import = "default", &video.ImportSpec{ID: made.Value.ID}
			asset.Spec.Passthrough, asset.Spec.Meta = text("order"), &video.AssetMeta{Title: &test.title}
			s.create(asset)
			s.settles(asset)
			calls := s.calls()
			delete(calls, getAsset)
			if !maps.Equal(calls, test.patches) {
				t.Errorf("the adoption sent %v, want %v", calls, test.patches)
			}
			want := &video.AssetAcknowledged{Passthrough: text("order"), Title: &test.title}
			if diff := cmp.Diff(want, asset.Status.Acknowledged); diff != "" {
				t.Error(diff)
			}
			s.clock.Advance(time.Minute)
			drifted := s.assetDrifts(asset, func() error {
				_, err := s.dashboard().UpdateAsset(t.Context(), made.Value.ID, mux.UpdateAssetRequest{Passthrough: text("theirs")})
				return err
			})
			if drifted[patchAsset] != 1 || s.assetAtMux(asset).Passthrough != "order" {
				t.Errorf("a change of somebody else: %v, Mux has %q", drifted, s.assetAtMux(asset).Passthrough)
			}
			s.clock.Advance(time.Minute)
			s.assetTold(asset, "updated") // of our own change
			edit(s, asset, func(a *video.MuxAsset) { a.Spec.Passthrough = nil })
			if got := s.assetAtMux(asset).Passthrough; got != "" {
				t.Errorf("left out it is %q", got)
			}
			s.calls() // what the test has asked
			s.atRest(asset)
		})
	}
}

// TestAdoptionOfALiveStream : the same of a live stream, whose settings go together.
func TestAdoptionOfALiveStream(t *testing.T) {
	t.Parallel()
	s := newStage(t, liveStreamKind{})
	made, err := s.dashboard().CreateLiveStream(t.Context(), mux.CreateLiveStreamRequest{
		PlaybackPolicies: []string{"public"}, LatencyMode: "low", Passthrough: text("order"), Meta: &mux.MetadataRequest{Title: text("title")},
		NewAssetSettings: &mux.AssetSettings{
			VideoQuality: "plus", Meta: &mux.MetadataRequest{Title: text("recording"), CreatorID: text("jane")}, MasterAccess: "temporary",
			StaticRenditions: []mux.StaticRenditionRequest{{Resolution: "highest", Passthrough: "file"}, {Resolution: "audio-only"}},
		},
		ReconnectSlateURL:  new(mux.Secret("https://example.com/slate.png")),
		EmbeddedSubtitles:  []mux.EmbeddedSubtitlesRequest{{LanguageChannel: "cc1", LanguageCode: "en", Name: "English"}, {LanguageChannel: "cc2", LanguageCode: "de", Name: "Deutsch"}},
		GeneratedSubtitles: []mux.LiveSubtitlesRequest{{LanguageCode: "fr", Name: "Français", Passthrough: "words"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.calls()
	stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "adopted", UID: "adopted"}}
	spec := &stream.Spec
	spec.EnvironmentRef.Name, spec.Import = "default", &video.ImportSpec{ID: made.Value.ID}
	spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}}
	spec.LatencyMode, spec.Passthrough, spec.Meta = "low", text("order"), &video.LiveMeta{Title: text("title")}
	spec.MaxContinuousDurationSeconds = new(int32(defaultMaxContinuousDuration))
	spec.NewAssetSettings = &video.AssetSettings{
		VideoQuality: "plus", Meta: &video.AssetMeta{Title: text("recording"), CreatorID: text("jane")}, MasterAccess: "temporary",
		StaticRenditions: []video.StaticRendition{{Resolution: "audio-only"}, {Resolution: "highest", Passthrough: "file"}}, // in another order
	}
	spec.ReconnectSlateURL = text("https://example.com/slate.png")
	spec.EmbeddedSubtitles = []video.EmbeddedSubtitles{{LanguageChannel: "cc1", LanguageCode: "en", Name: "English"}, {LanguageChannel: "cc2", LanguageCode: "de", Name: "Deutsch"}}
	spec.GeneratedSubtitles = []video.LiveGeneratedSubtitles{{LanguageCode: "fr", Name: "Français", Passthrough: "words"}}
	s.create(stream)
	s.settles(stream)
	calls := s.calls()
	delete(calls, "GET /video/v1/live-streams/{id}")
	if len(calls) > 0 {
		t.Errorf("the adoption sent %v", calls)
	}
	known := stream.Status.Acknowledged
	if known == nil || known.LatencyMode == nil || known.NewAssetSettings == nil || known.NewAssetSettings.CreatorID == nil {
		t.Errorf("acknowledged is %+v", known)
	}
	s.rests(stream)
	edit(s, stream, func(l *video.MuxLiveStream) { l.Spec.EmbeddedSubtitles = l.Spec.EmbeddedSubtitles[:1] })
	edit(s, stream, func(l *video.MuxLiveStream) { l.Spec.GeneratedSubtitles = nil })
	if got, err := s.dashboard().GetLiveStream(t.Context(), made.Value.ID); err != nil || len(got.Value.EmbeddedSubtitles) != 1 || len(got.Value.GeneratedSubtitles) != 0 {
		t.Errorf("changed after the adoption: %+v (%v)", got.Value, err)
	}
}

// TestAdoptionOfOtherLists : a list that is not what Mux shows is sent, as a whole.
func TestAdoptionOfOtherLists(t *testing.T) {
	t.Parallel()
	s := newStage(t, liveStreamKind{})
	made, err := s.dashboard().CreateLiveStream(t.Context(), mux.CreateLiveStreamRequest{
		EmbeddedSubtitles: []mux.EmbeddedSubtitlesRequest{{LanguageChannel: "cc1", LanguageCode: "en", Name: "English"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.calls()
	stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "adopted", UID: "adopted"}}
	stream.Spec.EnvironmentRef.Name, stream.Spec.Import = "default", &video.ImportSpec{ID: made.Value.ID}
	stream.Spec.EmbeddedSubtitles = []video.EmbeddedSubtitles{{LanguageChannel: "cc1", LanguageCode: "en", Name: "Captions"}}
	s.create(stream)
	s.settles(stream)
	calls := s.calls()
	if n := calls["PUT /video/v1/live-streams/{id}/embedded-subtitles"]; n != 1 {
		t.Errorf("the adoption sent %v", calls)
	}
	s.rests(stream)
}
