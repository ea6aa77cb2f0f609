// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/controlplane"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// ahead is a clock that is ten minutes ahead, for an operator that wakes up in a cluster of ten minutes ago.
func ahead(_ *rest.Config, o *options) {
	o.clock = func() time.Time { return time.Now().Add(10 * time.Minute) }
}

// on is the same stage on another control plane.
func (s *stage) on(other *controlplane.ControlPlane) *stage {
	s.Helper()
	c, err := client.New(other.Config, client.Options{Scheme: scheme})
	if err != nil {
		s.Fatal(err)
	}
	moved := *s
	moved.Client, moved.plane = c, other
	return &moved
}

// TestRestoredSnapshot takes a snapshot of etcd while the creates of every kind and of every part are under way, goes on until all of
// them are known, and restores it: an operator that wakes up ten minutes later finds all of them and sends no POST. What the
// snapshot had without an intent is made once more: that is the limit, see docs/operations.md.
func TestRestoredSnapshot(t *testing.T) {
	t.Parallel()
	own, err := controlplane.Start()
	if err != nil {
		t.Fatal(err)
	}
	stop := func(c *controlplane.ControlPlane) {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}
	snapshot := filepath.Join(t.TempDir(), "etcd")
	s := newStageOn(t, own, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	began := time.Now()
	before, atMux := func() (map[string]string, string) {
		defer stop(own)
		return s.lives(snapshot)
	}()

	t.Logf("lived for %s", time.Since(began).Round(time.Second))
	restored, err := controlplane.StartFrom(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(restored) })
	s = s.on(restored)
	s.checkIntents()
	late, lateTrack := s.named("late"), s.named("late-track")
	for _, o := range []*video.MuxAsset{late, lateTrack} { // before the operator starts: it may find the track at Mux at once
		s.condition(o, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonSecretNotFound)
	}
	s.sim.ResetRequests()
	s.webhooks(s.operator(quick, ahead))
	s.condition(late, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonSecretNotFound)
	// What was declared without an intent, and what the receiver has made since, is not known to the snapshot.
	sameTrack := before["asset late-track"]
	maps.DeleteFunc(before, func(name, _ string) bool {
		return strings.HasPrefix(name, "asset late") || strings.HasPrefix(name, "asset done-")
	})
	after := s.settledBut("late", "late-track")
	if !maps.Equal(before, after) || s.allAtMux() != atMux {
		t.Errorf("before\n%s\n%s\nafter\n%s\n%s", mustJSON(before), atMux, mustJSON(after), s.allAtMux())
	}
	if posts := s.posts(); len(posts) != 0 {
		t.Errorf("%v were sent, want none", posts)
	}
	t.Logf("%d objects restored after %s; Mux got %v", len(after), time.Since(began).Round(time.Second), s.calls())

	s.inputSecret() // as whoever declared it the first time does again
	s.condition(late, soon, video.ConditionReady, metav1.ConditionTrue, "")
	if got := s.settledBut()["asset late-track"]; got != sameTrack {
		t.Errorf("of the track without an intent %s, was %s", got, sameTrack)
	}
	if posts := s.posts(); !maps.Equal(posts, map[string]int{postAsset: 1}) {
		t.Errorf("%v were sent, want the one create of what the snapshot had without an intent", posts)
	}
}

// named is a MuxAsset that is there.
func (s *stage) named(name string) *video.MuxAsset {
	return &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name}}
}

// lives makes one of everything, takes a snapshot while each is under way, and returns what becomes of them afterwards, in the
// cluster and at Mux. The operator has ended then.
func (s *stage) lives(snapshot string) (objects map[string]string, atMux string) {
	s.Helper()
	running := s.operator(quick)
	hook := s.webhooks(running)
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	adds := s.readyForParts()
	s.sim.RemoveWebhook(hook) // they would bring the ids too soon
	s.sim.SetFaults(muxsim.Faults{Slow: []muxsim.Rule{{Method: "POST", Delay: 5 * time.Second}}})
	adds()
	text := "of the user"
	s.managed("flying")
	s.managed("named", func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{ExternalID: &text} })
	s.declared("flying")
	s.declared("named", func(l *video.MuxLiveStream) { l.Spec.Passthrough = &text })
	s.upload("flying")
	done := s.upload("done")
	late := s.managed("late", func(a *video.MuxAsset) {
		a.Spec.Inputs = []video.AssetInput{{URLFrom: &video.SecretKeyReference{Name: "input", Key: "url"}}}
	})
	s.condition(late, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonSecretNotFound)
	lateTrack := s.named("late-track")
	s.condition(lateTrack, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonSecretNotFound)
	within(s, soon, "all are under way", func() error { return s.underWay() })
	if err := s.plane.Snapshot(snapshot); err != nil {
		s.Fatal(err)
	}

	s.sim.SetFaults(muxsim.Faults{})
	s.webhooks(running)
	s.inputSecret()
	s.refreshes()
	s.condition(done, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	if code := s.send(string(s.urlSecret("done-upload-url").Data["url"])); code != 200 {
		s.Fatalf("the file was answered %d", code)
	}
	s.made(video.OriginUpload, "done")
	objects = s.settledBut()
	running.stop()
	return objects, s.allAtMux()
}

