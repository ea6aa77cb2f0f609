// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
	"github.com/mux-operator/mux-operator/internal/projection"
)

const (
	postLive  = "POST /video/v1/live-streams"
	getLive   = "GET /video/v1/live-streams/{id}"
	listLive  = "GET /video/v1/live-streams"
	patchLive = "PATCH /video/v1/live-streams/{id}"
	putLive   = "PUT /video/v1/live-streams/{id}/"
	resetLive = "POST /video/v1/live-streams/{id}/reset-stream-key"
)

// live adds a MuxLiveStream.
func (s *stage) live(name string, edits ...func(*video.MuxLiveStream)) *video.MuxLiveStream {
	s.Helper()
	stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, UID: types.UID(name)}}
	stream.Spec.EnvironmentRef.Name = "default"
	for _, edit := range edits {
		edit(stream)
	}
	s.create(stream)
	return stream
}

// synced is a live stream that the operator has made, whose confirming GET is over and about which nothing is left to do.
func (s *stage) synced(name string, edits ...func(*video.MuxLiveStream)) *video.MuxLiveStream {
	s.Helper()
	stream := s.live(name, edits...)
	s.reconcile(stream)
	s.clock.Advance(confirmAfter)
	s.reconcile(stream)
	if reasonOf(stream, video.ConditionSynced) != "True Synced" || reasonOf(stream, video.ConditionReady) != "True Ready" {
		s.Fatalf("the status is %+v", stream.Status)
	}
	s.rests(stream)
	return stream
}

// rests checks that another look writes nothing and calls nobody.
func (s *stage) rests(stream *video.MuxLiveStream) {
	s.Helper()
	s.calls()
	version := stream.ResourceVersion
	s.reconcile(stream)
	if calls := s.calls(); len(calls) != 0 || stream.ResourceVersion != version {
		s.Errorf("another look made %v and wrote %v", calls, stream.ResourceVersion != version)
	}
}

// changes changes a live stream's spec or annotations.
func (s *stage) changes(stream *video.MuxLiveStream, change func(*video.MuxLiveStream)) {
	s.Helper()
	change(stream)
	if err := s.Update(s.Context(), stream); err != nil {
		s.Fatal(err)
	}
}

// dashboard is a client with which a test does what people do at Mux.
func (s *stage) dashboard() *mux.Client {
	s.Helper()
	c, err := s.f.clients.forObjects(s.Context(), s.env)
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// atMux is the live stream as Mux has it.
func (s *stage) atMux(stream *video.MuxLiveStream) *mux.LiveStream {
	s.Helper()
	answer, err := s.dashboard().GetLiveStream(s.Context(), stream.Status.ID)
	if err != nil {
		s.Fatal(err)
	}
	return &answer.Value
}

// told brings an event with the live stream as Mux has it now into the status, as the receiver does.
func (s *stage) told(stream *video.MuxLiveStream, kind string) {
	s.Helper()
	data, err := json.Marshal(s.atMux(stream))
	if err != nil {
		s.Fatal(err)
	}
	lifted, ok := projection.LiftLiveStreamEvent(&mux.Event{Type: "video.live_stream." + kind, ID: kind + s.clock.Now().String(), CreatedAt: s.clock.Now(), Data: data})
	if !ok {
		s.Fatal("the event is not lifted")
	}
	projection.ReadLiveStream(&stream.Status).Join(lifted).Write(&stream.Status)
	if err := s.Status().Update(s.Context(), stream); err != nil {
		s.Fatal(err)
	}
}

// everything sets all that a spec can say of a live stream.
func everything(l *video.MuxLiveStream) {
	spec := &l.Spec
	spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}, {Policy: "signed"}}
	spec.LatencyMode, spec.Passthrough, spec.Meta = "low", text("mine"), &video.LiveMeta{Title: text("Studio")}
	spec.ReconnectWindowSeconds, spec.MaxContinuousDurationSeconds = new(int32(0)), new(int32(600))
	spec.UseSlateForStandardLatency, spec.ReconnectSlateURL = new(true), text("https://example.com/slate.png")
	spec.Enabled = new(false)
	spec.SimulcastTargets = []video.SimulcastTarget{{Name: "elsewhere", URL: "rtmp://example.com/app"}}
	spec.EmbeddedSubtitles = []video.EmbeddedSubtitles{{LanguageChannel: "cc1"}}
	spec.GeneratedSubtitles = []video.LiveGeneratedSubtitles{{LanguageCode: "en"}}
	spec.NewAssetSettings = &video.AssetSettings{
		VideoQuality: "premium", MasterAccess: "temporary", StaticRenditions: []video.StaticRendition{{Resolution: "720p"}},
		PlaybackPolicies: []video.PlaybackPolicy{{Policy: "public"}}, Meta: &video.AssetMeta{Title: text("Recording"), CreatorID: text("me")},
	}
}

