// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSign(t *testing.T) {
	const want = "t=1565125718,v1=854ece4c22acef7c66b57d4e504153bc512595e8e9c772ece2a68150548c19a7" // of Mux's own SDK
	if got := Sign("SuperSecret123", []byte(`{"test":"body"}`), time.Unix(1565125718, 0)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// verify checks a signature as Mux's verifiers do, without the code under test.
func verify(t *testing.T, secret, header string, body []byte) (signedAt time.Time) {
	t.Helper()
	at, given, _ := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "." + string(body)))
	if hex.EncodeToString(mac.Sum(nil)) != given {
		t.Errorf("bad signature %q", header)
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		t.Error(err)
	}
	return time.Unix(seconds, 0)
}

func TestDeliveryRetries(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	b.receiver.answer = func(n int) int { return []int{500, 302, 404, 204}[n] }
	b.makeAsset(plainAsset)
	b.flush()
	at := []time.Time{start}
	for _, delay := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second} {
		n := len(b.receiver.bodies)
		b.pass(delay - time.Nanosecond)
		if len(b.receiver.bodies) != n {
			t.Errorf("attempt %d came early", n+1)
		}
		b.pass(time.Nanosecond)
		at = append(at, b.clock.Now())
	}
	if len(b.receiver.bodies) != 4 || b.Pending() != 0 {
		t.Fatalf("%d attempts, %d pending", len(b.receiver.bodies), b.Pending())
	}
	ids := map[any]bool{}
	for i, body := range b.receiver.bodies {
		if got := verify(t, b.secret, b.receiver.heads[i].Get("Mux-Signature"), body); !got.Equal(at[i].Truncate(time.Second)) {
			t.Errorf("attempt %d signed at %v, want %v", i+1, got, at[i])
		}
		e := b.events()[i]
		ids[e["id"]] = true
		attempts := objects(e, "attempts")
		if len(attempts) != i {
			t.Fatalf("attempt %d lists %d before it", i+1, len(attempts))
		}
	}
	if len(ids) != 1 {
		t.Errorf("ids %v", ids)
	}
	first := objects(b.events()[3], "attempts")[0]
	want := map[string]any{"max_attempts": 30.0, "response_status_code": 500.0, "response_body": "", "created_at": "2026-09-01T12:00:00.123000Z"}
	if diff := cmp.Diff(want, fields(first, "max_attempts", "response_status_code", "response_body", "created_at")); diff != "" {
		t.Error(diff)
	}
	if got := b.Deliveries(); len(got) != 4 || got[1].Status != 302 || got[3].Type != "video.asset.created" {
		t.Errorf("deliveries %+v", got)
	}
}

func TestDeliveryIsGivenUp(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	b.receiver.answer = func(int) int { return 503 }
	b.makeAsset(plainAsset)
	b.flush()
	for len(b.Deliveries()) < maxAttempts { // one attempt or two pass in a minute, as the clock finds it
		if b.Pending() != 1 {
			t.Fatalf("given up after %d attempts", len(b.Deliveries()))
		}
		b.pass(time.Minute)
	}
	if b.Pending() != 0 || len(b.receiver.bodies) != maxAttempts {
		t.Errorf("%d attempts, %d pending", len(b.receiver.bodies), b.Pending())
	}
}

func TestDeliveryTimeout(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1, DeliveryTimeout: 50 * time.Millisecond})
	release := make(chan struct{})
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer target.Close()
	defer close(release)
	id := b.AddWebhook(DefaultEnvironmentID, target.URL, "")
	b.makeAsset(plainAsset)
	b.flush()
	if got := b.Pending(); got != 1 {
		t.Errorf("%d pending, want the one to the endpoint that hangs", got)
	}
	for _, d := range b.Deliveries() {
		if d.Webhook == id && d.Status != 0 {
			t.Errorf("delivery %+v", d)
		}
	}
}

