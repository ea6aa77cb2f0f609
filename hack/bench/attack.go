// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
)

// attack measures the answers to good traffic, 50 events a second: alone, beside the attack, and beside the same attack on a process that
// only refuses, which tells what the attackers themselves cost a machine that they share. It goes round and round between the three,
// since a machine that stands still once for half a second has that in its p99. Each event is sent twice, and the second time there is
// nothing to write, so that the answer tells of the operator alone, without the API server. At the end it looks what is left of the attack.
func attack(run func(context.Context, *operator)) func(*stage) error {
	return func(s *stage) error {
		l, err := newLife()
		if err != nil {
			return err
		}
		o, err := s.startOperator()
		if err != nil {
			return err
		}
		elsewhere, err := s.startRefuser()
		if err != nil {
			return err
		}
		assets, err := s.assets(l, ours, s.size(100, 10))
		if err == nil {
			err = s.settled()
		}
		if err != nil {
			return err
		}
		good := &goodTraffic{stage: s, life: l, operator: o, assets: assets}
		if _, err := good.flow(s.seconds(5, 1)); err != nil { // warms up
			return err
		}
		before, err := o.rest(s)
		if err != nil {
			return err
		}
		var alone, beside, besideOther rounds
		for range s.size(attackRounds, 1) {
			if err := errors.Join(alone.add(good.flow(s.seconds(20, 1))), besideOther.add(good.beside(run, elsewhere, s.seconds(20, 1))),
				beside.add(good.beside(run, o, s.seconds(20, 1)))); err != nil {
				return err
			}
		}
		after, err := o.rest(s)
		if err != nil {
			return err
		}
		return good.report(alone, besideOther, beside, before, after)
	}
}

// attackRounds of 20 s are a minute of the attack.
const attackRounds = 3

// answers are how long they took: to events that are written, and to the same again.
type answers struct{ written, again []time.Duration }

// rounds are the answers of what was done several times.
type rounds []answers

func (r *rounds) add(one answers, err error) error {
	*r = append(*r, one)
	return err
}

// all rounds together.
func (r rounds) all() (a answers) {
	for _, one := range r {
		a.written, a.again = append(a.written, one.written...), append(a.again, one.again...)
	}
	return a
}

// p99s are those of each round.
func (r rounds) p99s() string {
	var all []string
	for _, one := range r {
		all = append(all, ms(quantile(one.written, 0.99)))
	}
	return strings.Join(all, ", ")
}

// startRefuser runs a process that takes webhooks as the operator does and refuses them all.
func (s *stage) startRefuser() (*operator, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	addresses, err := controlplane.FreeAddresses(1)
	if err != nil {
		return nil, err
	}
	o := &operator{webhooks: addresses[0]}
	if o.process, err = startProcess(self, filepath.Join(s.logs, "refuser.log"), podMemory, "refuser", o.webhooks); err != nil {
		return nil, err
	}
	s.operators = append(s.operators, o.process)
	return o, s.within(time.Minute, func() error {
		connection, err := net.Dial("tcp", o.webhooks)
		if err == nil {
			connection.Close()
		}
		return err
	})
}

// refuser reads requests with the time-outs of the operator, and refuses them.
func refuser(address string) error {
	server := &http.Server{
		Addr: address, ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 4 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			_, _ = io.Copy(io.Discard, request.Body)
			w.WriteHeader(http.StatusUnauthorized)
		}),
	}
	return server.ListenAndServe()
}

// goodTraffic are events each of which changes a status, sent twice.
type goodTraffic struct {
	*stage
	life     *life
	operator *operator
	assets   []*video.MuxAsset
	sent     int
}

const goodRate = 50

func (g *goodTraffic) flow(long time.Duration) (answers, error) {
	to, again := newSender(64, g.operator.path()), newSender(64, g.operator.path())
	defer to.close()
	defer again.close()
	perSecond := g.size(goodRate, 5)
	n := int(long.Seconds()) * perSecond
	first := g.sent
	g.sent += n
	failed := make([]error, n)
	atRate(perSecond, n, func(i int) {
		asset := g.assets[i%len(g.assets)]
		body := g.life.changed(number(asset), first+i)
		failed[i] = errors.Join(to.must(body, 0), again.must(body, 0))
	})
	return answers{to.times, again.times}, errors.Join(failed...)
}

func (g *goodTraffic) beside(run func(context.Context, *operator), attacked *operator, long time.Duration) (answers, error) {
	ctx, cancel := context.WithCancel(g.ctx)
	var attackers sync.WaitGroup
	attackers.Go(func() { run(ctx, attacked) })
	defer attackers.Wait()
	defer cancel()
	return g.flow(long)
}

// remains are what a process holds when nothing happens.
type remains struct{ heap, goroutines float64 }

// rest waits until idle connections have gone, and looks.
func (o *operator) rest(s *stage) (r remains, err error) {
	fewest, since := 1e9, time.Now()
	err = s.within(90*time.Second, func() error {
		n, err := o.metric("go_goroutines ")
		if err == nil && n < fewest {
			fewest, since = n, time.Now()
		}
		if err == nil && time.Since(since) < s.seconds(10, 1) {
			err = errors.New("connections are still ending")
		}
		return err
	})
	if err != nil {
		return r, err
	}
	r.goroutines = fewest
	r.heap, err = o.heap()
	return r, err
}

