// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// asset is a MuxAsset that declares a video.
func (s *environmentStage) asset(name string, edits ...func(*video.MuxAsset)) *video.MuxAsset {
	s.Helper()
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, UID: types.UID(name)}}
	asset.Spec.EnvironmentRef.Name = "default"
	asset.Spec.Inputs = []video.AssetInput{{URL: "https://example.com/" + name + ".mp4"}}
	for _, edit := range edits {
		edit(asset)
	}
	s.create(asset)
	return asset
}

// made is an asset that is at Mux.
func (s *environmentStage) made(name string) *video.MuxAsset {
	s.Helper()
	asset := s.asset(name)
	s.reconcile(asset)
	if asset.Status.ID == "" {
		s.Fatalf("the asset was not made: %+v", asset.Status.Conditions)
	}
	return asset
}

func (s *environmentStage) isGone(object client.Object) bool { return s.read(object) != nil }

// TestEnvironmentInUse : a MuxEnvironment that is deleted stays, and says who uses it, until the last of them is gone. Those who may
// not use it do not keep it. Meanwhile what they have at Mux can be deleted, and nothing is made.
func TestEnvironmentInUse(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	s.settle()
	asset := s.made("video")
	stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "show"}}
	stream.Spec.EnvironmentRef.Name = "default"
	upload := &video.MuxUpload{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "file"}}
	upload.Spec.EnvironmentRef.Name = "default"
	s.create(stream)
	s.create(upload)
	s.asset("stranger", func(a *video.MuxAsset) { a.Namespace, a.Spec.EnvironmentRef.Namespace = "other", "ns" })
	s.asset("elsewhere", func(a *video.MuxAsset) { a.Spec.EnvironmentRef.Name = "another" })

	s.calls()
	s.remove(s.env)
	result, err := s.look()
	s.refresh()
	message := s.message(video.ConditionReady)
	if err != nil || result.RequeueAfter != unwatchedRetry || s.reason(video.ConditionReady) != "False InUse" || s.reason(video.ConditionReconciling) != "True InUse" ||
		!strings.Contains(message, "now 3: muxasset ns/video, muxlivestream ns/show, muxupload ns/file; delete them") {
		t.Errorf("looked at again after %s (%v): %v", result.RequeueAfter, err, conditionsOf(s.env))
	}
	if calls := s.calls(); len(calls) != 0 {
		t.Errorf("Mux got %v", calls)
	}
	s.quiet()
	s.start(&gate{}) // another process needs to know who the credentials are, or nobody can delete anything
	if got := s.once(video.ConditionReady); got != "False InUse" || s.calls()[whoAmI] != 1 {
		t.Errorf("after a start the environment is %s", got)
	}

	late := s.asset("late")
	s.reconcile(late)
	if got := reasonOf(late, video.ConditionSynced); got != "False EnvironmentNotReady" || late.Status.Creation != nil || s.calls()[postAsset] != 0 {
		t.Errorf("an asset was made: %s", got)
	}
	s.remove(late)
	s.remove(stream)
	s.remove(upload)
	if got := s.once(video.ConditionReady); got != "False InUse" || !strings.Contains(s.message(video.ConditionReady), "now 1: muxasset ns/video;") {
		t.Errorf("the conditions are %v", conditionsOf(s.env))
	}
	s.remove(asset)
	s.reconcile(asset)
	if !s.isGone(asset) || len(s.sim.AssetIDs(muxsim.DefaultEnvironmentID)) != 0 {
		t.Fatalf("the asset is not deleted: %+v", asset.Status.Conditions)
	}
	if requests := s.r.leaving(t.Context(), asset); len(requests) != 1 || requests[0].NamespacedName != s.key {
		t.Errorf("its end leads to %v", requests)
	}
	s.settle()
	if s.exists() || len(s.atMux()) != 0 || s.secret("default-webhook") != nil {
		t.Errorf("the environment is there: %v", conditionsOf(s.env))
	}
	if requests := s.r.leaving(t.Context(), asset); len(requests) != 0 {
		t.Errorf("without an environment the end of an object leads to %v", requests)
	}
}

