// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

const (
	postLivePlaybackID   = "POST /video/v1/live-streams/{id}/playback-ids"
	deleteLivePlaybackID = "DELETE /video/v1/live-streams/{id}/playback-ids/{part}"
	postTarget           = "POST /video/v1/live-streams/{id}/simulcast-targets"
	deleteTarget         = "DELETE /video/v1/live-streams/{id}/simulcast-targets/{part}"
)

// studio is a live stream that the operator has made, with a playback id.
func (s *stage) studio(edits ...func(*video.MuxLiveStream)) *video.MuxLiveStream {
	s.Helper()
	stream := s.synced("studio", append([]func(*video.MuxLiveStream){livePolicies("public")}, edits...)...)
	s.settles(stream)
	s.calls()
	return stream
}

func livePolicies(names ...string) func(*video.MuxLiveStream) {
	return func(l *video.MuxLiveStream) {
		l.Spec.PlaybackPolicies = nil
		for _, name := range names {
			l.Spec.PlaybackPolicies = append(l.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: name})
		}
	}
}

// targets sets simulcast targets, each given as "name url".
func targets(all ...string) func(*video.MuxLiveStream) {
	return func(l *video.MuxLiveStream) {
		l.Spec.SimulcastTargets = nil
		for _, target := range all {
			name, url, _ := strings.Cut(target, " ")
			l.Spec.SimulcastTargets = append(l.Spec.SimulcastTargets, video.SimulcastTarget{Name: name, URL: url})
		}
	}
}

// TestLiveStreamParts makes each change of each part of a live stream that exists.
func TestLiveStreamParts(t *testing.T) {
	const one, other = "one rtmp://example.com/app", "one rtmp://example.com/other"
	for name, test := range map[string]struct {
		before, change func(*video.MuxLiveStream)
		calls          map[string]int
	}{
		"a playback id more":         {targets(), livePolicies("public", "signed"), map[string]int{postLivePlaybackID: 1}},
		"another policy":             {targets(), livePolicies("signed"), map[string]int{postLivePlaybackID: 1, deleteLivePlaybackID: 1}},
		"no policy":                  {targets(), livePolicies(), map[string]int{deleteLivePlaybackID: 1}},
		"a target":                   {targets(), targets(one), map[string]int{postTarget: 1}},
		"two targets":                {targets(), targets(one, "two srt://example.com:1234"), map[string]int{postTarget: 2}},
		"one more":                   {targets(one), targets(one, "two srt://example.com:1234"), map[string]int{postTarget: 1}},
		"another address":            {targets(one), targets(other), map[string]int{postTarget: 1, deleteTarget: 1}},
		"another name":               {targets(one), targets("two rtmp://example.com/app"), map[string]int{postTarget: 1, deleteTarget: 1}},
		"no target":                  {targets(one), targets(), map[string]int{deleteTarget: 1}},
		"another order is no change": {targets(one, "two rtmp://example.com/app"), targets("two rtmp://example.com/app", one), map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, liveStreamKind{})
			stream := s.studio(test.before)
			s.atRest(stream)
			if calls := edit(s, stream, test.change); !maps.Equal(calls, test.calls) {
				t.Errorf("the calls were %v, want %v", calls, test.calls)
			}
			s.atRest(stream)
			if got := s.atMux(stream); len(got.SimulcastTargets) != len(stream.Spec.SimulcastTargets) || len(got.PlaybackIDs) != len(stream.Spec.PlaybackPolicies) {
				t.Errorf("Mux has %+v", got)
			}
		})
	}
}

// TestTargetsWaitForIdle changes targets during a broadcast: they wait for its end, and nothing else does.
func TestTargetsWaitForIdle(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.studio(targets("one rtmp://example.com/app"))
	if err := s.sim.ConnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Minute)
	s.told(stream, "active")
	s.calls()
	calls := edit(s, stream, func(l *video.MuxLiveStream) {
		targets("two rtmp://example.com/app")(l)
		livePolicies("public", "signed")(l)
		l.Spec.Meta = &video.LiveMeta{Title: text("On air")}
	})
	if want := map[string]int{postLivePlaybackID: 1, patchLive: 1}; !maps.Equal(calls, want) {
		t.Errorf("the calls were %v, want %v", calls, want)
	}
	if reasonOf(stream, video.ConditionSynced) != "False WaitingForIdle" {
		t.Errorf("the status is %+v", stream.Status.Conditions)
	}
	if err := s.sim.DisconnectEncoder(stream.Status.ID); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(10 * time.Minute)
	s.told(stream, "idle")
	s.calls()
	s.settles(stream)
	if calls := s.calls(); calls[postTarget] != 1 || calls[deleteTarget] != 1 {
		t.Errorf("the calls were %v", calls)
	}
	s.atRest(stream)
}

