// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"net/http"
	"slices"
	"time"
)

// endpoint is a webhook as configured in an environment.
type endpoint struct {
	id          string
	number      int // webhook_id in attempts[]
	environment string
	address     string
	secret      string
	enabled     bool
	createdAt   time.Time
	underWay    int
	due         []*delivery
	waiting     map[*delivery]*timer // for a later time
}

const (
	endpointIDLength = 6
	secretLength     = 32
	firstWebhookID   = 44700 // of the size seen on the wire
)

var endpointRoutes = []route{
	systemRoute(http.MethodPost, "/webhooks", createEndpoint),
	systemRoute(http.MethodGet, "/webhooks", listEndpoints),
	systemRoute(http.MethodGet, "/webhooks/{id}", withEndpoint(func(_ *call, e *endpoint) (answer, *refusal) { return ok(e.render()) })),
	systemRoute(http.MethodPatch, "/webhooks/{id}", withEndpoint(patchEndpoint)),
	systemRoute(http.MethodDelete, "/webhooks/{id}", withEndpoint(deleteEndpoint)),
}

func (e *endpoint) render() object {
	return object{"id": e.id, "address": e.address, "enabled": e.enabled, "created_at": stamp(e.createdAt)}
}

// AddWebhook configures an endpoint as a person would in the dashboard. secret "": one is made, see WebhookSecret.
func (s *Server) AddWebhook(environmentID, address, secret string) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addEndpoint(environmentID, address, secret).id
}

func (s *Server) addEndpoint(environmentID, address, secret string) *endpoint {
	if secret == "" {
		secret = s.random.lowerAlnum(secretLength)
	}
	s.seq++
	e := &endpoint{
		id: s.random.lowerAlnum(endpointIDLength), number: firstWebhookID + int(s.seq), environment: environmentID,
		address: address, secret: secret, enabled: true, createdAt: s.clock.Now(),
		waiting: map[*delivery]*timer{},
	}
	s.endpoints = append(s.endpoints, e)
	return e
}

// RemoveWebhook ends deliveries to the endpoint; what was pending for it is dropped.
func (s *Server) RemoveWebhook(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeEndpoint(id)
}

func (s *Server) removeEndpoint(id string) {
	i := slices.IndexFunc(s.endpoints, func(e *endpoint) bool { return e.id == id })
	if i < 0 {
		return
	}
	e := s.endpoints[i]
	e.enabled = false // an attempt under way is the last one
	s.endpoints = slices.Delete(s.endpoints, i, i+1)
	s.abandon(e)
}

// WebhookSecret returns an endpoint's signing secret; "" when there is no such endpoint.
func (s *Server) WebhookSecret(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.endpoints {
		if e.id == id {
			return e.secret
		}
	}
	return ""
}

func withEndpoint(handle func(*call, *endpoint) (answer, *refusal)) func(*call) (answer, *refusal) {
	return func(c *call) (answer, *refusal) {
		for _, e := range c.s.endpoints {
			if e.id == c.value("id") && e.environment == c.env.ID {
				return handle(c, e)
			}
		}
		return refuse(notFound())
	}
}

func createEndpoint(c *call) (answer, *refusal) {
	var request struct {
		Address string `json:"address"`
	}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if r := c.checkAddress(request.Address, nil); r != nil {
		return refuse(r)
	}
	e := c.s.addEndpoint(c.env.ID, request.Address, "")
	body := e.render()
	body["signing_secret"] = e.secret
	return created(body)
}

// checkAddress keeps addresses unique in an environment. Which status Mux answers to a duplicate is not known.
func (c *call) checkAddress(address string, but *endpoint) *refusal {
	if r := checkURL("address", address, "http", "https"); r != nil {
		return r
	}
	for _, e := range c.s.endpoints {
		if e != but && e.environment == c.env.ID && e.address == address {
			return invalid("address: a webhook with this address exists already")
		}
	}
	return nil
}

func listEndpoints(c *call) (answer, *refusal) {
	p, r := c.page()
	if r != nil {
		return refuse(r)
	}
	all := []object{}
	for _, e := range slices.Backward(c.s.endpoints) {
		if e.environment == c.env.ID {
			all = append(all, e.render())
		}
	}
	from := min((p.number-1)*p.limit, len(all))
	return ok(all[from:min(from+p.limit, len(all))])
}

func patchEndpoint(c *call, e *endpoint) (answer, *refusal) {
	var request struct {
		Address *string `json:"address"`
		Enabled *bool   `json:"enabled"`
	}
	if r := c.decode(&request); r != nil {
		return refuse(r)
	}
	if request.Address == nil && request.Enabled == nil {
		return refuse(invalid("address or enabled is needed"))
	}
	if request.Address != nil {
		if r := c.checkAddress(*request.Address, e); r != nil {
			return refuse(r)
		}
		e.address = *request.Address
	}
	if request.Enabled != nil {
		e.enabled = *request.Enabled
	}
	if !e.enabled {
		c.s.abandon(e)
	}
	return ok(e.render())
}

func deleteEndpoint(c *call, e *endpoint) (answer, *refusal) {
	c.s.removeEndpoint(e.id)
	return noContent()
}
