// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

const postLive = "POST /video/v1/live-streams"

// declared is a MuxLiveStream that declares a live stream.
func (s *stage) declared(name string, edits ...func(*video.MuxLiveStream)) *video.MuxLiveStream {
	s.Helper()
	stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
	stream.Spec.EnvironmentRef.Name = "default"
	stream.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}}
	for _, edit := range edits {
		edit(stream)
	}
	s.create(stream)
	return stream
}

// streamsAtMux are the ids of all live streams at Mux.
func (s *stage) streamsAtMux() (ids []string) {
	s.Helper()
	answer, err := s.dashboard().ListLiveStreams(s.ctx, 100, 1)
	if err != nil {
		s.Fatal(err)
	}
	for i := range answer.Value {
		ids = append(ids, answer.Value[i].ID)
	}
	return ids
}

// TestLiveStream goes the whole way: apply, take the key from the Secret, broadcast, change what has to wait, have the key reset at Mux,
// delete. The keys are nowhere else.
func TestLiveStream(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, LiveScale: 0.02})
	logged.keep(s)
	registry := prometheus.NewRegistry()
	s.webhooks(s.operator(func(_ *rest.Config, o *options) { o.registerer = registry }))
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	own := "of the user"
	stream := s.declared("studio", func(l *video.MuxLiveStream) {
		l.Spec.Passthrough, l.Spec.LatencyMode = &own, "reduced"
		l.Spec.NewAssetSettings = &video.AssetSettings{PlaybackPolicies: []video.PlaybackPolicy{{Policy: "public"}}}
		l.Spec.Recordings = &video.RecordingsSpec{}
	})
	s.condition(stream, soon, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
	s.condition(stream, soon, video.ConditionStreamKeyReady, metav1.ConditionTrue, video.ReasonStreamKeyPublished)
	first := s.urlSecret("studio-stream-key")
	if first == nil || !metav1.IsControlledBy(first, stream) || len(first.Data) != 5 {
		t.Fatalf("the Secret is %+v", first)
	}
	s.until(stream, soon, "the user's passthrough", func() error {
		if stream.Status.Passthrough != own {
			return fmt.Errorf("it is %q", stream.Status.Passthrough)
		}
		return nil
	})

	if err := s.sim.ConnectEncoder(string(first.Data["streamKey"])); err != nil { // as an encoder does
		t.Fatal(err)
	}
	s.condition(stream, soon, video.ConditionActive, metav1.ConditionTrue, "")
	s.condition(s.made(video.OriginRecording, "studio"), soon, video.ConditionPlayable, metav1.ConditionTrue, "")
	patch(s, stream, func(l *video.MuxLiveStream) { l.Spec.LatencyMode = "low" })
	s.condition(stream, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonWaitingForIdle)
	patch(s, stream, func(l *video.MuxLiveStream) { l.Annotations[video.AnnotationRequestComplete] = "1" })
	s.condition(stream, soon, video.ConditionActive, metav1.ConditionFalse, video.ReasonIdle)
	s.condition(stream, soon, video.ConditionSynced, metav1.ConditionTrue, "") // when the encoder is cut off, a minute of stream time later
	if stream.Status.LastHandledComplete != "1" || stream.Status.LatencyMode != "low" {
		t.Errorf("the status is %+v", stream.Status)
	}

	if _, err := s.dashboard().ResetStreamKey(s.ctx, stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	now, err := s.dashboard().GetLiveStream(s.ctx, stream.Status.ID)
	if err != nil {
		t.Fatal(err)
	}
	within(s, 30*time.Second, "the reset reaches the Secret", func() error {
		if string(s.urlSecret("studio-stream-key").Data["streamKey"]) != now.Value.StreamKey.Reveal() {
			return fmt.Errorf("it has the old one")
		}
		return nil
	})
	for _, secret := range []string{string(first.Data["streamKey"]), string(first.Data["srtPassphrase"]), now.Value.StreamKey.Reveal()} {
		if places := s.leaks(registry, secret); len(places) > 0 {
			t.Errorf("a secret is in %v", places)
		}
	}
	if err := s.Delete(s.ctx, stream); err != nil {
		t.Fatal(err)
	}
	s.absent(stream)
	if ids := s.streamsAtMux(); len(ids) != 0 || s.calls()[postLive] != 1 {
		t.Errorf("Mux has %v", ids)
	}
}

// TestLiveStreamOutcomes lets the create go wrong. In the end there is exactly one live stream. What takes minutes is tested on a clock
// that moves, see controllers.
func TestLiveStreamOutcomes(t *testing.T) {
	t.Parallel()
	once := []muxsim.Rule{{Method: "POST", Route: "/video/v1/live-streams", Times: 1, RetryAfter: time.Second}}
	for name, test := range map[string]struct {
		faults muxsim.Faults
		posts  int
		limit  time.Duration
	}{
		"500 after the commit":      {muxsim.Faults{Status5xxAfter: once}, 1, soon},
		"time-out after the commit": {muxsim.Faults{TimeoutAfter: once}, 1, 30 * time.Second},
		"throttled":                 {muxsim.Faults{Throttle: once}, 2, soon},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, muxsim.Options{})
			s.webhooks(s.operator())
			s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
			s.sim.SetFaults(test.faults)
			stream := s.declared("studio")
			s.condition(stream, test.limit, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
			s.condition(stream, soon, video.ConditionStreamKeyReady, metav1.ConditionTrue, "")
			if ids := s.streamsAtMux(); len(ids) != 1 || ids[0] != stream.Status.ID || s.calls()[postLive] != test.posts {
				t.Errorf("Mux has %v, the status %s, %d creates were sent", ids, stream.Status.ID, s.calls()[postLive])
			}
		})
	}
}
