// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// What is kept for inspection: the newest of each, so that a simulator may run for days.
const (
	keptRequests    = 50_000
	keptDeliveries  = 20_000
	keptRequestBody = 16 << 10
	keptAnswerBody  = 2 << 10
)

// Request is one REST call as the simulator saw it.
type Request struct {
	Time        time.Time
	Environment string // "" when the token was not accepted
	TokenID     string
	Method      string
	Path        string
	Route       string // the template, such as /video/v1/assets/{id}
	Status      int    // 0: left without an answer on purpose
	Body        []byte // at most 16 KiB
}

// Delivery is one attempt to deliver an event to one endpoint.
type Delivery struct {
	Time    time.Time // when the attempt ended
	EventID string
	Type    string
	Webhook string // the endpoint's id
	Address string
	Status  int    // 0: no answer
	Body    []byte // as sent
	Answer  []byte // at most 2 KiB
}

// Requests returns the newest REST calls (at least 50 000), oldest first. The control API is not among them.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ResetRequests forgets the calls noted so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Deliveries returns the newest attempts (at least 20 000) to deliver a webhook, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deliveries)
}

// Asset returns what GET would say about an asset, without the data wrapper; false when it is unknown or gone.
func (s *Server) Asset(id string) (json.RawMessage, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.findAsset(id)
	if !known {
		return nil, false
	}
	return bytes.Clone(encode(a.render(rest))), true
}

// AssetIDs returns the ids of an environment's assets, oldest first.
func (s *Server) AssetIDs(environmentID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	if env := s.environments[environmentID]; env != nil {
		for _, a := range env.assets.order {
			if !a.gone() {
				ids = append(ids, a.id)
			}
		}
	}
	return ids
}

func (s *Server) note(c *call, a answer) {
	r := Request{
		Time: c.now, TokenID: c.tokenID, Method: c.method, Path: c.path, Route: c.route, Status: a.status,
		Body: c.body[:min(len(c.body), keptRequestBody)],
	}
	if c.env != nil {
		r.Environment = c.env.ID
	}
	s.requests = keepNewest(append(s.requests, r), keptRequests)
	s.log.Info("request", "method", c.method, "route", c.route, "status", a.status, "environment", r.Environment)
}

// keepNewest cuts only when a tenth too many has come together: cutting at every call would copy the list each time.
func keepNewest[T any](list []T, n int) []T {
	if len(list) < n+n/10 {
		return list
	}
	return slices.Clone(list[len(list)-n:])
}
