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
// a millisecond; where all are as quick, as in a flood of Mux's, the next one waits for a place. After that it is Mux's, and an environment may hold so much that there is always room for another one.
type admission struct {
	metrics *metrics

	mu         sync.Mutex
	stopping   bool
	unverified budget
	// reading are the places whose bodies are being read, the oldest first; waiting are requests that have none yet, likewise.
	reading, waiting list.List
	leaving          int64  // bytes of those that are cut and have not left yet
	hurried          budget // of unverified, those that are verified and beyond their environment's share
	mine             budget
	shares           map[string]*budget // of mine, by environment
	// freed is closed when something unverified has been given back.
	freed chan struct{}
}

// budget is what is held.
type budget struct {
	requests int
	bytes    int64
}

func newAdmission(m *metrics) *admission {
	return &admission{metrics: m, shares: map[string]*budget{}, freed: make(chan struct{})}
}

// place is what one request takes, from admit until nobody holds it any more: neither the request nor a commit that its
// sender no longer waits for, which keeps the event until it is written.
type place struct {
	admission *admission
	cut       func()
	come      chan struct{} // is closed when it is there

	// under the admission's lock
	began   time.Time
	holders int
	bytes   int64         // of its body
	queued  *list.Element // among those that wait for a place; nil otherwise
	element *list.Element // among those that are read; nil otherwise
	isCut   bool
	hurried bool
	line    string // its environment, once verified and within its share
}

// patience is how long a request may read before it has to give way. It is a hundred times what Mux takes, and half of what
// an intercontinental connection takes for its first packets.
const patience = 100 * time.Millisecond

// admit takes a place among the requests that are read. It waits for one as long as all are quick, and no longer than admitTimeout.
func (a *admission) admit(ctx context.Context, w http.ResponseWriter) (*place, bool) {
	control := http.NewResponseController(w)
	p := &place{admission: a, holders: 1, come: make(chan struct{}), cut: func() {
		_ = control.SetReadDeadline(time.Unix(1, 0)) // its reading fails
	}}
	if ok, stopping := a.queue(p); ok || stopping {
		return p, ok
	}
	ctx, cancel := context.WithTimeout(ctx, admitTimeout)
	defer cancel()
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for {
		select {
		case <-p.come:
			return p, true
		case <-tick.C:
			a.overtake(p)
		case <-ctx.Done():
			return p, !a.giveUp(p)
		}
	}
}

// queue takes a place, or gets into the line of those who wait for one.
func (a *admission) queue(p *place) (ok, stopping bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.stopping:
		return false, true
	case a.unverified.requests < maxUnverified || a.cutOldest(p):
		a.begin(p)
		return true, false
	}
	p.queued = a.waiting.PushBack(p)
	return false, false
}

// begin the reading of a request that has found a place. Called with the lock.
func (a *admission) begin(p *place) {
	a.unqueue(p)
	a.unverified.requests++
	p.began = time.Now()
	p.element = a.reading.PushBack(p)
	close(p.come)
	a.gauge()
}

// unqueue a request; false for one that does not wait. Called with the lock.
func (a *admission) unqueue(p *place) bool {
	if p.queued == nil {
		return false
	}
	a.waiting.Remove(p.queued)
	p.queued = nil
	return true
}

// overtake those who wait in front, where somebody has read for so long by now that he gives way.
func (a *admission) overtake(p *place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.queued != nil && a.cutOldest(p) {
		a.begin(p)
	}
}

// giveUp waiting; false where the place has come at the same time.
func (a *admission) giveUp(p *place) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.unqueue(p)
}

// next gives a place that is free to who has waited for longest. Called with the lock.
func (a *admission) next() {
	if first := a.waiting.Front(); first != nil {
		a.begin(first.Value.(*place))
	}
}

// cutOldest ends the reading of who has read for longest, other than the one who needs the room; false when nobody has read
// for long. Called with the lock.
func (a *admission) cutOldest(other *place) bool {
	for e := a.reading.Front(); e != nil; e = e.Next() {
		p := e.Value.(*place)
		switch {
		case time.Since(p.began) < patience:
			return false
		case p == other:
			continue
		}
		// It leaves on its own, in a moment; its place counts no longer, its bytes do until then.
		a.stopReading(p)
		a.unverified.requests--
		p.isCut = true
		a.leaving += p.bytes
		p.cut()
		return true
	}
	return false
}

