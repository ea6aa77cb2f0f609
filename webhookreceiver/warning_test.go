// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestWarnings : a warning becomes one Event of the object, however often and to whichever replica it is delivered, and
// nothing in a status.
func TestWarnings(t *testing.T) {
	s := newStage(t, plane.Config)
	const id = "warned00000000000000000000000000"
	asset := s.asset("warned", "default", id)
	replicas := []*replica{s.replica(), s.replica()}
	for _, r := range replicas {
		r.sees(s, asset)
	}
	before := s.versions()
	body := event("video.asset.warning", id, time.Now(), `,"warning":{"type":"custom_slate_unavailable","message":"cannot fetch https://example.com/slate.png?token=s3cr3t"}`)
	for i, want := range []string{"applied", "unchanged", "unchanged", "unchanged"} {
		response := replicas[i%2].post(s, "default", body)
		if response.Code != 200 || !strings.Contains(response.Body.String(), want) {
			t.Errorf("delivery %d is answered %d %s, want %s", i, response.Code, response.Body, want)
		}
	}
	var events eventsv1.EventList
	if err := s.List(s.ctx, &events, client.InNamespace(s.namespace)); err != nil {
		t.Fatal(err)
	}
	if len(events.Items) != 1 {
		t.Fatalf("there are %d Events", len(events.Items))
	}
	got := events.Items[0]
	if got.Regarding.Kind != "MuxAsset" || got.Regarding.Name != "warned" || got.Note != "custom_slate_unavailable: cannot fetch https://example.com/…" {
		t.Errorf("the Event is of %+v: %q", got.Regarding, got.Note)
	}
	if after := s.versions(); after != before {
		t.Errorf("something was written:\n%s\n%s", before, after)
	}
}