func (g *goodTraffic) report(alone, elsewhere, beside rounds, before, after remains) error {
	refused, err := g.operator.metric("mux_operator_webhook_deliveries_total{", `status="4`)
	if err != nil {
		return err
	}
	row := func(name string, r rounds, more ...string) []string {
		of := r.all()
		return append([]string{name, ms(quantile(of.written, 0.5)), ms(quantile(of.written, 0.99)), r.p99s(), ms(quantile(of.again, 0.99))}, more...)
	}
	ratio := func(name string, of rounds, more ...string) []string {
		mine, its := beside.all(), of.all()
		to := func(q float64, mine, its []time.Duration) string {
			return fmt.Sprintf("%.2f", quantile(mine, q).Seconds()/quantile(its, q).Seconds())
		}
		return append([]string{name, to(0.5, mine.written, its.written), to(0.99, mine.written, its.written), "", to(0.99, mine.again, its.again)}, more...)
	}
	g.table(fmt.Sprintf("Good traffic, %d events a second, each sent twice, beside an attack", goodRate),
		[]string{"", "p50", "p99", "of each round", "p99 with nothing to write", "heap", "goroutines", "peak memory", "refused"},
		row("alone", alone, mib(before.heap), fmt.Sprint(before.goroutines), "", ""),
		row("beside an attack on another process", elsewhere, "", "", "", ""),
		row("beside the attack, and after", beside, mib(after.heap), fmt.Sprint(after.goroutines), mib(g.operator.peak()), fmt.Sprintf("%.0f", refused)),
		ratio("ratio to alone", alone, fmt.Sprintf("%.2f", after.heap/before.heap), "", "", ""),
		ratio("ratio to the other", elsewhere, "", "", "", ""))
	switch {
	case after.goroutines > before.goroutines+10:
		return fmt.Errorf("%.0f goroutines are left of %.0f", after.goroutines, before.goroutines)
	case after.heap > 1.2*before.heap+4<<20:
		return fmt.Errorf("the heap has grown from %s to %s", mib(before.heap), mib(after.heap))
	}
	return nil
}

// forgedSmall sends 2000 requests of 2 kB a second, as good as anybody can make them without the secret.
func forgedSmall(ctx context.Context, o *operator) { forge(ctx, o, 2000, 2<<10) }

// forgedLarge sends 20 requests of 1 MiB a second.
func forgedLarge(ctx context.Context, o *operator) { forge(ctx, o, 20, 1<<20) }

// forge sends over 16 connections, each of which waits for its answer.
func forge(ctx context.Context, o *operator, perSecond, size int) {
	const connections = 16
	body := strings.Repeat("x", size)
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second}
			defer client.CloseIdleConnections()
			tick := time.NewTicker(time.Second * connections / time.Duration(perSecond))
			defer tick.Stop()
			for ctx.Err() == nil {
				<-tick.C
				r, _ := http.NewRequestWithContext(ctx, http.MethodPost, o.path(), strings.NewReader(body))
				r.Header.Set("Mux-Signature", fmt.Sprintf("t=%d,v1=%064d", time.Now().Unix(), 7))
				if response, err := client.Do(r); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}
		})
	}
	all.Wait()
}

// slowHeaders keeps opening connections and sends a header a few bytes at a time.
func slowHeaders(ctx context.Context, o *operator) {
	hang(ctx, o, 500, "POST /webhooks/bench/default HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n")
}

// slowBodies keeps opening connections, announces 1 MiB with a header that is as good as can be, sends half of it at once
// and the rest slowly.
func slowBodies(ctx context.Context, o *operator) {
	header := fmt.Sprintf("POST /webhooks/bench/default HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nMux-Signature: t=%d,v1=%064d\r\n\r\n", 1<<20, time.Now().Unix(), 7)
	hang(ctx, o, 100, header+strings.Repeat("x", 512<<10), "x")
}

// halfOpen keeps opening connections and sends nothing.
func halfOpen(ctx context.Context, o *operator) { hang(ctx, o, 3000, "", "") }

// hang holds so many connections open, each with a beginning, then a little more every second; those that are closed are
// opened again.
func hang(ctx context.Context, o *operator, connections int, beginning, more string) {
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for ctx.Err() == nil {
				hangOnce(ctx, o.webhooks, beginning, more)
			}
		})
	}
	all.Wait()
}

func hangOnce(ctx context.Context, address, beginning, more string) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		pause(ctx)
		return
	}
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { _ = connection.SetDeadline(time.Now()) })()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = bufio.NewReader(connection).ReadByte() // until there is an answer, or it is closed
	}()
	_, err = io.WriteString(connection, beginning)
	for err == nil {
		select {
		case <-ended:
			pause(ctx)
			return
		case <-time.After(time.Second):
			_, err = io.WriteString(connection, more)
		}
	}
	connection.Close()
	<-ended
}

func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
}