// TestEnvironmentInUseManyOf keeps the message short.
func TestEnvironmentInUseManyOf(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t, named)
	s.settle()
	for i := range 12 {
		s.asset(fmt.Sprintf("asset-%02d", i))
	}
	s.remove(s.env)
	s.once(video.ConditionReady)
	if message := s.message(video.ConditionReady); !strings.Contains(message, "now 12:") || !strings.Contains(message, "asset-04, …;") || strings.Contains(message, "asset-05") {
		t.Errorf("the message is %q", message)
	}
}

// TestEnvironmentLeaves : an end of an object is looked at where its environment waits for it alone.
func TestEnvironmentLeaves(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t, named)
	s.settle()
	asset := s.asset("video")
	if requests := s.r.leaving(t.Context(), asset); len(requests) != 0 {
		t.Errorf("of an environment that stays it leads to %v", requests)
	}
	p := deleted()
	if p.Create(event.CreateEvent{Object: asset}) || p.Update(event.UpdateEvent{ObjectOld: asset, ObjectNew: asset}) || !p.Delete(event.DeleteEvent{Object: asset}) {
		t.Error("another event than the end passes, or the end does not")
	}
}

// TestEnvironmentHeldUp : what keeps the objects from being deleted is told by the environment, together with who they are and the
// way out, and by the objects.
func TestEnvironmentHeldUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		harm        func(*environmentStage)
		environment string
		asset       string
	}{
		"suspended": {func(s *environmentStage) { s.edit(func(e *video.MuxEnvironment) { e.Spec.Suspend = true }) }, "False Suspended", "False EnvironmentSuspended"},
		"no Secret": {func(s *environmentStage) { s.remove(credentialsSecret()) }, "False SecretNotFound", "False EnvironmentNotReady"},
		"rejected":  {func(s *environmentStage) { s.sim.RevokeToken(muxsim.DefaultTokenID) }, "False CredentialsRejected", "False EnvironmentNotReady"},
		"no rights": {func(s *environmentStage) { s.sim.SetPermissions(muxsim.DefaultTokenID, "video:read") }, "False PermissionMissing", "False EnvironmentNotReady"},
		"no credentials": {func(s *environmentStage) {
			s.edit(func(e *video.MuxEnvironment) {
				e.Spec.CredentialsSecretRef, e.Spec.EnvironmentID = nil, muxsim.DefaultEnvironmentID
			})
		}, "False InUse", "False ReceiveOnly"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newEnvironmentStage(t)
			s.settle()
			asset := s.made("video")
			s.remove(s.env)
			s.remove(asset)
			test.harm(s)
			s.start(&gate{}) // which remembers no credentials
			got := s.once(video.ConditionReady)
			if message := s.message(video.ConditionReady); got != test.environment || !strings.Contains(message, "now 1: muxasset ns/video; delete them") ||
				(got != "False InUse" && !strings.Contains(message, "set their spec.deletionPolicy to Retain")) {
				t.Errorf("the environment is %s: %s", got, message)
			}
			s.reconcile(asset)
			c := asset.GetConditions()
			if got := reasonOf(asset, video.ConditionSynced); got != test.asset || !strings.Contains(fmt.Sprint(c), retainHint) {
				t.Errorf("the asset is %s: %v", got, c)
			}
			s.release(asset)
			if left := s.atMux(); s.exists() || !s.isGone(asset) || len(left) != 1 || len(s.sim.AssetIDs(muxsim.DefaultEnvironmentID)) != 1 {
				t.Errorf("what was let go is there still, or Mux has lost it: %v, %v", conditionsOf(s.env), left)
			}
		})
	}
}

