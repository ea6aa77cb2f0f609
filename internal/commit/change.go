// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Change is what is to be brought into an object's status.
type Change interface {
	// Apply changes the object, whose kind is that of the Group; it may run several times. An error leaves out this change alone.
	Apply(Followed) error
	// IsIn says that the object's status has all of the change, so that Apply would not alter it; false where that is not certain. It
	// only reads.
	IsIn(Followed) bool
	// Join is one change that does what this one and another do, in any order; false where there is none.
	Join(Change) (Change, bool)
}

// ErrKept says that a change is not durable yet, and that its sender need not wait: it is written in its object's turn, unless
// this process ends before that. Who sends it again then finds it done.
var ErrKept = errors.New("the change waits for its object's turn, which comes too late for an answer")

// ErrNoRoom says that a change that is not waited for could not be kept either; nothing has come of it.
var ErrNoRoom = errors.New("there is no room for what waits for its object's turn")

// maxKept bounds the objects that something is kept for. What is kept of one is a status at most: 3 kB as a rule, never
// more than 16 kB. What is kept for more objects than this would wait for a minute, and Mux sends it again before.
const maxKept = 16384

// kept is what senders that wait no longer have told of one object: one request, whatever number they were. Only who tells the same again
// waits for it, see awaitKept.
type kept[T Followed] struct {
	*request[T]
	// told are what is to be called when they have taken effect, nil for nothing, by what is the same; at most maxTold.
	told map[any]func()
}

func keptOf[T Followed](r *request[T]) *kept[T] {
	k := &kept[T]{told: map[any]func(){}}
	k.request = &request[T]{Ticket: Ticket{Line: r.Line, Applied: k.applied}, change: r.change, changes: 1, logger: r.logger, done: make(chan struct{})}
	k.tell(r.Ticket)
	return k
}

// maxTold bounds the changes that are told apart of what is kept for one object, and whose effects are counted.
const maxTold = 64

// tell of the effect of a request.
func (k *kept[T]) tell(of Ticket) {
	same := of.Same
	if same == nil {
		same = new(int) // equal to none
	}
	if len(k.told) < maxTold {
		k.told[same] = of.Applied
	}
}

func (k *kept[T]) applied() {
	for _, applied := range k.told {
		call(applied)
	}
}

// keep takes a request out of those that wait for an answer, and keeps its change. False where that cannot be: the change is being
// written, it needs the object that it brings along, or there is no room. Called with the lock.
func (g *Group[T]) keep(q *queue[T], r *request[T]) bool {
	if r.isKnown {
		return false
	}
	for i, other := range q.waiting {
		if other != r {
			continue
		}
		if !g.add(q, r) {
			return false
		}
		q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
		return true
	}
	return false
}

// add a request's change to what is kept. Called with the lock.
func (g *Group[T]) add(q *queue[T], r *request[T]) bool {
	if q.kept == nil {
		if g.kept >= maxKept {
			return false
		}
		g.countKept(1)
		q.kept = keptOf(r)
		return true
	}
	joined, ok := q.kept.change.Join(r.change)
	if ok {
		q.kept.change, q.kept.changes = joined, q.kept.changes+1
		q.kept.tell(r.Ticket)
	}
	return ok
}

// keptSame is what is kept for an object where the same change is in it already, and its turn is too late for an answer; nil otherwise. So it
// is with most that come again in a flood: they need not be compared or joined.
func (g *Group[T]) keptSame(ctx context.Context, key client.ObjectKey, r *request[T]) *kept[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.pending[key]
	if r.Same == nil || r.isKnown || q == nil || q.kept == nil || !g.isLate(ctx, q, r) {
		return nil
	}
	if _, ok := q.kept.told[r.Same]; !ok {
		return nil
	}
	return q.kept
}

// awaitKept waits for what is kept as long as there is time, since the turn may come sooner than expected, and for another reason: a change
// that comes again tells nothing new, and would come again all the sooner if it were sent away at once. In a flood that took the
// processors from the writes. Its effect is that of who told of it first. When the time is over the status may have it all the same:
// another replica was faster.
func (g *Group[T]) awaitKept(ctx context.Context, key client.ObjectKey, r *request[T], k *kept[T]) (Outcome, error) {
	defer call(r.Released)
	if r.Hurried {
		return Unchanged, ErrKept
	}
	call(r.Waits)
	select {
	case <-k.done:
		if k.outcome == Applied {
			return Unchanged, k.err
		}
		return k.outcome, k.err
	case <-ctx.Done():
	}
	if g.isDone(context.WithoutCancel(ctx), key, r) {
		return Unchanged, nil
	}
	return Unchanged, ErrKept
}

// release what is kept for an object, to write it or to forget it. Called with the lock.
func (g *Group[T]) release(q *queue[T]) *kept[T] {
	k := q.kept
	if k != nil {
		g.countKept(-1)
		q.kept = nil
	}
	return k
}

// countKept objects, one more or one less. Called with the lock.
func (g *Group[T]) countKept(more int) {
	g.kept += more
	if g.committer.Kept != nil {
		g.committer.Kept(more)
	}
}
