// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
)

// object.type of the envelope, as seen on the wire.
const (
	assetObject  = "asset"
	uploadObject = "upload"
	liveObject   = "live"
)

// maxAttempts is what Mux writes into attempts[].max_attempts.
const maxAttempts = 30

// event is one webhook event, the same for every endpoint.
type event struct {
	id, kind string
	raw      []byte                     // the body of the first attempt
	fields   map[string]json.RawMessage // of raw; nil when it is not an object
	attempts []json.RawMessage          // that raw already lists
}

// attempt is an element of attempts[].
type attempt struct {
	WebhookID          int               `json:"webhook_id"`
	ResponseStatusCode int               `json:"response_status_code,omitempty"`
	ResponseHeaders    map[string]string `json:"response_headers,omitempty"`
	ResponseBody       *string           `json:"response_body"`
	MaxAttempts        int               `json:"max_attempts"`
	ID                 string            `json:"id"`
	CreatedAt          string            `json:"created_at"`
	Address            string            `json:"address"`
}

// emit queues an event about an object for every endpoint of its environment.
func (s *Server) emit(env *environment, kind, objectType, objectID string, data object) {
	now := s.clock.Now()
	id := s.random.uuid()
	s.queue(env.ID, newEvent(encode(object{
		"type":            kind,
		"id":              id,
		"created_at":      stamp(now),
		"object":          object{"type": objectType, "id": objectID},
		"environment":     object{"name": env.Name, "id": env.ID},
		"data":            data,
		"attempts":        []any{},
		"request_id":      nil,
		"accessor":        nil,
		"accessor_source": nil,
	})))
}

// Emit queues a body for every endpoint of the environment, as it is; it need not be a valid event. Redeliveries of a
// JSON object carry the growing attempts list, and every attempt is signed anew.
func (s *Server) Emit(environmentID string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue(environmentID, newEvent(append([]byte{}, body...)))
}

func newEvent(raw []byte) *event {
	e := &event{raw: raw}
	if json.Unmarshal(raw, &e.fields) != nil {
		e.fields = nil
		return e
	}
	// What is not a string or a list stays empty: raw bodies may be anything.
	_ = json.Unmarshal(e.fields["type"], &e.kind)
	_ = json.Unmarshal(e.fields["id"], &e.id)
	_ = json.Unmarshal(e.fields["attempts"], &e.attempts)
	return e
}

// body is what goes out after the attempts made so far.
func (e *event) body(made []attempt) []byte {
	if len(made) == 0 || e.fields == nil {
		return e.raw
	}
	all := append([]json.RawMessage{}, e.attempts...)
	for _, a := range made {
		all = append(all, encode(a))
	}
	fields := make(map[string]json.RawMessage, len(e.fields)+1)
	for k, v := range e.fields {
		fields[k] = v
	}
	fields["attempts"] = encode(all)
	return encode(fields)
}
