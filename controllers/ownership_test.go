// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// everyKind runs a test for each kind.
func everyKind(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	for _, k := range kinds {
		t.Run(k.name(), func(t *testing.T) {
			t.Parallel()
			test(t, newStage(t, k))
		})
	}
}

// object is an object of the stage's kind that declares something, or follows what has the id.
func (s *stage) object(name, id string, edits ...func(*video.FollowedSpec)) commit.Followed {
	s.Helper()
	o := s.f.kind.newObject()
	o.SetNamespace("ns")
	o.SetName(name)
	o.SetUID(types.UID(name))
	spec := o.GetFollowedSpec()
	spec.EnvironmentRef.Name = "default"
	switch o := o.(type) {
	case *video.MuxAsset:
		if id == "" {
			o.Spec.Inputs = []video.AssetInput{{URL: "https://example.com/a.mp4"}}
		}
	case *video.MuxUpload:
		o.Spec.CORSOrigin = "*"
	}
	if id != "" {
		spec.Import = &video.ImportSpec{ID: id}
	}
	for _, edit := range edits {
		edit(spec)
	}
	s.create(o)
	return o
}

// theirs is something of the stage's kind that others have made at Mux.
func (s *stage) theirs() (id string) {
	s.Helper()
	var err error
	switch s.f.kind.(type) {
	case assetKind:
		var made mux.Answer[mux.Asset]
		made, err = s.dashboard().CreateAsset(s.Context(), mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{Inputs: []mux.Input{{URL: "https://example.com/a.mp4"}}}})
		id = made.Value.ID
	case liveStreamKind:
		var made mux.Answer[mux.LiveStream]
		made, err = s.dashboard().CreateLiveStream(s.Context(), mux.CreateLiveStreamRequest{})
		id = made.Value.ID
	case uploadKind:
		var made mux.Answer[mux.Upload]
		made, err = s.dashboard().CreateUpload(s.Context(), mux.CreateUploadRequest{CORSOrigin: "*"})
		id = made.Value.ID
	}
	if err != nil {
		s.Fatal(err)
	}
	s.calls()
	return id
}

// writes are the calls that change something at Mux.
func (s *stage) writes() map[string]int {
	calls := s.calls()
	for call := range calls {
		if strings.HasPrefix(call, "GET ") {
			delete(calls, call)
		}
	}
	return calls
}

func observes(spec *video.FollowedSpec) { spec.ManagementPolicy = video.ManagementPolicyObserve }

func deletes(spec *video.FollowedSpec) { spec.DeletionPolicy = video.DeletionPolicyDelete }

// isThere says whether Mux still has, or still waits for, what has the id.
func (s *stage) isThere(id string) bool {
	s.Helper()
	answer, err := s.f.kind.get(s.Context(), s.dashboard(), id)
	if mux.IsNotFound(err) {
		return false
	}
	if err != nil {
		s.Fatal(err)
	}
	o := s.f.kind.newObject()
	answer.join(o)
	s.calls()
	return !s.f.kind.ended(o)
}

// deleted deletes an object and looks at it until it is gone.
func (s *stage) deleted(o commit.Followed) {
	s.Helper()
	if err := s.Delete(s.Context(), o); err != nil {
		s.Fatal(err)
	}
	for range 5 {
		s.reconcile(o)
		if err := s.read(o); apierrors.IsNotFound(err) {
			return
		}
	}
	s.Fatalf("it is not released: %+v", o.GetFollowedStatus())
}

// TestSecondClaim : a second object for the same id is Stalled with the first one's name, calls nothing, and its deletion leaves what
// is the first one's.
func TestSecondClaim(t *testing.T) {
	everyKind(t, func(t *testing.T, s *stage) {
		id := s.theirs()
		s.reconcile(s.object("first", id))
		s.calls()
		second := s.object("second", id, deletes)
		after := s.reconcile(second)
		c := meta.FindStatusCondition(second.GetConditions(), video.ConditionStalled)
		if c == nil || c.Reason != video.ReasonIDConflict || !strings.Contains(c.Message, "ns/first") || after != unwatchedRetry {
			t.Errorf("it is looked at after %s, the conditions are %+v", after, second.GetConditions())
		}
		if calls := s.calls(); len(calls) != 0 {
			t.Errorf("the calls were %v", calls)
		}
		s.deleted(second)
		if !s.isThere(id) {
			t.Error("what is the first one's is gone from Mux")
		}
	})
}

