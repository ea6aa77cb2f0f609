// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-logr/logr/funcr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestGroup holds the first patch back while more changes of the same object come: they go into one patch.
func TestGroup(t *testing.T) {
	s := newStore(t)
	inFlight, let := s.holdFirst()
	g := NewGroup[*video.MuxAsset](s.committer, NewTurns(2))
	outcomes := make([]Outcome, 12)
	var all sync.WaitGroup
	commit := func(i int, change func(*video.MuxAsset) error) {
		all.Go(func() {
			outcome, err := g.Commit(t.Context(), key, single(change), Ticket{})
			if err != nil {
				t.Error(err)
			}
			outcomes[i] = outcome
		})
	}
	commit(0, setID("a"))
	<-inFlight
	for i := 1; i < 11; i++ {
		commit(i, func(asset *video.MuxAsset) error {
			asset.Status.Tracks = append(asset.Status.Tracks, video.TrackStatus{ID: fmt.Sprint("track", i)})
			return nil
		})
	}
	commit(11, setID("a")) // says nothing new
	for queued := 0; queued < 11; runtime.Gosched() {
		g.mu.Lock()
		queued = len(g.pending[key].waiting)
		g.mu.Unlock()
	}
	let()
	all.Wait()
	if got := s.patches.Load(); got != 2 {
		t.Errorf("twelve changes took %d patches, want 2", got)
	}
	for i, outcome := range outcomes {
		if want := map[bool]Outcome{true: Unchanged, false: Applied}[i == 11]; outcome != want {
			t.Errorf("change %d: outcome %v, want %v", i, outcome, want)
		}
	}
	if got := s.asset(t).Status; got.ID != "a" || len(got.Tracks) != 10 {
		t.Errorf("the status has id %q and %d tracks", got.ID, len(got.Tracks))
	}
	if s.liveReads.Load() != 0 {
		t.Errorf("%d live reads, want none: the second patch begins with what the first left", s.liveReads.Load())
	}
	g.Drain()
}

// TestGroupContext gives up waiting for what is in flight; the change is committed all the same.
func TestGroupContext(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.before = func(int32) error { cancel(); return nil }
	g := NewGroup[*video.MuxAsset](s.committer, NewTurns(2))
	if outcome, err := g.Commit(ctx, key, single(setID("a")), Ticket{}); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", outcome, err)
	}
	g.Drain()
	if got := s.asset(t).Status.ID; got != "a" {
		t.Errorf("the status has id %q", got)
	}
}

// TestGroupSame delivers one change again and again while its object is in flight, each time by a sender that gives up: nothing of
// theirs is held, it is brought in with the next patch, and its effect counts once.
func TestGroupSame(t *testing.T) {
	b := newBusy(t)
	var effects atomic.Int32
	ticket := Ticket{Same: "again", Applied: func() { effects.Add(1) }}
	for range 100 {
		if _, err := b.Commit(b.ended, key, tracks{"a"}, ticket); !errors.Is(err, ErrKept) {
			t.Errorf("got %v", err)
		}
	}
	b.let()
	if outcome, err := b.Commit(t.Context(), key, tracks{"a"}, ticket); err != nil {
		t.Errorf("who waits gets %v, %v", outcome, err)
	}
	b.waitUntilIdle()
	if outcome, err := b.Commit(t.Context(), key, tracks{"a"}, ticket); outcome != Unchanged || err != nil {
		t.Errorf("when it comes once more: %v, %v", outcome, err)
	}
	if effects.Load() != 1 || b.store.patches.Load() != 2 {
		t.Errorf("%d effects in %d patches, want 1 in 2", effects.Load(), b.store.patches.Load())
	}
}

// TestGroupErrors gives every waiter the batch's error, and one whose own change fails only its own.
func TestGroupErrors(t *testing.T) {
	s := newStore(t)
	away := errors.New("connection refused")
	s.before = func(int32) error { return away }
	g := NewGroup[*video.MuxAsset](s.committer, NewTurns(2))
	if _, err := g.Commit(t.Context(), key, single(setID("a")), Ticket{}); !errors.Is(err, away) {
		t.Errorf("got %v", err)
	}
	s.before = nil
	own := errors.New("not this one")
	if _, err := g.Commit(t.Context(), key, single(func(*video.MuxAsset) error { return own }), Ticket{}); !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
	if outcome, err := g.Commit(t.Context(), key, single(setID("b")), Ticket{}); outcome != Applied || err != nil {
		t.Errorf("after an error: %v, %v", outcome, err)
	}
	g.Drain()
}

// TestGroupPanic ends a batch with an error instead of the process; the object's next batch is committed as ever.
func TestGroupPanic(t *testing.T) {
	s := newStore(t)
	inFlight, let := s.holdFirst()
	var logged strings.Builder // written before the batch is answered
	ctx := log.IntoContext(t.Context(), funcr.New(func(_, line string) { logged.WriteString(line) }, funcr.Options{}))
	g := NewGroup[*video.MuxAsset](s.committer, NewTurns(2))
	var all sync.WaitGroup
	all.Go(func() { _, _ = g.Commit(t.Context(), key, single(setID("a")), Ticket{}) })
	<-inFlight
	for _, change := range []func(*video.MuxAsset) error{setEnvironment, func(*video.MuxAsset) error { panic("poison") }} {
		all.Go(func() {
			if outcome, err := g.Commit(ctx, key, single(change), Ticket{}); !errors.Is(err, ErrPanicked) || outcome != Unchanged {
				t.Errorf("got %v, %v", outcome, err)
			}
		})
	}
	for queued := 0; queued < 2; runtime.Gosched() {
		g.mu.Lock()
		queued = len(g.pending[key].waiting)
		g.mu.Unlock()
	}
	let()
	all.Wait()
	if got := logged.String(); !strings.Contains(got, "poison") || !strings.Contains(got, "group_test.go") || !strings.Contains(got, key.Name) {
		t.Errorf("logged %q, want the cause, the object and the stack", got)
	}
	if got := s.asset(t).Status; got.ID != "a" || got.EnvironmentID != "" {
		t.Errorf("the status is %+v, want that of the first batch", got)
	}
	if outcome, err := g.Commit(ctx, key, single(setEnvironment), Ticket{}); outcome != Applied || err != nil {
		t.Errorf("after a panic: %v, %v", outcome, err)
	}
	g.Drain()
}

func setEnvironment(asset *video.MuxAsset) error {
	asset.Status.EnvironmentID = "env"
	return nil
}

// TestGroupCommitTo changes an object that the cache does not have yet, also where somebody else has just not found it.
func TestGroupCommitTo(t *testing.T) {
	s := newStore(t)
	object := s.asset(t)
	other := object.DeepCopy()
	other.Name, other.ResourceVersion = "other", ""
	if err := s.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	g := NewGroup[*video.MuxAsset](&Committer{Client: missing{s.committer.Client}, Live: s.committer.Live}, NewTurns(2))
	if outcome, err := g.Commit(t.Context(), client.ObjectKeyFromObject(other), single(setID("a")), Ticket{}); outcome != Gone || err != nil {
		t.Fatalf("got %v, %v", outcome, err)
	}
	if outcome, err := g.CommitTo(t.Context(), other, single(setID("a")), Ticket{}); outcome != Applied || err != nil {
		t.Errorf("got %v, %v", outcome, err)
	}
	g.Drain()
}

// missing is a client whose cache has nothing.
type missing struct{ client.Client }

func (missing) Get(_ context.Context, key client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	return apierrors.NewNotFound(schema.GroupResource{Resource: "muxassets"}, key.Name)
}
