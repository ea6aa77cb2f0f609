// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// loses drops the status of an object, as backups do.
func (s *stage) loses(o commit.Followed, drop func()) {
	s.Helper()
	drop()
	if err := s.Status().Update(s.Context(), o); err != nil {
		s.Fatal(err)
	}
	s.calls()
}

// goesBack takes an object back to the moment at which its intent was written, as a snapshot of etcd does.
func (s *stage) goesBack(o commit.Followed, drop func()) {
	s.Helper()
	creation := *o.GetFollowedStatus().Creation
	s.loses(o, func() { drop(); o.GetFollowedStatus().Creation = &creation })
	delete(o.GetAnnotations(), video.AnnotationID)
	if err := s.Update(s.Context(), o); err != nil {
		s.Fatal(err)
	}
}

// changesOf are the calls but for those that change nothing at Mux.
func changesOf(calls map[string]int) map[string]int {
	maps.DeleteFunc(calls, func(call string, _ int) bool { return strings.HasPrefix(call, "GET ") })
	return calls
}

// TestRestoredActions : what annotations asked for is not done once more when the status is lost that knew it was done.
func TestRestoredActions(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.synced("studio", func(l *video.MuxLiveStream) {
		l.Annotations = map[string]string{video.AnnotationRequestResetStreamKey: "1", video.AnnotationRequestComplete: "1"}
	})
	key := s.atMux(stream).StreamKey.Reveal()
	s.loses(stream, func() { stream.Status = video.MuxLiveStreamStatus{} })
	s.settles(stream)
	if calls := changesOf(s.calls()); len(calls) != 0 || s.atMux(stream).StreamKey.Reveal() != key {
		t.Errorf("that took %v, want no change at Mux", calls)
	}
	if st := &stream.Status; st.LastHandledResetStreamKey != "1" || st.LastHandledComplete != "1" || reasonOf(stream, video.ConditionSynced) != "True Synced" {
		t.Errorf("the status is %+v", st)
	}
	edit(s, stream, func(l *video.MuxLiveStream) { l.Annotations[video.AnnotationRequestResetStreamKey] = "2" })
	if s.atMux(stream).StreamKey.Reveal() == key || stream.Status.LastHandledResetStreamKey != "2" {
		t.Error("a new token is not carried out")
	}
	s.rests(stream)
}

// TestRestoredMaster : nor is the master asked for again, nor mp4Support, by annotation or by the spec; a change of the spec is sent.
func TestRestoredMaster(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset(func(a *video.MuxAsset) {
		a.Annotations = map[string]string{video.AnnotationRequestMaster: "1"}
		a.Spec.MasterAccess, a.Spec.MP4Support = "temporary", "capped-1080p"
	})
	s.loses(asset, func() { asset.Status = video.MuxAssetStatus{} })
	s.settles(asset)
	if calls := changesOf(s.calls()); len(calls) != 0 || asset.Status.LastHandledMaster != "1" || reasonOf(asset, video.ConditionSynced) != "True Synced" {
		t.Errorf("that took %v, handled is %q, %s", calls, asset.Status.LastHandledMaster, reasonOf(asset, video.ConditionSynced))
	}
	if calls := changesOf(edit(s, asset, func(a *video.MuxAsset) { a.Spec.MasterAccess = "none" })); !maps.Equal(calls, map[string]int{putMaster: 1}) {
		t.Errorf("a change took %v", calls)
	}
}

// TestRestoredIntent : an object whose token has given way to a text of the user's own at Mux is found by that text.
func TestRestoredIntent(t *testing.T) {
	t.Run("asset", func(t *testing.T) {
		s := newStage(t, assetKind{})
		asset := s.readyAsset(func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{ExternalID: text("mine")} })
		id := asset.Status.ID
		s.goesBack(asset, func() { asset.Status = video.MuxAssetStatus{} })
		s.returns(asset, id)
	})
	t.Run("live stream", func(t *testing.T) {
		s := newStage(t, liveStreamKind{})
		stream := s.synced("studio", func(l *video.MuxLiveStream) { l.Spec.Passthrough = text("mine") })
		id := stream.Status.ID
		s.goesBack(stream, func() { stream.Status = video.MuxLiveStreamStatus{} })
		s.returns(stream, id)
	})
}

