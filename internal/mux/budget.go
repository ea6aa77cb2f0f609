// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Budget limits the requests to one Mux environment. All who call it share it.
type Budget struct {
	mu      sync.Mutex
	buckets [classes]*bucket
	paused  time.Time
	backoff time.Duration
}

type bucket struct {
	limiter *rate.Limiter
	waiting [priorities][]chan struct{}
	wake    *time.Timer
}

// NewBudget makes a budget; limits that are zero are the default ones.
func NewBudget(l Limits) *Budget {
	l = l.completed()
	return &Budget{buckets: [classes]*bucket{
		ClassCreate: {limiter: rate.NewLimiter(rate.Limit(l.CreateRate), l.CreateBurst)},
		ClassOther:  {limiter: rate.NewLimiter(rate.Limit(l.OtherRate), l.OtherBurst)},
	}}
}

// Wait returns when a request of the class may be sent, or with the context's error, or at once with a *QueueError where
// it would take longer than WithMaxWait allows. A nil budget never waits.
func (b *Budget) Wait(ctx context.Context, class Class) error {
	if b == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	turn, priority := make(chan struct{}), priorityOf(ctx)
	b.mu.Lock()
	bucket := b.buckets[class]
	if longest, ok := maxWaitOf(ctx); ok {
		now := time.Now()
		if wait := b.expected(bucket, priority, now); wait > longest {
			queue := &QueueError{Wait: wait}
			if b.paused.After(now) {
				queue.Paused = b.paused
			}
			b.mu.Unlock()
			return queue
		}
	}
	bucket.waiting[priority] = append(bucket.waiting[priority], turn)
	b.serve(bucket)
	b.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		b.leave(bucket, priority, turn)
		return ctx.Err()
	}
}

// expected is how long somebody of a priority who joins now will wait for a turn, if nobody overtakes; the lock is held.
func (b *Budget) expected(bucket *bucket, priority Priority, now time.Time) time.Duration {
	ahead := 0
	for p := range priority + 1 {
		ahead += len(bucket.waiting[p])
	}
	limiter := bucket.limiter
	missing := float64(ahead+1) - limiter.TokensAt(now)
	queue := time.Duration(max(missing, 0) / float64(limiter.Limit()) * float64(time.Second))
	return max(queue, b.paused.Sub(now))
}

// serve lets those go whose turn it is and sets a timer for the next; the lock is held.
func (b *Budget) serve(bucket *bucket) {
	for {
		turn, queue := bucket.first()
		if turn == nil {
			return
		}
		now := time.Now()
		wait := b.paused.Sub(now)
		if wait <= 0 {
			reservation := bucket.limiter.ReserveN(now, 1)
			if wait = reservation.DelayFrom(now); wait > 0 {
				reservation.CancelAt(now)
			}
		}
		if wait > 0 {
			b.wakeAfter(bucket, wait)
			return
		}
		*queue = (*queue)[1:]
		close(turn)
	}
}

// first is who comes next, and the queue that it stands in.
func (b *bucket) first() (chan struct{}, *[]chan struct{}) {
	for p := range b.waiting {
		if len(b.waiting[p]) > 0 {
			return b.waiting[p][0], &b.waiting[p]
		}
	}
	return nil, nil
}

func (b *Budget) wakeAfter(bucket *bucket, wait time.Duration) {
	if bucket.wake != nil {
		bucket.wake.Stop()
	}
	bucket.wake = time.AfterFunc(wait, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.serve(bucket)
	})
}

// leave takes somebody out of the queue whose context has ended.
func (b *Budget) leave(bucket *bucket, priority Priority, turn chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	queue := bucket.waiting[priority]
	for i := range queue {
		if queue[i] == turn {
			bucket.waiting[priority] = append(queue[:i:i], queue[i+1:]...)
			return
		}
	}
}

// Pause holds everybody back until a time; an earlier one than the present pause changes nothing.
func (b *Budget) Pause(until time.Time) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if until.After(b.paused) {
		b.paused = until
	}
}

// PausedUntil is when the present pause ends; in the past when there is none.
func (b *Budget) PausedUntil() time.Time {
	if b == nil {
		return time.Time{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.paused
}

// Without a header a 429 pauses for a second first, which refills one create, and then for twice as long each time.
const (
	minBackoff = time.Second
	maxBackoff = time.Minute
)

// throttled pauses everybody after a 429 and returns for how long; asked is what Mux asked for, 0 for nothing.
func (b *Budget) throttled(asked time.Duration) time.Duration {
	if b == nil {
		return asked
	}
	if asked == 0 {
		asked = b.backOff(time.Now())
	}
	b.Pause(time.Now().Add(asked))
	return asked
}

// backOff is how long to pause when Mux does not say. Calls that were under way when the pause began belong to the same
// overrun and do not make it longer.
func (b *Budget) backOff(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.backoff > 0 && now.Before(b.paused) {
		return b.paused.Sub(now)
	}
	b.backoff = min(max(2*b.backoff, minBackoff), maxBackoff)
	return b.backoff
}

// succeeded forgets the backoff.
func (b *Budget) succeeded() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backoff = 0
}
