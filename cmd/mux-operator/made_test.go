// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// made waits until exactly one MuxAsset has been made for an origin, and returns it. It may take 30 s: so long after an object
// got its id an event without one is held back.
func (s *stage) made(origin, name string) *video.MuxAsset {
	s.Helper()
	var list video.MuxAssetList
	within(s, 45*time.Second, "an object is made for "+name, func() error {
		labels := client.MatchingLabels{video.LabelOrigin: origin, video.LabelOriginName: name}
		if err := s.List(s.ctx, &list, client.InNamespace(s.namespace), labels); err != nil {
			return err
		}
		if len(list.Items) != 1 {
			return fmt.Errorf("there are %d", len(list.Items))
		}
		return nil
	})
	return &list.Items[0]
}

// TestRecordings broadcasts on a live stream whose recordings become objects.
func TestRecordings(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, LiveScale: 0.1})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	stream := s.stream("studio")
	patch(s, stream, func(l *video.MuxLiveStream) {
		l.Spec.Recordings = &video.RecordingsSpec{Template: &video.ObjectTemplate{
			Labels:      map[string]video.LabelValue{"team": "news", video.LabelOrigin: "forged"},
			Annotations: map[string]video.AnnotationValue{"note": "from the studio"},
		}}
	})
	time.Sleep(200 * time.Millisecond) // for the receiver's cache
	if err := s.sim.ConnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	recording := s.made(video.OriginRecording, "studio")
	s.condition(recording, soon, video.ConditionPlayable, metav1.ConditionTrue, "")
	s.condition(recording, soon, video.ConditionFinalized, metav1.ConditionFalse, video.ReasonLive)
	s.condition(stream, soon, video.ConditionActive, metav1.ConditionTrue, "")
	if recording.Status.ID != stream.Status.ActiveAssetID || recording.Name != projection.MadeName("studio", recording.Status.ID) {
		t.Errorf("%s follows %s, the stream records %s", recording.Name, recording.Status.ID, stream.Status.ActiveAssetID)
	}
	if recording.Labels["team"] != "news" || recording.Annotations["note"] != "from the studio" || recording.Spec.DeletionPolicy != video.DeletionPolicyRetain {
		t.Errorf("it is %+v, %+v", recording.ObjectMeta, recording.Spec)
	}
	if err := s.sim.DisconnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.condition(recording, soon, video.ConditionFinalized, metav1.ConditionTrue, "")
	s.condition(recording, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.remove(recording)
	if _, ok := s.sim.Asset(recording.Status.ID); !ok {
		t.Error("the recording was deleted at Mux")
	}
}

// TestUploadMakesAsset follows an upload; its asset becomes an object, which the upload names.
func TestUploadMakesAsset(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	made, err := s.dashboard().CreateUpload(s.ctx, mux.CreateUploadRequest{CORSOrigin: "*"})
	if err != nil {
		t.Fatal(err)
	}
	upload := &video.MuxUpload{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "upload"}}
	upload.Spec.FollowedSpec = s.followed(made.Value.ID)
	s.create(upload)
	s.condition(upload, soon, video.ConditionReconciling, metav1.ConditionTrue, video.ReasonWaitingForUpload)
	if _, err := s.sim.FinishUpload(made.Value.ID); err != nil {
		t.Fatal(err)
	}
	asset := s.made(video.OriginUpload, "upload")
	s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.condition(upload, soon, video.ConditionReady, metav1.ConditionTrue, "")
	if upload.Status.AssetRef == nil || upload.Status.AssetRef.Name != asset.Name {
		t.Errorf("the upload names %+v, the object is %s", upload.Status.AssetRef, asset.Name)
	}
}

// TestDiscovery makes objects for assets that somebody made in the dashboard, as many as the maximum allows. One gives way to
// an object that is declared for the same asset; an asset that the operator itself creates is never taken for a stranger's.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, MinRetry: time.Second, MaxRetry: 4 * time.Second}, func(env *video.MuxEnvironment) {
		env.Spec.Discovery = &video.DiscoverySpec{Assets: true, Max: 1}
	})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.ready("declared")
	inDashboard := func() string {
		made, err := s.dashboard().CreateAsset(s.ctx, mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{Inputs: []mux.Input{{URL: "https://example.com/a.mp4"}}}})
		if err != nil {
			t.Fatal(err)
		}
		return made.Value.ID
	}
	first := inDashboard()
	found := s.made(video.OriginDiscovery, s.env.Name)
	s.condition(found, soon, video.ConditionReady, metav1.ConditionTrue, "")
	if found.Status.ID != first {
		t.Errorf("it follows %s, want %s", found.Status.ID, first)
	}
	s.condition(s.env, soon, video.ConditionLimited, metav1.ConditionTrue, video.ReasonAtMaximum)
	inDashboard() // beyond the maximum
	time.Sleep(2 * time.Second)
	s.made(video.OriginDiscovery, s.env.Name)
	declared := s.observed("mine", first)
	s.condition(declared, soon, video.ConditionReady, metav1.ConditionTrue, "")
	within(s, soon, "the discovered object gives way", func() error {
		if err := s.get(found); !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is there (%v)", err)
		}
		return nil
	})
	if _, ok := s.sim.Asset(first); !ok {
		t.Error("the asset was deleted at Mux")
	}
	s.until(s.env, soon, "there is room again", func() error {
		if c := meta.FindStatusCondition(s.env.Status.Conditions, video.ConditionLimited); c != nil {
			return fmt.Errorf("%s", c.Message)
		}
		return nil
	})
}

// TestDiscoverLiveStream makes an object for a live stream of the dashboard, and for its recordings as discovered assets.
func TestDiscoverLiveStream(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, LiveScale: 0.1}, func(env *video.MuxEnvironment) {
		env.Spec.Discovery = &video.DiscoverySpec{Assets: true, LiveStreams: true}
	})
	s.webhooks(s.operator())
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	made, err := s.dashboard().CreateLiveStream(s.ctx, mux.CreateLiveStreamRequest{PlaybackPolicies: []string{"public"}})
	if err != nil {
		t.Fatal(err)
	}
	stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: projection.MadeName(s.env.Name, made.Value.ID)}}
	within(s, soon, "the live stream has an object", func() error { return s.get(stream) })
	s.condition(stream, soon, video.ConditionReady, metav1.ConditionTrue, "")
	if err := s.sim.ConnectEncoder(made.Value.ID); err != nil {
		t.Fatal(err)
	}
	s.condition(stream, soon, video.ConditionActive, metav1.ConditionTrue, "")
	recording := s.made(video.OriginDiscovery, s.env.Name)
	s.condition(recording, soon, video.ConditionReady, metav1.ConditionTrue, "")
	if recording.Status.LiveStreamID != made.Value.ID {
		t.Errorf("the recording is of %q", recording.Status.LiveStreamID)
	}
}
