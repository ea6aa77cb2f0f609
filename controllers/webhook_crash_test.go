// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"slices"
	"testing"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// crashWork is something that the controller does in several steps, and what must have come of it.
type crashWork struct {
	name  string
	begin func(*environmentStage)
	check func(*environmentStage)
	// steps is how many there are at least, so that none is forgotten.
	steps int
}

// crashWorks are all that is done with endpoints.
var crashWorks = []crashWork{
	{"register", func(*environmentStage) {}, func(s *environmentStage) { s.registered(1) }, 7},
	{"rotate", func(s *environmentStage) {
		s.settle()
		s.edit(func(e *video.MuxEnvironment) {
			e.Annotations = map[string]string{video.AnnotationRequestRotateSigningSecret: "once"}
		})
	}, func(s *environmentStage) {
		ids := s.registered(2)
		if first := s.env.Status.WebhookEndpoints[1]; first.Serial != 1 || s.env.Status.WebhookSerial != 2 {
			s.Errorf("the old endpoint is %+v, and secrets from %d on count", first, s.env.Status.WebhookSerial)
		}
		s.clock.Advance(rotationOverlap)
		s.settle()
		if left := s.registered(1); left[0] != ids[0] {
			s.Errorf("after the overlap %v is left of %v", left, ids)
		}
	}, 6},
	{"end of the overlap", func(s *environmentStage) {
		s.settle()
		s.edit(func(e *video.MuxEnvironment) {
			e.Annotations = map[string]string{video.AnnotationRequestRotateSigningSecret: "once"}
		})
		s.settle()
		s.clock.Advance(rotationOverlap)
	}, func(s *environmentStage) { s.registered(1) }, 3},
	{"move", func(s *environmentStage) {
		s.settle()
		s.edit(func(e *video.MuxEnvironment) { e.Spec.Webhook.Registration.PublicURL = "https://new.example.com" })
	}, func(s *environmentStage) { s.registered(1) }, 6},
	{"unregister", func(s *environmentStage) {
		s.settle()
		s.edit(func(e *video.MuxEnvironment) { e.Spec.Webhook.Registration = nil })
	}, func(s *environmentStage) {
		s.registered(0)
		if s.secret("default-webhook") != nil {
			s.Error("the Secret stays")
		}
	}, 3},
	{"delete", func(s *environmentStage) {
		s.settle()
		s.remove(s.env)
	}, func(s *environmentStage) {
		if s.exists() || len(s.atMux()) != 1 || s.secret("default-webhook") != nil {
			s.Errorf("the environment is there: %v; Mux has %v", s.exists(), s.atMux())
		}
	}, 4},
}

// TestRegisterCrashes ends the process before and after each of its steps, the writes to the API server and the calls that change
// anything at Mux, then starts another. In the end there is exactly what is to be there, with a known secret, and a foreign endpoint
// is where it was. The table is printed.
func TestRegisterCrashes(t *testing.T) {
	t.Parallel()
	for _, work := range crashWorks {
		t.Run(work.name, func(t *testing.T) {
			t.Parallel()
			for _, after := range []bool{false, true} {
				for at := 1; ; at++ {
					where, creates := work.crash(t, at, after, 0)
					if where == "" {
						if at <= work.steps {
							t.Errorf("there are %d steps, want %d", at-1, work.steps)
						}
						break
					}
					t.Logf("%-18s ended %-6s step %d, %-28s → as it is to be, after %d creates", work.name, beforeOrAfter(after), at, where, creates)
				}
			}
		})
	}
}

// TestRegisterCrashesTwice ends the next process as well, at each of its steps.
func TestRegisterCrashesTwice(t *testing.T) {
	t.Parallel()
	for _, work := range crashWorks {
		t.Run(work.name, func(t *testing.T) {
			t.Parallel()
			cases, most := 0, 0
			for first := 1; first <= work.steps; first++ {
				for second := 1; second <= work.steps; second++ {
					where, creates := work.crash(t, first, true, second)
					if where != "" {
						cases, most = cases+1, max(most, creates)
					}
				}
			}
			t.Logf("%-18s %d cases as they are to be, with up to %d creates", work.name, cases, most)
		})
	}
}

func beforeOrAfter(after bool) string {
	if after {
		return "after"
	}
	return "before"
}

