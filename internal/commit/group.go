// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// Group commits changes of one kind, one patch in flight per object: everything that waits for an object goes into its
// next patch, and everybody is answered by that patch. A burst of events for one object costs a few writes. A patch goes out
// in its turn, and what has come until then is in it; then the object goes to the end of the line, so that one that never
// comes to rest does not hold up the others.
type Group[T client.Object] struct {
	committer *Committer
	turns     *Turns
	recent    recent[T]

	mu      sync.Mutex
	pending map[client.ObjectKey]*queue[T]
	running sync.WaitGroup
}

// queue is what waits for one object while a patch of it is in flight.
type queue[T client.Object] struct {
	waiting []*request[T]
	// same are those of waiting that say what they are.
	same map[any]*request[T]
	// newest is the object as the last patch left it: the cache may lag behind.
	newest  T
	hasLast bool
}

// Ticket is what a change brings along.
type Ticket struct {
	// Line is the line in which the change waits for its turn: its environment.
	Line string
	// Same is equal for changes that are one and the same, such as an event that is delivered again; it is comparable, and nil
	// is equal to none. While such a change waits, another one takes its place and both senders get its outcome: however often
	// a sender gives up and comes again, it holds no more than one.
	Same any
	// Settled is called once, when nothing of the change is held any more, which may be after its sender has gone, with what
	// became of it: Unchanged for one whose place another one took. It counts what is held; nil counts nothing.
	Settled func(Outcome)
}

type request[T client.Object] struct {
	Ticket
	change func(T) error
	// object is to begin with where the cache need not have it.
	object  T
	isKnown bool
	logger  logr.Logger
	done    chan struct{}

	outcome Outcome
	err     error
}

// batchTimeout bounds one commit of a batch. It is longer than a request waits, so that the effect is durable, and the
// redelivery finds it, even where the answer came too late.
const batchTimeout = 15 * time.Second

// NewGroup makes a group of commits, which take turns with those of other groups.
func NewGroup[T client.Object](committer *Committer, turns *Turns) *Group[T] {
	return &Group[T]{committer: committer, turns: turns, pending: map[client.ObjectKey]*queue[T]{}}
}

// Commit brings the change into the object's status and returns when it is durable. Applied means that this change itself
// altered the status. When ctx ends first its error is returned; the change may still be committed.
func (g *Group[T]) Commit(ctx context.Context, key client.ObjectKey, change func(T) error, ticket Ticket) (Outcome, error) {
	return g.await(ctx, key, &request[T]{Ticket: ticket, change: change})
}

// CommitTo is Commit for an object that has just been created or read from the API server: the cache may not have it yet.
func (g *Group[T]) CommitTo(ctx context.Context, object T, change func(T) error, ticket Ticket) (Outcome, error) {
	return g.await(ctx, client.ObjectKeyFromObject(object), &request[T]{Ticket: ticket, change: change, object: object, isKnown: true})
}

func (g *Group[T]) await(ctx context.Context, key client.ObjectKey, r *request[T]) (Outcome, error) {
	r.logger = log.FromContext(ctx)
	r = g.enqueue(key, r)
	select {
	case <-r.done:
		return r.outcome, r.err
	case <-ctx.Done():
		return Unchanged, ctx.Err()
	}
}

// Drain waits for all commits in flight.
func (g *Group[T]) Drain() { g.running.Wait() }

// enqueue lets the change wait, and returns what is to be awaited.
func (g *Group[T]) enqueue(key client.ObjectKey, r *request[T]) *request[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	q, busy := g.pending[key]
	if !busy {
		q = &queue[T]{}
		g.pending[key] = q
		g.running.Add(1)
		go g.run(key, q, r.Line)
	}
	return q.add(r)
}

// add what is to wait; it may take the place of the same that waits already.
func (q *queue[T]) add(r *request[T]) *request[T] {
	if earlier := q.same[r.Same]; earlier != nil {
		earlier.giveWay(r)
		return earlier
	}
	r.done = make(chan struct{})
	q.waiting = append(q.waiting, r)
	if r.Same != nil {
		if q.same == nil {
			q.same = map[any]*request[T]{}
		}
		q.same[r.Same] = r
	}
	return r
}

// giveWay to a change that is the same: it is held instead, since the sender of this one may have gone.
func (r *request[T]) giveWay(to *request[T]) {
	held := r.Ticket
	r.Ticket, r.change, r.logger = to.Ticket, to.change, to.logger
	if to.isKnown {
		r.object, r.isKnown = to.object, true
	}
	held.settle(Unchanged)
}