// TestObserveWritesNothing : an object that only observes changes nothing at Mux, whatever its spec says and even when it is deleted.
func TestObserveWritesNothing(t *testing.T) {
	everyKind(t, func(t *testing.T, s *stage) {
		id := s.theirs()
		o := s.object("watcher", id, observes, deletes)
		switch o := o.(type) {
		case *video.MuxAsset:
			o.Spec.Passthrough, o.Spec.MasterAccess = text("mine"), "temporary"
			o.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "signed"}}
			o.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en", URL: "https://example.com/en.vtt"}}
			o.Annotations = map[string]string{video.AnnotationRequestMaster: "1"}
		case *video.MuxLiveStream:
			everything(o)
			o.Annotations = map[string]string{video.AnnotationRequestComplete: "1", video.AnnotationRequestResetStreamKey: "1"}
		}
		if err := s.Update(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			s.reconcile(o)
			s.clock.Advance(time.Minute)
		}
		if reasonOf(o, video.ConditionSynced) != "True Observed" {
			t.Errorf("the conditions are %+v", o.GetConditions())
		}
		s.deleted(o)
		if writes := s.writes(); len(writes) != 0 || !s.isThere(id) {
			t.Errorf("it did %v", writes)
		}
	})
}

// TestDeletionPolicy : unset deletes what the operator has made and keeps what others have; Delete and Retain do what they say.
func TestDeletionPolicy(t *testing.T) {
	for policy, want := range map[video.DeletionPolicy]struct{ ours, theirs bool }{
		"":                         {ours: true},
		video.DeletionPolicyDelete: {ours: true, theirs: true},
		video.DeletionPolicyRetain: {},
	} {
		everyKind(t, func(t *testing.T, s *stage) {
			says := func(spec *video.FollowedSpec) { spec.DeletionPolicy = policy }
			ours := s.object("ours", "", says)
			s.reconcile(ours)
			theirs := s.object("theirs", s.theirs(), says)
			s.reconcile(theirs)
			for _, o := range []struct {
				commit.Followed
				gone bool
			}{{ours, want.ours}, {theirs, want.theirs}} {
				id := o.GetFollowedStatus().ID
				s.deleted(o.Followed)
				if s.isThere(id) == o.gone {
					t.Errorf("policy %q, %s: gone from Mux is %t", policy, o.GetName(), !o.gone)
				}
			}
		})
	}
}

// TestKeptWithCRD : when the CustomResourceDefinition is deleted its objects go and what is at Mux stays; where the operator cannot
// see that, only spec.deletionPolicy Delete deletes.
func TestKeptWithCRD(t *testing.T) {
	everyKind(t, func(t *testing.T, s *stage) {
		crd := crdOf(s.f.kind.name() + "s")
		if err := s.read(crd); err != nil {
			t.Fatal(err)
		}
		crd.SetFinalizers([]string{"customresourcecleanup.apiextensions.k8s.io"})
		if err := s.Update(t.Context(), crd); err != nil {
			t.Fatal(err)
		}
		kept := []commit.Followed{s.object("unset", ""), s.object("delete", "", deletes)}
		for _, o := range kept {
			s.reconcile(o)
		}
		if err := s.Delete(t.Context(), crd); err != nil {
			t.Fatal(err)
		}
		for _, o := range kept {
			id := o.GetFollowedStatus().ID
			s.deleted(o)
			if !s.isThere(id) {
				t.Errorf("%s: it is gone from Mux", o.GetName())
			}
		}
	})
	everyKind(t, func(t *testing.T, s *stage) {
		s.f.options.Committer.Live = forbidsCRDs(s.Client)
		for _, o := range []struct {
			commit.Followed
			gone bool
		}{{s.object("unset", ""), false}, {s.object("delete", "", deletes), true}} {
			s.reconcile(o.Followed)
			id := o.GetFollowedStatus().ID
			s.deleted(o.Followed)
			if s.isThere(id) == o.gone {
				t.Errorf("%s: gone from Mux is %t", o.GetName(), !o.gone)
			}
		}
	})
}

// forbidsCRDs is an API server that does not let the operator read CustomResourceDefinitions, as in one namespace without a ClusterRole.
func forbidsCRDs(c client.Client) client.Client {
	return interceptor.NewClient(c.(client.WithWatch), interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
			if o.GetObjectKind().GroupVersionKind().Kind == "CustomResourceDefinition" {
				return apierrors.NewForbidden(schema.GroupResource{Resource: "customresourcedefinitions"}, key.Name, nil)
			}
			return c.Get(ctx, key, o, options...)
		},
	})
}