// returns waits until a create is certainly over and wants the object to be what it was, without a POST.
func (s *stage) returns(o commit.Followed, id string) {
	s.Helper()
	s.clock.Advance(s.f.certainlyOver() + time.Second)
	s.settles(o)
	calls := s.calls()
	for call := range calls {
		if strings.HasPrefix(call, "POST ") {
			s.Errorf("that took %v, want no POST", calls)
		}
	}
	if got := o.GetFollowedStatus().ID; got != id || reasonOf(o, video.ConditionSynced) != "True Synced" {
		s.Errorf("the object has %q, want %q: %s", got, id, reasonOf(o, video.ConditionSynced))
	}
}

// TestRestoredIntentDoubtful : where several bear the text, none is taken and none is made, until a person says which; what another
// object holds, or was made at another time, is none of them.
func TestRestoredIntentDoubtful(t *testing.T) {
	s := newStage(t, assetKind{})
	own := func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{ExternalID: text("mine")} }
	older, err := s.dashboard().CreateAsset(t.Context(), likeMine())
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Hour)
	asset := s.readyAsset(own)
	id := asset.Status.ID
	other, err := s.dashboard().CreateAsset(t.Context(), likeMine())
	if err != nil {
		t.Fatal(err)
	}
	s.goesBack(asset, func() { asset.Status = video.MuxAssetStatus{} })
	s.clock.Advance(s.f.certainlyOver() + time.Second)
	after := s.reconcile(asset)
	message := meta.FindStatusCondition(asset.Status.Conditions, video.ConditionSynced).Message
	if after != searchEvery || reasonOf(asset, video.ConditionSynced) != "False CreateOutcomeUnknown" || asset.Status.ID != "" ||
		!strings.Contains(message, id) || !strings.Contains(message, other.Value.ID) || strings.Contains(message, older.Value.ID) {
		t.Errorf("looked at after %s: %s", after, message)
	}
	if calls := changesOf(s.calls()); len(calls) != 0 {
		t.Errorf("that took %v, want no change at Mux", calls)
	}
	holder := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "holder", UID: "holder"}}
	holder.Spec.EnvironmentRef.Name, holder.Spec.Import = "default", &video.ImportSpec{ID: other.Value.ID}
	s.create(holder)
	s.settles(holder)
	s.calls()
	s.returns(asset, id)
}

func likeMine() mux.CreateAssetRequest {
	request := mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{Inputs: []mux.Input{{URL: "https://example.com/intro.mp4"}}}}
	request.SetExternalID("mine")
	return request
}

// TestRestoredIntentGone : where Mux has nothing of the kind, the create is sent again.
func TestRestoredIntentGone(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset(func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{ExternalID: text("mine")} })
	id := asset.Status.ID
	if err := s.dashboard().DeleteAsset(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	s.goesBack(asset, func() { asset.Status = video.MuxAssetStatus{} })
	s.clock.Advance(s.f.certainlyOver() + time.Second)
	s.settles(asset)
	if calls := s.calls(); calls["POST /video/v1/assets"] != 1 || asset.Status.ID == "" || asset.Status.ID == id {
		t.Errorf("that took %v, the object has %q", calls, asset.Status.ID)
	}
}

// TestRestoredUpload : the upload of a restored intent is found, also one that has ended, and no other is made.
func TestRestoredUpload(t *testing.T) {
	for name, end := range map[string]func(*stage, string){
		"waiting":       func(*stage, string) {},
		"asset_created": func(s *stage, id string) { _, _ = s.sim.FinishUpload(id) },
		"cancelled":     func(s *stage, id string) { _, _ = s.dashboard().CancelUpload(s.Context(), id) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, uploadKind{})
			upload := s.waits("file")
			id := upload.Status.ID
			end(s, id)
			s.goesBack(upload, func() { upload.Status = video.MuxUploadStatus{} })
			s.clock.Advance(s.f.certainlyOver())
			s.reconcile(upload)
			if calls := s.calls(); calls[postUpload] != 0 || calls[putCancel] != 0 || upload.Status.ID != id || upload.Status.State != name {
				t.Errorf("that took %v, the status is %+v", calls, upload.Status)
			}
		})
	}
}

