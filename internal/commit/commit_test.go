// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

var key = client.ObjectKey{Namespace: "ns", Name: "asset"}

// store is an API server in memory whose cache can be held back, and that counts what is done to it. The real one is used
// where its behaviour matters, in webhookreceiver and cmd/mux-operator.
type store struct {
	client.Client
	committer *Committer
	patches   atomic.Int32
	liveReads atomic.Int32
	// cached is what cached reads see; nil for the present object.
	cached *video.MuxAsset
	// before runs before each patch; an error is the answer.
	before func(n int32) error
}

// newStore fails the test when it leaves a goroutine behind.
func newStore(t *testing.T) *store {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	scheme := runtime.NewScheme()
	if err := video.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	asset := &video.MuxAsset{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name, UID: "uid"}}
	s := &store{Client: fake.NewClientBuilder().WithScheme(scheme).WithObjects(asset).WithStatusSubresource(asset).Build()}
	funcs := interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, k client.ObjectKey, object client.Object, o ...client.GetOption) error {
			if s.cached != nil {
				s.cached.DeepCopyInto(object.(*video.MuxAsset))
				return nil
			}
			return c.Get(ctx, k, object, o...)
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, object client.Object, patch client.Patch, o ...client.SubResourcePatchOption) error {
			n := s.patches.Add(1)
			if s.before != nil {
				if err := s.before(n); err != nil {
					return err
				}
			}
			return c.SubResource(sub).Patch(ctx, object, patch, o...)
		},
	}
	live := interceptor.NewClient(s.Client.(client.WithWatch), interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, k client.ObjectKey, object client.Object, o ...client.GetOption) error {
			s.liveReads.Add(1)
			return c.Get(ctx, k, object, o...)
		},
	})
	s.committer = &Committer{Client: interceptor.NewClient(s.Client.(client.WithWatch), funcs), Live: live}
	return s
}

// holdFirst holds the first patch back, once it is in flight, until it is let go.
func (s *store) holdFirst() (inFlight <-chan struct{}, let func()) {
	reached, free := make(chan struct{}), make(chan struct{})
	s.before = func(n int32) error {
		if n == 1 {
			close(reached)
			<-free
		}
		return nil
	}
	return reached, func() { close(free) }
}

func (s *store) asset(t *testing.T) *video.MuxAsset {
	t.Helper()
	asset := &video.MuxAsset{}
	if err := s.Get(t.Context(), key, asset); err != nil {
		t.Fatal(err)
	}
	return asset
}

func setID(id string) func(*video.MuxAsset) error {
	return func(asset *video.MuxAsset) error {
		asset.Status.ID = id
		return nil
	}
}

func TestStatus(t *testing.T) {
	s := newStore(t)
	if _, outcome, err := Status(t.Context(), s.committer, key, setID("a")); outcome != Applied || err != nil {
		t.Fatalf("got %v, %v", outcome, err)
	}
	if got := s.asset(t); got.Status.ID != "a" || len(got.Status.Conditions) == 0 {
		t.Errorf("the status is %+v, want the change and the conditions", got.Status)
	}
	if _, outcome, err := Status(t.Context(), s.committer, key, setID("a")); outcome != Unchanged || err != nil || s.patches.Load() != 1 {
		t.Errorf("the same again gives %v, %v after %d patches", outcome, err, s.patches.Load())
	}
	if _, outcome, err := Status(t.Context(), s.committer, client.ObjectKey{Namespace: "ns", Name: "none"}, setID("a")); outcome != Gone || err != nil {
		t.Errorf("an object that is not there gives %v, %v", outcome, err)
	}
	refuse := errors.New("not this one")
	if _, _, err := Status(t.Context(), s.committer, key, func(*video.MuxAsset) error { return refuse }); !errors.Is(err, refuse) {
		t.Errorf("a change that fails gives %v", err)
	}
}

