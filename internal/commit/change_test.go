// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// single is a change that joins with no other.
type single func(*video.MuxAsset) error

func (c single) Apply(o Followed) error { return c(o.(*video.MuxAsset)) }
func (c single) IsIn(o Followed) bool {
	changed := o.DeepCopyObject().(*video.MuxAsset)
	return c(changed) == nil && equality.Semantic.DeepEqual(o, changed)
}
func (single) Join(Change) (Change, bool) { return nil, false }

// tracks is a change that adds what is not there; those of one object join.
type tracks []string

func (c tracks) Apply(o Followed) error {
	status := &o.(*video.MuxAsset).Status
	for _, id := range c {
		if !slices.ContainsFunc(status.Tracks, func(t video.TrackStatus) bool { return t.ID == id }) {
			status.Tracks = append(status.Tracks, video.TrackStatus{ID: id})
		}
	}
	return nil
}

func (c tracks) IsIn(o Followed) bool {
	return !slices.ContainsFunc(c, func(id string) bool {
		return !slices.ContainsFunc(o.(*video.MuxAsset).Status.Tracks, func(t video.TrackStatus) bool { return t.ID == id })
	})
}

func (c tracks) Join(with Change) (Change, bool) {
	other, ok := with.(tracks)
	return append(slices.Clone(c), other...), ok
}

// busy is a group whose first patch is in flight until let is called, by the only turn.
type busy struct {
	*Group[*video.MuxAsset]
	store *store
	let   func()
	ended context.Context
}

func newBusy(t *testing.T) *busy {
	s := newStore(t)
	b := &busy{Group: NewGroup[*video.MuxAsset](s.committer, NewTurns(1)), store: s}
	if _, _, err := Status(t.Context(), s.committer, key, func(*video.MuxAsset) error { return nil }); err != nil { // its conditions
		t.Fatal(err)
	}
	s.patches.Store(0)
	inFlight, let := s.holdFirst()
	b.let = let
	go func() { _, _ = b.Commit(context.Background(), key, tracks{"first"}, Ticket{}) }()
	<-inFlight
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.ended = ctx
	return b
}

// gone commits for a sender that has gone, and expects an error. It returns how often the change was settled.
func (b *busy) gone(t *testing.T, change Change, want error) (settled int) {
	t.Helper()
	if _, err := b.Commit(b.ended, key, change, Ticket{Released: func() { settled++ }}); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	return settled
}

// TestGroupKeeps joins what senders told that wait no longer into one change, which holds nothing of theirs and is written in the object's
// next turn.
func TestGroupKeeps(t *testing.T) {
	defer goleak.VerifyNone(t)
	b := newBusy(t)
	var batches []int
	b.committer.Batched = func(n int) { batches = append(batches, n) }
	var kept []int
	b.committer.Kept = func(n int) { kept = append(kept, n) }
	for _, id := range []string{"a", "b", "c"} {
		if settled := b.gone(t, tracks{id}, ErrKept); settled != 1 {
			t.Errorf("what is kept of %s was settled %d times", id, settled)
		}
	}
	if settled := b.gone(t, single(setID("id")), context.Canceled); settled != 0 {
		t.Error("what cannot be joined is settled before it is written")
	}
	b.let()
	b.waitUntilIdle()
	if got := b.store.asset(t).Status; len(got.Tracks) != 4 || got.ID != "id" {
		t.Errorf("the status has %d tracks and the id %q, want all that was told", len(got.Tracks), got.ID)
	}
	if !slices.Equal(batches, []int{1, 4}) {
		t.Errorf("the batches have %v changes, want 1 and 4", batches)
	}
	if b.kept != 0 || !slices.Equal(kept, []int{1, -1}) {
		t.Errorf("something is kept for %d objects, told was %v", b.kept, kept)
	}
}

// waitUntilIdle waits until nothing is pending.
func (b *busy) waitUntilIdle() {
	for pending := 1; pending > 0; runtime.Gosched() {
		b.mu.Lock()
		pending = len(b.pending)
		b.mu.Unlock()
	}
}

// TestGroupLate sends away at once whose turn comes too late, for an object that waits in line and for one that is being written, and writes
// what they told in its turn.
func TestGroupLate(t *testing.T) {
	b := newBusy(t)
	b.turns.pace = time.Hour
	other := b.store.asset(t)
	other.Name, other.ResourceVersion = "other", ""
	if err := b.store.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, on := range []client.ObjectKey{key, client.ObjectKeyFromObject(other), client.ObjectKeyFromObject(other)} {
		if _, err := b.Commit(ctx, on, tracks{"late"}, Ticket{}); !errors.Is(err, ErrKept) {
			t.Errorf("%s: got %v", on, err)
		}
	}
	b.let()
	b.waitUntilIdle()
	if err := b.store.Get(t.Context(), client.ObjectKeyFromObject(other), other); err != nil || len(other.Status.Tracks) != 1 {
		t.Errorf("the other status is %+v, %v", other.Status.Tracks, err)
	}
	if got := b.store.patches.Load(); got != 3 {
		t.Errorf("%d patches, want 3", got)
	}
}