// TestLiveStreamCreate : one POST has all but what Mux does not take with it: the user's own passthrough, whose field bears the token,
// and that it is disabled.
func TestLiveStreamCreate(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.live("studio", everything)
	s.reconcile(stream)
	want := map[string]int{postLive: 1, patchLive: 1, putLive + "disable": 1}
	if calls := s.calls(); !maps.Equal(calls, want) {
		t.Errorf("that took %v, want %v", calls, want)
	}
	s.told(stream, "disabled")
	made := s.atMux(stream)
	if made.Status != "disabled" || made.Passthrough != "mine" || made.Meta.Title != "Studio" || made.LatencyMode != "low" || *made.ReconnectWindow != 0 ||
		*made.MaxContinuousDuration != 600 || !made.UseSlateForStandardLatency || made.ReconnectSlateURL.Reveal() != "https://example.com/slate.png" ||
		len(made.PlaybackIDs) != 2 || len(made.SimulcastTargets) != 1 || made.SimulcastTargets[0].Passthrough != "elsewhere" ||
		len(made.EmbeddedSubtitles) != 1 || len(made.GeneratedSubtitles) != 1 || made.NewAssetSettings.VideoQuality != "premium" ||
		made.NewAssetSettings.Meta.CreatorID != "me" || len(made.NewAssetSettings.StaticRenditions.Files) != 1 {
		t.Errorf("Mux has %+v with %+v", made, made.NewAssetSettings)
	}
	if reasonOf(stream, video.ConditionSynced) != "True Synced" || reasonOf(stream, video.ConditionStreamKeyReady) != "True StreamKeyPublished" {
		t.Errorf("the status is %+v", stream.Status)
	}
	s.clock.Advance(time.Hour)
	s.reconcile(stream)
	s.rests(stream)
}

// TestLiveStreamToken : where the user sets no passthrough the token stays there and is no drift.
func TestLiveStreamToken(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.live("studio")
	s.reconcile(stream)
	if calls := s.calls(); !maps.Equal(calls, map[string]int{postLive: 1}) {
		t.Errorf("that took %v", calls)
	}
	if made := s.atMux(stream); made.Passthrough != stream.Status.Creation.Token || stream.Status.Acknowledged.Passthrough != nil {
		t.Errorf("Mux has %q, the token is %q", made.Passthrough, stream.Status.Creation.Token)
	}
	s.told(stream, "created")
	s.reconcile(stream)
	s.rests(stream)
}

// TestLiveStreamUnknown : what a lost create made is found by its token; where it made nothing it is sent again when that is certain;
// a second one is named.
func TestLiveStreamUnknown(t *testing.T) {
	once := []muxsim.Rule{{Method: "POST", Route: "/video/v1/live-streams", Times: 1}}
	for name, test := range map[string]struct {
		faults muxsim.Faults
		posts  int
	}{
		"after the commit":  {muxsim.Faults{Status5xxAfter: once}, 1},
		"before the commit": {muxsim.Faults{Status5xxBefore: once}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, liveStreamKind{})
			s.sim.SetFaults(test.faults)
			stream := s.live("studio")
			if after := s.reconcile(stream); after != searchEvery || reasonOf(stream, video.ConditionSynced) != "False CreateOutcomeUnknown" {
				t.Fatalf("looked at after %s: %+v", after, stream.Status)
			}
			posts := 0
			for range 8 {
				s.clock.Advance(searchEvery)
				s.reconcile(stream)
				posts += s.calls()[postLive]
			}
			all, err := s.dashboard().ListLiveStreams(t.Context(), listLimit, 1)
			if err != nil || len(all.Value) != 1 || all.Value[0].ID != stream.Status.ID || posts != test.posts {
				t.Errorf("Mux has %d, %d creates, the status %+v (%v)", len(all.Value), posts, stream.Status.FollowedStatus, err)
			}
			if reasonOf(stream, video.ConditionSynced) != "True Synced" || reasonOf(stream, video.ConditionStreamKeyReady) != "True StreamKeyPublished" {
				t.Errorf("the status is %+v", stream.Status)
			}
		})
	}
}

// TestLiveStreamDeletedUnknown : what a lost create made is found and deleted with the object.
func TestLiveStreamDeletedUnknown(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	s.sim.SetFaults(muxsim.Faults{Status5xxAfter: []muxsim.Rule{{Method: "POST", Times: 1}}})
	stream := s.live("studio")
	s.reconcile(stream)
	if err := s.Delete(t.Context(), stream); err != nil {
		t.Fatal(err)
	}
	s.reconcile(stream)
	if all, err := s.dashboard().ListLiveStreams(t.Context(), listLimit, 1); err != nil || len(all.Value) != 0 {
		t.Errorf("Mux has %d (%v)", len(all.Value), err)
	}
}

