// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"cmp"
	"context"
	"sync"
	"time"
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

// String is create or other.
func (c Class) String() string {
	if c == ClassCreate {
		return "create"
	}
	return "other"
}

// Priority orders those who wait for the same budget.
type Priority int

const (
	// Interactive is for what a person has changed; the default.
	Interactive Priority = iota
	// Background is for repair; it waits while anything interactive does.
	Background
	priorities
)

// String is interactive or background.
func (p Priority) String() string {
	if p == Interactive {
		return "interactive"
	}
	return "background"
}

type priorityKey struct{}

// WithPriority sets the priority of the calls made with the context.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

func priorityOf(ctx context.Context) Priority {
	p, _ := ctx.Value(priorityKey{}).(Priority)
	return p
}

type maxWaitKey struct{}

// WithMaxWait makes calls fail with IsThrottled and the expected wait, rather than wait for the budget for longer than d. It
// is for callers that have other work to do, such as other environments' objects.
func WithMaxWait(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, maxWaitKey{}, d)
}

func maxWaitOf(ctx context.Context) (time.Duration, bool) {
	d, ok := ctx.Value(maxWaitKey{}).(time.Duration)
	return d, ok
}

// QueueError says that the wait for the budget would have been longer than the caller wants to wait. Nothing was sent.
type QueueError struct {
	Wait   time.Duration // expected
	Paused time.Time     // when a pause ends that Mux asked for; zero for none
}

// Error tells the expected wait.
func (e *QueueError) Error() string {
	return "the request budget is used up for " + e.Wait.Round(time.Second).String()
}

// BudgetObserver is told how calls fare with the budget of their environment.
type BudgetObserver interface {
	// Waited : a call has had to wait for so long, 0 where there was room, until it was its turn or its context ended.
	Waited(Class, Priority, time.Duration)
	// PutOff : a call was not sent, since it would have waited for longer than WithMaxWait allows.
	PutOff(Class, Priority)
	// Paused : Mux had everybody of an environment wait, for so much longer than before.
	Paused(time.Duration)
}

// Limits are the rates that Mux allows an environment, in requests a second, and the bursts.
type Limits struct {
	CreateRate, OtherRate   float64
	CreateBurst, OtherBurst int
}

// DefaultLimits are Mux's documented sustained rates. The bursts are not documented; these are five seconds' worth of
// creates and two of the rest, so that a handful of changes goes out at once and an overrun, if it is one, costs one 429.
var DefaultLimits = Limits{CreateRate: 1, CreateBurst: 5, OtherRate: 5, OtherBurst: 10}

// completed fills in the defaults: with a rate or a burst of zero nothing would ever be sent.
func (l Limits) completed() Limits {
	return Limits{
		CreateRate:  cmp.Or(l.CreateRate, DefaultLimits.CreateRate),
		CreateBurst: cmp.Or(l.CreateBurst, DefaultLimits.CreateBurst),
		OtherRate:   cmp.Or(l.OtherRate, DefaultLimits.OtherRate),
		OtherBurst:  cmp.Or(l.OtherBurst, DefaultLimits.OtherBurst),
	}
}

// Budgets holds one Budget for each Mux environment, since Mux counts by environment. The zero value is ready to use.
type Budgets struct {
	// Limits of every environment; those that are zero are the default ones. To be set before the first use.
	Limits Limits
	// Observer is told how calls fare; nil is not. To be set before the first use.
	Observer BudgetObserver

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
		budget := NewBudget(b.Limits)
		budget.observer = b.Observer
		b.budgets[environmentID] = budget
	}
	return b.budgets[environmentID]
}
