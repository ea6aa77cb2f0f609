// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// control makes a call of the control API, which asks for no credentials.
func (b *bench) control(status int, method, path, body string) map[string]any {
	b.Helper()
	got, decoded, _ := b.askAs("", "", method, "/_sim"+path, body)
	if got != status {
		b.Fatalf("%s %s: %d %v", method, path, got, decoded)
	}
	return decoded
}

func TestControl(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	second := &receiver{}
	target := httptest.NewServer(second)
	defer target.Close()
	made := b.control(200, "POST", "/webhooks", `{"address":"`+target.URL+`"}`)
	id := b.makeAsset(plainAsset)
	b.flush()
	verify(t, made["signing_secret"].(string), second.heads[0].Get("Mux-Signature"), second.bodies[0])
	b.control(200, "DELETE", "/webhooks/"+made["id"].(string), "")
	b.control(200, "POST", "/assets/"+id+"/advance", "")
	b.control(200, "POST", "/assets/"+id+"/ready", "")
	if got := b.asset(id); got["status"] != "ready" {
		t.Errorf("asset %v", got)
	}
	b.control(400, "POST", "/assets/"+id+"/errored", `{"messages":["x"]}`)
	failed := b.makeAsset(plainAsset)
	b.control(200, "POST", "/assets/"+failed+"/errored", `{"type":"t","messages":["x"]}`)
	if got := b.asset(failed); got["errors"].(map[string]any)["type"] != "t" {
		t.Errorf("asset %v", got)
	}
	b.control(200, "DELETE", "/assets/"+failed, "")
	b.want(404, "GET", "/video/v1/assets/"+failed, "")
	b.control(200, "POST", "/emit", `{"type":"x","id":"y","created_at":"z"}`)
	b.flush()
	if types := b.eventTypes(); count(types, "x") != 1 || len(second.bodies) != 1 {
		t.Errorf("events %v, %d at the second", types, len(second.bodies))
	}
	if got := b.control(200, "GET", "/pending", ""); got["pending"] != 0.0 {
		t.Errorf("got %v", got)
	}
	b.control(200, "DELETE", "/requests", "")
	if n := len(b.Requests()); n != 0 {
		t.Errorf("%d requests are left", n)
	}
	b.control(400, "POST", "/webhooks", `{"address":"nowhere"}`)
	b.control(400, "POST", "/emit", strings.Repeat("x", largestBody+1))
}

func TestControlFaults(t *testing.T) {
	b := newBench(t, Options{})
	b.control(200, "POST", "/faults", `{"Throttle":[{"Method":"POST","Times":1,"RetryAfter":"2s"}],"delay":[{"event":"video.asset.created","delay":"1m"}]}`)
	if status, _, header := b.askAs(DefaultTokenID, DefaultTokenSecret, "POST", assetsRoute, plainAsset); status != 429 || header.Get("Retry-After") != "2" {
		t.Errorf("%d %v", status, header)
	}
	b.makeAsset(plainAsset)
	b.pass(59 * time.Second)
	if count(b.eventTypes(), "video.asset.created") != 0 {
		t.Error("not delayed")
	}
	for _, bad := range []string{`{"Throttel":[]}`, `{"Slow":[{"Delay":"long"}]}`, `{"Slow":[{"Delai":"1s"}]}`, `{`} {
		if got := b.control(400, "POST", "/faults", bad); got["error"] == "" {
			t.Errorf("%s: %v", bad, got)
		}
	}
	b.control(200, "POST", "/faults", `{}`)
	b.makeAsset(plainAsset)
	if count(b.eventTypes(), "video.asset.created") != 1 {
		t.Error("faults did not end")
	}
}

func TestLogHasNoSecrets(t *testing.T) {
	var log bytes.Buffer
	b := newBench(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	everything(b)
	b.ask("GET", "/video/v1/live-streams?stream_key=canary", "")
	b.Close() // nobody writes any more
	var secrets []string
	for _, l := range b.environments[DefaultEnvironmentID].liveStreams.order {
		secrets = append(secrets, l.streamKey, l.srtPassphrase)
	}
	for _, u := range b.environments[DefaultEnvironmentID].uploads.order {
		secrets = append(secrets, u.key)
	}
	for _, secret := range append(secrets, b.secret, DefaultTokenSecret, "canary", "example.com", "/hook") {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q in the log", secret)
		}
	}
	for _, want := range []string{"msg=request", "route=/video/v1/assets", "msg=delivery", "type=video.asset.ready"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in the log", want)
		}
	}
}
