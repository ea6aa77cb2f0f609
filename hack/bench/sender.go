// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// sender sends webhooks over connections that are kept, so many at a time.
type sender struct {
	client *http.Client
	urls   []string

	mu      sync.Mutex
	answers map[string]int // how many answers of each kind
	times   []time.Duration
}

func newSender(at int, urls ...string) *sender {
	return &sender{
		urls: urls, answers: map[string]int{},
		// Mux waits for 5 s.
		client: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: at, MaxConnsPerHost: at}},
	}
}

// send a webhook once; n chooses among several receivers. true is for a 2xx.
func (s *sender) send(body []byte, n int) bool {
	began := time.Now()
	kind, ok := s.try(request(s.urls[n%len(s.urls)], body))
	took := time.Since(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[kind]++
	s.times = append(s.times, took)
	return ok
}

// try gives the kind of the answer.
func (s *sender) try(r *http.Request) (kind string, ok bool) {
	response, err := s.client.Do(r)
	if err != nil {
		return "no answer", false
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return "cut answer", false
	}
	if ok = response.StatusCode/100 == 2; ok {
		return word(string(text), "result"), true
	}
	return fmt.Sprint(response.StatusCode, " ", word(string(text), "reason")), false
}

// word is a string of a flat JSON object.
func word(text, name string) string {
	_, rest, _ := strings.Cut(text, `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// must deliver the webhook: what is sent away comes again, as with Mux, only sooner, and counts as an answer.
func (s *sender) must(body []byte, n int) error {
	for range 100 {
		if s.send(body, n) {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return fmt.Errorf("a webhook is not accepted; the answers are %s", s.told())
}

// once sends, and tells what came of it.
func (s *sender) once(body []byte) error {
	if kind, ok := s.try(request(s.urls[0], body)); !ok {
		return fmt.Errorf("the answer is %s", kind)
	}
	return nil
}

// close the connections.
func (s *sender) close() { s.client.CloseIdleConnections() }

// told are the answers so far.
func (s *sender) told() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parts []string
	for kind, n := range s.answers {
		parts = append(parts, fmt.Sprint(n, " × ", kind))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// quantile of durations, 0 to 1; they are sorted.
func quantile(of []time.Duration, q float64) time.Duration {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[min(int(q*float64(len(of))), len(of)-1)]
}

// atRate calls a function so often, so many times a second, each call by itself as a sender would that waits for nobody, and
// returns when all calls have.
func atRate(perSecond, times int, do func(int)) {
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	for i := range times {
		all.Go(func() { do(i) })
		<-tick.C
	}
}
