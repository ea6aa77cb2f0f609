// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"container/list"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// admission shares out what requests may hold, in two stages. Until its signature is verified a request is anybody's: there
// are so many places and bytes for all, and where they are short, who has been reading for longest gives way, since Mux takes
// a millisecond; where all are as quick, as in a flood of Mux's, the next one waits for a place. After that it is Mux's, and
// an environment may hold so much that there is room for another one: in inShare as long as its effect takes, else in
// beyond until it is kept. Before both it may have to wait for its signing secrets: so many of an environment, and of all, may.
type admission struct {
	metrics *metrics

	mu       sync.Mutex
	stopping bool
	// waiting are the requests that have no place to be read yet, reading those whose body is being read; the oldest first.
	waiting, reading list.List
	watching         bool // for somebody to become slow, for those who wait
	unverified       budget
	leaving          int64 // bytes of those that are cut and have not left yet
	// asking are requests that may wait for signing secrets, before they have a place; inShare and beyond are events.
	asking, inShare, beyond pool
	// changed is closed when bytes of unverified have been given back, or somebody was cut.
	changed chan struct{}
}

func newAdmission(m *metrics) *admission {
	return &admission{
		metrics: m, changed: make(chan struct{}), asking: newPool(maxAsking, 0),
		inShare: newPool(maxInFlight, maxBytes), beyond: newPool(maxBeyond, maxBeyondBytes),
	}
}

// place is what one request takes, from admit until nobody holds it any more: neither the request nor a commit that its
// sender no longer waits for, which keeps the event until it is written.
type place struct {
	admission *admission
	deadline  time.Time // of the answer
	cut       func()
	admitted  chan struct{} // is closed when the request has a place to be read

	// under the admission's lock
	holders    int
	bytes      int64         // of its body
	inWaiting  *list.Element // nil otherwise
	inReading  *list.Element // nil otherwise
	began      time.Time     // to be read
	isCut      bool
	unverified bool
	pool       *pool  // once verified
	line       string // its environment there
}

// patience is how long a request may read before it has to give way. It is a hundred times what Mux takes, and half of what
// an intercontinental connection takes for its first packets.
const patience = 100 * time.Millisecond

// ask counts a request that may wait for its environment's signing secrets, until it has asked: with the API server slow it may be there for as long
// as it has time, and cannot be cut, so an environment has a share. It is not ok where that is used up, and when the receiver stops.
func (a *admission) ask(line string) (asked func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := &place{}
	if a.stopping || !a.asking.take(p, line) {
		return nil, false
	}
	a.gauge()
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.asking.give(p)
		a.gauge()
	}, true
}

// admit takes a place among the requests that are read. It waits for one as long as all are quick, in turn and no longer than admitTimeout.
func (a *admission) admit(ctx context.Context, w http.ResponseWriter) (*place, bool) {
	control := http.NewResponseController(w)
	p := &place{admission: a, holders: 1, admitted: make(chan struct{}), cut: func() {
		_ = control.SetReadDeadline(time.Unix(1, 0)) // its reading fails
	}}
	p.deadline, _ = ctx.Deadline()
	if !a.queue(p) {
		return nil, false
	}
	select {
	case <-p.admitted:
		return p, true
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, admitTimeout)
	defer cancel()
	select {
	case <-p.admitted:
		return p, true
	case <-ctx.Done():
		return p, !a.giveUp(p)
	}
}

// queue for a place; false where that makes no sense.
func (a *admission) queue(p *place) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	p.inWaiting = a.waiting.PushBack(p)
	a.next()
	if p.inWaiting != nil && a.waiting.Len() > maxWaiting {
		a.unqueue(p)
		return false
	}
	a.gauge()
	return true
}

// giveUp waiting; false where the place has come at the same time.
func (a *admission) giveUp(p *place) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.inWaiting == nil {
		return false
	}
	a.unqueue(p)
	a.gauge()
	return true
}

// unqueue a request that waits. Called with the lock.
func (a *admission) unqueue(p *place) {
	a.waiting.Remove(p.inWaiting)
	p.inWaiting = nil
}

// next gives the places that are free, and those of the slow, to who has waited for longest. As long as others wait, it comes again when
// somebody may have become slow. Called with the lock.
func (a *admission) next() {
	for a.waiting.Len() > 0 && (a.unverified.requests < maxUnverified || a.cutOldest(nil)) {
		p := a.waiting.Front().Value.(*place)
		a.unqueue(p)
		a.unverified.requests++
		p.unverified = true
		close(p.admitted)
	}
	if a.waiting.Len() > 0 && !a.watching {
		a.watching = true
		time.AfterFunc(patience, func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.watching = false
			a.next()
			a.gauge()
		})
	}
}

