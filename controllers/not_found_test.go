// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"net/http"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

const notFoundBody = `{"error":{"type":"not_found","messages":["The requested resource either doesn't exist or you don't have access to it."]}}`

// vanished has Mux answer 404 to whatever is asked of its videos: what others have deleted is not there any more.
func (s *stage) vanished() (restore func()) {
	return s.through(func(request *http.Request) *http.Response {
		if strings.HasPrefix(request.URL.Path, "/video/") {
			return answering(request, http.StatusNotFound, nil, notFoundBody)
		}
		return nil
	})
}

// provisioned is an object that is at Mux and to be deleted there with it.
func (s *stage) provisioned() (o commit.Followed) {
	s.Helper()
	o = s.object("video", "", deletes)
	s.reconcile(o)
	if o.GetFollowedStatus().ID == "" {
		s.Fatalf("it is not at Mux: %+v", o.GetConditions())
	}
	s.calls()
	return o
}

// TestNotFoundKeeps : a 404 that may have another cause than that the object is gone keeps the finalizer, says why and how the object
// can be let go, and once the cause is mended the object is deleted at Mux.
func TestNotFoundKeeps(t *testing.T) {
	for name, test := range map[string]struct {
		harm   func(*stage) (mend func())
		reason string
		says   string
	}{
		"a token that may only read": {func(s *stage) func() {
			s.sim.SetPermissions(muxsim.DefaultTokenID, "video:read")
			return func() { s.sim.SetPermissions(muxsim.DefaultTokenID, permissions...) }
		}, video.ReasonPermissionMissing, "lacks the permission video:write"},
		"a token without rights": {func(s *stage) func() {
			s.sim.SetPermissions(muxsim.DefaultTokenID)
			return func() { s.sim.SetPermissions(muxsim.DefaultTokenID, permissions...) }
		}, video.ReasonPermissionMissing, "lacks the permission video:read"},
		"a token that is now of another environment": {func(s *stage) func() {
			s.sim.MoveToken(muxsim.DefaultTokenID, "other")
			return func() { s.sim.MoveToken(muxsim.DefaultTokenID, muxsim.DefaultEnvironmentID) }
		}, video.ReasonEnvironmentMismatch, "belongs to the Mux environment other"},
		"nobody says who the token is": {func(s *stage) func() {
			return s.through(func(request *http.Request) *http.Response {
				if strings.HasPrefix(request.URL.Path, "/video/") {
					return answering(request, http.StatusNotFound, nil, notFoundBody)
				}
				return answering(request, http.StatusServiceUnavailable, nil, "away")
			})
		}, video.ReasonMuxUnavailable, "could not ask"},
		"a proxy's own page": {func(s *stage) func() {
			return s.through(func(request *http.Request) *http.Response {
				return answering(request, http.StatusNotFound, nil, "<html>not here</html>")
			})
		}, video.ReasonMuxUnavailable, "something in between"},
	} {
		t.Run(name, func(t *testing.T) {
			everyKind(t, func(t *testing.T, s *stage) {
				o := s.provisioned()
				id := o.GetFollowedStatus().ID
				mend := test.harm(s)
				if err := s.Delete(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				for range 3 {
					_ = s.try(o) // what passes by itself ends in an error, which is tried again
				}
				c := meta.FindStatusCondition(o.GetConditions(), video.ConditionSynced)
				if c == nil || c.Reason != test.reason || !strings.Contains(c.Message, test.says) || !strings.Contains(c.Message, retainHint) || len(o.GetFinalizers()) == 0 {
					t.Fatalf("the finalizers are %v, the conditions %+v", o.GetFinalizers(), o.GetConditions())
				}
				mend()
				s.reconcile(o)
				if err := s.read(o); !apierrors.IsNotFound(err) || s.isThere(id) {
					t.Errorf("it is not deleted: %v %+v", err, o.GetConditions())
				}
			})
		})
	}
}

// TestNotFoundReleases : a 404 to a token that has the rights says that the object is gone, and the finalizer goes as well.
func TestNotFoundReleases(t *testing.T) {
	everyKind(t, func(t *testing.T, s *stage) {
		o := s.provisioned()
		s.vanished()
		if err := s.Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		s.reconcile(o)
		if err := s.read(o); !apierrors.IsNotFound(err) {
			t.Errorf("it is not released: %v %+v", err, o.GetConditions())
		}
		if calls := s.calls(); len(calls) != 1 || calls[whoAmI] != 1 {
			t.Errorf("Mux was asked %v, want who the token is", calls)
		}
	})
}

// TestNotFoundRead : a 404 to a token without the rights does not say that what is read is deleted, one to a token with them does.
func TestNotFoundRead(t *testing.T) {
	refresh := func(s *stage, o commit.Followed, token string) {
		s.Helper()
		before := o.DeepCopyObject().(commit.Followed)
		annotate(o, video.AnnotationRequestRefresh, token)
		if err := s.Patch(s.Context(), o, client.MergeFrom(before)); err != nil {
			s.Fatal(err)
		}
		s.reconcile(o)
	}
	everyKind(t, func(t *testing.T, s *stage) {
		o := s.provisioned()
		s.sim.SetPermissions(muxsim.DefaultTokenID, "video:write")
		refresh(s, o, "1")
		if got := reasonOf(o, video.ConditionSynced); got != "False PermissionMissing" || s.f.kind.ended(o) {
			t.Errorf("without the right it is %s: %+v", got, o.GetConditions())
		}
		s.sim.SetPermissions(muxsim.DefaultTokenID, permissions...)
		s.vanished()
		refresh(s, o, "2")
		if got := reasonOf(o, video.ConditionStalled); got != "True DeletedAtMux" {
			t.Errorf("with the right it is %s: %+v", got, o.GetConditions())
		}
	})
}

// TestLetGo : whatever keeps the operator from calling Mux, an object that is deleted says how it can be let go, and spec.deletionPolicy
// Retain lets it go without a call.
func TestLetGo(t *testing.T) {
	for name, harm := range map[string]func(*stage){
		"the environment is gone":       func(s *stage) { s.vanish(s.env) },
		"the environment has no Secret": func(s *stage) { s.vanish(credentialsSecret()) },
		"the environment is suspended":  func(s *stage) { s.change(func(env *video.MuxEnvironment) { env.Spec.Suspend = true }) },
		"the environment is not ready": func(s *stage) {
			s.change(func(env *video.MuxEnvironment) { env.Status.Conditions[0].Status = "False" })
		},
		"the environment is another":    func(s *stage) { s.change(func(env *video.MuxEnvironment) { env.Status.EnvironmentID = "other" }) },
		"the environment only receives": func(s *stage) { s.change(func(env *video.MuxEnvironment) { env.Spec.CredentialsSecretRef = nil }) },
		"the token is not accepted":     func(s *stage) { s.sim.RevokeToken(muxsim.DefaultTokenID) },
	} {
		t.Run(name, func(t *testing.T) {
			everyKind(t, func(t *testing.T, s *stage) {
				o := s.provisioned()
				harm(s)
				if err := s.Delete(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				s.reconcile(o)
				c := meta.FindStatusCondition(o.GetConditions(), video.ConditionSynced)
				if c == nil || !strings.Contains(c.Message, retainHint) || len(o.GetFinalizers()) == 0 {
					t.Fatalf("the finalizers are %v, the conditions %+v", o.GetFinalizers(), o.GetConditions())
				}
				version := o.GetResourceVersion()
				if s.reconcile(o); o.GetResourceVersion() != version {
					t.Error("another look at it writes something")
				}
				s.calls()
				o.GetFollowedSpec().DeletionPolicy = video.DeletionPolicyRetain
				if err := s.Update(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				s.reconcile(o)
				if err := s.read(o); !apierrors.IsNotFound(err) || len(s.calls()) != 0 {
					t.Errorf("it is not let go, or not without a call: %v %+v", err, o.GetConditions())
				}
			})
		})
	}
}

// vanish deletes an object.
func (s *stage) vanish(object client.Object) {
	s.Helper()
	if err := s.Delete(s.Context(), object); err != nil {
		s.Fatal(err)
	}
}

// change changes the environment and its status.
func (s *stage) change(change func(*video.MuxEnvironment)) {
	s.Helper()
	changed := s.env.DeepCopy()
	change(changed)
	status := changed.Status.DeepCopy()
	if err := s.Update(s.Context(), changed); err != nil {
		s.Fatal(err)
	}
	changed.Status = *status
	if err := s.Status().Update(s.Context(), changed); err != nil {
		s.Fatal(err)
	}
}
