// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is a moment with milliseconds, so that what is cut off shows.
var start = time.Date(2026, 9, 1, 12, 0, 0, 123_000_000, time.UTC)

// bench is a simulator with a clock that stands still, a client and a receiver of webhooks.
type bench struct {
	*testing.T
	*Server
	clock    *ManualClock
	receiver *receiver
	secret   string
}

// receiver keeps the webhooks that reach it.
type receiver struct {
	mu     sync.Mutex
	bodies [][]byte
	heads  []http.Header
	answer func(n int) int // status of the n-th attempt, from 0; nil: 200
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	status := http.StatusOK
	if r.answer != nil {
		status = r.answer(len(r.bodies))
	}
	r.bodies, r.heads = append(r.bodies, body), append(r.heads, req.Header.Clone())
	w.WriteHeader(status)
}

func newBench(t *testing.T, o Options) *bench {
	t.Helper()
	b := &bench{T: t, clock: NewManualClock(start), receiver: &receiver{}, secret: "SuperSecret123"}
	o.Clock = b.clock
	b.Server = New(o)
	if err := b.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	target := httptest.NewServer(b.receiver)
	t.Cleanup(target.Close)
	b.AddWebhook(b.options.Environments[0].ID, target.URL+"/hook", b.secret)
	return b
}

// ask makes a REST call with the default token and decodes the answer.
func (b *bench) ask(method, path, body string) (int, map[string]any) {
	b.Helper()
	status, decoded, _ := b.askAs(DefaultTokenID, DefaultTokenSecret, method, path, body)
	return status, decoded
}

func (b *bench) askAs(id, secret, method, path, body string) (int, map[string]any, http.Header) {
	b.Helper()
	status, raw, header := b.exchange(id, secret, method, path, body)
	var decoded map[string]any
	if len(raw) > 0 && header.Get("Content-Type") == "application/json" {
		if err := json.Unmarshal(raw, &decoded); err != nil {
			b.Fatalf("%s %s: %v in %q", method, path, err, raw)
		}
	}
	return status, decoded, header
}

// raw makes a call without credentials whose answer is no object.
func (b *bench) raw(method, path string) (int, []byte) {
	b.Helper()
	status, raw, _ := b.exchange("", "", method, path, "")
	return status, raw
}

func (b *bench) exchange(id, secret, method, path, body string) (int, []byte, http.Header) {
	b.Helper()
	request, err := http.NewRequest(method, b.URL()+path, bytes.NewReader([]byte(body)))
	if err != nil {
		b.Fatal(err)
	}
	request.SetBasicAuth(id, secret)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return response.StatusCode, raw, response.Header
}

// want makes a call that must have the status, and returns its data.
func (b *bench) want(status int, method, path, body string) map[string]any {
	b.Helper()
	got, decoded := b.ask(method, path, body)
	if got != status {
		b.Fatalf("%s %s: %d %v, want %d", method, path, got, decoded, status)
	}
	data, _ := decoded["data"].(map[string]any)
	return data
}

// makeAsset posts an asset and returns its id.
func (b *bench) makeAsset(body string) string {
	b.Helper()
	return b.want(http.StatusCreated, http.MethodPost, "/video/v1/assets", body)["id"].(string)
}

const plainAsset = `{"inputs":[{"url":"https://example.com/a.mp4"}]}`

// pass moves the clock and waits until what fell due has been delivered.
func (b *bench) pass(d time.Duration) {
	b.Helper()
	b.clock.Advance(d)
	b.flush()
}

func (b *bench) flush() {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	if err := b.Flush(ctx); err != nil {
		b.Fatal("deliveries do not end: ", err)
	}
}

// flushOnce gives way to the goroutines that serve.
func (b *bench) flushOnce() {
	b.flush()
	runtime.Gosched()
}