// cutOldest ends the reading of who has read for longest; false when nobody has read for long. The one who needs its bytes is not cut
// itself, nor who holds none; nil needs a place. Called with the lock.
func (a *admission) cutOldest(needsBytes *place) bool {
	for e := a.reading.Front(); e != nil; e = e.Next() {
		p := e.Value.(*place)
		switch {
		case time.Since(p.began) < patience:
			return false
		case needsBytes != nil && (p == needsBytes || p.bytes == 0):
			continue
		}
		// It leaves on its own, in a moment; its place counts no longer, its bytes do until then.
		a.endReading(p)
		a.unverified.requests--
		p.isCut = true
		a.leaving += p.bytes
		p.cut()
		a.wake()
		return true
	}
	return false
}

// stop lets nobody ask any more; who has asked is admitted.
func (a *admission) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopping = true
}

// countedBody counts a body as it arrives. The length that a header announces costs its sender nothing, so a few slow
// connections that announce much must not take the room of those who send.
type countedBody struct {
	io.ReadCloser
	place *place
}

var errNoRoom = errors.New("too many bytes of bodies are held")

func (b countedBody) Read(buffer []byte) (int, error) {
	n, err := b.ReadCloser.Read(buffer)
	if noRoom := b.place.grow(int64(n)); noRoom != nil {
		return n, noRoom
	}
	return n, err
}

// grow counts bytes that have arrived. A body gets at most three times what is free, so that those of Mux, which are small, find room where
// large ones have taken what they can. Where there is none the slowest other one is cut, and it waits for what that held; where none is
// slow there is no room.
func (p *place) grow(n int64) error {
	a := p.admission
	a.mu.Lock()
	defer a.mu.Unlock()
	for p.isCut || n > 0 && !fits(p.bytes, n, maxUnverifiedBytes-a.unverified.bytes) {
		if p.isCut || time.Now().After(p.deadline) || a.leaving == 0 && !a.cutOldest(p) {
			return errNoRoom
		}
		a.waitChanged()
	}
	a.unverified.bytes += n
	p.bytes += n
	a.gauge()
	return nil
}

// waitChanged waits, without the lock, until something was given back, or who waits may have been cut. Called with the lock.
func (a *admission) waitChanged() {
	changed := a.changed
	a.mu.Unlock()
	select {
	case <-changed:
	case <-time.After(patience):
	}
	a.mu.Lock()
}

// wake who is in waitChanged. Called with the lock.
func (a *admission) wake() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// read says that reading begins, which is when the clock does: what the process takes before that is nobody's slowness.
func (p *place) read() {
	a := p.admission
	a.mu.Lock()
	defer a.mu.Unlock()
	p.began = time.Now()
	p.inReading = a.reading.PushBack(p)
}

// complete says that the body is: the request gives way no more. False where it was cut before.
func (p *place) complete() bool {
	a := p.admission
	a.mu.Lock()
	defer a.mu.Unlock()
	a.endReading(p)
	return !p.isCut
}

// endReading takes a place from those that may be cut. Called with the lock.
func (a *admission) endReading(p *place) {
	if p.inReading != nil {
		a.reading.Remove(p.inReading)
		p.inReading = nil
	}
}

// verified moves the place to those of its environment. Where that has as many as it may have it is hurried, among those that are only
// kept; where there are too many of these as well it is not ok, and has to leave.
func (p *place) verified(line string) (hurried, ok bool) {
	a := p.admission
	a.mu.Lock()
	defer a.mu.Unlock()
	defer a.gauge()
	a.endUnverified(p)
	if a.inShare.take(p, line) {
		return false, true
	}
	return true, a.beyond.take(p, line)
}

// endUnverified gives back what an unverified request holds. Called with the lock.
func (a *admission) endUnverified(p *place) {
	a.endReading(p)
	p.unverified = false
	if p.isCut {
		a.leaving -= p.bytes
	} else {
		a.unverified.requests--
	}
	a.unverified.bytes -= p.bytes
	a.wake()
	a.next()
}

// hold the place for one more, who leaves as well.
func (p *place) hold() {
	p.admission.mu.Lock()
	defer p.admission.mu.Unlock()
	p.holders++
}

// leave gives the place back when nobody else holds it.
func (p *place) leave() {
	a := p.admission
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.holders--; p.holders > 0 {
		return
	}
	if p.unverified {
		a.endUnverified(p)
	} else if p.pool != nil {
		p.pool.give(p)
	}
	a.gauge()
}

// gauge tells the metrics. Called with the lock.
func (a *admission) gauge() {
	for i, held := range [...]budget{{requests: a.asking.held.requests + a.waiting.Len()}, a.unverified, a.beyond.held, a.inShare.held} {
		a.metrics.inFlight[i].Set(float64(held.requests))
		a.metrics.held[i].Set(float64(held.bytes))
	}
}
