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
// next patch, and everybody is answered by that patch. A burst of events for one object costs a few writes.
type Group[T client.Object] struct {
	committer *Committer

	mu      sync.Mutex
	pending map[client.ObjectKey]*queue[T]
	running sync.WaitGroup
}

// queue is what waits for one object while a patch of it is in flight.
type queue[T client.Object] struct {
	waiting []*request[T]
	// newest is the object as the last patch left it: the cache may lag behind.
	newest  T
	hasLast bool
}

type request[T client.Object] struct {
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

// NewGroup makes a group of commits.
func NewGroup[T client.Object](committer *Committer) *Group[T] {
	return &Group[T]{committer: committer, pending: map[client.ObjectKey]*queue[T]{}}
}

// Commit brings the change into the object's status and returns when it is durable. Applied means that this change itself
// altered the status. When ctx ends first its error is returned; the change may still be committed.
func (g *Group[T]) Commit(ctx context.Context, key client.ObjectKey, change func(T) error) (Outcome, error) {
	return g.await(ctx, key, &request[T]{change: change})
}

// CommitTo is Commit for an object that has just been created or read from the API server: the cache may not have it yet.
func (g *Group[T]) CommitTo(ctx context.Context, object T, change func(T) error) (Outcome, error) {
	return g.await(ctx, client.ObjectKeyFromObject(object), &request[T]{change: change, object: object, isKnown: true})
}

func (g *Group[T]) await(ctx context.Context, key client.ObjectKey, r *request[T]) (Outcome, error) {
	r.logger, r.done = log.FromContext(ctx), make(chan struct{})
	g.enqueue(key, r)
	select {
	case <-r.done:
		return r.outcome, r.err
	case <-ctx.Done():
		return Unchanged, ctx.Err()
	}
}

// Drain waits for all commits in flight.
func (g *Group[T]) Drain() { g.running.Wait() }

func (g *Group[T]) enqueue(key client.ObjectKey, r *request[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if q, busy := g.pending[key]; busy {
		q.waiting = append(q.waiting, r)
		return
	}
	q := &queue[T]{waiting: []*request[T]{r}}
	g.pending[key] = q
	g.running.Add(1)
	go g.run(key, q)
}

// run commits batches until nothing waits for the object any more.
func (g *Group[T]) run(key client.ObjectKey, q *queue[T]) {
	defer g.running.Done()
	for {
		g.mu.Lock()
		batch := q.waiting
		q.waiting = nil
		if len(batch) == 0 {
			delete(g.pending, key)
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		g.commit(key, q, batch)
	}
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
		altered = make([]bool, len(batch))
		for i, r := range batch {
			before := object.DeepCopyObject()
			if r.err = r.change(object); r.err == nil {
				altered[i] = !equality.Semantic.DeepEqual(before, object)
			}
		}
		return nil
	}
	object, outcome, err := g.guarded(log.IntoContext(ctx, batch[0].logger), key, q, change)
	q.newest, q.hasLast = object, err == nil && outcome != Gone
	for i, r := range batch {
		r.settle(outcome, err, i < len(altered) && altered[i])
		close(r.done)
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
	return Status(ctx, g.committer, key, change)
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
