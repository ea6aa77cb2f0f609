// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// minute is the time that requests have.
func minute(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// admitted takes a place that has been read for so long.
func admitted(t *testing.T, a *admission, ago time.Duration) *place {
	t.Helper()
	p, ok := a.admit(minute(t), httptest.NewRecorder())
	if !ok {
		t.Fatal("no place")
	}
	p.read()
	p.began = p.began.Add(-ago)
	return p
}

// quick has all places taken by requests that have only just begun.
func quick(t *testing.T) (*admission, []*place) {
	t.Helper()
	a := newAdmission(newMetrics(nil))
	var all []*place
	for range maxUnverified {
		all = append(all, admitted(t, a, -time.Minute)) // from the future, so that the test may be slow
	}
	return a, all
}

// queues has a request wait for a place, which comes from the channel.
func queues(t *testing.T, a *admission) <-chan *place {
	t.Helper()
	a.mu.Lock()
	before := a.waiting.Len()
	a.mu.Unlock()
	got := make(chan *place, 1)
	go func() {
		p, ok := a.admit(minute(t), httptest.NewRecorder())
		if !ok {
			t.Error("it waited in vain")
			p = nil
		}
		got <- p
	}()
	within(t, 5*time.Second, func() error {
		a.mu.Lock()
		defer a.mu.Unlock()
		if n := a.waiting.Len(); n <= before {
			return fmt.Errorf("%d wait", n)
		}
		return nil
	})
	return got
}

// TestPlacesOfTheQuick has all places taken by quick requests: nobody is cut, the next ones wait for a place, in turn.
func TestPlacesOfTheQuick(t *testing.T) {
	leaks(t)
	a, all := quick(t)
	first := queues(t, a)
	second := queues(t, a)
	all[5].leave()
	one := <-first
	select {
	case <-second:
		t.Fatal("two have come into one place")
	case <-time.After(2 * patience):
	}
	one.leave()
	all = append(all, <-second)
	for _, p := range append(all[:5], all[6:]...) {
		if p.gaveWay() {
			t.Error("a quick one gave way")
		}
		p.leave()
	}
	if err := a.holdsAny(); err != nil {
		t.Error(err)
	}
}

// TestLine bounds those who wait for a place.
func TestLine(t *testing.T) {
	a, _ := quick(t)
	for n := range maxWaiting + 1 {
		p := &place{admission: a, admitted: make(chan struct{})}
		if ok := a.queue(p); ok != (n < maxWaiting) {
			t.Errorf("with %d that wait one more does: %t", n, ok)
		}
		defer a.giveUp(p)
	}
}

// TestPlaceTooLate has no place come free: the next request is sent away in time, or when its sender leaves, and stands in no line any more.
func TestPlaceTooLate(t *testing.T) {
	leaks(t)
	a, _ := quick(t)
	began := time.Now()
	if _, ok := a.admit(minute(t), httptest.NewRecorder()); ok || time.Since(began) < admitTimeout || time.Since(began) > admitTimeout+500*time.Millisecond {
		t.Errorf("admitted: %t, after %s, want %s", ok, time.Since(began), admitTimeout)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := a.admit(ctx, httptest.NewRecorder()); ok {
		t.Error("who has left is admitted")
	}
	if n := a.waiting.Len(); n != 0 {
		t.Errorf("%d wait", n)
	}
}

// TestSlowGivesItsPlace has one of the quick become slow while others wait: the first of them gets its place, also when nothing comes after it.
func TestSlowGivesItsPlace(t *testing.T) {
	leaks(t)
	a, all := quick(t)
	first := queues(t, a)
	second := queues(t, a)
	a.mu.Lock()
	slow := all[0]
	slow.began = time.Now()
	a.mu.Unlock()
	if p := <-first; !slow.gaveWay() || p == nil || all[1].gaveWay() {
		t.Error("the wrong one gave way")
	}
	all[1].leave()
	if p := <-second; p == nil {
		t.Error("there was no place")
	}
}

// TestComplete : whose body is complete gives way no more, however long the rest takes; who was cut before that does not go on.
func TestComplete(t *testing.T) {
	a, all := quick(t)
	a.mu.Lock()
	all[0].began, all[1].began = time.Now().Add(-time.Minute), time.Now().Add(-time.Minute)
	a.mu.Unlock()
	if !all[0].complete() {
		t.Error("it was cut")
	}
	admitted(t, a, 0)
	if all[0].gaveWay() || !all[1].gaveWay() || all[1].complete() {
		t.Error("the wrong one gave way")
	}
}

// TestClock : what the process takes until it reads is nobody's slowness.
func TestClock(t *testing.T) {
	a := newAdmission(newMetrics(nil))
	p, ok := a.admit(minute(t), httptest.NewRecorder())
	if !ok {
		t.Fatal("no place")
	}
	defer p.leave()
	cut := func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.cutOldest(nil)
	}
	p.began = time.Now().Add(-time.Minute)
	if cut() {
		t.Error("it gave way before it was read")
	}
	began := time.Now()
	p.read()
	if p.began.Before(began) {
		t.Error("the clock began before reading did")
	}
	p.began = time.Now().Add(-time.Minute)
	if !cut() {
		t.Error("the clock does not run")
	}
}

// TestAskingAtTheEnd : when the receiver stops nobody begins any more, and who has begun is admitted.
func TestAskingAtTheEnd(t *testing.T) {
	a := newAdmission(newMetrics(nil))
	asked, ok := a.ask("one")
	if !ok {
		t.Fatal("there is no room")
	}
	a.stop()
	if _, ok := a.ask("one"); ok {
		t.Error("one begins after the end")
	}
	asked()
	p, ok := a.admit(minute(t), httptest.NewRecorder())
	if !ok {
		t.Fatal("who has begun is sent away")
	}
	p.leave()
	if err := a.holdsAny(); err != nil {
		t.Error(err)
	}
}

// TestCutWhileWaiting cuts one that waits for bytes which do not come: it is woken.
func TestCutWhileWaiting(t *testing.T) {
	leaks(t)
	a := newAdmission(newMetrics(nil))
	gone, slow := admitted(t, a, 2*time.Minute), admitted(t, a, time.Minute)
	defer gone.leave()
	defer slow.leave()
	if err := gone.grow(maxUnverifiedBytes); err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() { got <- slow.grow(1) }() // which cuts the other one, who does not leave
	within(t, 5*time.Second, func() error {
		if !gone.gaveWay() {
			return errors.New("nobody was cut")
		}
		return nil
	})
	a.mu.Lock()
	changed := a.changed
	if !a.cutOldest(nil) || !slow.isCut {
		t.Error("it was not cut")
	}
	a.mu.Unlock()
	select {
	case <-changed:
	default:
		t.Error("nobody was woken")
	}
	if err := <-got; !errors.Is(err, errNoRoom) {
		t.Errorf("who was cut reads on: %v", err)
	}
}

// TestPlaceOfTheCut has a slow one cut for its bytes while another request waits for a place: that gets the place.
func TestPlaceOfTheCut(t *testing.T) {
	leaks(t)
	a, all := quick(t)
	waiting := queues(t, a)
	slow := all[0]
	if err := slow.grow(maxUnverifiedBytes); err != nil {
		t.Error(err)
	}
	a.mu.Lock()
	slow.began = time.Now().Add(-time.Second)
	slow.cut = func() { go slow.leave() }
	a.mu.Unlock()
	if err := all[1].grow(1); err != nil {
		t.Error(err)
	}
	a.mu.Lock()
	if a.waiting.Len() > 0 {
		t.Error("its place is free, and another request waits")
	}
	a.mu.Unlock()
	if p := <-waiting; p == nil {
		t.Error("there was no place")
	}
}

// TestBytesOfTheQuick has all bytes held by such.
func TestBytesOfTheQuick(t *testing.T) {
	a := newAdmission(newMetrics(nil))
	first, second := admitted(t, a, -time.Minute), admitted(t, a, -time.Minute)
	if err := first.grow(maxUnverifiedBytes); err != nil {
		t.Error(err)
	}
	if err := second.grow(1); !errors.Is(err, errNoRoom) {
		t.Errorf("got %v with all bytes held", err)
	}
	first.leave()
	if err := second.grow(1); err != nil {
		t.Errorf("got %v with all bytes free", err)
	}
	second.leave()
}

// TestBytesOfTheSlow cuts the slow and waits until they have gone; those that are cut get no more.
func TestBytesOfTheSlow(t *testing.T) {
	leaks(t)
	a := newAdmission(newMetrics(nil))
	slow, good := admitted(t, a, 2*time.Second), admitted(t, a, 0)
	if err := slow.grow(maxUnverifiedBytes); err != nil {
		t.Error(err)
	}
	cut := make(chan struct{})
	slow.cut = func() { close(cut) }
	go func() {
		<-cut
		slow.leave()
	}()
	if err := good.grow(1); err != nil {
		t.Error(err)
	}
	if err := slow.grow(1); !errors.Is(err, errNoRoom) {
		t.Errorf("who was cut reads on: %v", err)
	}
	if !slow.gaveWay() || good.gaveWay() {
		t.Error("the wrong one gave way")
	}
}

// TestShares lets environments take what they can: each leaves a quarter of what is free, and so there is room for another one.
func TestShares(t *testing.T) {
	take := func(a *admission, line string, bytes int64) (taken []*place) {
		for {
			p := admitted(t, a, 0)
			if err := p.grow(bytes); err != nil {
				t.Fatal(err)
			}
			if hurried, _ := p.verified(line); hurried {
				p.leave()
				return taken
			}
			taken = append(taken, p)
		}
	}
	for _, row := range []struct {
		bytes    int64
		one, two int
	}{
		{0, maxInFlight * 3 / 4, maxInFlight * 3 / 16},
		{1 << 20, maxBytes >> 20 * 3 / 4, maxBytes >> 20 * 3 / 16},
	} {
		a := newAdmission(newMetrics(nil))
		one := take(a, "one", row.bytes)
		two := take(a, "two", row.bytes)
		if len(one) != row.one || len(two) != row.two {
			t.Errorf("with %d bytes each one has %d, the other %d, want %d and %d", row.bytes, len(one), len(two), row.one, row.two)
		}
		if third := take(a, "three", row.bytes); len(third) == 0 {
			t.Error("nothing is left for a third")
		} else {
			one = append(one, third...)
		}
		for _, p := range append(one, two...) {
			p.leave()
		}
		if err := a.holdsAny(); err != nil {
			t.Error(err)
		}
	}
}

// TestPoolIsBounded : three times what is free may be more than that: nobody gets more than there is.
func TestPoolIsBounded(t *testing.T) {
	o := newPool(8, 4*maxBody)
	if !o.take(&place{bytes: 3*maxBody + maxBody/2}, "one") {
		t.Fatal("there is no room in an empty pool")
	}
	if o.take(&place{bytes: maxBody}, "two") || o.held.bytes > o.most.bytes {
		t.Errorf("held are %+v, at most %+v", o.held, o.most)
	}
	if !o.take(&place{bytes: maxBody / 2}, "two") {
		t.Error("what fits is not taken")
	}
}

// TestRoomForTheSmall has large bodies take what they can get: small ones find room.
func TestRoomForTheSmall(t *testing.T) {
	a := newAdmission(newMetrics(nil))
	for range maxUnverifiedBytes / maxBody {
		large := admitted(t, a, -time.Minute)
		defer large.leave()
		for large.bytes < maxBody && large.grow(blockSize) == nil {
		}
	}
	for e := a.reading.Front(); e != nil; e = e.Next() {
		if err := e.Value.(*place).grow(0); err != nil {
			t.Errorf("one that is complete: %v", err)
		}
	}
	if a.unverified.bytes < maxUnverifiedBytes*9/10 {
		t.Errorf("large ones hold %d bytes, and no more", a.unverified.bytes)
	}
	for range 10 {
		small := admitted(t, a, -time.Minute)
		defer small.leave()
		if err := small.grow(blockSize); err != nil {
			t.Error(err)
		}
	}
}

// TestBeyondTheShare : what is verified and beyond its environment's share has a share of the places for that, whoever is being read meanwhile.
func TestBeyondTheShare(t *testing.T) {
	for _, row := range []struct {
		bytes     int64 // of each
		one, more int   // for the first environment, for the next
	}{{1, maxBeyond * 3 / 4, maxBeyond * 3 / 16}, {maxBody, maxBeyondBytes / maxBody * 3 / 4, maxBeyondBytes / maxBody * 3 / 16}} {
		a, all := quick(t)
		all[0].leave() // one place to read, for one after the other
		all = all[1:]
		a.inShare.held.requests = maxInFlight
		for line, want := range []int{row.one, row.more} {
			for n := 0; ; n++ {
				p := admitted(t, a, 0)
				all = append(all, p)
				if err := p.grow(row.bytes); err != nil {
					t.Fatal(err)
				}
				hurried, ok := p.verified(fmt.Sprint(line))
				if !hurried || ok != (n < want) {
					t.Fatalf("environment %d with %d bytes each: hurried %t, admitted %t as number %d, want %d", line, row.bytes, hurried, ok, n, want)
				}
				if !ok {
					break
				}
			}
		}
		for _, p := range all {
			p.leave()
		}
		a.inShare.held.requests = 0
		if err := a.holdsAny(); err != nil {
			t.Error(err)
		}
	}
}

// TestConnections keeps the newest, and of the others rather those that have sent something.
func TestConnections(t *testing.T) {
	c := newConnections(3)
	var names = map[net.Conn]string{}
	open := func(name string) net.Conn {
		near, far := net.Pipe()
		names[near] = name
		t.Cleanup(func() { near.Close(); far.Close() })
		c.changed(near, http.StateNew)
		return near
	}
	closed := func() (all string) {
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			for connection, n := range names {
				if n == name && connection.SetDeadline(time.Time{}) != nil {
					all += name
				}
			}
		}
		return all
	}
	a, b := open("a"), open("b")
	c.changed(a, http.StateActive)
	c.changed(a, http.StateIdle) // has sent something once
	open("c")
	open("d") // one too many
	if got := closed(); got != "b" {
		t.Errorf("closed are %q, want b, the oldest without a header", got)
	}
	c.changed(b, http.StateClosed)
	for connection := range names {
		if names[connection] == "c" || names[connection] == "d" {
			c.changed(connection, http.StateActive)
		}
	}
	open("e")
	if got := closed(); got != "ab" {
		t.Errorf("closed are %q, want a too, which is idle, rather than the newest", got)
	}
	c.changed(a, http.StateClosed)
	open("f")
	if got := closed(); got != "abe" && got != "abf" {
		t.Errorf("closed are %q, want one of those without a header", got)
	}
	if c.open != 4 { // the last is counted until the server has noticed
		t.Errorf("%d are open", c.open)
	}
	if got := fmt.Sprint(c.fresh.Len(), c.idle.Len(), len(c.waiting)); got != "1 0 1" {
		t.Errorf("%s wait", got)
	}
}