// crash carries out the work with a process that ends at a step, then with one that ends at another, 0 for none, then with one that
// does not. It returns the step, "" where there are fewer, and the creates that were sent.
func (w crashWork) crash(t *testing.T, at int, after bool, again int) (where string, creates int) {
	t.Helper()
	s := newEnvironmentStage(t)
	defer s.sim.Close()
	foreign := s.sim.AddWebhook(muxsim.DefaultEnvironmentID, address, "")
	w.begin(s)
	s.calls()
	dying := &gate{at: at, after: after}
	s.start(dying)
	s.settle()
	if again > 0 {
		s.start(&gate{at: again, after: true})
		s.settle()
	}
	s.start(&gate{})
	s.settle()
	s.clock.Advance(s.r.options.certainlyOver() + time.Minute) // what an unanswered create made is certainly in the lists
	s.settle()
	creates = s.calls()[postEndpoint]
	w.check(s)
	if s.sim.WebhookSecret(foreign) == "" {
		t.Error("somebody else's endpoint was deleted")
	}
	s.quiet()
	if t.Failed() {
		t.Fatalf("%s, ended %s step %d, %s, and at %d: %v", w.name, beforeOrAfter(after), at, dying.last, again, conditionsOf(s.env))
	}
	return dying.last, creates
}

// TestRegisterStaleCache lets a new process look with each state of the environment that there ever was, as a cache may show it that
// is behind. What is there stays as it is.
func TestRegisterStaleCache(t *testing.T) {
	t.Parallel()
	for _, work := range crashWorks[:4] {
		t.Run(work.name, func(t *testing.T) {
			t.Parallel()
			s := newEnvironmentStage(t)
			work.begin(s)
			var states []*video.MuxEnvironment
			s.gate.slow = func() {
				s.refresh()
				states = append(states, s.env.DeepCopy())
			}
			s.gate.slow()
			s.settle()
			ids := endpointIDs(s)
			s.calls()
			for _, state := range states {
				s.start(&gate{stale: state, lag: time.Minute, since: s.clock.Now()}) // Mux's list is behind as well
				_, _ = s.look()
				if calls := s.calls(); calls[postEndpoint] != 0 || calls[deleteEndpoint] != 0 {
					t.Errorf("with version %s Mux got %v", state.ResourceVersion, calls)
				}
				s.start(&gate{})
				s.settle()
				if now := endpointIDs(s); !slices.Equal(now, ids) {
					t.Errorf("a cache that showed version %s made %v of %v", state.ResourceVersion, now, ids)
				}
			}
			if calls := s.calls(); calls[postEndpoint] != 0 {
				t.Errorf("Mux got %v", calls)
			}
			work.check(s)
			s.quiet()
			t.Logf("%-18s %d states, nothing was made twice", work.name, len(states))
		})
	}
}

func endpointIDs(s *environmentStage) (ids []string) {
	for _, w := range s.atMux() {
		ids = append(ids, w.ID)
	}
	return ids
}

// TestRegisterPausedLeader pauses a process before each of its steps, lets the next one carry out the work, and lets the first go on.
// It has been paused for longer than a create may be late, or for a moment.
func TestRegisterPausedLeader(t *testing.T) {
	t.Parallel()
	for _, pause := range []time.Duration{time.Second, time.Minute} {
		for _, work := range crashWorks {
			t.Run(fmt.Sprintf("%s, paused for %s", work.name, pause), func(t *testing.T) {
				t.Parallel()
				for at := 1; work.paused(t, at, pause); at++ {
				}
			})
		}
	}
}

func (w crashWork) paused(t *testing.T, at int, pause time.Duration) bool {
	t.Helper()
	s := newEnvironmentStage(t)
	defer s.sim.Close()
	w.begin(s)
	s.calls()
	old := &gate{at: at, resume: make(chan struct{}), paused: make(chan struct{})}
	s.start(old)
	oldLeader, done := s.r, make(chan struct{})
	go func() {
		defer close(done)
		for range 3 {
			_, _ = oldLeader.Reconcile(t.Context(), ctrl.Request{NamespacedName: s.key})
		}
	}()
	select {
	case <-old.paused:
	case <-done: // it has fewer steps
		return false
	}
	s.start(&gate{})
	s.settle()
	s.clock.Advance(pause)
	close(old.resume)
	<-done
	s.r.lookAgain(s.key) // as a sweep does, at the latest
	s.settle()
	s.clock.Advance(s.r.options.certainlyOver() + time.Minute)
	s.settle()
	creates := s.calls()[postEndpoint]
	w.checkPaused(s)
	s.quiet()
	if t.Failed() {
		t.Fatalf("%s, paused at step %d for %s: %v", w.name, at, pause, conditionsOf(s.env))
	}
	t.Logf("%-18s paused for %-4s before step %d → as it is to be, after %d creates", w.name, pause, at, creates)
	return true
}

// checkPaused is check for a stage without a foreign endpoint.
func (w crashWork) checkPaused(s *environmentStage) {
	s.Helper()
	if w.name == "delete" {
		if s.exists() || len(s.atMux()) != 0 {
			s.Errorf("the environment is there: %v; Mux has %v", s.exists(), s.atMux())
		}
		return
	}
	w.check(s)
}
