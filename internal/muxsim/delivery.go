// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// perEndpoint bounds the attempts under way to one endpoint. Mux's number is not known; more than one shows that
// order is not kept, and a test's receiver with 100 connections has room for a dozen endpoints.
const perEndpoint = 8

// delivery is one event on its way to one endpoint.
type delivery struct {
	event *event
	to    *endpoint
	made  []attempt
}

func newDeliveryClient(o Options) *http.Client {
	var network http.RoundTripper = &http.Transport{MaxIdleConnsPerHost: perEndpoint, IdleConnTimeout: 30 * time.Second}
	return &http.Client{
		Timeout:       o.DeliveryTimeout,
		Transport:     orDefault(o.Transport, network),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// queue starts the deliveries of an event.
func (s *Server) queue(environmentID string, e *event) {
	s.remember(environmentID, e)
	for _, to := range s.endpoints {
		if to.environment != environmentID || !to.enabled {
			continue
		}
		if _, lost := s.eventFault(dropEvent, e.kind); lost {
			continue
		}
		copies := 1
		if r, hit := s.eventFault(duplicateEvent, e.kind); hit {
			copies += orDefault(r.Copies, 1)
		}
		for range copies {
			s.pending++
			s.sendAfter(s.firstDelay(e.kind), &delivery{event: e, to: to})
		}
	}
}

func (s *Server) firstDelay(kind string) time.Duration {
	var d time.Duration
	if r, hit := s.eventFault(delayEvent, kind); hit {
		d += r.Delay
	}
	if r, hit := s.eventFault(shuffleEvent, kind); hit {
		d += time.Duration(s.random.Float64() * float64(r.Delay))
	}
	return d
}

func (s *Server) sendAfter(d time.Duration, what *delivery) {
	if d <= 0 {
		s.send(what)
		return
	}
	what.to.waiting[what] = s.after(d, func() {
		delete(what.to.waiting, what)
		s.send(what)
	})
}

// abandon ends every delivery to an endpoint that is not under way.
func (s *Server) abandon(to *endpoint) {
	for d, t := range to.waiting {
		s.stop(t)
		delete(to.waiting, d)
		s.settle()
	}
	for range to.due {
		s.settle()
	}
	to.due = nil
}

func (s *Server) send(d *delivery) {
	d.to.due = append(d.to.due, d)
	s.pump(d.to)
}

// pump starts as many of the due attempts as the endpoint's bound allows.
func (s *Server) pump(to *endpoint) {
	for to.underWay < perEndpoint && len(to.due) > 0 && !s.closed {
		d := to.due[0]
		to.due = to.due[1:]
		to.underWay++
		body := d.event.body(d.made)
		secret := to.secret
		if _, hit := s.eventFault(corruptSignature, d.event.kind); hit {
			secret += "-not"
		}
		signature := Sign(secret, body, s.clock.Now())
		address := to.address
		s.wg.Go(func() { s.attempt(d, address, body, signature) })
	}
}

// attempt makes one attempt, unlocked, and then decides what follows.
func (s *Server) attempt(d *delivery, address string, body []byte, signature string) {
	made, answerBody := s.post(address, body, signature)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	made.WebhookID, made.ID, made.MaxAttempts, made.CreatedAt = d.to.number, s.random.uuid(), maxAttempts, stamp(now)
	d.made = append(d.made, made)
	d.to.underWay--
	s.deliveries = keepNewest(append(s.deliveries, Delivery{
		Time: now, EventID: d.event.id, Type: d.event.kind, Webhook: d.to.id, Address: address,
		Status: made.ResponseStatusCode, Body: body, Answer: answerBody,
	}), keptDeliveries)
	s.log.Info("delivery", "webhook", d.to.id, "event", d.event.id, "type", d.event.kind,
		"status", made.ResponseStatusCode, "attempt", len(d.made))
	switch {
	case made.ResponseStatusCode/100 == 2, len(d.made) >= maxAttempts, !d.to.enabled:
		s.settle()
	default:
		s.sendAfter(s.retryDelay(len(d.made)), d)
	}
	s.pump(d.to)
	s.wake()
}

// retryDelay doubles from MinRetry up to MaxRetry.
func (s *Server) retryDelay(failures int) time.Duration {
	d := s.options.MinRetry
	for range failures - 1 {
		if d *= 2; d >= s.options.MaxRetry {
			break
		}
	}
	return min(d, s.options.MaxRetry)
}

func (s *Server) post(address string, body []byte, signature string) (attempt, []byte) {
	made := attempt{Address: address}
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return made, nil
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "muxsim")
	request.Header.Set(SignatureHeader, signature)
	response, err := s.client.Do(request)
	if err != nil {
		return made, nil
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, keptAnswerBody)) // what came is what is kept
	content := string(answer)
	made.ResponseStatusCode, made.ResponseBody = response.StatusCode, &content
	made.ResponseHeaders = map[string]string{}
	for name, values := range response.Header {
		made.ResponseHeaders[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return made, answer
}

// settle notes that a delivery has ended, one way or the other.
func (s *Server) settle() {
	s.pending--
	s.wake()
}

func (s *Server) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Pending is the number of deliveries that were neither accepted nor given up.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending
}

// Flush returns when no attempt is under way or due: what is still pending waits for a later time.
func (s *Server) Flush(ctx context.Context) error {
	for {
		s.mu.Lock()
		changed, busy := s.changed, false
		for _, e := range s.endpoints {
			busy = busy || e.underWay > 0 || len(e.due) > 0
		}
		s.mu.Unlock()
		if !busy || s.ctx.Err() != nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
