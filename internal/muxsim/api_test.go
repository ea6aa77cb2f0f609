// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhoami(t *testing.T) {
	b := newBench(t, Options{Environments: []Environment{{
		ID: "envid123", Name: "Development", OrganizationID: "orgid123", OrganizationName: "Mux",
		Tokens: []Token{{ID: DefaultTokenID, Secret: DefaultTokenSecret, Name: "Development access token", Permissions: []string{"video:read", "data:read"}}},
	}}})
	_, got := b.ask("GET", "/system/v1/whoami", "")
	raw, err := os.ReadFile("../mux/testdata/rest/openapi--GET_whoami-200.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := decodeStrict(raw, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAuthenticate(t *testing.T) {
	b := newBench(t, Options{Environments: []Environment{{ID: "one", Tokens: []Token{{ID: DefaultTokenID, Secret: DefaultTokenSecret}}}}})
	id := b.makeAsset(plainAsset)
	status, body, _ := b.askAs(DefaultTokenID, "wrong", "GET", "/system/v1/whoami", "")
	want := map[string]any{"error": map[string]any{"type": "unauthorized", "messages": []any{"Unauthorized request"}}}
	if diff := cmp.Diff(want, body); status != 401 || diff != "" {
		t.Errorf("wrong secret: %d %s", status, diff)
	}
	if status, _, _ := b.askAs("", "", "GET", "/system/v1/whoami", ""); status != 401 {
		t.Errorf("no credentials: %d", status)
	}
	b.SetPermissions(DefaultTokenID, "video:write")
	for path, status := range map[string]int{"/video/v1/assets/" + id: 404, "/video/v1/assets": 404, "/system/v1/webhooks": 404, "/system/v1/whoami": 200} {
		b.want(status, "GET", path, "")
	}
	b.SetPermissions(DefaultTokenID, "video:read")
	b.want(200, "GET", "/video/v1/assets/"+id, "")
	b.want(404, "DELETE", "/video/v1/assets/"+id, "")
	b.MoveToken(DefaultTokenID, "two")
	b.want(404, "GET", "/video/v1/assets/"+id, "")
	if got := b.want(200, "GET", "/system/v1/whoami", ""); got["environment_id"] != "two" {
		t.Errorf("moved to %v", got)
	}
	b.RevokeToken(DefaultTokenID)
	b.RevokeToken("unknown")
	b.want(401, "GET", "/system/v1/whoami", "")
	last := b.Requests()[len(b.Requests())-1]
	if last.Status != 401 || last.Environment != "" || last.TokenID != DefaultTokenID {
		t.Errorf("noted %+v", last)
	}
}

