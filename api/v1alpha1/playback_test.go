// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

func TestIsReady(t *testing.T) {
	for name, test := range map[string]struct {
		conditions     []metav1.Condition
		ready, stalled bool
	}{
		"nobody has looked at it":    {nil, false, false},
		"ready":                      {[]metav1.Condition{{Type: "Ready", Status: "True", ObservedGeneration: 2}}, true, false},
		"ready of the spec before":   {[]metav1.Condition{{Type: "Ready", Status: "True", ObservedGeneration: 1}}, false, false},
		"not ready":                  {[]metav1.Condition{{Type: "Ready", Status: "False", ObservedGeneration: 2}}, false, false},
		"stalled":                    {[]metav1.Condition{{Type: "Stalled", Status: "True", ObservedGeneration: 2}}, false, true},
		"stalled of the spec before": {[]metav1.Condition{{Type: "Stalled", Status: "True", ObservedGeneration: 1}}, false, false},
	} {
		asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
		asset.Status.Conditions = test.conditions
		environment := &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
		environment.Status.Conditions = test.conditions
		for _, o := range []video.Conditioned{asset, environment} {
			if got := video.IsReady(o); got != test.ready {
				t.Errorf("%s: IsReady of %T is %t", name, o, got)
			}
			if got := video.IsStalled(o); got != test.stalled {
				t.Errorf("%s: IsStalled of %T is %t", name, o, got)
			}
		}
	}
}

// TestIsPlayable : whether an asset can be played has nothing to do with its spec, and so not with its generation.
func TestIsPlayable(t *testing.T) {
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
	stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
	if asset.IsPlayable() || stream.IsActive() {
		t.Error("without a condition it is playable")
	}
	asset.Status.Conditions = []metav1.Condition{{Type: video.ConditionPlayable, Status: "True", ObservedGeneration: 1}}
	stream.Status.Conditions = []metav1.Condition{{Type: video.ConditionActive, Status: "True", ObservedGeneration: 1}}
	if !asset.IsPlayable() || !stream.IsActive() {
		t.Error("with the condition it is not playable")
	}
}

func TestPlaybackURL(t *testing.T) {
	asset, stream := &video.MuxAsset{}, &video.MuxLiveStream{}
	set := func(ids ...video.PlaybackIDStatus) { asset.Status.PlaybackIDs, stream.Status.PlaybackIDs = ids, ids }
	expect := func(playback, thumbnail, signed string) {
		t.Helper()
		for got, want := range map[string]string{
			asset.PlaybackURL():         playback,
			stream.PlaybackURL():        playback,
			asset.ThumbnailURL():        thumbnail,
			stream.ThumbnailURL():       thumbnail,
			asset.PlaybackID("signed"):  signed,
			stream.PlaybackID("signed"): signed,
		} {
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
	expect("", "", "")
	set(video.PlaybackIDStatus{ID: "s1", Policy: "signed"})
	for _, url := range []string{asset.PlaybackURL(), stream.PlaybackURL(), asset.ThumbnailURL(), stream.ThumbnailURL()} {
		if url != "" {
			t.Errorf("a signed playback id alone gives %q", url)
		}
	}
	set(video.PlaybackIDStatus{ID: "s1", Policy: "signed"}, video.PlaybackIDStatus{ID: "p1", Policy: "public"}, video.PlaybackIDStatus{ID: "p2", Policy: "public"})
	expect("https://stream.mux.com/p1.m3u8", "https://image.mux.com/p1/thumbnail.jpg", "s1")
}
