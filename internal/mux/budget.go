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
	observer BudgetObserver

	mu      sync.Mutex
	buckets [classes]*bucket
	paused  time.Time
	backoff time.Duration
}

type bucket struct {
	limiter *rate.Limiter
	// most and burst are what the limits say. The limiter has less after a 429, since others call the environment as well or Mux
	// allows less than was said.
	most    rate.Limit
	burst   int
	waiting [priorities][]chan struct{}
	wake    *time.Timer
}

// NewBudget makes a budget; limits that are zero are the default ones.
func NewBudget(l Limits) *Budget {
	l = l.completed()
	return &Budget{buckets: [classes]*bucket{
		ClassCreate: newBucket(rate.Limit(l.CreateRate), l.CreateBurst),
		ClassOther:  newBucket(rate.Limit(l.OtherRate), l.OtherBurst),
	}}
}

func newBucket(most rate.Limit, burst int) *bucket {
	return &bucket{limiter: rate.NewLimiter(most, burst), most: most, burst: burst}
}

// Wait returns when a request of the class may be sent, or with the context's error, or at once with a *QueueError where
// it would take longer than WithMaxWait allows. A nil budget never waits.
func (b *Budget) Wait(ctx context.Context, class Class) error {
	if b == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	began, priority := time.Now(), priorityOf(ctx)
	turn, err := b.stand(ctx, class, priority)
	if err != nil {
		b.observe(func(o BudgetObserver) { o.PutOff(class, priority) })
		return err
	}
	defer b.observe(func(o BudgetObserver) { o.Waited(class, priority, time.Since(began)) })
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		b.leave(b.buckets[class], priority, turn)
		return ctx.Err()
	}
}

// stand joins those who wait, unless that would take too long.
func (b *Budget) stand(ctx context.Context, class Class, priority Priority) (turn chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bucket := b.buckets[class]
	if longest, ok := maxWaitOf(ctx); ok {
		now := time.Now()
		if wait := b.expected(bucket, priority, now); wait > longest {
			queue := &QueueError{Wait: wait}
			if b.paused.After(now) {
				queue.Paused = b.paused
			}
			return nil, queue
		}
	}
	turn = make(chan struct{})
	bucket.waiting[priority] = append(bucket.waiting[priority], turn)
	b.serve(bucket)
	return turn, nil
}

func (b *Budget) observe(tell func(BudgetObserver)) {
	if b.observer != nil {
		tell(b.observer)
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
	b.pause(time.Now(), until)
}

// pause until a time, or the end of the present pause; the lock is held.
func (b *Budget) pause(now, until time.Time) {
	if longer := until.Sub(later(b.paused, now)); longer > 0 {
		b.paused = until
		b.observe(func(o BudgetObserver) { o.Paused(longer) })
	}
}

// outwait returns when the present pause is over, or with the context's error, or at once with a *QueueError where that would take
// longer than WithMaxWait allows.
func (b *Budget) outwait(ctx context.Context, class Class) error {
	if b == nil {
		return ctx.Err()
	}
	until, priority := b.PausedUntil(), priorityOf(ctx)
	wait := time.Until(until)
	if wait <= 0 {
		return ctx.Err()
	}
	if longest, ok := maxWaitOf(ctx); ok && wait > longest {
		b.observe(func(o BudgetObserver) { o.PutOff(class, priority) })
		return &QueueError{Wait: wait, Paused: until}
	}
	defer b.observe(func(o BudgetObserver) { o.Waited(class, priority, wait) })
	over := time.NewTimer(wait)
	defer over.Stop()
	select {
	case <-over.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
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

// throttled pauses everybody after a 429 to a call of a class and returns for how long; asked is what Mux asked for, 0 for nothing.
// Calls that were under way when the pause began belong to the same overrun: they make the pause no longer and the rate no less.
func (b *Budget) throttled(class Class, asked time.Duration) time.Duration {
	if b == nil {
		return asked
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	overrun := now.Before(b.paused)
	if !overrun {
		b.buckets[class].slowDown(now)
	}
	switch {
	case asked > 0:
	case overrun && b.backoff > 0:
		asked = b.paused.Sub(now)
	default:
		b.backoff = min(max(2*b.backoff, minBackoff), maxBackoff)
		asked = b.backoff
	}
	b.pause(now, now.Add(asked))
	return asked
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// After a 429 the rate is halved, and there are no bursts; each success makes good a fiftieth of what Mux is said to allow. So the
// operator takes about what Mux has left for it, with one 429 among many calls, and goes faster again when there is more.
const (
	slowestPart = 8
	mendingPart = 50
)

func (b *bucket) slowDown(now time.Time) {
	b.limiter.SetBurstAt(now, 1)
	b.limiter.SetLimitAt(now, max(b.limiter.Limit()/2, b.most/slowestPart))
}

func (b *bucket) mend(now time.Time) {
	if limit := b.limiter.Limit() + b.most/mendingPart; limit < b.most {
		b.limiter.SetLimitAt(now, limit)
	} else if b.limiter.Limit() < b.most {
		b.limiter.SetLimitAt(now, b.most)
		b.limiter.SetBurstAt(now, b.burst)
	}
}

// succeeded forgets the backoff, and makes good some of the rate of the class.
func (b *Budget) succeeded(class Class) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backoff = 0
	b.buckets[class].mend(time.Now())
}
