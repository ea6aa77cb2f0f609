// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// TestAPIServerOutage stops the API server while webhooks arrive, and starts it again. What was answered 2xx must be in a
// status; the rest must have been answered 503 and arrive by redelivery.
func TestAPIServerOutage(t *testing.T) {
	t.Parallel()
	own := ownControlPlane(t)
	s := newStageOn(t, own, muxsim.Options{ReadyAfter: -1, MinRetry: 500 * time.Millisecond, MaxRetry: time.Second})
	// Fast, so that the outage is over before the leader reads anything by itself, 30 s after a create.
	s.webhooks(s.operator(func(_ *rest.Config, o *options) { o.createRate, o.requestRate = 100, 100 }))
	const count = 20
	var assets []*video.MuxAsset
	for i := range count {
		asset := s.managed(fmt.Sprintf("asset-%02d", i))
		assets = append(assets, asset)
	}
	for _, asset := range assets {
		s.condition(asset, time.Minute, video.ConditionSynced, metav1.ConditionTrue, "")
	}
	ready := func(some []*video.MuxAsset) {
		for _, asset := range some {
			if err := s.sim.SetReady(asset.Status.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	ready(assets[:count/2])
	if err := own.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	ready(assets[count/2:])
	within(s, soon, "webhooks are refused", func() error {
		if s.answered(503) == 0 {
			return fmt.Errorf("no 503 among %d deliveries", len(s.sim.Deliveries()))
		}
		return nil
	})
	if err := own.StartAPIServer(); err != nil {
		t.Fatal(err)
	}
	within(s, time.Minute, "everything is delivered", func() error {
		if n := s.sim.Pending(); n > 0 {
			return fmt.Errorf("%d events are pending", n)
		}
		return nil
	})
	for _, asset := range assets {
		s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
		// By the webhook, that is: no repair has read it.
		if source := projection.StampSource(asset.Status.Stamps.State); source != "asset.ready" {
			t.Errorf("%s became ready by %s", asset.Name, source)
		}
	}
	t.Logf("of %d deliveries %d were answered 503 and all others 2xx", len(s.sim.Deliveries()), s.answered(503))
	for _, d := range s.sim.Deliveries() {
		if d.Status != 200 && d.Status != 503 {
			t.Errorf("%s was answered %d %s", d.Type, d.Status, bytes.TrimSpace(d.Answer))
		}
	}
}

// answered counts the deliveries with a status code.
func (s *stage) answered(code int) (n int) {
	for _, d := range s.sim.Deliveries() {
		if d.Status == code {
			n++
		}
	}
	return n
}
