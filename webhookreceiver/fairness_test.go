// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
)

// slowWrite is how long a write of a status takes at the API server of these tests, which is long beside everything else.
const slowWrite = 200 * time.Millisecond

// slowly has each patch take that long, and counts them.
func slowly(patches *atomic.Int32) func(*Options) {
	return beforePatch(func() {
		patches.Add(1)
		time.Sleep(slowWrite) // the API server takes it
	})
}

// timed posts an event and returns how long its answer took.
func (r *replica) timed(s *stage, env, body string) time.Duration {
	began := time.Now()
	if response := r.post(s, env, body); response.Code != http.StatusOK {
		s.Errorf("%s of %s is answered %d %s", body, env, response.Code, response.Body)
	}
	return time.Since(began)
}

// flood posts events at once and returns when half of them are in. last waits for all, and says how long the last answer took.
func (r *replica) flood(s *stage, env string, bodies []string) (last func() time.Duration) {
	s.Helper()
	var all sync.WaitGroup
	var longest atomic.Int64
	for _, body := range bodies {
		all.Go(func() {
			took := int64(r.timed(s, env, body))
			for old := longest.Load(); took > old && !longest.CompareAndSwap(old, took); old = longest.Load() {
			}
		})
	}
	within(s, 5*time.Second, func() error {
		if n := r.waiting(); n < len(bodies)/2 {
			return fmt.Errorf("%d of %d events are in", n, len(bodies))
		}
		return nil
	})
	return func() time.Duration { all.Wait(); return time.Duration(longest.Load()) }
}

// TestFairEnvironments floods one environment with events of many objects, each of which takes a slow write. An event of another
// environment is answered after a write or two, not behind the flood.
func TestFairEnvironments(t *testing.T) {
	s := newStage(t, plane.Config)
	s.environment("other", "new")
	const objects = 8 * commit.DefaultTurns // eight rounds of slow writes
	id := func(n int) string { return fmt.Sprintf("flood%03d000000000000000000000000", n) }
	var bodies []string
	for n := range objects {
		s.asset(fmt.Sprint("flood-", n), "default", id(n))
		bodies = append(bodies, event("video.asset.ready", id(n), time.Now(), ""))
	}
	alone := s.asset("alone", "other", "alone000000000000000000000000000")
	var patches atomic.Int32
	r := s.replica(slowly(&patches))
	r.sees(s, alone)
	flood := r.flood(s, "default", bodies)
	took := r.timed(s, "other", event("video.asset.ready", "alone000000000000000000000000000", time.Now(), ""))
	last := flood()
	if took > 3*slowWrite || last < 6*slowWrite {
		t.Errorf("beside a flood whose last event took %s, one of another environment took %s, want at most %s", last, took, 3*slowWrite)
	}
	t.Logf("%d events of one environment took up to %s, one of another meanwhile %s; a write takes %s", objects, last.Round(time.Millisecond), took.Round(time.Millisecond), slowWrite)
	r.idle(s)
}

// TestHotObject sends one object three hundred events at once. They take a few writes, and an event of another object in the same
// environment does not wait for them.
func TestHotObject(t *testing.T) {
	s := newStage(t, plane.Config)
	const hot, events = "hot00000000000000000000000000000", 300
	s.asset("hot", "default", hot)
	other := s.asset("other", "default", "other000000000000000000000000000")
	var bodies []string
	for n := range events {
		bodies = append(bodies, envelope("video.asset.updated", time.Now().Add(time.Duration(n)*time.Microsecond), fmt.Sprintf(`{"id":%q,"status":"ready","passthrough":"%03d"}`, hot, n)))
	}
	var patches atomic.Int32
	r := s.replica(slowly(&patches))
	r.sees(s, other)
	flood := r.flood(s, "default", bodies)
	took := r.timed(s, "default", event("video.asset.ready", "other000000000000000000000000000", time.Now(), ""))
	last := flood()
	if took > 3*slowWrite || patches.Load() > 6 {
		t.Errorf("beside a hot object an event of another took %s, want at most %s; there were %d writes, want at most 6", took, 3*slowWrite, patches.Load())
	}
	asset := &video.MuxAsset{ObjectMeta: s.meta("hot")}
	if err := s.Get(s.ctx, client.ObjectKeyFromObject(asset), asset); err != nil || asset.Status.Passthrough != fmt.Sprint(events-1) {
		t.Errorf("the last event says %d, the status %q (%v)", events-1, asset.Status.Passthrough, err)
	}
	t.Logf("%d events of one object took %d writes and up to %s, one of another object meanwhile %s", events, patches.Load()-1, last.Round(time.Millisecond), took.Round(time.Millisecond))
	r.idle(s)
}

// TestDeadline has the API server take longer than Mux waits: the answer is 503 before Mux gives up, and the redelivery finds the effect.
func TestDeadline(t *testing.T) {
	s := newStage(t, plane.Config)
	const id = "deadline000000000000000000000000"
	asset := s.asset("deadline", "default", id)
	let := make(chan struct{})
	r := s.replica(beforePatch(func() { <-let }))
	r.sees(s, asset)
	body := event("video.asset.ready", id, time.Now(), "")
	began := time.Now()
	response := r.post(s, "default", body)
	if took := time.Since(began); response.Code != http.StatusServiceUnavailable || !strings.Contains(response.Body.String(), reasonDeadline) ||
		response.Header().Get("Retry-After") == "" || took < requestTimeout || took > requestTimeout+500*time.Millisecond {
		t.Errorf("answered %d %s after %s", response.Code, response.Body, took)
	}
	close(let)
	within(s, 5*time.Second, func() error {
		if response := r.post(s, "default", body); !strings.Contains(response.Body.String(), "unchanged") {
			return fmt.Errorf("delivered again it is answered %d %s", response.Code, response.Body)
		}
		return nil
	})
	r.idle(s)
}