func TestStatusAfterConflict(t *testing.T) {
	s := newStore(t)
	s.cached = s.asset(t) // the cache stays at the first version
	if _, _, err := Status(t.Context(), s.committer, key, setID("a")); err != nil {
		t.Fatal(err)
	}
	conflicts := 0
	s.committer.Conflicts = func() { conflicts++ }
	_, outcome, err := Status(t.Context(), s.committer, key, func(asset *video.MuxAsset) error {
		asset.Status.EnvironmentID = "env"
		return nil
	})
	if outcome != Applied || err != nil || conflicts != 1 || s.liveReads.Load() != 1 {
		t.Errorf("got %v, %v after %d conflicts and %d live reads", outcome, err, conflicts, s.liveReads.Load())
	}
	if got := s.asset(t).Status; got.ID != "a" || got.EnvironmentID != "env" {
		t.Errorf("the status is %+v, want both changes", got)
	}
}

func TestStatusOfAnotherObject(t *testing.T) {
	s := newStore(t)
	old := s.asset(t)
	old.UID, old.ResourceVersion = "earlier", "1"
	if _, outcome, err := StatusOf(t.Context(), s.committer, old, setID("a")); outcome != Gone || err != nil {
		t.Errorf("an object of the same name gives %v, %v", outcome, err)
	}
}

func TestStatusErrors(t *testing.T) {
	kind := schema.GroupKind{Group: "video.mux.com", Kind: "MuxAsset"}
	resource := schema.GroupResource{Group: "video.mux.com", Resource: "muxassets"}
	for name, test := range map[string]struct {
		err     error
		outcome Outcome
		failed  bool
	}{
		"gone meanwhile":     {apierrors.NewNotFound(resource, key.Name), Gone, false},
		"invalid for good":   {apierrors.NewInvalid(kind, key.Name, nil), Invalid, true},
		"API server is away": {errors.New("connection refused"), Unchanged, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			s.before = func(int32) error { return test.err }
			_, outcome, err := Status(t.Context(), s.committer, key, setID("a"))
			if outcome != test.outcome || (err != nil) != test.failed {
				t.Errorf("got %v, %v", outcome, err)
			}
		})
	}
	t.Run("somebody rewrites it in a loop", func(t *testing.T) {
		s := newStore(t)
		s.before = func(int32) error { return apierrors.NewConflict(resource, key.Name, nil) }
		if _, _, err := Status(t.Context(), s.committer, key, setID("a")); err == nil || s.patches.Load() != maxConflicts {
			t.Errorf("got %v after %d patches", err, s.patches.Load())
		}
	})
	t.Run("a newer version", func(t *testing.T) {
		s := newStore(t)
		s.cached = s.asset(t)
		s.cached.Status.ProjectionVersion = video.ProjectionVersion + 1
		if _, _, err := Status(t.Context(), s.committer, key, setID("a")); !errors.Is(err, ErrNewerProjection) || s.patches.Load() != 0 {
			t.Errorf("got %v after %d patches", err, s.patches.Load())
		}
	})
}

// recorded collects Events as "type reason action".
type recorded []string

func (r *recorded) Eventf(_, _ runtime.Object, kind, reason, action, _ string, _ ...any) {
	*r = append(*r, kind+" "+reason+" "+action)
}

// TestAnnounce : one Event for each transition, none for what only comes into being, and none for the same again.
func TestAnnounce(t *testing.T) {
	s := newStore(t)
	var events recorded
	s.committer.Recorder = &events
	set := func(kind string, status metav1.ConditionStatus, reason string) {
		t.Helper()
		for range 2 { // the second is the same again
			if _, _, err := Status(t.Context(), s.committer, key, func(asset *video.MuxAsset) error {
				meta.SetStatusCondition(&asset.Status.Conditions, metav1.Condition{Type: kind, Status: status, Reason: reason})
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	set(video.ConditionConnected, metav1.ConditionFalse, "NoEncoder")
	set(video.ConditionConnected, metav1.ConditionTrue, "EncoderConnected")
	set(video.ConditionConnected, metav1.ConditionFalse, "NoEncoder")
	set(video.ConditionSynced, metav1.ConditionFalse, video.ReasonNotFound)
	set(video.ConditionSynced, metav1.ConditionTrue, video.ReasonSynced)
	want := []string{"Normal EncoderConnected Connected", "Normal NoEncoder Connected", "Warning NotFound Stalled"}
	if !slices.Equal(events, want) {
		t.Errorf("got  %q\nwant %q", events, want)
	}
}