// TestCopiedUpload : the token of an object that was copied is the other's, and so is what bears it.
func TestCopiedUpload(t *testing.T) {
	s := newStage(t, uploadKind{})
	original := s.waits("file")
	upload := s.upload("copy", func(u *video.MuxUpload) {
		u.Annotations = maps.Clone(original.Annotations)
		delete(u.Annotations, video.AnnotationID)
		u.UID = types.UID("copy")
	})
	s.clock.Advance(s.f.certainlyOver())
	s.calls()
	s.reconcile(upload)
	if calls := s.calls(); calls[postUpload] != 1 || upload.Status.ID == "" || upload.Status.ID == original.Status.ID {
		t.Errorf("that took %v, the copy has %s, the original %s", calls, upload.Status.ID, original.Status.ID)
	}
}

// TestRestoredParts : a part that a restored state of the cluster has neither the intent nor the id of is seen before it is asked for; of
// an object that was seen lately no other GET is made.
func TestRestoredParts(t *testing.T) {
	for name, add := range map[string]func(*video.MuxAsset){
		"playback id": func(a *video.MuxAsset) {
			a.Spec.PlaybackPolicies = append(a.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
		},
		"text track":          withTrack("https://example.com/en.vtt"),
		"generated subtitles": func(a *video.MuxAsset) { a.Spec.GeneratedSubtitles = []video.GeneratedSubtitles{{LanguageCode: "en"}} },
		"static rendition":    func(a *video.MuxAsset) { a.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}} },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, assetKind{})
			asset := s.readyAsset()
			earlier := asset.DeepCopy()
			edit(s, asset, add)
			children := asset.Status.DeepCopy().Children
			s.loses(asset, func() { asset.Status = earlier.Status })
			s.clock.Advance(seenWithin + time.Minute)
			s.settles(asset)
			if calls := s.calls(); calls[getAsset] == 0 || len(changesOf(calls)) != 0 {
				t.Errorf("that took %v, want reads alone", calls)
			}
			if len(asset.Status.Children) != 2 || asset.Status.Children[1].ID != children[1].ID || reasonOf(asset, video.ConditionSynced) != "True Synced" {
				t.Errorf("the parts are %+v, were %+v", asset.Status.Children, children)
			}
			s.atRest(asset)
		})
	}
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	before := asset.DeepCopy()
	asset.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}}
	if err := s.Patch(t.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	s.reconcile(asset)
	if calls := s.calls(); calls[postRendition] != 1 || calls[getAsset] != 0 {
		t.Errorf("of an asset that was just seen it took %v", calls)
	}
}

// TestRestoredPartsGone : where the GET tells that the object is gone, nothing is asked for.
func TestRestoredPartsGone(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.readyAsset()
	s.sim.DeleteAssetAsUser(s.env.Status.EnvironmentID, asset.Status.ID)
	s.clock.Advance(seenWithin + time.Minute)
	if calls := edit(s, asset, func(a *video.MuxAsset) { a.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}} }); len(changesOf(calls)) != 0 {
		t.Errorf("that took %v", calls)
	}
	if asset.Status.State != "deleted" {
		t.Errorf("the state is %s", asset.Status.State)
	}
}

// TestRestoredTarget : nor is a simulcast target added twice.
func TestRestoredTarget(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.synced("studio")
	earlier := stream.DeepCopy()
	edit(s, stream, func(l *video.MuxLiveStream) {
		l.Spec.SimulcastTargets = []video.SimulcastTarget{{Name: "elsewhere", URL: "rtmp://example.com/app"}}
	})
	id := stream.Status.SimulcastTargets[0].ID
	s.loses(stream, func() { stream.Status = earlier.Status })
	s.clock.Advance(seenWithin + time.Minute)
	s.settles(stream)
	if calls := changesOf(s.calls()); len(calls) != 0 || len(stream.Status.SimulcastTargets) != 1 || stream.Status.SimulcastTargets[0].ID != id {
		t.Errorf("that took %v, the targets are %+v", calls, stream.Status.SimulcastTargets)
	}
}