// release does what the conditions say lets everything go.
func (s *environmentStage) release(asset *video.MuxAsset) {
	s.Helper()
	asset.Spec.DeletionPolicy = video.DeletionPolicyRetain
	if err := s.Update(s.Context(), asset); err != nil {
		s.Fatal(err)
	}
	s.reconcile(asset)
	got := s.once(video.ConditionReady)
	if !s.exists() { // it had no credentials
		return
	}
	if message := s.message(video.ConditionReady); got == "False InUse" || !strings.Contains(message, "set spec.environmentID and remove spec.credentialsSecretRef") {
		s.Errorf("the environment is %s: %s", got, message)
	}
	s.edit(func(e *video.MuxEnvironment) {
		e.Spec.CredentialsSecretRef, e.Spec.EnvironmentID = nil, muxsim.DefaultEnvironmentID
	})
	s.settle()
}

// TestNamespaceDeleted deletes everything of a namespace at once, in every order, as Kubernetes does with one that is deleted. Nothing
// waits for anything that is gone, and nothing stays at Mux.
func TestNamespaceDeleted(t *testing.T) {
	t.Parallel()
	orders := permutations([]string{"mux", "default-webhook", "default", "video"})
	for _, order := range orders {
		s := newEnvironmentStage(t)
		s.settle()
		asset := s.made("video")
		objects := map[string]client.Object{"mux": credentialsSecret(), "default-webhook": s.secret("default-webhook"), "default": s.env, "video": asset}
		for _, name := range order {
			if err := s.Delete(t.Context(), objects[name]); client.IgnoreNotFound(err) != nil { // the environment may have taken its Secret along
				t.Fatal(err)
			}
			if s.exists() { // each may be looked at in between
				s.once(video.ConditionReady)
			}
			s.reconcile(asset)
		}
		for range 5 {
			if !s.isGone(asset) {
				s.reconcile(asset)
			}
			if s.exists() {
				s.settle()
			}
			s.clock.Advance(time.Minute)
		}
		if s.exists() || !s.isGone(asset) || len(s.atMux()) != 0 || len(s.sim.AssetIDs(muxsim.DefaultEnvironmentID)) != 0 {
			t.Errorf("in the order %v: %v, %v; Mux has %v", order, conditionsOf(s.env), asset.Status.Conditions, s.atMux())
		}
		s.sim.Close()
	}
	t.Logf("%d orders, all gone", len(orders))
}

func permutations(of []string) (all [][]string) {
	if len(of) == 0 {
		return [][]string{nil}
	}
	for i, first := range of {
		rest := append(append([]string{}, of[:i]...), of[i+1:]...)
		for _, p := range permutations(rest) {
			all = append(all, append([]string{first}, p...))
		}
	}
	return all
}

// TestUnregisterWaits : the create of an endpoint whose answer never came is looked for before the environment goes.
func TestUnregisterWaits(t *testing.T) {
	t.Parallel()
	s := newEnvironmentStage(t)
	s.sim.SetFaults(muxsim.Faults{Status5xxAfter: []muxsim.Rule{{Method: "POST", Times: 1}}})
	s.gate.lag, s.gate.since = 4*time.Minute, s.clock.Now()
	s.once(video.ConditionWebhookRegistered)
	s.remove(s.env)
	if got := s.once(video.ConditionReady); got != "False Deleting" || !strings.Contains(s.message(video.ConditionReady), "is looked for until") || len(s.atMux()) != 1 {
		t.Errorf("the environment is %s: %s", got, s.message(video.ConditionReady))
	}
	if before := s.gate.writes; s.once(video.ConditionReady) != "False Deleting" || s.gate.writes != before {
		t.Errorf("another look wrote something: %v", conditionsOf(s.env))
	}
	s.settle()
	if s.exists() || len(s.atMux()) != 0 {
		t.Errorf("the environment is there: %v; Mux has %v", conditionsOf(s.env), s.atMux())
	}
}
