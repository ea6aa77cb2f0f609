// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const assetsRoute = "/video/v1/assets"

func TestFaultsOfREST(t *testing.T) {
	tests := []struct {
		name   string
		faults Faults
		want   []int // of two POSTs
		made   int
		header string // Retry-After of the first answer
	}{
		{"none", Faults{}, []int{201, 201}, 2, ""},
		{"5xx before", Faults{Status5xxBefore: []Rule{{Times: 1}}}, []int{503, 201}, 1, ""},
		{"502 before", Faults{Status5xxBefore: []Rule{{Status: 502}}}, []int{502, 502}, 0, ""},
		{"5xx after", Faults{Status5xxAfter: []Rule{{Times: 1, Method: "POST", Route: assetsRoute}}}, []int{503, 201}, 2, ""},
		{"throttle", Faults{Throttle: []Rule{{Times: 1}}}, []int{429, 201}, 1, ""},
		{"throttle with header", Faults{Throttle: []Rule{{Times: 1, RetryAfter: 1500 * time.Millisecond}}}, []int{429, 201}, 1, "2"},
		{"unauthorized", Faults{Unauthorized: []Rule{{Times: 1}}}, []int{401, 201}, 1, ""},
		{"another method", Faults{Unauthorized: []Rule{{Method: "GET"}}}, []int{201, 201}, 2, ""},
		{"another route", Faults{Unauthorized: []Rule{{Route: "/video/v1/assets/{id}"}}}, []int{201, 201}, 2, ""},
		{"second rule", Faults{Status5xxBefore: []Rule{{Times: 1, Status: 500}, {Status: 504}}}, []int{500, 504}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, Options{})
			b.SetFaults(tt.faults)
			for i, want := range tt.want {
				status, _, header := b.askAs(DefaultTokenID, DefaultTokenSecret, "POST", assetsRoute, plainAsset)
				if status != want {
					t.Errorf("call %d: %d, want %d", i, status, want)
				}
				if got := header.Get("Retry-After"); i == 0 && got != tt.header {
					t.Errorf("Retry-After %q, want %q", got, tt.header)
				}
			}
			if got := len(b.AssetIDs(DefaultEnvironmentID)); got != tt.made {
				t.Errorf("%d assets, want %d", got, tt.made)
			}
			for i, r := range b.Requests() {
				if r.Status != tt.want[i] || r.Route != assetsRoute || string(r.Body) != plainAsset {
					t.Errorf("noted %+v", r)
				}
			}
		})
	}
}

func TestFaultProbability(t *testing.T) {
	b := newBench(t, Options{})
	b.SetFaults(Faults{Unauthorized: []Rule{{Probability: 0.5}}})
	denied := 0
	for range 200 {
		if status, _ := b.ask("GET", "/system/v1/whoami", ""); status == 401 {
			denied++
		}
	}
	// Six standard deviations (√(200·¼) ≈ 7) around the half; the seed makes it the same at every run.
	if denied < 58 || denied > 142 {
		t.Errorf("%d of 200 denied", denied)
	}
}

func TestFaultTimeoutAfter(t *testing.T) {
	b := newBench(t, Options{})
	b.SetFaults(Faults{TimeoutAfter: []Rule{{Method: "POST"}}})
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "POST", b.URL()+assetsRoute, strings.NewReader(plainAsset))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(DefaultTokenID, DefaultTokenSecret)
	ended := make(chan error, 1)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
		}
		ended <- err
	}()
	for len(b.AssetIDs(DefaultEnvironmentID)) == 0 {
		b.flushOnce()
	}
	select {
	case err := <-ended:
		t.Errorf("answered: %v", err)
	default:
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if r := b.Requests(); len(r) != 1 || r[0].Status != 0 {
		t.Errorf("noted %+v", r)
	}
}

func TestFaultSlow(t *testing.T) {
	b := newBench(t, Options{})
	b.SetFaults(Faults{Slow: []Rule{{Delay: time.Minute}}})
	ended := make(chan http.Header, 1)
	go func() {
		_, _, header := b.askAs(DefaultTokenID, DefaultTokenSecret, "POST", assetsRoute, plainAsset)
		ended <- header
	}()
	for {
		select {
		case header := <-ended:
			if got := header.Get("Date"); got != start.Add(time.Minute).Format(http.TimeFormat) {
				t.Errorf("answered at %s", got)
			}
			return
		default:
		}
		b.clock.mu.Lock()
		armed := slices.ContainsFunc(b.clock.timers, func(m *manualTimer) bool { return m.due.Equal(start.Add(time.Minute)) })
		b.clock.mu.Unlock()
		if armed {
			b.clock.Advance(time.Minute)
		}
		b.flushOnce()
	}
}

