// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// quick lets a replica call Mux as often as it likes.
func quick(_ *rest.Config, o *options) { o.createRate, o.requestRate = 100, 100 }

// withParts asks for a part of each kind, and for what Mux is told after the create.
func withParts(a *video.MuxAsset) {
	own := "of the user"
	a.Spec.PlaybackPolicies = append(a.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
	a.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en", URL: "https://example.com/en.vtt"}}
	a.Spec.GeneratedSubtitles = []video.GeneratedSubtitles{{LanguageCode: "de", Name: "Deutsch"}}
	a.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}}
	a.Spec.MasterAccess = "temporary"
	a.Spec.Passthrough, a.Spec.Meta = &own, &video.AssetMeta{ExternalID: &own, Title: &own}
}

// followedObjects are all objects of the stage that follow one at Mux, by kind and name.
func (s *stage) followedObjects() map[string]commit.Followed {
	s.Helper()
	all := map[string]commit.Followed{}
	for kind, list := range map[string]client.ObjectList{
		"asset": &video.MuxAssetList{}, "live stream": &video.MuxLiveStreamList{}, "upload": &video.MuxUploadList{},
	} {
		if err := s.List(s.ctx, list, client.InNamespace(s.namespace)); err != nil {
			s.Fatal(err)
		}
		for _, o := range commit.Items(list) {
			all[kind+" "+o.GetName()] = o
		}
	}
	return all
}

// identity is what an object and its parts are at Mux.
func identity(o commit.Followed) string {
	parts := []string{}
	for _, child := range o.GetFollowedStatus().Children {
		parts = append(parts, child.Kind+" "+child.Key+" is "+child.ID)
	}
	slices.Sort(parts)
	return "it is " + o.GetFollowedStatus().ID + ": " + strings.Join(parts, ", ")
}

// identities are those of all objects, once each of them has settled and knows its parts.
func (s *stage) identities() map[string]string {
	s.Helper()
	all := map[string]string{}
	within(s, 30*time.Second, "all objects have settled", func() error {
		for name, o := range s.followedObjects() {
			if err := settledAtMux(o); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			all[name] = identity(o)
		}
		return nil
	})
	return all
}

// settledAtMux says what an object still waits for.
func settledAtMux(o commit.Followed) error {
	status := o.GetFollowedStatus()
	synced := slices.ContainsFunc(o.GetConditions(), func(c metav1.Condition) bool {
		return c.Type == video.ConditionSynced && c.Status == metav1.ConditionTrue && c.ObservedGeneration == o.GetGeneration()
	})
	missing := slices.ContainsFunc(status.Children, func(c video.ChildStatus) bool { return c.ID == "" })
	if synced && !missing && status.ID != "" && status.Adding == nil && o.GetAnnotations()[video.AnnotationID] == status.ID {
		return nil
	}
	return fmt.Errorf("%s; %s; adding %s", identity(o), describe(o.GetConditions()), mustJSON(status.Adding))
}

// lose removes all objects with their statuses and UIDs while no operator runs, and what the garbage collector removes with them;
// Mux hears nothing of it.
func (s *stage) lose() {
	s.Helper()
	objects := []client.Object{s.env}
	for _, o := range s.followedObjects() {
		objects = append(objects, o)
	}
	for _, o := range objects {
		base := o.DeepCopyObject().(client.Object)
		o.SetFinalizers(nil)
		if err := s.Patch(s.ctx, o, client.MergeFrom(base)); err != nil {
			s.Fatal(err)
		}
		if err := client.IgnoreNotFound(s.Delete(s.ctx, o)); err != nil {
			s.Fatal(err)
		}
		if err := s.get(o); !apierrors.IsNotFound(err) {
			s.Fatalf("%s is still there: %v", o.GetName(), err)
		}
	}
	var secrets corev1.SecretList
	if err := s.List(s.ctx, &secrets, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	for i := range secrets.Items {
		if len(secrets.Items[i].OwnerReferences) > 0 {
			if err := s.Delete(s.ctx, &secrets.Items[i]); err != nil {
				s.Fatal(err)
			}
		}
	}
}

// posts are the POSTs that Mux has got, by route.
func (s *stage) posts() map[string]int {
	calls := s.calls()
	maps.DeleteFunc(calls, func(call string, _ int) bool { return !strings.HasPrefix(call, "POST ") })
	return calls
}

// TestLostStatuses backs every kind up, with every kind of part, loses all of it and applies the backup: everything is what it was,
// and no POST is sent.
func TestLostStatuses(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	first := s.operator(quick)
	hook := s.webhooks(first)
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.managed("plain")
	full := s.managed("full", withParts)
	own := "of the user"
	studio := s.declared("studio", func(l *video.MuxLiveStream) {
		l.Annotations = map[string]string{video.AnnotationRequestResetStreamKey: "1"}
		l.Spec.PlaybackPolicies = append(l.Spec.PlaybackPolicies, video.PlaybackPolicy{Policy: "signed"})
		l.Spec.Passthrough = &own
		l.Spec.SimulcastTargets = []video.SimulcastTarget{{Name: "elsewhere", URL: "rtmp://example.com/app"}}
	})
	s.upload("waits")
	done := s.upload("done")
	s.condition(done, soon, video.ConditionURLReady, metav1.ConditionTrue, "")
	if code := s.send(string(s.urlSecret("done-upload-url").Data["url"])); code != 200 {
		t.Fatalf("the file was answered %d", code)
	}
	s.condition(s.made(video.OriginUpload, "done"), soon, video.ConditionReady, metav1.ConditionTrue, "")
	for _, o := range []conditioned{full, studio, done} {
		s.condition(o, soon, video.ConditionReady, metav1.ConditionTrue, "")
	}
	before := s.identities()
	key, url := s.urlSecret("studio-stream-key").Data["streamKey"], s.urlSecret("waits-upload-url").Data["url"]
	if len(full.Status.Children) != 5 || len(before) != 6 {
		t.Fatalf("the test shows too little: %v", before)
	}
	backup := filepath.Join(t.TempDir(), "backup.yaml")
	if err := os.WriteFile(backup, []byte(s.kubectl("get", "muxenvironments,muxassets,muxlivestreams,muxuploads", "-o", "yaml")), 0o600); err != nil {
		t.Fatal(err)
	}
	first.stop()
	s.sim.RemoveWebhook(hook)
	s.lose()
	s.sim.ResetRequests()

	s.webhooks(s.operator(quick))
	s.kubectl("apply", "-f", stripped(t, backup))
	after := s.identities()
	if !maps.Equal(before, after) {
		t.Errorf("before\n%s\nafter\n%s", mustJSON(before), mustJSON(after))
	}
	for _, o := range []conditioned{full, studio, done} {
		s.condition(o, soon, video.ConditionReady, metav1.ConditionTrue, "")
	}
	within(s, soon, "the Secrets are written again", func() error {
		stream, upload := s.urlSecret("studio-stream-key"), s.urlSecret("waits-upload-url")
		if stream == nil || upload == nil || string(stream.Data["streamKey"]) != string(key) || string(upload.Data["url"]) != string(url) {
			return fmt.Errorf("they are not as they were")
		}
		return nil
	})
	if posts, master := s.posts(), s.calls()["PUT /video/v1/assets/{id}/master-access"]; len(posts) != 0 || master != 0 {
		t.Errorf("%v were sent, and %d times the master asked for; want none", posts, master)
	}
	t.Logf("%d objects with %d parts of their own restored; Mux got %v", len(after), strings.Count(mustJSON(after), " is ")-len(after), s.calls())
}
