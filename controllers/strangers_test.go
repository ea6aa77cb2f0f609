// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// TestSameTextOfOthers loses a create before Mux has carried it out, while somebody else makes a live stream with the same passthrough:
// that one is nobody's but theirs.
func TestSameTextOfOthers(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	s.sim.SetFaults(muxsim.Faults{Status5xxBefore: []muxsim.Rule{{Method: "POST", Route: "/video/v1/live-streams", Times: 1}}})
	stream := s.live("studio", func(l *video.MuxLiveStream) { l.Spec.Passthrough = text("team-a") })
	s.reconcile(stream)
	theirs, err := s.dashboard().CreateLiveStream(t.Context(), mux.CreateLiveStreamRequest{Passthrough: text("team-a")})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		s.clock.Advance(time.Minute)
		s.reconcile(stream)
	}
	if stream.Status.ID == "" || stream.Status.ID == theirs.Value.ID {
		t.Fatalf("the id is %q, theirs is %s", stream.Status.ID, theirs.Value.ID)
	}
	s.deleted(stream)
	if !s.isThere(theirs.Value.ID) {
		t.Error("theirs is gone")
	}
}

// TestNotAdmitted : an object that may not use the environment drives no made object out of it, and holds nothing there.
func TestNotAdmitted(t *testing.T) {
	s := newStage(t, assetKind{})
	id := s.theirs()
	made := s.object("made", id, observes)
	made.SetLabels(map[string]string{video.LabelOrigin: video.OriginDiscovery})
	made.SetCreationTimestamp(metav1.NewTime(s.clock.Now().Add(-time.Hour)))
	if err := s.Update(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	s.reconcile(made)
	stranger := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "other", Name: "stranger", UID: "stranger", CreationTimestamp: metav1.NewTime(s.clock.Now().Add(-time.Hour))}}
	stranger.Spec.EnvironmentRef = video.EnvironmentReference{Name: "default", Namespace: "ns"}
	stranger.Spec.Import = &video.ImportSpec{ID: id}
	s.create(stranger)
	s.reconcile(stranger)
	if reasonOf(stranger, video.ConditionSynced) != "False EnvironmentNotAllowed" {
		t.Errorf("the conditions are %+v", stranger.Status.Conditions)
	}
	if err := s.read(made); err != nil || !made.GetDeletionTimestamp().IsZero() {
		t.Errorf("the made object is gone: %v", err)
	}
	if err := s.Delete(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	s.reconcile(made)
	declared := s.object("declared", id, deletes)
	s.reconcile(declared)
	if reasonOf(declared, video.ConditionSynced) != "True Synced" {
		t.Errorf("the conditions are %+v", declared.GetConditions())
	}
	s.deleted(declared)
	if s.isThere(id) {
		t.Error("it is still at Mux")
	}
}

// TestAdoptionCutShort goes on after a process that ended between the annotation and the status of a first adoption: what the spec asks
// for is sent.
func TestAdoptionCutShort(t *testing.T) {
	s := newStage(t, assetKind{})
	id := s.theirs()
	s.clock.Advance(time.Minute)
	asset := s.object("import", id).(*video.MuxAsset)
	before := asset.DeepCopy()
	asset.Spec.MasterAccess = "temporary"
	asset.Annotations = map[string]string{video.AnnotationID: id}
	if err := s.Patch(t.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	before = asset.DeepCopy()
	asset.Status.ID, asset.Status.EnvironmentID = id, muxsim.DefaultEnvironmentID
	asset.Status.Identified = &video.IdentifiedStatus{At: metav1.NewMicroTime(s.clock.Now())}
	if err := s.Status().Patch(t.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	s.reconcile(asset)
	if calls := s.writes(); calls[putMaster] != 1 {
		t.Errorf("the calls were %v", calls)
	}
}

// TestEndpointsLeave : of endpoints that are rotated every day each goes 25 h after the next one came.
func TestEndpointsLeave(t *testing.T) {
	now := time.Date(2026, 1, 30, 12, 0, 0, 0, time.UTC)
	var e endpoints
	for day := range 5 { // the newest first
		e.own = append(e.own, endpoint{Webhook: mux.Webhook{ID: fmt.Sprint(day), CreatedAt: mux.Time{Time: now.Add(-time.Duration(day) * 24 * time.Hour)}}, base: "b", held: true})
	}
	gone, next := e.leaving(&e.own[0], now)
	if len(gone) != 2 || gone[0].ID != "3" || gone[1].ID != "4" || next != time.Hour {
		t.Errorf("%v go, the next in %s", gone, next)
	}
}
