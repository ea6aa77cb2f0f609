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
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// Group commits changes of one kind, one patch in flight per object: everything that waits for an object goes into its
// next patch, and everybody is answered by that patch. A burst of events for one object costs a few writes. A patch goes out
// in its turn, and what has come until then is in it; then the object goes to the end of the line, so that one that never
// comes to rest does not hold up the others. Where the line is so long that the turn comes too late for an answer, the change is
// kept for it all the same: what is sent away in a flood still takes effect, and costs no further write when it comes again.
type Group[T Followed] struct {
	committer *Committer
	turns     *Turns
	recent    recent[T]

	mu       sync.Mutex
	pending  map[client.ObjectKey]*queue[T]
	kept     int // objects that something is kept for
	draining bool
	running  sync.WaitGroup
}

// queue is what waits for one object: for its turn, or while a patch of it is in flight.
type queue[T Followed] struct {
	waiting []*request[T]
	kept    *kept[T]
	// due is when the object's turn is expected; zero while a patch is in flight.
	due time.Time
	// newest is the object as the last patch left it: the cache may lag behind.
	newest  T
	hasLast bool
}

// Ticket is what a change brings along.
type Ticket struct {
	// Line is the line in which the change waits for its turn: its environment.
	Line string
	// Hurried is not waited for: the change is kept, where it is not done already.
	Hurried bool
	// Waits is called once before the sender waits, if it does: until then it computes. Nil is not called.
	Waits func()
	// Same is equal for changes that are one and the same, such as an event that is delivered again; it is comparable, and nil is
	// equal to none.
	Same any
	// Released is called once, when nothing of the sender's is held any more: the change is written, or it is kept. It counts what is
	// held; nil counts nothing.
	Released func()
	// Applied is called once when the change has altered the status, also where nobody waits for that any more, and once for those that
	// are the same; nil is not.
	Applied func()
}