func TestUnknownRoutes(t *testing.T) {
	b := newBench(t, Options{})
	for _, path := range []string{"/video/v1/nothing", "/video/v1/assets/", "/", "/video/v1//assets"} {
		if status, _ := b.ask("GET", path, ""); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := b.ask("PUT", "/video/v1/assets", ""); status != 404 {
		t.Errorf("PUT of assets: %d", status)
	}
	if status, _ := b.ask("POST", "/video/v1/assets", strings.Repeat(" ", largestBody+1)); status != 413 {
		t.Errorf("large body: %d", status)
	}
}

func TestRateLimits(t *testing.T) {
	b := newBench(t, Options{RateScale: 0.5}) // POST: bucket of 5, one in 2 s; others: bucket of 25, one in 0.4 s
	for n := range 6 {
		status, body, header := b.askAs(DefaultTokenID, DefaultTokenSecret, "POST", "/video/v1/assets", plainAsset)
		if n < 5 {
			if status != 201 || header.Get("X-RateLimit-Remaining") != fmt.Sprint(4-n) || header.Get("X-RateLimit-Limit") != "5" {
				t.Errorf("POST %d: %d %v", n, status, header)
			}
			continue
		}
		want := map[string]any{"errors": []any{"Too many requests, retry later."}}
		if diff := cmp.Diff(want, body); status != 429 || diff != "" || header.Get("Retry-After") != "2" {
			t.Errorf("POST %d: %d %s %v", n, status, diff, header)
		}
	}
	b.want(200, "GET", "/video/v1/assets", "") // of the other bucket
	b.want(201, "POST", "/system/v1/webhooks", `{"address":"https://example.com/"}`)
	b.clock.Advance(2*time.Second - time.Millisecond)
	b.want(429, "POST", "/video/v1/assets", plainAsset)
	b.clock.Advance(time.Millisecond)
	b.want(201, "POST", "/video/v1/assets", plainAsset)
}

func TestDateHeader(t *testing.T) {
	b := newBench(t, Options{})
	b.clock.Advance(time.Hour)
	_, _, header := b.askAs(DefaultTokenID, DefaultTokenSecret, "GET", "/system/v1/whoami", "")
	if got := header.Get("Date"); got != "Tue, 01 Sep 2026 13:00:00 GMT" {
		t.Errorf("Date %q", got)
	}
}

func TestListPages(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	var newestFirst []string
	for range 27 {
		newestFirst = append([]string{b.makeAsset(plainAsset)}, newestFirst...)
	}
	ids := func(path string) ([]string, string) {
		_, body := b.ask("GET", path, "")
		var all []string
		for _, o := range objects(body, "data") {
			all = append(all, o["id"].(string))
		}
		next, _ := body["next_cursor"].(string)
		if _, has := body["next_cursor"]; !has {
			t.Errorf("no next_cursor in %s", path)
		}
		return all, next
	}
	first, next := ids("/video/v1/assets")
	if !slices.Equal(first, newestFirst[:25]) {
		t.Errorf("default page: %d, want the newest 25", len(first))
	}
	newer := b.makeAsset(plainAsset) // moves pages, not cursors
	if second, end := ids("/video/v1/assets?cursor=" + next); !slices.Equal(second, newestFirst[25:]) || end != "" {
		t.Errorf("after the cursor: %v, cursor %q", second, end)
	}
	if second, _ := ids("/video/v1/assets?limit=14&page=2"); !slices.Equal(second, newestFirst[13:]) {
		t.Errorf("second page of 14: %v", second)
	}
	if beyond, end := ids("/video/v1/assets?page=9"); len(beyond) != 0 || end != "" {
		t.Errorf("beyond the end: %v %q", beyond, end)
	}
	b.want(204, "DELETE", "/video/v1/assets/"+newer, "")
	if all, end := ids("/video/v1/assets?limit=100"); !slices.Equal(all, newestFirst) || end != "" {
		t.Errorf("all: %d %q", len(all), end)
	}
	if of, _ := ids("/video/v1/assets?live_stream_id=x"); len(of) != 0 {
		t.Errorf("of no live stream: %v", of)
	}
}

func TestIDs(t *testing.T) {
	plain := regexp.MustCompile(`^[A-Za-z0-9]+$`)
	make100 := func(seed uint64) (all []string) {
		r := newSource(seed)
		for range 100 {
			all = append(all, r.id(resourceIDBytes), r.id(partIDBytes))
		}
		return all
	}
	all := make100(1)
	for i, id := range all {
		least, most := 43, 55
		if i%2 == 1 {
			least, most = 54, 70
		}
		if !plain.MatchString(id) || len(id) < least || len(id) > most || !wellFormedID(id) {
			t.Errorf("id %q of %d", id, len(id))
		}
	}
	if !slices.Equal(all, make100(1)) || slices.Equal(all, make100(2)) {
		t.Error("the seed does not decide")
	}
}

// TestWellFormedID takes every id of Mux's samples: what Mux made must not be a malformed id here.
func TestWellFormedID(t *testing.T) {
	ids := regexp.MustCompile(`"(?:id|asset_id|upload_id|active_asset_id)":\s*"([A-Za-z0-9]{16,})"`)
	var seen int
	for _, pattern := range []string{"../mux/testdata/payloads/*.json", "../mux/testdata/rest/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range ids.FindAllStringSubmatch(string(raw), -1) {
				if seen++; !wellFormedID(m[1]) {
					t.Errorf("%s: %s", file, m[1])
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d ids", seen)
	}
	for _, bad := range []string{"", "short", strings.Repeat("a", 256), "aaaaaaaaaaaaaaaaaaa-", "aaaaaaaaaaaaaaaaaaaa0", "aaaaaaaaaaaaaaaaaaaa03"} {
		if wellFormedID(bad) {
			t.Errorf("%q is well-formed", bad)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(uint64(1), "x")
	f.Add(uint64(1<<63), "0")
	f.Fuzz(func(t *testing.T, seq uint64, text string) {
		if got, known := parseCursor(cursor(seq)); !known || got != seq {
			t.Errorf("%d came back as %d, %t", seq, got, known)
		}
		if got, known := parseCursor(text); known && cursor(got) != text {
			t.Errorf("%q accepted", text)
		}
	})
}

func TestWebhookAPI(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	made := b.want(201, "POST", "/system/v1/webhooks", `{"address":"https://example.com/webhook"}`)
	if !regexp.MustCompile(`^[a-z0-9]{32}$`).MatchString(made["signing_secret"].(string)) || !regexp.MustCompile(`^[a-z0-9]{6}$`).MatchString(made["id"].(string)) {
		t.Errorf("made %v", made)
	}
	id := made["id"].(string)
	if b.WebhookSecret(id) != made["signing_secret"] || b.WebhookSecret("unknown") != "" {
		t.Error("WebhookSecret differs")
	}
	want := map[string]any{"id": id, "address": "https://example.com/webhook", "enabled": true, "created_at": "2026-09-01T12:00:00.123000Z"}
	if diff := cmp.Diff(want, b.want(200, "GET", "/system/v1/webhooks/"+id, "")); diff != "" {
		t.Error(diff)
	}
	_, body := b.ask("GET", "/system/v1/webhooks?limit=1", "")
	if diff := cmp.Diff([]any{want}, body["data"]); diff != "" {
		t.Errorf("newest first, without secret: %s", diff)
	}
	for _, tt := range []struct{ method, path, body, want string }{
		{"POST", "", `{"address":"https://example.com/webhook"}`, "exists already"},
		{"POST", "", `{"address":"ftp://example.com/"}`, "address"},
		{"POST", "", `{"address":"https://example.com/2","secret":"x"}`, "secret"},
		{"PATCH", "/" + id, `{}`, "needed"},
		{"PATCH", "/" + id, `{"address":"` + b.endpoints[0].address + `"}`, "exists already"},
	} {
		status, body := b.ask(tt.method, "/system/v1/webhooks"+tt.path, tt.body)
		wantRefusal(t, status, body, tt.want)
	}
	foreign := b.AddWebhook("another", "https://example.com/theirs", "")
	b.want(404, "GET", "/system/v1/webhooks/"+foreign, "")
	b.want(200, "PATCH", "/system/v1/webhooks/"+id, `{"address":"https://example.com/theirs"}`) // unique per environment only
	b.want(200, "PATCH", "/system/v1/webhooks/"+id, `{"address":"https://example.com/webhook"}`)
	if got := b.want(200, "PATCH", "/system/v1/webhooks/"+id, `{"enabled":false}`); got["enabled"] != false {
		t.Errorf("patched to %v", got)
	}
	b.makeAsset(plainAsset)
	b.flush()
	for _, d := range b.Deliveries() {
		if d.Webhook == id {
			t.Errorf("delivered while disabled: %+v", d)
		}
	}
	b.want(204, "DELETE", "/system/v1/webhooks/"+id, "")
	b.want(404, "DELETE", "/system/v1/webhooks/"+id, "")
	again := b.want(201, "POST", "/system/v1/webhooks", `{"address":"https://example.com/webhook"}`)
	if again["id"] == id || again["signing_secret"] == made["signing_secret"] {
		t.Errorf("made again: %v", again)
	}
}

func TestManualClock(t *testing.T) {
	c := NewManualClock(start)
	var calls []string
	note := func(name string, want time.Duration) func() {
		return func() {
			calls = append(calls, name)
			if got := c.Now().Sub(start); got != want {
				t.Errorf("%s at %v, want %v", name, got, want)
			}
		}
	}
	c.AfterFunc(2*time.Second, note("b", 2*time.Second))
	c.AfterFunc(time.Second, func() {
		note("a", time.Second)()
		c.AfterFunc(time.Second, note("c", 2*time.Second))
	})
	stopped := c.AfterFunc(time.Second, func() { t.Error("called though stopped") })
	if !stopped.Stop() || stopped.Stop() {
		t.Error("Stop does not tell whether it stopped")
	}
	c.AfterFunc(4*time.Second, note("d", 4*time.Second))
	c.Advance(3 * time.Second)
	if !slices.Equal(calls, []string{"a", "b", "c"}) || !c.Now().Equal(start.Add(3*time.Second)) {
		t.Errorf("calls %v at %v", calls, c.Now())
	}
	c.Advance(time.Second)
	if len(calls) != 4 {
		t.Errorf("calls %v", calls)
	}
}

func TestRealClock(t *testing.T) {
	s := New(Options{ReadyAfter: 10 * time.Millisecond})
	defer s.Close()
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t, Server: s}
	defer http.DefaultClient.CloseIdleConnections()
	id := b.makeAsset(plainAsset)
	deadline := time.After(10 * time.Second)
	for b.asset(id)["status"] != "ready" {
		select {
		case <-deadline:
			t.Fatal("never ready")
		default:
		}
	}
}