// stop admits nobody any more.
func (a *admission) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopping = true
}

// countedBody counts a body as it arrives. The length that a header announces costs its sender nothing, so a few slow
// connections that announce much must not take the room of those who send. The last block is beyond what is counted.
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
// large ones have taken what they can. Where there is none the slowest are cut, and it waits for what they held.
func (p *place) grow(n int64) error {
	a := p.admission
	a.mu.Lock()
	defer a.mu.Unlock()
	for p.isCut || p.bytes+n > share*(maxUnverifiedBytes-a.unverified.bytes) || a.unverified.bytes+n > maxUnverifiedBytes {
		if p.isCut || time.Since(p.began) > requestTimeout || !a.cutOldest(p) && a.leaving == 0 {
			return errNoRoom
		}
		a.waitFreed()
	}
	a.unverified.bytes += n
	p.bytes += n
	a.gauge()
	return nil
}

// waitFreed waits, without the lock, until something was given back. Called with the lock.
func (a *admission) waitFreed() {
	freed := a.freed
	a.mu.Unlock()
	select {
	case <-freed:
	case <-time.After(patience):
	}
	a.mu.Lock()
}

// verified moves the place to those of its environment, or makes it a hurried one where that has as many as it may have: it stays among
// those that are not verified, but is no longer read, and gives way to nobody. Those get at most three times what is free as well, so that
// there is room to read for others. What is beyond that is not ok: it has to leave.
func (p *place) verified(line string) (hurried, ok bool) {
	a := p.admission
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.shares[line]
	if of == nil {
		of = &budget{}
	}
	if !of.hasRoom(p, maxInFlight-a.mine.requests, maxBytes-a.mine.bytes) {
		a.stopReading(p)
		p.hurried = a.hurried.hasRoom(p, maxUnverified-a.unverified.requests, maxUnverifiedBytes-a.unverified.bytes)
		if p.hurried {
			a.hurried.add(p, 1)
		}
		return true, p.hurried
	}
	a.endReading(p)
	a.shares[line], p.line = of, line
	of.add(p, 1)
	a.mine.add(p, 1)
	a.gauge()
	return false, true
}

// hasRoom says whether a place may be added where so much is free.
func (b *budget) hasRoom(p *place, requests int, bytes int64) bool {
	return b.requests < share*requests && b.bytes+p.bytes <= share*bytes
}

// add a place, or take it away with a sign of -1.
func (b *budget) add(p *place, sign int) {
	b.requests += sign
	b.bytes += int64(sign) * p.bytes
}

// endReading gives back what an unverified request holds. Called with the lock.
func (a *admission) endReading(p *place) {
	a.stopReading(p)
	if p.hurried {
		a.hurried.add(p, -1)
	}
	if p.isCut {
		a.leaving -= p.bytes
	} else {
		a.unverified.requests--
		a.next()
	}
	a.unverified.bytes -= p.bytes
	close(a.freed)
	a.freed = make(chan struct{})
}

// stopReading takes a place from those that are read and may be cut. Called with the lock.
func (a *admission) stopReading(p *place) {
	if p.element != nil {
		a.reading.Remove(p.element)
		p.element = nil
	}
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
	if p.line == "" {
		a.endReading(p)
	} else {
		a.give(p)
	}
	a.gauge()
}

// give back what a verified event holds. Called with the lock.
func (a *admission) give(p *place) {
	of := a.shares[p.line]
	of.add(p, -1)
	a.mine.add(p, -1)
	if of.requests == 0 {
		delete(a.shares, p.line)
	}
}

// gauge tells the metrics. Called with the lock.
func (a *admission) gauge() {
	a.metrics.inFlight[0].Set(float64(a.unverified.requests))
	a.metrics.inFlight[1].Set(float64(a.mine.requests))
	a.metrics.held[0].Set(float64(a.unverified.bytes))
	a.metrics.held[1].Set(float64(a.mine.bytes))
}
