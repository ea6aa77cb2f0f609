// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// waiting is how many verified events hold a place.
func (r *replica) waiting() int {
	r.admission.mu.Lock()
	defer r.admission.mu.Unlock()
	return r.admission.inShare.held.requests
}

// abandon delivers an event whose sender hangs up a moment later, as Mux does after 5 s.
func (r *replica) abandon(s *stage, body string) {
	ctx, hangUp := context.WithTimeout(s.ctx, 20*time.Millisecond)
	defer hangUp()
	request := httptest.NewRequestWithContext(ctx, "POST", "/webhooks/"+s.namespace+"/default", strings.NewReader(body))
	request.Header.Set(signatureHeader, header(testSecret, time.Now(), body))
	r.ServeHTTP(httptest.NewRecorder(), request)
}

// lags is how many effects the histogram of the lag has.
func (r *replica) lags(s *stage) (n int) {
	s.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		s.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "mux_operator_webhook_lag_seconds" {
			n += int(f.GetMetric()[0].GetHistogram().GetSampleCount())
		}
	}
	return n
}

// TestAbandoned has the API server hang while Mux gives up and delivers again: what its senders have left holds no place however
// often it comes, two events with one id are two, and everything takes effect once when the API server goes on.
func TestAbandoned(t *testing.T) {
	s := newStage(t, plane.Config)
	const id = "abandoned00000000000000000000000"
	h := hold(s, id)
	at := time.Now()
	track := func(name string) string {
		return envelope("video.asset.track.ready", at, fmt.Sprintf(`{"id":%q,"asset_id":%q,"type":"text","status":"ready"}`, name, id))
	}
	for n := range 20 {
		h.abandon(s, strings.Replace(track("one"), `"data":`, fmt.Sprintf(`"attempts":[%d],"data":`, n), 1))
	}
	h.abandon(s, track("two")) // with the same id and time
	if n := h.waiting(); n != 1 {
		t.Errorf("%d places are held, want 1: of the event in flight", n)
	}
	again := make(chan string, 1)
	go func() { again <- h.post(s, "default", track("one")).Body.String() }()
	select { // it waits together with the abandoned one
	case answer := <-again:
		t.Fatalf("answered %s before its commit", answer)
	case <-time.After(200 * time.Millisecond):
	}
	if n := h.waiting(); n != 2 {
		t.Errorf("%d places are held with a sender that waits, want 2", n)
	}
	h.let()
	if answer := <-again; !strings.Contains(answer, `"applied"`) {
		t.Errorf("who waited is answered %s", answer)
	}
	h.replica.idle(s)
	if answer := h.post(s, "default", track("one")).Body.String(); !strings.Contains(answer, `"unchanged"`) {
		t.Errorf("delivered once more it is answered %s", answer)
	}
	asset := &video.MuxAsset{ObjectMeta: s.meta("held")}
	if err := s.Get(s.ctx, client.ObjectKeyFromObject(asset), asset); err != nil || len(asset.Status.Tracks) != 2 {
		t.Errorf("the status has the tracks %+v, %v", asset.Status.Tracks, err)
	}
	if n := h.lags(s); n != 3 {
		t.Errorf("%d effects are in the histogram of the lag, want 3", n)
	}
}
