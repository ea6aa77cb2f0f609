// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"testing"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

const postAsset = "POST /video/v1/assets"

// asset declares a video.
func (s *stage) asset(name string) *video.MuxAsset {
	s.Helper()
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, UID: "video"}}
	asset.Spec.EnvironmentRef.Name, asset.Spec.Inputs = "default", []video.AssetInput{{URL: "https://example.com/v.mp4"}}
	s.create(asset)
	return asset
}

// atIntent runs do when the intent has been annotated, before the follower learns of it, once.
func (s *stage) atIntent(do func()) {
	done := false
	under := s.Client.(client.WithWatch)
	s.f.client = interceptor.NewClient(under, interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, options ...client.PatchOption) error {
			err := c.Patch(ctx, o, p, options...)
			if o.GetAnnotations()[video.AnnotationCreateToken] != "" && !done {
				done = true
				do()
			}
			return err
		},
	})
}

// try looks at an object once, whatever comes of it, and reads it again.
func (s *stage) try(object client.Object) error {
	s.Helper()
	_, err := s.f.Reconcile(s.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(object)})
	if err := s.read(object); err != nil {
		s.Fatal(err)
	}
	return err
}

// TestCreateTooLate : a leader that was paused after its intent sends nothing, and says so by taking the intent back.
func TestCreateTooLate(t *testing.T) {
	for pause, sent := range map[time.Duration]int{0: 1, sendWithin: 1, sendWithin + time.Second: 0, time.Hour: 0} {
		s := newStage(t, assetKind{})
		asset := s.asset("video")
		s.atIntent(func() { s.clock.Advance(pause) })
		if err := s.try(asset); (err == nil) != (sent > 0) {
			t.Errorf("after a pause of %s: %v", pause, err)
		}
		if got := s.calls()[postAsset]; got != sent {
			t.Errorf("after a pause of %s %d creates were sent", pause, got)
		}
		if intent := asset.Annotations[video.AnnotationCreateToken] != ""; intent != (sent > 0) {
			t.Errorf("after a pause of %s the intent is annotated: %t", pause, intent)
		}
		s.reconcile(asset)
		if ids := s.sim.AssetIDs(muxsim.DefaultEnvironmentID); len(ids) != 1 || ids[0] != asset.Status.ID {
			t.Errorf("in the end Mux has %v, the status %s", ids, asset.Status.ID)
		}
		s.calls()
		version := asset.ResourceVersion
		if s.reconcile(asset); asset.ResourceVersion != version || len(s.calls()) != 0 {
			t.Error("another look writes or calls")
		}
	}
}

// TestCreatePausedLeader : while one leader is paused after its intent, another sees that nothing was made and creates. The first
// sends nothing and leaves the intent of the other alone.
func TestCreatePausedLeader(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.asset("video")
	second := &follower{kind: s.f.kind, client: s.Client, options: s.f.options, clients: s.f.clients, rejected: s.f.rejected}
	var intent string
	s.atIntent(func() {
		s.clock.Advance(s.f.certainlyOver() + time.Second)
		first := s.f
		s.f = second
		s.reconcile(asset)
		s.f, intent = first, asset.Annotations[video.AnnotationCreateTime]
	})
	if err := s.try(asset); err == nil {
		t.Error("the first does not say that the intent is not its own")
	}
	if got := s.calls()[postAsset]; got != 1 || intent == "" || asset.Annotations[video.AnnotationCreateTime] != intent {
		t.Errorf("%d creates were sent, the intent is of %s, was %s", got, asset.Annotations[video.AnnotationCreateTime], intent)
	}
}

// TestCreateRace : two leaders that write the intent at once are one that creates.
func TestCreateRace(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.asset("video")
	var other commit.Followed = asset.DeepCopy()
	if err := s.read(other); err != nil {
		t.Fatal(err)
	}
	s.reconcile(asset)
	stale := newScope(other)
	stale.env = s.env
	muxClient, err := s.f.connect(t.Context(), stale)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.f.send(t.Context(), stale, muxClient); err != errStale {
		t.Errorf("the second got %v", err)
	}
	if got := s.calls()[postAsset]; got != 1 {
		t.Errorf("%d creates were sent", got)
	}
}

// TestSecondIntentConflict : somebody changes the object between the two writes; nothing is sent before it was read again.
func TestSecondIntentConflict(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.asset("video")
	under, done := s.Client.(client.WithWatch), false
	s.f.client = interceptor.NewClient(under, interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, options ...client.PatchOption) error {
			if !done {
				done = true
				current := &video.MuxAsset{}
				if err := c.Get(ctx, client.ObjectKeyFromObject(o), current); err != nil {
					return err
				}
				current.Labels = map[string]string{"changed": "meanwhile"}
				if err := c.Update(ctx, current); err != nil {
					return err
				}
			}
			return c.Patch(ctx, o, p, options...)
		},
	})
	s.reconcile(asset)
	if got := s.calls()[postAsset]; got != 0 || asset.Annotations[video.AnnotationCreateToken] != "" {
		t.Errorf("%d creates were sent, annotations are %v", got, asset.Annotations)
	}
	s.reconcile(asset)
	if got := s.calls()[postAsset]; got != 1 {
		t.Errorf("%d creates were sent in the end", got)
	}
}

// TestRecordIDSuperseded : an id that came another way stays; what was made beside it is named, or cancelled if it is an upload.
func TestRecordIDSuperseded(t *testing.T) {
	s := newStage(t, assetKind{})
	asset := s.asset("video")
	s.atIntent(func() {
		current := asset.DeepCopy()
		if err := s.read(current); err != nil {
			t.Fatal(err)
		}
		current.Status.ID = "other"
		if err := s.Status().Update(t.Context(), current); err != nil {
			t.Fatal(err)
		}
	})
	s.reconcile(asset)
	made := s.sim.AssetIDs(muxsim.DefaultEnvironmentID)
	if len(made) != 1 || asset.Status.ID != "other" || asset.Status.Creation.DuplicateID != made[0] {
		t.Errorf("Mux has %v, the status is %+v", made, asset.Status.FollowedStatus)
	}
}

// TestElapsed : neither a machine that slept nor a wall clock that was set back makes a pause shorter.
func TestElapsed(t *testing.T) {
	now := time.Now()
	slept := now.Round(0).Add(time.Hour) // without a monotonic reading, as after a sleep
	if got := elapsed(now, slept); got != time.Hour {
		t.Errorf("got %s", got)
	}
	if got := elapsed(now, now.Add(time.Minute)); got != time.Minute {
		t.Errorf("got %s", got)
	}
}