// TestGuard : when the credentials of an environment are those of another one by now, its objects are Stalled with the names of both, and
// nothing is called, whatever they want: to be read, to be changed, to be made.
func TestGuard(t *testing.T) {
	everyKind(t, func(t *testing.T, s *stage) {
		there := s.object("there", "")
		s.reconcile(there)
		s.calls()
		s.env.Status.EnvironmentID = "other"
		if err := s.Status().Update(t.Context(), s.env); err != nil {
			t.Fatal(err)
		}
		before := there.DeepCopyObject().(commit.Followed)
		annotate(there, video.AnnotationRequestRefresh, "1")
		if err := s.Patch(t.Context(), there, client.MergeFrom(before)); err != nil {
			t.Fatal(err)
		}
		s.reconcile(there)
		c := meta.FindStatusCondition(there.GetConditions(), video.ConditionStalled)
		if c == nil || c.Reason != video.ReasonEnvironmentMismatch || !strings.Contains(c.Message, muxsim.DefaultEnvironmentID) || !strings.Contains(c.Message, "is now other") {
			t.Errorf("the conditions are %+v", there.GetConditions())
		}
		// The token that is remembered is not that of the environment that the status names.
		fresh := s.object("fresh", "")
		s.reconcile(fresh)
		if got := reasonOf(fresh, video.ConditionSynced); got != "False EnvironmentMismatch" || fresh.GetFollowedStatus().Creation != nil {
			t.Errorf("a new object is %s", got)
		}
		if calls := s.calls(); len(calls) != 0 {
			t.Errorf("the calls were %v", calls)
		}
		for _, o := range []commit.Followed{there, fresh} {
			version := o.GetResourceVersion()
			if s.reconcile(o); o.GetResourceVersion() != version || len(s.calls()) != 0 {
				t.Errorf("a second look at %s writes or calls", o.GetName())
			}
		}
	})
}

// TestReceiveOnly : without credentials nothing is called. What observes goes on with webhooks, what declares is Stalled.
func TestReceiveOnly(t *testing.T) {
	everyKind(t, func(t *testing.T, s *stage) {
		id := s.theirs()
		s.env.Spec.CredentialsSecretRef = nil
		if err := s.Update(t.Context(), s.env); err != nil {
			t.Fatal(err)
		}
		declares, watcher := s.object("declares", ""), s.object("watcher", id, observes)
		s.reconcile(declares)
		s.reconcile(watcher)
		if reasonOf(declares, video.ConditionStalled) != "True ReceiveOnly" || reasonOf(watcher, video.ConditionSynced) != "False Pending" {
			t.Errorf("the conditions are %+v and %+v", declares.GetConditions(), watcher.GetConditions())
		}
		if calls := s.calls(); len(calls) != 0 {
			t.Errorf("the calls were %v", calls)
		}
		s.deleted(declares)
		s.deleted(watcher)
	})
}

// TestNamespaceAdmitted : an object of another namespace goes on when a label admits that, and sends nothing any more when the label
// is gone.
func TestNamespaceAdmitted(t *testing.T) {
	s := newStage(t, assetKind{})
	s.env.Spec.AllowedNamespaces = &video.AllowedNamespaces{From: video.NamespacesFromSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"video": "yes"}}}
	if err := s.Update(t.Context(), s.env); err != nil {
		t.Fatal(err)
	}
	team := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team"}}
	s.create(team)
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "intro", UID: "intro"}}
	asset.Spec.EnvironmentRef = video.EnvironmentReference{Name: "default", Namespace: "ns"}
	asset.Spec.Inputs = []video.AssetInput{{URL: "https://example.com/a.mp4"}}
	s.create(asset)
	if after := s.reconcile(asset); after != unwatchedRetry || reasonOf(asset, video.ConditionStalled) != "True EnvironmentNotAllowed" || len(s.calls()) > 0 {
		t.Errorf("it is looked at after %s, the conditions are %+v", after, asset.Status.Conditions)
	}
	label := func(value string) {
		t.Helper()
		team.Labels = map[string]string{"video": value}
		if err := s.Update(t.Context(), team); err != nil {
			t.Fatal(err)
		}
	}
	label("yes")
	s.settles(asset)
	if calls := s.writes(); calls["POST /video/v1/assets"] != 1 || asset.Status.ID == "" {
		t.Errorf("the calls were %v", calls)
	}
	label("no")
	s.clock.Advance(time.Minute)
	before := asset.DeepCopy()
	asset.Spec.Passthrough = text("new")
	if err := s.Patch(t.Context(), asset, locked(before)); err != nil {
		t.Fatal(err)
	}
	s.reconcile(asset)
	if calls := s.calls(); len(calls) > 0 || reasonOf(asset, video.ConditionSynced) != "False EnvironmentNotAllowed" {
		t.Errorf("the calls were %v, the conditions are %+v", calls, asset.Status.Conditions)
	}
}
