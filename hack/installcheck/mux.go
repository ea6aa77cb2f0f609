// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
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

type request struct {
	Method, Path, Route string
	Status              int
}

// creates are the POSTs that made something at Mux: assets, live streams, uploads.
func (c *check) creates() (int, error) {
	var requests []request
	if err := c.ask("/requests", &requests); err != nil {
		return 0, err
	}
	kinds := []string{"/video/v1/assets", "/video/v1/live-streams", "/video/v1/uploads"}
	return count(requests, func(r request) bool { return r.Method == "POST" && slices.Contains(kinds, r.Route) }), nil
}

// deletes are the requests that took something away at Mux.
func (c *check) deletes() (int, error) {
	var requests []request
	if err := c.ask("/requests", &requests); err != nil {
		return 0, err
	}
	cancels := func(r request) bool { return r.Method == "PUT" && strings.HasSuffix(r.Route, "/cancel") }
	return count(requests, func(r request) bool { return r.Method == "DELETE" || cancels(r) }), nil
}

func count[T any](all []T, match func(T) bool) (n int) {
	for _, one := range all {
		if match(one) {
			n++
		}
	}
	return n
}

type delivery struct {
	EventID string
	Status  int
}

// delivered is an error while an event waits at the sender, or was never answered 2xx.
func (c *check) delivered() error {
	var waiting struct{ Pending int }
	if err := c.ask("/pending", &waiting); err != nil {
		return err
	}
	if waiting.Pending > 0 {
		return fmt.Errorf("%d webhooks wait at the sender", waiting.Pending)
	}
	var deliveries []delivery
	if err := c.ask("/deliveries", &deliveries); err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, d := range deliveries {
		taken[d.EventID] = taken[d.EventID] || d.Status/100 == 2
	}
	for event, ok := range taken {
		if !ok {
			return fmt.Errorf("event %s was never answered 2xx", event)
		}
	}
	return nil
}
