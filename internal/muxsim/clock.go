// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"slices"
	"sync"
	"time"
)

// Clock is the simulator's time: life cycles, redelivery, rate limits and the Date header follow it. The time-out of
// a webhook attempt does not: it is about the network and always real.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, d from now, never before AfterFunc returns.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a call that has been arranged.
type Timer interface {
	// Stop prevents the call; false says that it has begun already or was stopped before.
	Stop() bool
}

type realClock struct{}

func (realClock) Now() time.Time                            { return time.Now() }
func (realClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// ManualClock is a Clock that stands still until Advance is called.
type ManualClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*manualTimer // by due time, equal ones in the order in which they were arranged
}

type manualTimer struct {
	clock *ManualClock
	due   time.Time
	f     func()
}

// NewManualClock returns a clock that shows start.
func NewManualClock(start time.Time) *ManualClock {
	return &ManualClock{now: start}
}

// Now is the time shown.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc arranges f for the Advance that passes d from now.
func (c *ManualClock) AfterFunc(d time.Duration, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &manualTimer{clock: c, due: c.now.Add(d), f: f}
	at, _ := slices.BinarySearchFunc(c.timers, t, func(e, t *manualTimer) int {
		if e.due.After(t.due) {
			return 1
		}
		return -1
	})
	c.timers = slices.Insert(c.timers, at, t)
	return t
}

// Stop prevents the call.
func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	i := slices.Index(t.clock.timers, t)
	if i < 0 {
		return false
	}
	t.clock.timers = slices.Delete(t.clock.timers, i, i+1)
	return true
}

// Advance moves the clock by d and makes every call that falls due on the way, in order, each at its own time and
// before Advance returns. Calls arranged by those calls count too.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for len(c.timers) > 0 && !c.timers[0].due.After(end) {
		t := c.timers[0]
		c.timers = c.timers[1:]
		if t.due.After(c.now) {
			c.now = t.due
		}
		c.mu.Unlock()
		t.f()
		c.mu.Lock()
	}
	c.now = end
	c.mu.Unlock()
}
