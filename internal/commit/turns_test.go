// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// standing is how many wait.
func (t *Turns) standing() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.lines {
		n += len(l.waiting)
	}
	return n
}

// TestTurns gives the lines turns, and within a line who came first.
func TestTurns(t *testing.T) {
	defer goleak.VerifyNone(t)
	turns := NewTurns(1)
	if err := turns.Take(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	var served []string // written in turn
	var all sync.WaitGroup
	for i, name := range strings.Fields("a a a a b c b") {
		all.Go(func() {
			_ = turns.Take(t.Context(), name)
			served = append(served, fmt.Sprint(name, i))
			turns.Give()
		})
		for turns.standing() <= i {
			runtime.Gosched()
		}
	}
	turns.Give()
	all.Wait()
	if got, want := strings.Join(served, " "), "a0 b4 c5 a1 b6 a2 a3"; got != want {
		t.Errorf("served %s, want %s", got, want)
	}
	if turns.free != 1 || len(turns.lines) != 0 || len(turns.order) != 0 {
		t.Errorf("at the end %d turns are free, %d lines are there", turns.free, len(turns.lines))
	}
}

// TestTurnsContext leaves a line and takes nothing along, whether its turn comes before, after or just then.
func TestTurnsContext(t *testing.T) {
	defer goleak.VerifyNone(t)
	turns := NewTurns(1)
	for range 1000 {
		_ = turns.Take(t.Context(), "a")
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if err := turns.Take(ctx, "b"); err == nil {
				turns.Give()
			} else if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		all.Go(cancel)
		all.Go(turns.Give)
		all.Wait()
	}
	turns.mu.Lock()
	defer turns.mu.Unlock()
	if turns.free != 1 {
		t.Errorf("%d turns are free, want 1", turns.free)
	}
}

// TestTurnsQueue runs what queues in its turn, and has no goroutine for it before.
func TestTurnsQueue(t *testing.T) {
	defer goleak.VerifyNone(t)
	turns := NewTurns(1)
	_ = turns.Take(t.Context(), "a")
	before := runtime.NumGoroutine()
	ran := make(chan int, 100)
	for i := range cap(ran) {
		turns.Queue("a", func() {
			ran <- i
			turns.Give()
		})
	}
	if now := runtime.NumGoroutine(); now != before {
		t.Errorf("%d goroutines wait", now-before)
	}
	turns.Give()
	for want := range cap(ran) {
		if got := <-ran; got != want {
			t.Fatalf("%d ran as number %d", got, want)
		}
	}
}

// TestGroupHotObject has an object that never comes to rest; another gets its turn after one patch of it.
func TestGroupHotObject(t *testing.T) {
	s := newStore(t)
	other := s.asset(t)
	other.Name, other.ResourceVersion = "other", ""
	if err := s.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	inFlight, let := s.holdFirst()
	g := NewGroup[*video.MuxAsset](s.committer, NewTurns(1))
	var order []string // written in turn
	var all sync.WaitGroup
	commit := func(object, id string) {
		on := key
		on.Name = object
		all.Go(func() {
			_, _ = g.Commit(t.Context(), on, single(func(asset *video.MuxAsset) error {
				order = append(order, object)
				return setID(id)(asset)
			}), Ticket{Line: "the same"})
		})
	}
	commit(key.Name, "1")
	<-inFlight
	commit("other", "1")
	for g.turns.standing() < 1 {
		runtime.Gosched()
	}
	commit(key.Name, "2") // waits for its object, which is in flight
	for queued := 0; queued < 1; runtime.Gosched() {
		g.mu.Lock()
		queued = len(g.pending[key].waiting)
		g.mu.Unlock()
	}
	let()
	all.Wait()
	g.Drain()
	if got, want := fmt.Sprint(order), fmt.Sprint([]string{key.Name, "other", key.Name}); got != want {
		t.Errorf("the order is %s, want %s", got, want)
	}
}

// TestGroupSettled tells when nothing is held any more, also when the sender has long gone.
func TestGroupSettled(t *testing.T) {
	s := newStore(t)
	let := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	s.before = func(int32) error { cancel(); <-let; return nil }
	g := NewGroup[*video.MuxAsset](s.committer, NewTurns(1))
	settled := make(chan struct{})
	if _, err := g.Commit(ctx, key, single(setID("a")), Ticket{Released: func() { close(settled) }}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	select {
	case <-settled:
		t.Error("it is settled while its patch is in flight")
	default:
	}
	close(let)
	<-settled
	g.Drain()
}

// TestGroupReadsItsOwnWrites commits to an object again and again while the cache shows its first version: no conflict, no read.
func TestGroupReadsItsOwnWrites(t *testing.T) {
	s := newStore(t)
	s.cached = s.asset(t)
	g := NewGroup[*video.MuxAsset](s.committer, NewTurns(1))
	for i := range 3 {
		if outcome, err := g.Commit(t.Context(), key, single(setID(fmt.Sprint(i))), Ticket{}); outcome != Applied || err != nil {
			t.Errorf("commit %d: %v, %v", i, outcome, err)
		}
		g.Drain()
	}
	if s.patches.Load() != 3 || s.liveReads.Load() != 0 {
		t.Errorf("%d patches and %d reads, want 3 and none", s.patches.Load(), s.liveReads.Load())
	}
	s.cached = s.asset(t)
	_, _ = g.Commit(t.Context(), key, single(setID("2")), Ticket{})
	if n := g.recent.order.Len(); n != 0 {
		t.Errorf("%d objects are remembered with a cache that is up to date", n)
	}
	g.Drain()
}

// TestRecentBound remembers no more than it may, and the newest.
func TestRecentBound(t *testing.T) {
	r := recent[*video.MuxAsset]{}
	for i := range maxRecent + 10 {
		asset := &video.MuxAsset{}
		asset.Name, asset.ResourceVersion = fmt.Sprint(i), fmt.Sprint(i+1)
		r.put(asset)
	}
	if len(r.objects) != maxRecent || r.order.Len() != maxRecent {
		t.Errorf("%d, %d are remembered, want %d", len(r.objects), r.order.Len(), maxRecent)
	}
	if first := r.order.Front().Value.(*video.MuxAsset).Name; first != "10" {
		t.Errorf("the oldest is %s", first)
	}
}

// TestTurnsWait tells how long a line will take: nothing while turns are free, and as many turns at the pace of the last ones as come before.
func TestTurnsWait(t *testing.T) {
	turns := NewTurns(1)
	turns.pace = time.Second
	if got := turns.Wait("a"); got != 0 {
		t.Errorf("a free turn is awaited for %s", got)
	}
	for _, name := range []string{"a", "a", "a", "a", "b"} { // the first has its turn
		turns.stand(name, func() {})
	}
	for name, want := range map[string]time.Duration{"a": 5 * time.Second, "b": 4 * time.Second, "c": 3 * time.Second} {
		if got := turns.Wait(name); got != want {
			t.Errorf("the wait in line %s is %s, want %s", name, got, want)
		}
	}
	turns.Give()
	turns.given = time.Now().Add(-time.Hour)
	turns.Give()
	if turns.pace != stall {
		t.Errorf("the pace is %s after an hour without a turn, want %s", turns.pace, stall)
	}
}