// events returns what was delivered, by the time in the envelope and then by type, since order is not kept.
func (b *bench) events() []map[string]any {
	b.Helper()
	b.flush()
	b.receiver.mu.Lock()
	defer b.receiver.mu.Unlock()
	var all []map[string]any
	for _, body := range b.receiver.bodies {
		var e map[string]any
		if err := json.Unmarshal(body, &e); err != nil {
			b.Fatal(err)
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(x, y map[string]any) int {
		return bytes.Compare([]byte(x["created_at"].(string)+x["type"].(string)), []byte(y["created_at"].(string)+y["type"].(string)))
	})
	return all
}

func (b *bench) eventTypes() []string {
	b.Helper()
	var types []string
	for _, e := range b.events() {
		types = append(types, e["type"].(string))
	}
	return types
}

func TestServerLifeOfAnAsset(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(plainAsset)
	if got := b.want(200, "GET", "/video/v1/assets/"+id, ""); got["status"] != "preparing" || got["tracks"] != nil {
		t.Errorf("before probing: %v", got)
	}
	b.pass(time.Second)
	if got := b.want(200, "GET", "/video/v1/assets/"+id, ""); got["status"] != "preparing" || len(got["tracks"].([]any)) != 2 {
		t.Errorf("after probing: %v", got)
	}
	b.pass(time.Second)
	got := b.want(200, "GET", "/video/v1/assets/"+id, "")
	if got["status"] != "ready" || got["duration"] != 23.857167 {
		t.Errorf("after ReadyAfter: %v", got)
	}
	raw, known := b.Asset(id)
	var inspected map[string]any
	if err := json.Unmarshal(raw, &inspected); err != nil || !known {
		t.Fatal(known, err)
	}
	if diff := cmp.Diff(got, inspected); diff != "" {
		t.Errorf("Asset differs from GET: %s", diff)
	}
	b.want(204, "DELETE", "/video/v1/assets/"+id, "")
	b.want(404, "GET", "/video/v1/assets/"+id, "")
	if _, known := b.Asset(id); known {
		t.Error("Asset knows what is gone")
	}
	want := []string{"video.asset.created", "video.asset.deleted", "video.asset.ready"}
	if got := b.eventTypes(); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("events %v, want %v", got, want)
	}
	if b.Pending() != 0 {
		t.Errorf("pending %d", b.Pending())
	}
}

func TestHandlerOnAServerOfOnesOwn(t *testing.T) {
	s := New(Options{ReadyAfter: -1})
	defer s.Close()
	own := httptest.NewServer(s.Handler())
	defer own.Close()
	ask := func(method, url, body string) (int, string) {
		request, err := http.NewRequest(method, url, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth(DefaultTokenID, DefaultTokenSecret)
		response, err := own.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		raw, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(raw)
	}
	status, body := ask("POST", own.URL+"/video/v1/uploads", `{"cors_origin":"*"}`)
	var made struct{ Data struct{ URL string } }
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusCreated {
		t.Fatal(status, body)
	}
	if status, body := ask("PUT", made.Data.URL, "bytes"); status != http.StatusOK || len(s.AssetIDs(DefaultEnvironmentID)) != 1 {
		t.Errorf("PUT %s: %d %s", made.Data.URL, status, body)
	}
	if s.URL() != "" {
		t.Errorf("URL %q without Start", s.URL())
	}
	s.SetFaults(Faults{TimeoutAfter: []Rule{{}}})
	cut := make(chan error)
	go func() {
		request, _ := http.NewRequest("POST", own.URL+"/video/v1/live-streams", nil)
		request.SetBasicAuth(DefaultTokenID, DefaultTokenSecret)
		response, err := own.Client().Do(request)
		if err == nil {
			err = response.Body.Close()
		}
		cut <- err
	}()
	for len(s.Requests()) < 2 {
		runtime.Gosched()
	}
	s.Close()
	if err := <-cut; err == nil {
		t.Error("a call that hangs was answered by Close")
	}
	if status, _ := ask("GET", own.URL+"/system/v1/whoami", ""); status != http.StatusServiceUnavailable {
		t.Errorf("after Close: %d", status)
	}
}