func TestFaultStaleReads(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(plainAsset)
	b.pass(2 * time.Second)
	b.pass(time.Second)
	path := assetsRoute + "/" + id
	stale := func(d time.Duration) (int, any, int) {
		b.SetFaults(Faults{StaleReads: []Rule{{Delay: d}}})
		status, one := b.ask("GET", path, "")
		_, all := b.ask("GET", assetsRoute, "")
		data, _ := one["data"].(map[string]any)
		return status, data["status"], len(objects(all, "data"))
	}
	tests := []struct {
		ago    time.Duration
		code   int
		status any
		listed int
	}{
		{0, 200, "ready", 1},
		{time.Second, 200, "ready", 1},
		{time.Second + 1, 200, "preparing", 1},
		{3 * time.Second, 200, "preparing", 1},
		{3*time.Second + 1, 404, nil, 0},
	}
	for _, tt := range tests {
		if code, status, listed := stale(tt.ago); code != tt.code || status != tt.status || listed != tt.listed {
			t.Errorf("%v ago: %d %v and %d in the list", tt.ago, code, status, listed)
		}
	}
	b.want(204, "DELETE", path, "")
	b.pass(time.Second)
	if code, status, listed := stale(2 * time.Second); code != 200 || status != "ready" || listed != 1 {
		t.Errorf("before the delete: %d %v, %d", code, status, listed)
	}
	if code, _, listed := stale(0); code != 404 || listed != 0 {
		t.Errorf("after the delete: %d, %d", code, listed)
	}
}

func TestFaultsOfWebhooks(t *testing.T) {
	const created = "video.asset.created"
	tests := []struct {
		name   string
		faults Faults
		want   int // deliveries of one event at once
		later  int // and after a minute
	}{
		{"none", Faults{}, 1, 1},
		{"drop", Faults{Drop: []Rule{{Event: created}}}, 0, 0},
		{"drop of another", Faults{Drop: []Rule{{Event: "video.asset.ready"}}}, 1, 1},
		{"duplicate", Faults{Duplicate: []Rule{{}}}, 2, 2},
		{"duplicates", Faults{Duplicate: []Rule{{Copies: 4}}}, 5, 5},
		{"delay", Faults{Delay: []Rule{{Delay: time.Minute}}}, 0, 1},
		{"shuffle", Faults{Shuffle: []Rule{{Delay: time.Minute}}}, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, Options{ReadyAfter: -1})
			b.SetFaults(tt.faults)
			b.makeAsset(plainAsset)
			if got := len(b.events()); got != tt.want {
				t.Errorf("%d came, want %d", got, tt.want)
			}
			b.pass(time.Minute)
			if got := len(b.events()); got != tt.later || b.Pending() != 0 {
				t.Errorf("%d came, want %d; %d pending", got, tt.later, b.Pending())
			}
		})
	}
}

func TestFaultShuffleChangesOrder(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	b.SetFaults(Faults{Shuffle: []Rule{{Delay: time.Minute}}})
	var sent, came []string
	for range 20 {
		sent = append(sent, b.makeAsset(plainAsset))
	}
	for range 60 { // seconds, each waited for, so that delivery itself changes nothing
		b.pass(time.Second)
	}
	for _, body := range b.Deliveries() {
		for _, id := range sent {
			if strings.Contains(string(body.Body), id) {
				came = append(came, id)
			}
		}
	}
	if len(came) != len(sent) || slices.Equal(came, sent) {
		t.Errorf("%d came, in order: %t", len(came), slices.Equal(came, sent))
	}
}

func TestFaultCorrupt(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	b.SetFaults(Faults{Corrupt: []Rule{{Times: 1}}})
	b.receiver.answer = func(n int) int { return []int{401, 200}[n] }
	b.makeAsset(plainAsset)
	b.flush()
	b.pass(5 * time.Second)
	if len(b.receiver.bodies) != 2 {
		t.Fatalf("%d came", len(b.receiver.bodies))
	}
	if b.receiver.heads[0].Get("Mux-Signature") == Sign(b.secret, b.receiver.bodies[0], start) {
		t.Error("the first signature is good")
	}
	verify(t, b.secret, b.receiver.heads[1].Get("Mux-Signature"), b.receiver.bodies[1])
}