func (t Ticket) settle(outcome Outcome) {
	if t.Settled != nil {
		t.Settled(outcome)
	}
}

// run commits batches, each in its turn, until nothing waits for the object any more.
func (g *Group[T]) run(key client.ObjectKey, q *queue[T], line string) {
	defer g.running.Done()
	for ok := true; ok; {
		_ = g.turns.Take(context.Background(), line) // which never ends
		g.commit(key, q, g.take(q))
		g.turns.Give()
		line, ok = g.next(key, q)
	}
}

// take what waits.
func (g *Group[T]) take(q *queue[T]) []*request[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	batch := q.waiting
	q.waiting, q.same = nil, nil
	return batch
}

// next is the line of what waits; false, and the queue is gone, when nothing does.
func (g *Group[T]) next(key client.ObjectKey, q *queue[T]) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(q.waiting) == 0 {
		delete(g.pending, key)
		return "", false
	}
	return q.waiting[0].Line, true
}

func (g *Group[T]) commit(key client.ObjectKey, q *queue[T], batch []*request[T]) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTimeout)
	defer cancel()
	for _, r := range batch {
		if r.isKnown && !q.hasLast {
			q.newest, q.hasLast = r.object, true
		}
	}
	var altered []bool
	change := func(object T) error {
		altered = changeAll(object, batch)
		return nil
	}
	object, outcome, err := g.guarded(log.IntoContext(ctx, batch[0].logger), key, q, change)
	g.remember(key, q, object, outcome, err)
	if g.committer.Batched != nil {
		g.committer.Batched(len(batch))
	}
	for i, r := range batch {
		r.settle(outcome, err, i < len(altered) && altered[i])
		close(r.done)
		r.Ticket.settle(r.outcome)
	}
}

// changeAll brings all changes in and says which of them altered the object. A change that is alone need not be compared:
// whether there is anything to write tells.
func changeAll[T client.Object](object T, batch []*request[T]) []bool {
	altered := make([]bool, len(batch))
	for i, r := range batch {
		if len(batch) == 1 {
			r.err = r.change(object)
			altered[i] = r.err == nil
			continue
		}
		before := object.DeepCopyObject()
		if r.err = r.change(object); r.err == nil {
			altered[i] = !equality.Semantic.DeepEqual(before, object)
		}
	}
	return altered
}

// remember keeps the object as it is now, for the next batch and for as long as the cache is behind.
func (g *Group[T]) remember(key client.ObjectKey, q *queue[T], object T, outcome Outcome, err error) {
	q.newest, q.hasLast = object, err == nil && outcome != Gone
	switch {
	case !q.hasLast:
		g.recent.drop(key)
	case outcome == Applied:
		g.recent.put(object)
	}
}

// ErrPanicked says that a change, or what follows from it, made the program panic.
var ErrPanicked = errors.New("the change of the status panicked; the log has the stack")

// guarded turns a panic into an error: it would end the process, and Mux would send the event that caused it to every
// process that takes its place. Nothing was written that was not whole, since a patch is sent only at the end.
func (g *Group[T]) guarded(ctx context.Context, key client.ObjectKey, q *queue[T], change func(T) error) (object T, outcome Outcome, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ErrPanicked, cause)
			log.FromContext(ctx).Error(err, "a commit panicked", "object", key, "stack", string(debug.Stack()))
			outcome = Unchanged
		}
	}()
	return g.write(ctx, key, q, change)
}

func (g *Group[T]) write(ctx context.Context, key client.ObjectKey, q *queue[T], change func(T) error) (T, Outcome, error) {
	if q.hasLast {
		return StatusOf(ctx, g.committer, q.newest, change)
	}
	object := newObject[T]()
	if err := g.committer.Client.Get(ctx, key, object); err != nil {
		return object, Gone, client.IgnoreNotFound(err)
	}
	return StatusOf(ctx, g.committer, g.recent.newer(object), change)
}

// settle gives a request its own outcome of the batch.
func (r *request[T]) settle(outcome Outcome, err error, altered bool) {
	switch {
	case err != nil:
		r.outcome, r.err = outcome, err
	case outcome == Applied && !altered:
		r.outcome = Unchanged
	default:
		r.outcome = outcome
	}
}