// TestLiveStreamSecret : the Secret is written with the create, restored when it is lost, follows a reset at Mux by one GET that is late
// enough, and goes with the live stream.
func TestLiveStreamSecret(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.synced("studio")
	holds := func() {
		t.Helper()
		made, secret := s.atMux(stream), s.secret("studio-stream-key")
		if secret == nil || string(secret.Data["streamKey"]) != made.StreamKey.Reveal() || string(secret.Data["srtPassphrase"]) != made.SRTPassphrase.Reveal() ||
			string(secret.Data["rtmpsURL"]) != "rtmps://global-live.mux.com:443/app" || string(secret.Data["rtmpURL"]) != "rtmp://global-live.mux.com:5222/app" ||
			string(secret.Data["srtURL"]) != "srt://global-live.mux.com:6001?passphrase="+made.SRTPassphrase.Reveal()+"&streamid="+made.StreamKey.Reveal() {
			t.Errorf("the Secret is %+v", secret)
		}
		s.calls()
	}
	holds()
	first := s.atMux(stream).StreamKey.Reveal()
	if err := s.Delete(t.Context(), s.secret("studio-stream-key")); err != nil {
		t.Fatal(err)
	}
	s.calls()
	s.reconcile(stream)
	if calls := s.calls(); !maps.Equal(calls, map[string]int{getLive: 1}) {
		t.Errorf("a restoration took %v", calls)
	}
	holds()

	s.clock.Advance(time.Minute)
	if _, err := s.dashboard().ResetStreamKey(t.Context(), stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.told(stream, "updated")
	s.calls()
	if after := s.reconcile(stream); after.Round(time.Second) != secretSettles || len(s.calls()) != 0 {
		t.Errorf("looked at after %s", after)
	}
	s.clock.Advance(secretSettles)
	s.reconcile(stream)
	if calls := s.calls(); !maps.Equal(calls, map[string]int{getLive: 1}) {
		t.Errorf("the news took %v", calls)
	}
	holds()
	if string(s.secret("studio-stream-key").Data["streamKey"]) == first {
		t.Error("the key is the first")
	}
	s.rests(stream)

	s.clock.Advance(time.Minute) // an update that changes no key costs one GET as well
	s.told(stream, "updated")
	s.clock.Advance(secretSettles)
	s.reconcile(stream)
	s.rests(stream)
	for _, c := range stream.Status.Conditions {
		if strings.Contains(c.Message, first) {
			t.Errorf("%s has the key", c.Type)
		}
	}
	if err := s.dashboard().DeleteLiveStream(t.Context(), stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.changes(stream, func(l *video.MuxLiveStream) { l.Annotations[video.AnnotationRequestRefresh] = "1" })
	s.clock.Advance(time.Minute)
	s.reconcile(stream)
	if s.secret("studio-stream-key") != nil || reasonOf(stream, video.ConditionStreamKeyReady) != "False DeletedAtMux" {
		t.Errorf("the status is %+v", stream.Status)
	}
}

// TestLiveStreamWaitsForIdle : latencyMode waits for the end of a broadcast, everything else does not.
func TestLiveStreamWaitsForIdle(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.synced("studio")
	if err := s.sim.ConnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.told(stream, "connected")
	s.changes(stream, func(l *video.MuxLiveStream) {
		l.Spec.LatencyMode, l.Spec.Meta = "low", &video.LiveMeta{Title: text("now")}
	})
	s.calls()
	s.reconcile(stream)
	if calls := s.calls(); !maps.Equal(calls, map[string]int{patchLive: 1}) || reasonOf(stream, video.ConditionSynced) != "False WaitingForIdle" ||
		reasonOf(stream, video.ConditionReconciling) != "True WaitingForIdle" || s.atMux(stream).Meta.Title != "now" {
		t.Errorf("that took %v, the status is %+v", calls, stream.Status)
	}
	s.rests(stream)
	if err := s.sim.DisconnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Hour) // the reconnect window
	before := stream.DeepCopy()
	s.told(stream, "idle")
	if !(liveStreamKind{}).changed(before, stream) {
		t.Error("the end of a broadcast starts no reconcile")
	}
	s.reconcile(stream)
	if got := s.atMux(stream).LatencyMode; got != "low" || reasonOf(stream, video.ConditionSynced) != "True Synced" {
		t.Errorf("the latency is %s, the status %+v", got, stream.Status)
	}
}

// TestLiveStreamEnabled : spec.enabled is carried out when it changes; what becomes of it at Mux afterwards is not fought.
func TestLiveStreamEnabled(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.synced("studio", func(l *video.MuxLiveStream) { l.Spec.Enabled = new(true) })
	if err := s.dashboard().DisableLiveStream(t.Context(), stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.told(stream, "disabled")
	s.calls()
	s.reconcile(stream)
	if calls := s.calls(); len(calls) != 0 || reasonOf(stream, video.ConditionReady) != "True Ready" {
		t.Errorf("it is fought: %v, %+v", calls, stream.Status)
	}
	for _, step := range []struct {
		enabled *bool
		call    string
	}{{new(false), "disable"}, {new(true), "enable"}, {nil, ""}, {new(false), "disable"}, {nil, "enable"}} {
		s.changes(stream, func(l *video.MuxLiveStream) { l.Spec.Enabled = step.enabled })
		s.calls()
		s.reconcile(stream)
		want := map[string]int{}
		if step.call != "" {
			want[putLive+step.call] = 1
		}
		if calls := s.calls(); !maps.Equal(calls, want) {
			t.Errorf("that took %v, want %v", calls, want)
		}
		s.rests(stream)
	}
}

// TestLiveStreamActions : what an annotation asks for is done once, recorded before the call, and not at all where it makes no sense.
func TestLiveStreamActions(t *testing.T) {
	ask := func(annotation, token string) func(*video.MuxLiveStream) {
		return func(l *video.MuxLiveStream) { l.Annotations[annotation] = token }
	}
	t.Run("complete", func(t *testing.T) {
		s := newStage(t, liveStreamKind{})
		stream := s.synced("studio")
		s.changes(stream, ask(video.AnnotationRequestComplete, "idle"))
		s.calls()
		s.reconcile(stream)
		if calls := s.calls(); len(calls) != 0 || stream.Status.LastHandledComplete != "idle" {
			t.Errorf("of an idle live stream that took %v, handled is %q", calls, stream.Status.LastHandledComplete)
		}
		if err := s.sim.ConnectEncoder(stream.Status.ID); err != nil {
			t.Fatal(err)
		}
		s.told(stream, "connected")
		s.changes(stream, ask(video.AnnotationRequestComplete, "now"))
		s.calls()
		s.reconcile(stream)
		if calls := s.calls(); !maps.Equal(calls, map[string]int{putLive + "complete": 1}) || stream.Status.LastHandledComplete != "now" {
			t.Errorf("that took %v, handled is %q", calls, stream.Status.LastHandledComplete)
		}
		s.rests(stream)
	})
	t.Run("reset", func(t *testing.T) {
		s := newStage(t, liveStreamKind{})
		stream := s.synced("studio")
		before := s.atMux(stream).StreamKey.Reveal()
		s.changes(stream, ask(video.AnnotationRequestResetStreamKey, "1"))
		s.calls()
		s.reconcile(stream)
		after := s.atMux(stream).StreamKey.Reveal()
		if calls := s.calls(); calls[resetLive] != 1 || after == before || string(s.secret("studio-stream-key").Data["streamKey"]) != after {
			t.Errorf("that took %v; the Secret follows: %v", calls, after != before)
		}
		s.clock.Advance(secretSettles)
		s.reconcile(stream)
		s.rests(stream)
	})
	t.Run("reset without an answer", func(t *testing.T) {
		s := newStage(t, liveStreamKind{})
		stream := s.synced("studio")
		s.sim.SetFaults(muxsim.Faults{Status5xxAfter: []muxsim.Rule{{Method: "POST", Times: 1}}})
		s.changes(stream, ask(video.AnnotationRequestResetStreamKey, "1"))
		s.calls()
		s.reconcile(stream)
		if calls := s.calls(); calls[resetLive] != 1 || reasonOf(stream, video.ConditionSynced) != "False ActionUnanswered" {
			t.Errorf("that took %v, the status is %+v", calls, stream.Status)
		}
		s.clock.Advance(actionRetry)
		s.reconcile(stream)
		if calls := s.calls(); !maps.Equal(calls, map[string]int{getLive: 1}) || reasonOf(stream, video.ConditionSynced) != "True Synced" {
			t.Errorf("that took %v, the status is %+v", calls, stream.Status)
		}
		if string(s.secret("studio-stream-key").Data["streamKey"]) != s.atMux(stream).StreamKey.Reveal() {
			t.Error("the Secret has another key than Mux")
		}
		s.rests(stream)
	})
	t.Run("reset that was refused", func(t *testing.T) {
		s := newStage(t, liveStreamKind{})
		stream := s.synced("studio")
		s.sim.SetFaults(muxsim.Faults{Throttle: []muxsim.Rule{{Method: "POST", Times: 1, RetryAfter: time.Second}}})
		s.changes(stream, ask(video.AnnotationRequestResetStreamKey, "1"))
		s.reconcile(stream)
		if stream.Status.LastHandledResetStreamKey != "" || reasonOf(stream, video.ConditionSynced) != "False Throttled" {
			t.Errorf("handled is %q, the status %+v", stream.Status.LastHandledResetStreamKey, stream.Status)
		}
	})
}