func TestDeliveryIsBounded(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	var now, most atomic.Int32
	full := make(chan struct{})
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == perEndpoint {
			close(full)
		}
		<-full
		now.Add(-1 << 16) // what comes after the first wave is not counted
	}))
	defer target.Close()
	b.AddWebhook(DefaultEnvironmentID, target.URL, "")
	for range 4 * perEndpoint {
		b.Emit(DefaultEnvironmentID, []byte(`{}`))
	}
	b.flush()
	if most.Load() != perEndpoint || b.Pending() != 0 {
		t.Errorf("%d at once, %d pending", most.Load(), b.Pending())
	}
}

func TestEveryEndpointOfTheEnvironment(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1, Environments: []Environment{
		{ID: DefaultEnvironmentID, Tokens: []Token{{ID: DefaultTokenID, Secret: DefaultTokenSecret}}}, {ID: "other"},
	}})
	second, foreign := &receiver{}, &receiver{}
	for env, r := range map[string]*receiver{DefaultEnvironmentID: second, "other": foreign} {
		target := httptest.NewServer(r)
		defer target.Close()
		b.AddWebhook(env, target.URL, "")
	}
	b.makeAsset(plainAsset)
	b.flush()
	if len(b.receiver.bodies) != 1 || len(second.bodies) != 1 || len(foreign.bodies) != 0 {
		t.Errorf("%d, %d and %d came", len(b.receiver.bodies), len(second.bodies), len(foreign.bodies))
	}
}

func TestRemoveWebhookDropsWhatWaits(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	b.receiver.answer = func(int) int { return 500 }
	b.makeAsset(plainAsset)
	b.flush()
	b.RemoveWebhook(b.endpoints[0].id)
	if b.Pending() != 0 {
		t.Errorf("%d pending", b.Pending())
	}
	b.RemoveWebhook("unknown")
	b.makeAsset(plainAsset)
	b.pass(time.Hour)
	if len(b.receiver.bodies) != 1 {
		t.Errorf("%d attempts", len(b.receiver.bodies))
	}
}

func TestEmitSendsTheBytes(t *testing.T) {
	raw, err := os.ReadFile("../mux/testdata/payloads/video.asset.ready--docs-2018.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range [][]byte{raw, []byte("no JSON"), []byte(`[1]`)} {
		b := newBench(t, Options{})
		b.receiver.answer = func(n int) int { return []int{500, 200}[n] }
		b.Emit(DefaultEnvironmentID, body)
		b.flush()
		b.pass(5 * time.Second)
		if len(b.receiver.bodies) != 2 || string(b.receiver.bodies[0]) != string(body) {
			t.Fatalf("%d came, first %q", len(b.receiver.bodies), b.receiver.bodies[0])
		}
		verify(t, b.secret, b.receiver.heads[1].Get("Mux-Signature"), b.receiver.bodies[1])
	}
}

func TestEmitKeepsEarlierAttempts(t *testing.T) {
	raw, err := os.ReadFile("../mux/testdata/payloads/video.asset.ready--2024-with-attempts.json")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, Options{})
	b.receiver.answer = func(n int) int { return []int{500, 200}[n] }
	b.Emit(DefaultEnvironmentID, raw)
	b.flush()
	b.pass(5 * time.Second)
	attempts := objects(b.events()[1], "attempts")
	if len(attempts) != 2 || attempts[0]["webhook_id"] != 44699.0 {
		t.Errorf("attempts %v", attempts)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	b := newBench(t, Options{})
	hang := make(chan struct{})
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the end of the connection shows only after the end of the body
		close(hang)
		<-r.Context().Done()
	}))
	defer target.Close()
	b.AddWebhook(DefaultEnvironmentID, target.URL, "")
	b.makeAsset(plainAsset)
	<-hang
	b.SetFaults(Faults{TimeoutAfter: []Rule{{}}})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		request, _ := http.NewRequest("GET", b.URL()+"/system/v1/whoami", nil)
		request.SetBasicAuth(DefaultTokenID, DefaultTokenSecret)
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
			t.Errorf("answered %d", response.StatusCode)
		}
	}()
	for len(b.Requests()) < 2 {
		runtime.Gosched()
	}
	b.Close()
	<-ended
	b.clock.Advance(time.Hour) // nothing is left that this could call
	if err := b.Start("127.0.0.1:0"); err == nil {
		t.Error("started after Close")
	}
}
