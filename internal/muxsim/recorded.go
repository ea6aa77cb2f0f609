// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"time"
)

// keptEvents are the newest events that Recorded has: at about 2 KiB each, 40 MiB.
const keptEvents = 20_000

// Event is a webhook event as Mux would send it.
type Event struct {
	Environment string
	Type        string
	ID          string
	CreatedAt   time.Time // of the envelope; zero when a body of Emit has none
	Body        []byte    // of the first attempt; not to be changed. Sign makes its signature
}

// Recorded returns the newest events (at least 20 000) in the order in which they came about, whether or not there was a
// webhook to deliver them to and whatever the faults did to it.
func (s *Server) Recorded() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Event{}, s.recorded...)
}

func (s *Server) remember(environmentID string, e *event) {
	s.recorded = keepNewest(append(s.recorded, Event{
		Environment: environmentID, Type: e.kind, ID: e.id, CreatedAt: e.createdAt(), Body: e.raw,
	}), keptEvents)
}

func (e *event) createdAt() time.Time {
	var at time.Time
	_ = json.Unmarshal(e.fields["created_at"], &at) // a body of Emit may say anything
	return at
}

// Scramble is a delivery at its worst, to be played by a test: everything comes, in any order and several times.
type Scramble struct {
	Seed   uint64 // decides the order; the same one gives the same order
	Copies int    // on top of the first of each event; each lists one attempt more, as redeliveries do
}

// Of returns the events and their copies in the order of the seed.
func (c Scramble) Of(events []Event) []Event {
	random := newSource(c.Seed)
	var all []Event
	for _, e := range events {
		all = append(all, e)
		parsed := newEvent(e.Body)
		var made []attempt
		for range c.Copies {
			made = append(made, attempt{
				WebhookID: firstWebhookID, ResponseStatusCode: 503, MaxAttempts: maxAttempts, ID: random.uuid(),
				CreatedAt: stamp(e.CreatedAt), Address: "https://scramble.example.com/",
			})
			again := e
			again.Body = parsed.body(made)
			all = append(all, again)
		}
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}
