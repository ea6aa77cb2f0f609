// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Class is the kind of request that Mux limits separately.
type Class int

const (
	// ClassCreate is every POST on /video: 1 a second.
	ClassCreate Class = iota
	// ClassOther is everything else: 5 a second.
	ClassOther
	classes
)

// Priority orders those who wait for the same budget.
type Priority int

const (
	// Interactive is for what a person has changed; the default.
	Interactive Priority = iota
	// Background is for repair; it waits while anything interactive does.
	Background
	priorities
)

type priorityKey struct{}

// WithPriority sets the priority of the calls made with the context.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

func priorityOf(ctx context.Context) Priority {
	p, _ := ctx.Value(priorityKey{}).(Priority)
	return p
}

// Limits are the rates that Mux allows an environment, in requests a second, and the bursts.
type Limits struct {
	CreateRate, OtherRate   float64
	CreateBurst, OtherBurst int
}

// DefaultLimits are Mux's documented sustained rates. The bursts are not documented; these are five seconds' worth of
// creates and two of the rest, so that a handful of changes goes out at once and an overrun, if it is one, costs one 429.
var DefaultLimits = Limits{CreateRate: 1, CreateBurst: 5, OtherRate: 5, OtherBurst: 10}

// Budgets holds one Budget for each Mux environment, since Mux counts by environment. The zero value is ready to use.
type Budgets struct {
	// Limits of every environment; the zero value means DefaultLimits.
	Limits Limits

	mu      sync.Mutex
	budgets map[string]*Budget
}

// For returns the budget of an environment, by its Mux id.
func (b *Budgets) For(environmentID string) *Budget {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.budgets == nil {
		b.budgets = map[string]*Budget{}
	}
	if b.budgets[environmentID] == nil {
		b.budgets[environmentID] = NewBudget(b.Limits)
	}
	return b.budgets[environmentID]
}

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

// NewBudget makes a budget; the zero Limits mean DefaultLimits.
func NewBudget(l Limits) *Budget {
	if l == (Limits{}) {
		l = DefaultLimits
	}
	return &Budget{buckets: [classes]*bucket{
		ClassCreate: {limiter: rate.NewLimiter(rate.Limit(l.CreateRate), l.CreateBurst)},
		ClassOther:  {limiter: rate.NewLimiter(rate.Limit(l.OtherRate), l.OtherBurst)},
	}}
}

// Wait returns when a request of the class may be sent, or with the context's error. A nil budget never waits.
func (b *Budget) Wait(ctx context.Context, class Class) error {
	if b == nil {
		return ctx.Err()
	}
	turn, priority := make(chan struct{}), priorityOf(ctx)
	b.mu.Lock()
	bucket := b.buckets[class]
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
	b.mu.Lock()
	if asked == 0 {
		b.backoff = min(max(2*b.backoff, minBackoff), maxBackoff)
		asked = b.backoff
	}
	b.mu.Unlock()
	b.Pause(time.Now().Add(asked))
	return asked
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
