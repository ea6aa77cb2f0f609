// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
)

// TestAnswers is the table of docs/receiver.md, one row a cell: the status code, the counter that moves, and that nothing
// is written.
func TestAnswers(t *testing.T) {
	s := newStage(t, plane.Config)
	const known = "known0000000000000000000000000000"
	s.asset("known", "default", known)
	s.environment("quiet", "new")
	s.environment("waiting", "new")
	s.waiting("waiting", "waiting", "token")
	s.environment("fresh", "new")
	fresh := s.asset("fresh", "fresh", "fresh000000000000000000000000000")
	s.status(fresh, func() { fresh.Status.Identified = &video.IdentifiedStatus{At: metav1.NowMicro()} })
	s.environment("broken", "new")
	broken := s.stalled("broken", "broken")
	s.environment("unsigned")
	newer := s.asset("newer", "default", "newer000000000000000000000000000")
	s.status(newer, func() { newer.Status.ProjectionVersion = video.ProjectionVersion + 1 })
	r := s.replica()
	r.sees(s, newer)
	r.sees(s, fresh)
	r.sees(s, broken)

	now := time.Now()
	old := now.Add(-2 * time.Minute)
	young := func() string { return event("video.asset.ready", "unknown0000000000000000000000000", time.Now(), "") }
	ready := event("video.asset.ready", known, now, "")
	signed := func(body string) string { return header(testSecret, now, body) }
	at := func(offset time.Duration) string { return header(testSecret, now.Add(offset), ready) }
	otherEnvironment := strings.Replace(ready, environmentID, "zzz999", 1)
	large := `{"type":"x","data":{"text":"` + strings.Repeat("x", maxBody) + `"}}`

	hologram := envelope("video.hologram.ready", now, `{"id":"x"}`)

	for _, row := range []struct {
		name, method, env, signature, body string
		status                             int
		counter                            string // status, result, reason
	}{
		{"no signature", "POST", "default", "", ready, 401, "401  missing_signature"},
		{"malformed signature", "POST", "default", "v1=zz", ready, 401, "401  malformed_signature"},
		{"wrong secret", "POST", "default", header("forged", now, ready), ready, 401, "401  wrong_signature"},
		{"six minutes old", "POST", "default", at(-6 * time.Minute), ready, 401, "401  signature_too_old"},
		{"six minutes ahead", "POST", "default", at(6 * time.Minute), ready, 401, "401  signature_too_new"},
		{"body over 1 MiB", "POST", "default", signed(large), large, 413, "413  too_large"},
		{"GET", "GET", "default", "", "", 405, "405  method"},
		{"unknown environment", "POST", "nowhere", signed(ready), ready, 404, "404  unknown_environment"},
		{"not JSON", "POST", "default", signed("hello"), "hello", 400, "400  not_an_event"},
		{"no type", "POST", "default", signed(`{"data":{}}`), `{"data":{}}`, 400, "400  not_an_event"},
		{"no data", "POST", "default", signed(`{"type":"video.asset.ready"}`), `{"type":"video.asset.ready"}`, 400, "400  not_an_event"},
		{"unknown type", "POST", "default", "", hologram, 200, "200 ignored unknown_type"},
		{"unknown type of an asset", "POST", "default", "", event("video.asset.painted", known, now, ""), 200, "200 ignored unknown_type"},
		{"first of two secrets", "POST", "default", header("the-old-one", now, hologram), hologram, 200, "200 ignored unknown_type"},
		{"second of two secrets", "POST", "default", signed(hologram), hologram, 200, "200 ignored unknown_type"},
		{"second of two v1 values", "POST", "default", strings.Replace(signed(hologram), ",v1=", ",v1="+strings.Repeat("0", 64)+",v1=", 1), hologram, 200, "200 ignored unknown_type"},
		{"robots", "POST", "default", "", envelope("robots.job.summarize.completed", now, `{"id":"rjob_1"}`), 200, "200 ignored unhandled_type"},
		{"a kind without status", "POST", "default", "", envelope("video.delivery.high_traffic", now, `{"id":"x"}`), 200, "200 ignored unhandled_type"},
		{"an upload that nobody follows", "POST", "default", "", envelope("video.upload.created", now, `{"id":"x"}`), 200, "200 ignored unknown_object"},
		{"a warning of nobody's live stream", "POST", "default", "", envelope("video.live_stream.warning", now, `{"id":"x"}`), 200, "200 ignored unknown_object"},
		{"shots", "POST", "default", "", envelope("video.asset.shots.ready", now, `{"status":"completed"}`), 200, "200 ignored no_state"},
		{"a warning", "POST", "default", "", event("video.asset.warning", known, now, `,"warning":{"type":"slate","message":"no slate"}`), 200, "200 applied"},
		{"unknown object, old", "POST", "waiting", "", event("video.asset.ready", "unknown0000000000000000000000000", old, ""), 200, "200 ignored unknown_object"},
		{"unknown object, young, nothing waits", "POST", "quiet", "", young(), 200, "200 ignored unknown_object"},
		{"unknown object, young, a broken one waits for a person", "POST", "broken", "", young(), 200, "200 ignored unknown_object"},
		{"unknown object, young, something waits", "POST", "waiting", "", young(), 503, "503  object_expected"},
		{"unknown object, young, something got its id just now", "POST", "fresh", "", young(), 503, "503  object_expected"},
		{"another environment", "POST", "default", "", otherEnvironment, 200, "200 ignored other_environment"},
		{"no signing secret", "POST", "unsigned", "", ready, 503, "503  no_signing_secret"},
		{"status of a newer version", "POST", "default", "", event("video.asset.ready", "newer000000000000000000000000000", now, ""), 503, "503  newer_version"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.signature == "" && row.status/100 != 4 {
				row.signature = signed(row.body)
			}
			versions, counters := s.versions(), r.deliveries(s)
			response := r.send(row.method, "/webhooks/"+s.namespace+"/"+row.env, row.signature, row.body)
			if response.Code != row.status {
				t.Errorf("answered %d %s, want %d", response.Code, response.Body, row.status)
			}
			if retry := response.Header().Get("Retry-After"); (retry != "") != (row.status == 503) {
				t.Errorf("Retry-After is %q", retry)
			}
			if row.status == 401 && !strings.Contains(response.Body.String(), "the signature is not valid") {
				t.Errorf("a 401 must not say which: %s", response.Body)
			}
			counters[row.counter]++
			if got := r.deliveries(s); !maps.Equal(got, counters) {
				t.Errorf("counters are %v, want %v", got, counters)
			}
			if got := s.versions(); got != versions {
				t.Errorf("something was written:\n%s\n%s", versions, got)
			}
		})
	}

	t.Run("unknown path", func(t *testing.T) {
		for _, path := range []string{"/", "/webhooks", "/webhooks/" + s.namespace, "/webhooks/" + s.namespace + "/default/more", "/webhooks//default"} {
			if response := r.send("POST", path, signed(ready), ready); response.Code != http.StatusNotFound {
				t.Errorf("%s is answered %d", path, response.Code)
			}
		}
	})
	t.Run("applied, then unchanged", func(t *testing.T) {
		two := strings.Replace(signed(ready), ",v1=", ",v1="+strings.Repeat("00", 32)+",v1=", 1)
		for _, want := range []string{"applied", "unchanged"} {
			response := r.send("POST", "/webhooks/"+s.namespace+"/default", two, ready)
			if response.Code != 200 || !strings.Contains(response.Body.String(), want) {
				t.Errorf("answered %d %s, want %s", response.Code, response.Body, want)
			}
		}
	})
}

