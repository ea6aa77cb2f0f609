// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// TestAtRest counts the requests that Mux gets when nothing happens. It waits for the confirming GET, 30 s after the
// create, and then a minute.
func TestAtRest(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	s.webhooks(s.operator())
	s.ready("first")
	s.ready("second")
	time.Sleep(35 * time.Second)
	s.sim.ResetRequests()
	time.Sleep(time.Minute)
	if calls := s.calls(); len(calls) != 0 {
		t.Errorf("at rest Mux got %v, want nothing", calls)
	}
}

// TestSweepCalls holds one asset in preparing and counts what a sweep every two seconds costs.
func TestSweepCalls(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: -1}, func(env *video.MuxEnvironment) {
		env.Spec.Resync = &video.ResyncSpec{Interval: &metav1.Duration{Duration: 2 * time.Second}}
	})
	s.webhooks(s.operator())
	held := s.managed("held")
	s.until(held, soon, "created", func() error {
		if held.Status.ID == "" {
			return fmt.Errorf("no id")
		}
		return nil
	})
	for _, name := range []string{"one", "two"} {
		asset := s.managed(name)
		s.until(asset, soon, "created", func() error {
			if asset.Status.ID == "" {
				return fmt.Errorf("no id")
			}
			return s.sim.SetReady(asset.Status.ID)
		})
		s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	}
	time.Sleep(35 * time.Second) // the confirming GETs are over
	s.sim.ResetRequests()
	sweeps := s.sweepsDuring(20 * time.Second)
	calls := s.calls()
	total := 0
	for _, n := range calls {
		total += n
	}
	if got := calls[getAsset] + calls[listAsset]; got != total || got < sweeps-1 || got > sweeps+1 || got < 5 {
		t.Errorf("%d sweeps made %v, want one call each and nothing else", sweeps, calls)
	}
	t.Logf("%d sweeps made %v", sweeps, calls)
}

// sweepsDuring counts how often the time of the last sweep moves.
func (s *stage) sweepsDuring(d time.Duration) (sweeps int) {
	s.Helper()
	var last string
	for began := time.Now(); time.Since(began) < d; time.Sleep(50 * time.Millisecond) {
		if err := s.get(s.env); err != nil {
			s.Fatal(err)
		}
		if at := s.env.Status.LastSweepTime; at != nil && at.String() != last {
			if last != "" {
				sweeps++
			}
			last = at.String()
		}
	}
	return sweeps
}

// TestRestart restarts the operator with fifty assets in place.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 50 * time.Millisecond, RateScale: 0})
	fast := func(_ *rest.Config, o *options) { o.createRate, o.requestRate = 100, 100 }
	first := s.operator(fast)
	hook := s.webhooks(first)
	const count = 50
	var assets []*video.MuxAsset
	for i := range count {
		assets = append(assets, s.managed(fmt.Sprintf("asset-%02d", i)))
	}
	for _, asset := range assets {
		s.condition(asset, 2*time.Minute, video.ConditionReady, metav1.ConditionTrue, "")
	}
	time.Sleep(32 * time.Second) // the confirming GETs are over
	first.stop()
	s.sim.RemoveWebhook(hook)
	s.sim.ResetRequests()
	s.webhooks(s.operator(fast))
	fresh := s.managed("fresh")
	s.condition(fresh, soon, video.ConditionReady, metav1.ConditionTrue, "")
	time.Sleep(5 * time.Second)
	if calls := s.calls(); calls[postAsset] != 1 || calls[getAsset] != 0 || calls[listAsset] != 0 {
		t.Errorf("a restart with %d assets and one new one made %v, want one create and no reads", count, calls)
	}
}