// readyForParts makes an object for each kind of part; what it returns asks for them.
func (s *stage) readyForParts() func() {
	s.Helper()
	assets := map[string]func(*video.MuxAsset){
		"playback": func(a *video.MuxAsset) {
			a.Spec.PlaybackPolicies = append(a.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
		},
		"track": func(a *video.MuxAsset) {
			a.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en", URL: "https://example.com/en.vtt"}}
		},
		"subtitles": func(a *video.MuxAsset) { a.Spec.GeneratedSubtitles = []video.GeneratedSubtitles{{LanguageCode: "en"}} },
		"late-track": func(a *video.MuxAsset) {
			a.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en", URLFrom: &video.SecretKeyReference{Name: "input", Key: "url"}}}
		},
		"rendition": func(a *video.MuxAsset) { a.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}} },
	}
	objects := map[string]*video.MuxAsset{}
	for name := range assets {
		objects[name] = s.managed(name)
	}
	stream := s.declared("target")
	for _, asset := range objects {
		s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	}
	s.condition(stream, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.settledBut()
	return func() {
		for name, add := range assets {
			patch(s, objects[name], add)
		}
		patch(s, stream, func(l *video.MuxLiveStream) {
			l.Spec.SimulcastTargets = []video.SimulcastTarget{{Name: "elsewhere", URL: "rtmp://example.com/app"}}
		})
	}
}

// refreshes has every object read, since webhooks were not delivered for a while.
func (s *stage) refreshes() {
	s.Helper()
	for _, o := range s.followedObjects() {
		base := o.DeepCopyObject().(client.Object)
		annotations := maps.Clone(o.GetAnnotations())
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[video.AnnotationRequestRefresh] = "now"
		o.SetAnnotations(annotations)
		if err := s.Patch(s.ctx, o, client.MergeFrom(base)); err != nil {
			s.Fatal(err)
		}
	}
}

// inputSecret is where the asset late takes its input from, and the asset late-track its track.
func (s *stage) inputSecret() {
	s.Helper()
	s.create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "input"},
		StringData: map[string]string{"url": "https://example.com/late.mp4"},
	})
}

// underWay says what is not: each object but the late ones has sent a POST of which it does not know the outcome, its own or that of a part.
func (s *stage) underWay() error {
	creates, parts := 0, 0
	for name, o := range s.followedObjects() {
		status := o.GetFollowedStatus()
		switch {
		case name == "asset late" && o.GetCreateToken() == "", name == "asset late-track" && status.Adding == nil && len(status.Children) == 1:
		case status.Adding != nil:
			parts++
		case status.ID == "" && o.GetAnnotations()[video.AnnotationCreateToken] != "":
			creates++
		default:
			return errors.New(name + " is not")
		}
	}
	if creates != 6 || parts != 5 {
		return fmt.Errorf("%d creates and %d parts are", creates, parts)
	}
	return nil
}

// checkIntents makes sure that the snapshot is of the moment that is meant.
func (s *stage) checkIntents() {
	s.Helper()
	if err := s.underWay(); err != nil {
		s.Fatalf("in the snapshot %v", err)
	}
}

// settledBut are the identities of all objects but some, once they have settled.
func (s *stage) settledBut(names ...string) map[string]string {
	s.Helper()
	all := map[string]string{}
	within(s, 30*time.Second, "all objects have settled", func() error {
		for key, o := range s.followedObjects() {
			if slices.Contains(names, o.GetName()) {
				continue
			}
			if err := errors.Join(settledAtMux(o), s.finished(o)); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			all[key] = identity(o)
		}
		return nil
	})
	return all
}

// finished says what an object has not come to: an upload waits for its file or has an asset, all else is Ready.
func (s *stage) finished(o commit.Followed) error {
	if meta.IsStatusConditionTrue(o.GetConditions(), video.ConditionReady) || meta.IsStatusConditionTrue(o.GetConditions(), video.ConditionURLReady) {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(describe(o.GetConditions()), "; "))
}

// allAtMux are the ids of all that Mux has.
func (s *stage) allAtMux() string {
	s.Helper()
	return mustJSON([]any{s.sim.AssetIDs(muxsim.DefaultEnvironmentID), s.streamsAtMux(), slices.Sorted(maps.Keys(s.uploadsAtMux()))})
}