// TestAPIServerDown stops an API server of its own.
func TestAPIServerDown(t *testing.T) {
	own, err := controlplane.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := newStage(t, own.Config)
	const id = "down0000000000000000000000000000"
	asset := s.asset("down", "default", id)
	r := s.replica()
	r.sees(s, asset)
	body := event("video.asset.ready", id, time.Now(), "")
	// The signing secret is known from an earlier webhook.
	if response := r.post(s, "default", event("video.asset.ready", "unknown", time.Now(), "")); response.Code != 200 {
		t.Fatalf("answered %d %s", response.Code, response.Body)
	}
	if err := own.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	counters := r.deliveries(s)
	response := r.post(s, "default", body)
	if response.Code != 503 || response.Header().Get("Retry-After") == "" {
		t.Errorf("answered %d %s, want 503", response.Code, response.Body)
	}
	counters["503  api_server_unavailable"]++
	if got := r.deliveries(s); !maps.Equal(got, counters) {
		t.Errorf("counters are %v, want %v", got, counters)
	}
	if err := own.StartAPIServer(); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, func() error {
		if response := r.post(s, "default", body); response.Code != 200 {
			return fmt.Errorf("answered %d %s after the API server came back", response.Code, response.Body)
		}
		return nil
	})
}

// TestPanic answers, and goes on, when what an event leads to panics.
func TestPanic(t *testing.T) {
	s := newStage(t, plane.Config)
	const id = "panic000000000000000000000000000"
	asset := s.asset("panic", "default", id)
	var once sync.Once
	r := s.replica(beforePatch(func() { once.Do(func() { panic("poison") }) }))
	r.sees(s, asset)
	body := event("video.asset.ready", id, time.Now(), "")
	counters := r.deliveries(s)
	if response := r.post(s, "default", body); response.Code != 503 || strings.Contains(response.Body.String(), "poison") {
		t.Errorf("answered %d %s, want 503 without the cause", response.Code, response.Body)
	}
	counters["503  internal_error"]++
	if got := r.deliveries(s); !maps.Equal(got, counters) {
		t.Errorf("counters are %v, want %v", got, counters)
	}
	if response := r.post(s, "default", body); !strings.Contains(response.Body.String(), "applied") {
		t.Errorf("sent again it is answered %d %s", response.Code, response.Body)
	}
}
