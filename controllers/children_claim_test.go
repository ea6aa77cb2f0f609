// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// TestPartChangedMeanwhile changes the URL of a text track whose POST has lost its answer: what was made of the first URL is replaced.
func TestPartChangedMeanwhile(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	s.sim.SetFaults(muxsim.Faults{Status5xxAfter: []muxsim.Rule{{Method: "POST", Route: "/video/v1/assets/{id}/tracks", Times: 1}}})
	before := asset.DeepCopy()
	withTrack("https://example.com/one.vtt")(asset)
	if err := s.Patch(t.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	s.reconcile(asset)
	if asset.Status.Adding == nil {
		t.Fatalf("the status is %+v", asset.Status.FollowedStatus)
	}
	if calls := edit(s, asset, withTrack("https://example.com/two.vtt")); !maps.Equal(calls, map[string]int{postTrack: 2, deleteTrack: 1}) {
		t.Errorf("the calls were %v", calls)
	}
	s.trackAtMux(asset) // there is one
	s.atRest(asset)
}

// TestAdoptedPart leaves at Mux what was there before the spec asked for it, when the spec does not any more.
func TestAdoptedPart(t *testing.T) {
	s := newStage(t, assetKind{})
	made, err := s.dashboard().CreateAsset(t.Context(), mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{
		Inputs: []mux.Input{{URL: "https://example.com/a.mp4"}}, PlaybackPolicies: []string{"public"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(confirmAfter)
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "theirs", UID: "theirs"}}
	asset.Spec.EnvironmentRef.Name = "default"
	asset.Spec.Import = &video.ImportSpec{ID: made.Value.ID}
	policies := func(names ...string) func(*video.MuxAsset) {
		return func(a *video.MuxAsset) {
			a.Spec.PlaybackPolicies = nil
			for _, name := range names {
				a.Spec.PlaybackPolicies = append(a.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: name})
			}
		}
	}
	policies("public")(asset)
	s.create(asset)
	s.settles(asset)
	s.calls()
	if calls := edit(s, asset, policies("public", "signed")); !maps.Equal(calls, map[string]int{postPlaybackID: 1}) {
		t.Errorf("the calls were %v", calls)
	}
	if calls := edit(s, asset, policies()); !maps.Equal(calls, map[string]int{deletePlaybackID: 1}) {
		t.Errorf("the calls were %v", calls)
	}
	if left := s.assetAtMux(asset).PlaybackIDs; len(left) != 1 || left[0].Policy != "public" {
		t.Errorf("Mux has %+v", left)
	}
	s.calls()
	s.atRest(asset)
}

// TestReplacedOnlyWhenReady takes away no track before the one that takes its place can be asked for.
func TestReplacedOnlyWhenReady(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset(withTrack("https://example.com/one.vtt"))
	calls := edit(s, asset, func(a *video.MuxAsset) {
		a.Spec.TextTracks[0].URL, a.Spec.TextTracks[0].URLFrom = "", &video.SecretKeyReference{Name: "later", Key: "url"}
	})
	if len(calls) != 0 || reasonOf(asset, video.ConditionSynced) != "False SecretNotFound" {
		t.Errorf("the calls were %v, the conditions are %+v", calls, asset.Status.Conditions)
	}
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "later"}, Data: map[string][]byte{"url": []byte("https://example.com/two.vtt")}})
	s.settles(asset)
	if calls := s.writes(); !maps.Equal(calls, map[string]int{deleteTrack: 1, postTrack: 1}) {
		t.Errorf("the calls were %v", calls)
	}
	s.atRest(asset)
}