type request[T Followed] struct {
	Ticket
	change Change
	// changes is how many have been joined into it, itself among them.
	changes int
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
func NewGroup[T Followed](committer *Committer, turns *Turns) *Group[T] {
	return &Group[T]{committer: committer, turns: turns, pending: map[client.ObjectKey]*queue[T]{}}
}

// Commit brings the change into the object's status and returns when it is durable. Applied means that this change itself
// altered the status. ErrKept says that ctx ends first, or would, and that the change is kept; ErrNoRoom that it is hurried and could not
// be. The error is ctx's own where the change could not be kept otherwise; in flight it may still be committed.
func (g *Group[T]) Commit(ctx context.Context, key client.ObjectKey, change Change, ticket Ticket) (Outcome, error) {
	return g.await(ctx, key, &request[T]{Ticket: ticket, change: change})
}

// CommitTo is Commit for an object that has just been created or read from the API server: the cache may not have it yet.
func (g *Group[T]) CommitTo(ctx context.Context, object T, change Change, ticket Ticket) (Outcome, error) {
	return g.await(ctx, client.ObjectKeyFromObject(object), &request[T]{Ticket: ticket, change: change, object: object, isKnown: true})
}

func (g *Group[T]) await(ctx context.Context, key client.ObjectKey, r *request[T]) (Outcome, error) {
	r.changes, r.logger, r.done = 1, log.FromContext(ctx), make(chan struct{})
	if k := g.keptSame(ctx, key, r); k != nil {
		return g.awaitKept(ctx, key, r, k)
	}
	if (r.Hurried || g.turns.Wait(r.Line) > 0) && g.isDone(ctx, key, r) {
		call(r.Released)
		return Unchanged, nil
	}
	q, err := g.enqueue(ctx, key, r)
	if err != nil {
		call(r.Released)
		return Unchanged, err
	}
	call(r.Waits)
	select {
	case <-r.done:
		return r.outcome, r.err
	case <-ctx.Done():
	}
	if g.giveUp(q, r) {
		return Unchanged, ErrKept
	}
	return Unchanged, ctx.Err()
}

// isDone says that the status in the cache has the change already, so that nobody need stand in line to find that out. A status
// never takes back what it has, so it does not matter how far the cache is behind.
func (g *Group[T]) isDone(ctx context.Context, key client.ObjectKey, r *request[T]) (isDone bool) {
	object := newObject[T]() // with what the cache's own points to: read only
	if r.isKnown || g.committer.Client.Get(ctx, key, object, client.UnsafeDisableDeepCopy) != nil {
		return false
	}
	defer func() {
		if recover() != nil { // it is tried again where that is told, see guarded
			isDone = false
		}
	}()
	return r.change.IsIn(g.recent.newer(object))
}

// giveUp waiting for an answer; false where the change cannot be kept.
func (g *Group[T]) giveUp(q *queue[T], r *request[T]) bool {
	g.mu.Lock()
	isKept := g.keep(q, r)
	g.mu.Unlock()
	if isKept {
		call(r.Released)
	}
	return isKept
}

// Drain waits for all that is waited for. What is kept is forgotten: its senders know that it is not durable, or are told now.
func (g *Group[T]) Drain() {
	g.mu.Lock()
	g.draining = true
	g.mu.Unlock()
	g.running.Wait()
}

// enqueue a change that is awaited. The error is ErrKept where its turn comes too late for an answer, and ErrNoRoom for one that is
// hurried and cannot be kept.
func (g *Group[T]) enqueue(ctx context.Context, key client.ObjectKey, r *request[T]) (*queue[T], error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q, busy := g.pending[key]
	if !busy {
		q = &queue[T]{due: g.due(r.Line)}
	}
	err := g.place(ctx, q, r)
	if !busy && !errors.Is(err, ErrNoRoom) {
		g.pending[key] = q
		g.running.Add(1)
		g.queue(key, q, r.Line)
	}
	return q, err
}

// place a request in a queue: among those that are awaited, or what is kept. Called with the lock.
func (g *Group[T]) place(ctx context.Context, q *queue[T], r *request[T]) error {
	switch {
	case !r.isKnown && g.isLate(ctx, q, r) && g.add(q, r):
		return ErrKept
	case r.Hurried:
		return ErrNoRoom
	}
	q.waiting = append(q.waiting, r)
	return nil
}

// isLate says whether the turn of a queue comes too late for an answer. Called with the lock.
func (g *Group[T]) isLate(ctx context.Context, q *queue[T], r *request[T]) bool {
	due := q.due
	if due.IsZero() {
		due = g.due(r.Line)
	}
	deadline, limited := ctx.Deadline()
	return r.Hurried || limited && due.After(deadline)
}

// due is when the turn comes of who gets into a line now.
func (g *Group[T]) due(line string) time.Time { return time.Now().Add(g.turns.Wait(line)) }

// queue has what waits for the object committed when its turn has come.
func (g *Group[T]) queue(key client.ObjectKey, q *queue[T], line string) {
	g.turns.Queue(line, func() { g.run(key, q) })
}

// run commits a batch in its turn, and queues for the next one until nothing waits for the object any more.
func (g *Group[T]) run(key client.ObjectKey, q *queue[T]) {
	if batch := g.take(q); len(batch) > 0 {
		g.commit(key, q, batch)
	}
	g.turns.Give()
	if line, ok := g.next(key, q); ok {
		g.queue(key, q, line)
		return
	}
	g.running.Done()
}

// take what waits, and what is kept.
func (g *Group[T]) take(q *queue[T]) []*request[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	batch := q.waiting
	q.waiting, q.due = nil, time.Time{}
	switch k := g.release(q); {
	case k == nil:
	case g.draining:
		k.err = ErrKept
		close(k.done)
	default:
		for _, r := range batch { // which tell of the same effects themselves
			delete(k.told, r.Same)
		}
		batch = append(batch, k.request)
	}
	return batch
}

// next is the line of what waits; false, and the queue is gone, when nothing does.
func (g *Group[T]) next(key client.ObjectKey, q *queue[T]) (line string, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case len(q.waiting) > 0:
		line = q.waiting[0].Line
	case q.kept != nil:
		line = q.kept.Line
	default:
		delete(g.pending, key)
		return "", false
	}
	q.due = g.due(line)
	return line, true
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
		g.committer.Batched(count(batch))
	}
	for i, r := range batch {
		r.settle(outcome, err, i < len(altered) && altered[i])
		close(r.done)
		if r.outcome == Applied {
			call(r.Applied)
		}
		call(r.Released)
	}
}

// count the changes of a batch.
func count[T Followed](batch []*request[T]) (n int) {
	for _, r := range batch {
		n += r.changes
	}
	return n
}

// changeAll brings all changes in and says which of them altered the object. Of a change that is alone that is told by whether there is
// anything to write.
func changeAll[T Followed](object T, batch []*request[T]) []bool {
	altered := make([]bool, len(batch))
	for i, r := range batch {
		r.err = nil // of an attempt that met a conflict
		if len(batch) > 1 && r.change.IsIn(object) {
			continue
		}
		r.err = r.change.Apply(object)
		altered[i] = r.err == nil
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

// call a function, if there is one.
func call(f func()) {
	if f != nil {
		f()
	}
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
