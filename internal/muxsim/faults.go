// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"fmt"
	"time"
)

// Rule says what a fault applies to and how. Empty fields match everything.
type Rule struct {
	Method string // REST: GET, POST …
	Route  string // REST: the template, such as /video/v1/assets/{id}
	Event  string // webhooks: the type, such as video.asset.ready

	Times       int     // stop after so many matches; 0: never
	Probability float64 // of a match to count, decided by the seed; 0: always

	Status     int           // Status5xxBefore, Status5xxAfter: the code; 0: 503
	RetryAfter time.Duration // Throttle: the header, in whole seconds rounded up; 0: no header
	Delay      time.Duration // Slow, StaleReads, Delay: how long; Shuffle: the window
	Copies     int           // Duplicate: deliveries on top of the first; 0: 1
	Bytes      int64         // CutUpload: how much of the file comes through
}

// Faults are the ways in which the simulator misbehaves. In each list the first rule that matches applies.
type Faults struct {
	Status5xxBefore []Rule // REST: a 5xx of the edge (not JSON) before anything is done; of an upload's URL too, with its Route
	Status5xxAfter  []Rule // REST: the same, after the change was made
	TimeoutAfter    []Rule // REST: the change is made and no answer comes until the client goes away
	Slow            []Rule // REST: the answer is held back for Delay of the simulator's clock after the change
	Throttle        []Rule // REST: 429
	Unauthorized    []Rule // REST: 401 to a good token
	StaleReads      []Rule // REST: GET and LIST say what was true Delay ago (as far as 32 changes of a resource)
	CutUpload       []Rule // uploads in chunks: the connection is cut when Bytes of the file have come; with Times, or never past it

	Drop      []Rule // webhooks: the event is lost for this endpoint
	Duplicate []Rule // webhooks: Copies more deliveries of the same event, each with retries of its own
	Shuffle   []Rule // webhooks: the first attempt is delayed by a random part of Delay, so neighbours change places
	Delay     []Rule // webhooks: the first attempt comes Delay later
	Corrupt   []Rule // webhooks: an attempt is signed with another secret
}

// fault names one list of Faults.
type fault int

const (
	fail5xxBefore fault = iota
	fail5xxAfter
	hangAfter
	answerSlowly
	throttle
	denyToken
	readStale
	dropEvent
	duplicateEvent
	shuffleEvent
	delayEvent
	corruptSignature
	cutUpload
	faultKinds
)

// faults are Faults with the matches counted.
type faults [faultKinds][]*countedRule

type countedRule struct {
	Rule
	matched int
}

// SetFaults replaces all faults; what was counted starts anew. The zero value ends them.
func (s *Server) SetFaults(f Faults) {
	lists := [faultKinds][]Rule{
		fail5xxBefore: f.Status5xxBefore, fail5xxAfter: f.Status5xxAfter, hangAfter: f.TimeoutAfter,
		answerSlowly: f.Slow, throttle: f.Throttle, denyToken: f.Unauthorized, readStale: f.StaleReads,
		dropEvent: f.Drop, duplicateEvent: f.Duplicate, shuffleEvent: f.Shuffle, delayEvent: f.Delay,
		corruptSignature: f.Corrupt, cutUpload: f.CutUpload,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = faults{}
	for kind, rules := range lists {
		for _, r := range rules {
			s.faults[kind] = append(s.faults[kind], &countedRule{Rule: r})
		}
	}
}

// restFault returns the rule that hits this call.
func (s *Server) restFault(kind fault, c *call) (Rule, bool) {
	return s.hit(kind, func(r Rule) bool {
		return (r.Method == "" || r.Method == c.method) && (r.Route == "" || r.Route == c.route)
	})
}

// eventFault returns the rule that hits this event.
func (s *Server) eventFault(kind fault, eventType string) (Rule, bool) {
	return s.hit(kind, func(r Rule) bool { return r.Event == "" || r.Event == eventType })
}

func (s *Server) hit(kind fault, matches func(Rule) bool) (Rule, bool) {
	for _, r := range s.faults[kind] {
		if r.Times > 0 && r.matched >= r.Times || !matches(r.Rule) {
			continue
		}
		if r.Probability > 0 && s.random.Float64() >= r.Probability {
			continue
		}
		r.matched++
		return r.Rule, true
	}
	return Rule{}, false
}

// UnmarshalJSON reads a rule of the control API, where durations are written as "2s" or "150ms".
func (r *Rule) UnmarshalJSON(data []byte) error {
	type plain Rule
	wire := struct {
		*plain
		RetryAfter, Delay string
	}{plain: (*plain)(r)}
	if err := decodeStrict(data, &wire); err != nil {
		return err
	}
	for text, target := range map[*string]*time.Duration{&wire.RetryAfter: &r.RetryAfter, &wire.Delay: &r.Delay} {
		if *text == "" {
			continue
		}
		d, err := time.ParseDuration(*text)
		if err != nil {
			return fmt.Errorf("a duration such as \"2s\" is needed: %w", err)
		}
		*target = d
	}
	return nil
}

var _ json.Unmarshaler = (*Rule)(nil)