// TestGroupKeptAgain neither looks at nor writes again what is kept already, as long as its turn comes too late: it waits for that as long as
// there is time.
func TestGroupKeptAgain(t *testing.T) {
	b := newBusy(t)
	b.turns.pace = time.Hour
	var batches []int
	b.committer.Batched = func(n int) { batches = append(batches, n) }
	inTime, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var released, waits atomic.Int32
	late := Ticket{Same: "event", Waits: func() { waits.Add(1) }, Released: func() { released.Add(1) }}
	if _, err := b.Commit(inTime, key, tracks{"late"}, late); !errors.Is(err, ErrKept) {
		t.Errorf("got %v", err)
	}
	short, end := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer end()
	if _, err := b.Commit(short, key, tracks{"late"}, late); !errors.Is(err, ErrKept) {
		t.Errorf("again: got %v", err)
	}
	short, end = context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer end()
	if outcome, err := b.Commit(short, key, tracks{}, late); outcome != Unchanged || err != nil { // another replica was faster
		t.Errorf("when it is done at last: got %v, %v", outcome, err)
	}
	looked := single(func(*video.MuxAsset) error { t.Error("what is kept is looked at again"); return nil })
	hurried := late
	hurried.Hurried = true
	if _, err := b.Commit(inTime, key, looked, hurried); !errors.Is(err, ErrKept) {
		t.Errorf("in a hurry: got %v", err)
	}
	if b.keptSame(inTime, key, &request[*video.MuxAsset]{Ticket: late, isKnown: true}) != nil {
		t.Error("what brings its object along waits for what begins with another")
	}
	again := make(chan error)
	go func() {
		outcome, err := b.Commit(inTime, key, looked, late)
		if outcome != Unchanged {
			err = errors.Join(err, errors.New("it is applied twice"))
		}
		again <- err
	}()
	for waits.Load() < 3 { // it waits, as those did whose time was short
		runtime.Gosched()
	}
	b.let()
	if err := <-again; err != nil {
		t.Errorf("in time: got %v", err)
	}
	b.waitUntilIdle()
	if got := b.store.asset(t).Status.Tracks; len(got) != 2 || len(batches) != 2 || released.Load() != 5 {
		t.Errorf("the status has %d tracks after %v changes, want 2 after two batches; %d of 5 have been released", len(got), batches, released.Load())
	}
}

// TestGroupHurried never waits: what is done already is told, also while turns are taken, the rest is kept, and where it cannot be nothing
// is left of it.
func TestGroupHurried(t *testing.T) {
	b := newBusy(t)
	released := 0
	hurried := Ticket{Hurried: true, Released: func() { released++ }}
	commit := func(change Change, want error) {
		t.Helper()
		if outcome, err := b.Commit(t.Context(), key, change, hurried); outcome != Unchanged || !errors.Is(err, want) {
			t.Errorf("got %v, %v, want %v", outcome, err, want)
		}
	}
	commit(tracks{}, nil)
	commit(tracks{"a"}, ErrKept)
	commit(single(setID("id")), ErrNoRoom) // it does not join
	other := client.ObjectKey{Namespace: key.Namespace, Name: "other"}
	b.mu.Lock()
	b.kept = maxKept
	b.mu.Unlock()
	if _, err := b.Commit(t.Context(), other, tracks{"a"}, hurried); !errors.Is(err, ErrNoRoom) {
		t.Errorf("got %v with no room", err)
	}
	if _, pending := b.pending[other]; pending {
		t.Error("an object is pending for which nothing is kept")
	}
	if released != 4 {
		t.Errorf("%d of 4 have been released", released)
	}
	b.let()
	b.waitUntilIdle()
	if got := b.store.asset(t).Status; len(got.Tracks) != 2 || got.ID != "" {
		t.Errorf("the status is %+v, want two tracks", got)
	}
}

// TestGroupDone answers at once, in the longest line, what the cache has already, and leaves a panic to the commit, which tells it.
func TestGroupDone(t *testing.T) {
	b := newBusy(t)
	b.turns.pace = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if outcome, err := b.Commit(ctx, key, tracks{}, Ticket{}); outcome != Unchanged || err != nil {
		t.Errorf("got %v, %v", outcome, err)
	}
	if _, err := b.Commit(ctx, key, single(func(*video.MuxAsset) error { panic("poison") }), Ticket{}); !errors.Is(err, ErrKept) {
		t.Errorf("got %v", err)
	}
	b.let()
	b.waitUntilIdle()
}

// TestGroupKeepsNoMore waits with what there is no room for.
func TestGroupKeepsNoMore(t *testing.T) {
	b := newBusy(t)
	b.mu.Lock()
	b.kept = maxKept
	b.mu.Unlock()
	if settled := b.gone(t, tracks{"a"}, context.Canceled); settled != 0 {
		t.Error("what is not kept is settled")
	}
	b.let()
	b.waitUntilIdle()
	if got := b.store.asset(t).Status.Tracks; len(got) != 2 {
		t.Errorf("the status has %d tracks, want 2", len(got))
	}
}

// TestGroupDrainForgets ends without writing what is kept, and tells who waits for it.
func TestGroupDrainForgets(t *testing.T) {
	b := newBusy(t)
	told := Ticket{Same: "event"}
	if _, err := b.Commit(b.ended, key, tracks{"a"}, told); !errors.Is(err, ErrKept) {
		t.Errorf("got %v", err)
	}
	b.turns.mu.Lock()
	b.turns.pace = time.Hour
	b.turns.mu.Unlock()
	waits, again := make(chan struct{}), make(chan error)
	told.Waits = func() { close(waits) }
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() { _, err := b.Commit(ctx, key, tracks{"a"}, told); again <- err }()
	<-waits
	drained := make(chan struct{})
	go func() { b.Drain(); close(drained) }()
	for draining := false; !draining; runtime.Gosched() {
		b.mu.Lock()
		draining = b.draining
		b.mu.Unlock()
	}
	b.let()
	<-drained
	if err := <-again; !errors.Is(err, ErrKept) {
		t.Errorf("who waits for what is forgotten got %v", err)
	}
	if got := b.store.asset(t).Status.Tracks; len(got) != 1 || b.kept != 0 {
		t.Errorf("the status has %d tracks, want 1; something is kept for %d objects", len(got), b.kept)
	}
}
