// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// muxPath leads through the API server to the simulator, so that no port of the node need be open.
const muxPath = "/api/v1/namespaces/muxsim/services/muxsim:http/proxy/_sim"

// tell sends a control call; verb is create (POST) or replace (PUT).
func (c *check) tell(verb, path, body string) error {
	_, err := c.kubectl(body, verb, "--raw", muxPath+path, "-f", "-")
	return err
}

func (c *check) ask(path string, into any) error {
	out, err := c.kubectl("", "get", "--raw", muxPath+path)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(out), into)
}

// request is one that the operator sent to Mux.
type request struct {
	Method, Path, Route string
	Status              int
}

func (c *check) requests() (all []request, err error) { return all, c.ask("/requests", &all) }

// deletes is true for what takes something away at Mux.
func (r request) deletes() bool {
	return r.Method == "DELETE" || r.Method == "PUT" && strings.HasSuffix(r.Route, "/cancel")
}

// asksWho is true for the one request that a new leader sends: who the environment's token belongs to.
func (r request) asksWho() bool { return r.Method == "GET" && r.Route == "/system/v1/whoami" }

// summary counts requests by method and route.
func summary(requests []request) string {
	counts := map[string]int{}
	for _, r := range requests {
		counts[r.Method+" "+r.Route]++
	}
	return tally(counts)
}

// tally lists counts in the order of what is counted.
func tally(counts map[string]int) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, fmt.Sprintf("%d %s", counts[key], key))
	}
	if len(lines) == 0 {
		return "nothing"
	}
	return strings.Join(lines, ", ")
}

func count[T any](all []T, match func(T) bool) (n int) {
	for _, one := range all {
		if match(one) {
			n++
		}
	}
	return n
}

// untouched does something and holds that Mux was asked nothing by it but whoami, and that no object was written.
func (c *check) untouched(do func() error) func() error {
	return func() error {
		asked, err := c.requests()
		if err != nil {
			return err
		}
		before, err := c.followed()
		if err != nil {
			return err
		}
		if err := do(); err != nil {
			return err
		}
		after, err := c.followed()
		if err != nil {
			return err
		}
		if err := sameVersions(before, after); err != nil {
			return err
		}
		all, err := c.requests()
		if err != nil {
			return err
		}
		during := all[len(asked):]
		say("asked of Mux: %s; %d objects, none of them written", summary(during), len(after))
		if count(during, request.asksWho) < len(during) {
			return fmt.Errorf("more was asked of Mux than whoami: %s", summary(during))
		}
		return nil
	}
}

// renewed is untouched by a new leader, once that has looked at every object.
func (c *check) renewed(do func() error) func() error {
	return c.untouched(func() error {
		asked, err := c.requests()
		if err != nil {
			return err
		}
		if err := do(); err != nil {
			return err
		}
		err = eventually(func() error {
			all, err := c.requests()
			if err == nil && count(all[len(asked):], request.asksWho) == 0 {
				err = errors.New("no new leader has asked who the environment is")
			}
			return err
		})
		if err != nil {
			return err
		}
		return eventually(c.leads)
	})
}

// delivery is one attempt to deliver an event.
type delivery struct {
	EventID, Type string
	Status        int
	Body, Answer  []byte
}

func (d delivery) taken() bool { return d.Status/100 == 2 }

func (c *check) deliveries() (all []delivery, err error) { return all, c.ask("/deliveries", &all) }

// delivered is an error while an event waits at the sender, or was never answered 2xx.
func (c *check) delivered() error {
	var waiting struct{ Pending int }
	if err := c.ask("/pending", &waiting); err != nil {
		return err
	}
	if waiting.Pending > 0 {
		return fmt.Errorf("%d webhooks wait at the sender", waiting.Pending)
	}
	deliveries, err := c.deliveries()
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, d := range deliveries {
		taken[d.EventID] = taken[d.EventID] || d.taken()
	}
	for event, ok := range taken {
		if !ok {
			return fmt.Errorf("event %s was never answered 2xx", event)
		}
	}
	return nil
}
