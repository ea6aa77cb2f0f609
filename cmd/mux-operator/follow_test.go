// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// dashboard is a client with which the tests do what people do in Mux's dashboard.
func (s *stage) dashboard() *mux.Client {
	s.Helper()
	c, err := mux.New(mux.Config{BaseURL: s.sim.URL(), Credentials: mux.Credentials{TokenID: muxsim.DefaultTokenID, TokenSecret: muxsim.DefaultTokenSecret}})
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// followed is what an object has that follows an existing one.
func (s *stage) followed(id string) video.FollowedSpec {
	return video.FollowedSpec{
		EnvironmentRef:   video.EnvironmentReference{Name: "default"},
		ManagementPolicy: video.ManagementPolicyObserve,
		Import:           &video.ImportSpec{ID: id},
	}
}

// stream makes a live stream at Mux and an object that follows it.
func (s *stage) stream(name string) *video.MuxLiveStream {
	s.Helper()
	made, err := s.dashboard().CreateLiveStream(s.ctx, mux.CreateLiveStreamRequest{
		PlaybackPolicies: []string{"public"}, LatencyMode: "low", NewAssetSettings: &mux.AssetSettings{PlaybackPolicies: []string{"public"}},
	})
	if err != nil {
		s.Fatal(err)
	}
	stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
	stream.Spec.FollowedSpec = s.followed(made.Value.ID)
	s.create(stream)
	s.condition(stream, soon, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
	return stream
}

// TestBroadcast follows a broadcast from the encoder's connection to its end.
func TestBroadcast(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, LiveScale: 0.1})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	stream := s.stream("studio")
	s.condition(stream, soon, video.ConditionConnected, metav1.ConditionFalse, video.ReasonNotConnected)
	if stream.Status.LatencyMode != "low" || len(stream.Status.PlaybackIDs) != 1 {
		t.Errorf("the status is %+v", stream.Status)
	}
	if err := s.sim.ConnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.condition(stream, soon, video.ConditionConnected, metav1.ConditionTrue, video.ReasonConnected)
	s.condition(stream, soon, video.ConditionRecording, metav1.ConditionTrue, video.ReasonRecording)
	s.condition(stream, soon, video.ConditionActive, metav1.ConditionTrue, video.ReasonBroadcasting)
	if stream.Status.ActiveAssetID == "" {
		t.Error("no recording is named")
	}
	time.Sleep(time.Second) // enough for a recording
	if err := s.sim.DisconnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.condition(stream, soon, video.ConditionConnected, metav1.ConditionFalse, video.ReasonNotConnected)
	s.condition(stream, soon, video.ConditionActive, metav1.ConditionFalse, video.ReasonIdle)
	if n := len(stream.Status.RecentAssetIDs); n != 1 || stream.Status.ActiveAssetID != "" {
		t.Errorf("%d recordings, active %q", n, stream.Status.ActiveAssetID)
	}
	if err := s.dashboard().DeleteLiveStream(s.ctx, stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.condition(stream, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonDeletedAtMux)
	if err := s.Delete(s.ctx, stream); err != nil {
		t.Fatal(err)
	}
}

// TestBroadcastEndLost loses the events of the end of a broadcast; the sweep makes good that nobody is connected any more.
func TestBroadcastEndLost(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{LiveScale: 0.02}, func(env *video.MuxEnvironment) {
		env.Spec.Resync = &video.ResyncSpec{Interval: &metav1.Duration{Duration: 2 * time.Second}}
	})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	stream := s.stream("studio")
	if err := s.sim.ConnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.condition(stream, soon, video.ConditionActive, metav1.ConditionTrue, "")
	s.sim.SetFaults(muxsim.Faults{Drop: []muxsim.Rule{{}}})
	if err := s.sim.DisconnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	// Answers are dated back by 5 s, those of a LIST by 60 s.
	s.condition(stream, 30*time.Second, video.ConditionActive, metav1.ConditionFalse, video.ReasonIdle)
	s.condition(stream, soon, video.ConditionConnected, metav1.ConditionFalse, video.ReasonNotConnected)
	s.condition(stream, soon, video.ConditionRecording, metav1.ConditionFalse, video.ReasonNotRecording)
}

// TestUploadFollowed follows one upload to its asset, one to its cancellation, and one that nobody uses.
func TestUploadFollowed(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	follow := func(name string) *video.MuxUpload {
		made, err := s.dashboard().CreateUpload(s.ctx, mux.CreateUploadRequest{CORSOrigin: "*"})
		if err != nil {
			t.Fatal(err)
		}
		upload := &video.MuxUpload{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
		upload.Spec.FollowedSpec = s.followed(made.Value.ID)
		s.create(upload)
		s.condition(upload, soon, video.ConditionReconciling, metav1.ConditionTrue, video.ReasonWaitingForUpload)
		if upload.Status.ExpiresAt == nil || time.Until(upload.Status.ExpiresAt.Time) > time.Hour {
			t.Errorf("%s expires at %v", name, upload.Status.ExpiresAt)
		}
		return upload
	}
	used, cancelled, errored := follow("used"), follow("cancelled"), follow("errored")
	assetID, err := s.sim.FinishUpload(used.Status.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.condition(used, soon, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
	if used.Status.AssetID != assetID {
		t.Errorf("the status has the asset %q, Mux made %q", used.Status.AssetID, assetID)
	}
	if _, err := s.dashboard().CancelUpload(s.ctx, cancelled.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.condition(cancelled, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonCancelled)
	assetID, err = s.sim.FinishUpload(errored.Status.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.sim.SetErrored(assetID, "invalid_input", "This is no film."); err != nil {
		t.Fatal(err)
	}
	s.condition(errored, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonErrored)
	s.sim.ResetRequests()
	s.until(errored, soon, "explained", func() error { // the webhook does not say why: one GET does
		if errored.Status.Error == nil {
			return fmt.Errorf("the status is %+v", errored.Status)
		}
		return nil
	})
	time.Sleep(time.Second)
	if got := s.calls(); got["GET /video/v1/uploads/{id}"] != 1 || got["GET /video/v1/assets/{id}"] != 0 {
		t.Errorf("the operator sent %v", got)
	}
}
