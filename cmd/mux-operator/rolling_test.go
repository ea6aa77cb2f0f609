// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serviceLag is how long a Service goes on opening connections to a pod that has said that it is not ready.
const serviceLag = time.Second

// service is what a Kubernetes Service is to who dials it: a connection goes to one of the endpoints that were ready, and stays there.
// One that an endpoint refuses goes to another.
type service struct {
	mu        sync.Mutex
	endpoints []*endpoint
	next      int
	refused   int
}

type endpoint struct {
	address, readyz string
	in              bool
	unready         time.Time
}

// watch follows the readiness of the endpoints until ctx ends.
func (v *service) watch(ctx context.Context) {
	prober := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		v.mu.Lock()
		endpoints := append([]*endpoint{}, v.endpoints...)
		v.mu.Unlock()
		for _, e := range endpoints {
			response, err := prober.Get(e.readyz)
			if err == nil {
				response.Body.Close()
			}
			v.told(e, err == nil && response.StatusCode == http.StatusOK)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// told whether an endpoint is ready. It is taken out a while after it was not.
func (v *service) told(e *endpoint, ready bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case ready:
		e.in, e.unready = true, time.Time{}
	case e.unready.IsZero():
		e.unready = time.Now()
	case time.Since(e.unready) > serviceLag:
		e.in = false
	}
}

func (v *service) add(p *process) *endpoint {
	v.mu.Lock()
	defer v.mu.Unlock()
	e := &endpoint{address: p.receiver, readyz: p.ready}
	v.endpoints = append(v.endpoints, e)
	return e
}

func (v *service) isIn(e *endpoint) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return e.in
}

// those that are in, each time beginning with another one.
func (v *service) those() (addresses []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.next++
	for i := range v.endpoints {
		if e := v.endpoints[(v.next+i)%len(v.endpoints)]; e.in {
			addresses = append(addresses, e.address)
		}
	}
	return addresses
}

func (v *service) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	err := errors.New("no endpoint is ready")
	for _, address := range v.those() {
		var connection net.Conn
		if connection, err = (&net.Dialer{}).DialContext(ctx, network, address); err == nil {
			return connection, nil
		}
		v.mu.Lock()
		v.refused++
		v.mu.Unlock()
	}
	return nil, err
}

// rollingRate is how many events come in a second; shortRate beside all other tests, where the machine has little left.
const rollingRate, shortRate = 80, 50

// rollingTracks is how many events come for each asset at most, of a long run that lasts a minute too long. A status of 30 tracks costs the API
// server two and a half times the processor time of an empty one, so with all there is room for a run would grow heavier to its end.
const rollingTracks = 12

// TestRolling restarts two replicas in turn, as a rollout does, while events come, and each is answered 2xx at the first try. With
// ROLLING_SECONDS the replicas are restarted for so long; otherwise each once.
func TestRolling(t *testing.T) {
	t.Parallel()
	long := time.Duration(fromEnvironment("ROLLING_SECONDS", 0)) * time.Second
	rate, tracks := shortRate, perAsset
	if long > 0 {
		rate, tracks = rollingRate, rollingTracks
	}
	v := &service{}
	tr := newTraffic(t, int(long.Seconds()+60)*rollingRate/tracks, &http.Transport{DialContext: v.dial, MaxIdleConnsPerHost: 16})
	program := build(t)
	replicas := [2]*process{}
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	t.Cleanup(func() { stop(); all.Wait() })
	all.Go(func() { v.watch(ctx) })
	start := func(i int) {
		replicas[i], _ = tr.runs(program, "--leader-elect", "--leader-elect-resource-namespace", tr.namespace)
		e := v.add(replicas[i])
		within(tr, soon, "the Service has the replica", func() error {
			if !v.isIn(e) {
				return errors.New("it has not")
			}
			return nil
		})
	}
	start(0)
	start(1)
	var again atomic.Int32 // sent again, since a connection was cut before an answer
	sending, enough := context.WithCancel(ctx)
	sent := make(chan int)
	go func() {
		sent <- tr.flow(sending, rate, func(n int) {
			if _, err := tr.send("receiver", n); err != nil {
				again.Add(1) // as a balancer does
				_, _ = tr.send("receiver", n)
			}
		})
	}()
	began, restarts, stops := time.Now(), 0, time.Duration(0)
	for restarts < 2 || time.Since(began) < long {
		victim, stopping := replicas[restarts%2], time.Now()
		victim.stop()
		stops = max(stops, time.Since(stopping))
		if code := victim.command.ProcessState.ExitCode(); code != 0 {
			t.Errorf("a replica that was told to stop ended with %s", victim.command.ProcessState)
		}
		start(restarts % 2)
		restarts++
	}
	took := time.Since(began)
	enough()
	events := <-sent
	tr.nothingLost(events, int(again.Load()))
	t.Logf("%d restarts in %s, the longest stop %s, %d events: %s; %d connections refused and opened elsewhere, %d requests cut and sent again, %d connections closed with an answer",
		restarts, took.Round(time.Second), stops.Round(100*time.Millisecond), events, tr.told(), v.refused, again.Load(), tr.closed)
}

// nothingLost fails where an event was not applied at the first try, but for those that were cut, or is in no status.
func (tr *traffic) nothingLost(events, cut int) {
	tr.Helper()
	if missing := tr.missing(events); len(missing) > 0 {
		tr.Errorf("%d of %d events are in no status: %v", len(missing), events, missing[:min(10, len(missing))])
	}
	if applied := tr.answers["200"]; applied != events || len(tr.answers) > 1 && cut == 0 {
		tr.Errorf("of %d events %d were applied at the first try: %s", events, applied, tr.told())
	}
	if tr.closed == 0 {
		tr.Error("no replica closed a connection with its last answer")
	}
}

// flow sends events at the rate, one by one, without waiting for answers, until ctx ends, and returns how many when all are answered.
func (tr *traffic) flow(ctx context.Context, rate int, send func(n int)) (events int) {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		select {
		case <-ctx.Done():
			return events
		case <-tick.C:
		}
		if events == tr.assets*perAsset {
			tr.Error("there are not enough assets for so many events")
			return events
		}
		n := events
		all.Go(func() { send(n) })
		events++
	}
}