// TestLiveStreamPartUnknown loses the answer to a POST of each part: there is one in the end, whether or not it was carried out.
func TestLiveStreamPartUnknown(t *testing.T) {
	for call, change := range map[string]func(*video.MuxLiveStream){
		postLivePlaybackID: livePolicies("public", "signed"),
		postTarget:         targets("one rtmp://example.com/app"),
	} {
		method, route, _ := strings.Cut(call, " ")
		rule := []muxsim.Rule{{Method: method, Route: route, Times: 1}}
		for outcome, faults := range map[string]struct {
			muxsim.Faults
			posts int
		}{"made": {muxsim.Faults{Status5xxAfter: rule}, 1}, "not made": {muxsim.Faults{Status5xxBefore: rule}, 2}} {
			t.Run(call+" "+outcome, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, liveStreamKind{})
				stream := s.studio()
				s.sim.SetFaults(faults.Faults)
				if calls := edit(s, stream, change); !maps.Equal(calls, map[string]int{call: faults.posts}) {
					t.Errorf("the calls were %v", calls)
				}
				s.atRest(stream)
				if got := s.atMux(stream); len(got.SimulcastTargets) != len(stream.Spec.SimulcastTargets) || len(got.PlaybackIDs) != len(stream.Spec.PlaybackPolicies) {
					t.Errorf("Mux has %+v", got)
				}
			})
		}
	}
}

// TestTargetSecret takes the key of a target from a Secret, waits for the Secret, and shows the key nowhere.
func TestTargetSecret(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.studio()
	from := &video.SecretKeyReference{Name: "elsewhere", Key: "key"}
	calls := edit(s, stream, func(l *video.MuxLiveStream) {
		l.Spec.SimulcastTargets = []video.SimulcastTarget{{Name: "one", URL: "rtmp://example.com/app", StreamKeySecretRef: from}}
	})
	if len(calls) != 0 || reasonOf(stream, video.ConditionSynced) != "False SecretNotFound" {
		t.Errorf("the calls were %v, the conditions are %+v", calls, stream.Status.Conditions)
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "elsewhere"}, Data: map[string][]byte{"key": []byte("canary-key")}}
	s.create(secret)
	s.settles(stream)
	if got := s.atMux(stream).SimulcastTargets; len(got) != 1 || got[0].StreamKey.Reveal() != "canary-key" {
		t.Errorf("Mux has %d targets, or another key", len(got))
	}
	s.calls()
	s.atRest(stream)
}

// TestTargetDrift removes a target of the spec behind the operator's back: it is made again. One of somebody else stays.
func TestTargetDrift(t *testing.T) {
	s := newStage(t, liveStreamKind{})
	stream := s.studio(targets("one rtmp://example.com/app"))
	id, c := stream.Status.ID, s.dashboard()
	if err := c.DeleteSimulcastTarget(t.Context(), id, stream.Status.SimulcastTargets[0].ID); err != nil {
		t.Fatal(err)
	}
	theirs := mux.SimulcastTargetRequest{URL: "rtmp://example.com/theirs", Passthrough: "theirs"}
	if _, err := c.CreateSimulcastTarget(t.Context(), id, theirs); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(10 * time.Second)
	s.told(stream, "updated")
	s.calls()
	s.settles(stream)
	if calls := s.calls(); calls[postTarget] != 1 || calls[deleteTarget] != 0 {
		t.Errorf("the calls were %v", calls)
	}
	if got := s.atMux(stream).SimulcastTargets; len(got) != 2 {
		t.Errorf("Mux has %+v", got)
	}
	s.calls()
	s.atRest(stream)
}
