// SPDX-License-Identifier: Apache-2.0

package commit

import (
	"context"
	"sync"
	"time"
)

// Turns bound how much runs at once, such as writes, and share it out: those who wait stand in lines, one for each environment, and
// the lines take turns, so that an environment with ten thousand events does not hold up one with a single event. Within a
// line it is first come, first served.
type Turns struct {
	mu    sync.Mutex
	turns int
	free  int
	lines map[string]*line
	// order are the lines in which somebody waits; the first is next.
	order []*line
	// pace is the mean time from one turn to the next while somebody waits, of the last 32 or so; given is when the last was.
	pace  time.Duration
	given time.Time
}

type line struct {
	name    string
	waiting []*turn
}

// turn is a place in a line. granted is called when the turn has come, with the lock: it must not block.
type turn struct{ granted func() }

// DefaultTurns is how many writes a replica has in flight. An API server and etcd on two cores are busy with 8; more only
// wait there instead of here, where what waits for the same object becomes one write.
const DefaultTurns = 32

// NewTurns makes so many turns.
func NewTurns(n int) *Turns {
	return &Turns{turns: n, free: n, lines: map[string]*line{}}
}

// Take waits for a turn, which Give gives back. When ctx ends first its error is returned and nothing was taken.
func (t *Turns) Take(ctx context.Context, name string) error {
	come := make(chan struct{})
	turn := t.stand(name, func() { close(come) })
	select {
	case <-come:
		return nil
	case <-ctx.Done():
		if !t.step(name, turn) { // the turn came at the same time
			t.Give()
		}
		return ctx.Err()
	}
}

// Queue has do run in a goroutine of its own when its turn has come, which do gives back with Give. What waits has no goroutine: in a
// backlog over ten thousand objects their stacks took 63 MiB.
func (t *Turns) Queue(name string, do func()) {
	t.stand(name, func() { go do() })
}

// stand takes a free turn, or a place in the line.
func (t *Turns) stand(name string, granted func()) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	turn := &turn{granted}
	if t.free > 0 {
		t.free--
		turn.granted()
		return turn
	}
	l := t.lines[name]
	if l == nil {
		l = &line{name: name}
		t.lines[name] = l
		t.order = append(t.order, l)
	}
	l.waiting = append(l.waiting, turn)
	return turn
}

// step out of a line; false for one who does not stand there any more.
func (t *Turns) step(name string, turn *turn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.lines[name]
	if l == nil {
		return false
	}
	for i, other := range l.waiting {
		if other == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return true // an empty line goes when its turn comes
		}
	}
	return false
}

// Give gives a turn back, to the first in the line that is next.
func (t *Turns) Give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.order) > 0 {
		l := t.order[0]
		t.order = t.order[1:]
		if len(l.waiting) == 0 {
			delete(t.lines, l.name)
			continue
		}
		turn := l.waiting[0]
		l.waiting[0] = nil // which the array may outlive
		l.waiting = l.waiting[1:]
		t.order = append(t.order, l)
		turn.granted()
		t.measure()
		return
	}
	t.free++
	t.given = time.Time{}
}

// measure the pace. Called with the lock.
func (t *Turns) measure() {
	now := time.Now()
	if !t.given.IsZero() {
		t.pace += (min(now.Sub(t.given), stall) - t.pace) / time.Duration(t.turns)
	}
	t.given = now
}

// stall is what one turn counts for at most: that an API server was away says nothing of how fast it is.
const stall = time.Second

// Wait is how long somebody who gets into a line now will stand there, as far as the pace of the last turns tells.
func (t *Turns) Wait(name string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free > 0 {
		return 0
	}
	mine := 0
	if l := t.lines[name]; l != nil {
		mine = len(l.waiting)
	}
	ahead := mine + 1
	for _, l := range t.order {
		if l.name != name {
			ahead += min(len(l.waiting), mine+1) // the lines take turns
		}
	}
	return time.Duration(ahead) * t.pace
}
