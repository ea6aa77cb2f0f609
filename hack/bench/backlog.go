// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// delivery is an event that Mux has yet to deliver.
type delivery struct {
	asset, event int
	due          time.Time
	wait         time.Duration // before the next attempt
}

// Mux gives up an attempt after 5 s and tries again later and later.
const firstWait, longestWait = 5 * time.Second, time.Minute

// muxQueue delivers as Mux does: what is not answered 2xx comes again after 5 s, then doubling to a minute.
type muxQueue struct {
	mu    sync.Mutex
	due   deliveries
	open  int // not delivered yet
	tries int
	done  chan struct{}
	added chan struct{} // has room for one word that something was
}

type deliveries []*delivery

func (d deliveries) Len() int      { return len(d) }
func (d deliveries) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d *deliveries) Push(x any)   { *d = append(*d, x.(*delivery)) }

// Less has what is due first, and of that what has happened first.
func (d deliveries) Less(i, j int) bool {
	return cmp.Or(d[i].due.Compare(d[j].due), d[i].event-d[j].event, d[i].asset-d[j].asset) < 0
}

func (d *deliveries) Pop() any {
	old := *d
	last := old[len(old)-1]
	*d = old[:len(old)-1]
	return last
}

func newMuxQueue() *muxQueue {
	return &muxQueue{done: make(chan struct{}), added: make(chan struct{}, 1)}
}

func (q *muxQueue) add(d *delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open++
	q.push(d)
}

// push with the lock.
func (q *muxQueue) push(d *delivery) {
	heap.Push(&q.due, d)
	select {
	case q.added <- struct{}{}:
	default:
	}
}

// next is what is due; nil, and how long nothing will be unless something is added, when nothing is.
func (q *muxQueue) next() (*delivery, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.due) == 0 {
		return nil, time.Hour
	}
	if wait := time.Until(q.due[0].due); wait > 0 {
		return nil, wait
	}
	q.tries++
	return heap.Pop(&q.due).(*delivery), 0
}

// await what is due; nil when all is delivered or ctx ends.
func (q *muxQueue) await(ctx context.Context) *delivery {
	for {
		d, wait := q.next()
		if d != nil {
			return d
		}
		select {
		case <-ctx.Done():
			return nil
		case <-q.done:
			return nil
		case <-q.added:
		case <-time.After(wait):
		}
	}
}

// settle what was tried.
func (q *muxQueue) settle(d *delivery, delivered bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !delivered {
		d.due, d.wait = time.Now().Add(d.wait), min(2*d.wait, longestWait)
		q.push(d)
		return
	}
	if q.open--; q.open == 0 {
		close(q.done)
	}
}

// deliver sends what is due, so many at a time, until all is delivered or ctx ends. One goroutine looks for what is due: thousands that
// did would take the processors from what is measured.
func (q *muxQueue) deliver(ctx context.Context, l *life, to *sender, at int) {
	var all sync.WaitGroup
	defer all.Wait()
	free := make(chan struct{}, at)
	for n := 0; ; n++ {
		free <- struct{}{}
		d := q.await(ctx)
		if d == nil {
			return
		}
		all.Go(func() {
			q.settle(d, to.send(l.of(d.asset, d.event), n))
			<-free
		})
	}
}

// backlog delivers what an outage has left behind, all of it due at once.
func backlog(s *stage) error {
	l, err := newLife()
	if err != nil {
		return err
	}
	o, err := s.startOperator()
	if err != nil {
		return err
	}
	patch, err := s.learn(l, newSender(1, o.path()))
	if err != nil {
		return err
	}
	assets, err := s.assets(l, ours, s.size(10000, 100))
	if err == nil {
		err = s.settled()
	}
	if err != nil {
		return err
	}
	perSecond, err := s.rawPatches(l, patch, s.size(1000, 30), 32)
	if err != nil {
		return err
	}
	idle := o.peak()
	d, err := s.drain(l, o, assets, perAsset, senders)
	if err != nil {
		return err
	}
	s.table(fmt.Sprintf("Backlog: %d events over %d objects, all due at once, from a sender that behaves as Mux does", d.events, len(assets)),
		[]string{"raw patches/s", "durable in", "all answered in", "events/s", "ratio", "attempts per event", "API writes per event", "peak memory", "before"},
		[]string{fmt.Sprintf("%.0f", perSecond), tenths(d.durable), tenths(d.took), fmt.Sprintf("%.0f", d.rate()), fmt.Sprintf("%.1f", d.rate()/perSecond),
			fmt.Sprintf("%.2f", d.attempts()), fmt.Sprintf("%.2f", d.writesPerEvent()), mib(o.peak()), mib(idle)})
	return nil
}

// perAsset are the last events of a life: those that make it whole.
const perAsset = 10

// senders is how much Mux delivers at a time. Nobody knows what it does; this is more than there is room for.
const senders = 1500

// drained is what it took to deliver events.
type drained struct {
	events, tries, writes int
	// durable is until every status had all that its events tell, took until the last of them was answered 2xx, which is as late as its
	// sender comes again.
	durable, took time.Duration
}

func (d *drained) rate() float64           { return rate(d.events, d.durable) }
func (d *drained) attempts() float64       { return float64(d.tries) / float64(d.events) }
func (d *drained) writesPerEvent() float64 { return float64(d.writes) / float64(d.events) }

// drain delivers the last events of every asset's life, all due at once and so many at a time, and reads at the end that none is missing.
func (s *stage) drain(l *life, o *operator, assets []*video.MuxAsset, last, at int) (*drained, error) {
	q, to := newMuxQueue(), newSender(at, o.path())
	defer to.close()
	now := time.Now()
	for event := perLife - last; event < perLife; event++ {
		for _, asset := range assets {
			q.add(&delivery{asset: number(asset), event: event, due: now, wait: firstWait})
		}
	}
	before, err := s.patches()
	if err != nil {
		return nil, err
	}
	v, err := s.sight(ours, func(asset *video.MuxAsset) bool { return whole(asset) == nil })
	if err != nil {
		return nil, err
	}
	began := time.Now()
	q.deliver(s.ctx, l, to, at)
	d := &drained{events: last * len(assets), tries: q.tries, took: time.Since(began)}
	seen, err := v.since(s, assets, slices.Repeat([]time.Time{began}, len(assets)))
	if err != nil {
		return nil, err
	}
	d.durable = slices.Max(seen)
	after, err := s.patches()
	d.writes = after - before
	s.say("%d at a time, durable in %s, answered in %s: %s", at, tenths(d.durable), tenths(d.took), to.told())
	if err == nil {
		err = s.allReady(assets)
	}
	return d, err
}

func tenths(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }

// peak is the most memory that the process has had, in bytes.
func (p *process) peak() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, _ := strconv.ParseFloat(kib, 64)
	return n * 1024
}
