// SPDX-License-Identifier: Apache-2.0

package muxsim

import "time"

// timer is a call arranged on the simulator's clock that runs with the server locked.
type timer struct {
	clock Timer
	run   func()
}

// after arranges f. The server is locked, here and when f runs.
func (s *Server) after(d time.Duration, f func()) *timer {
	t := &timer{run: f}
	if s.closed {
		return t
	}
	s.timers[t] = struct{}{}
	s.wg.Add(1)
	t.clock = s.clock.AfterFunc(d, func() {
		defer s.wg.Done()
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, arranged := s.timers[t]; arranged {
			delete(s.timers, t)
			t.run()
		}
	})
	return t
}

// stop prevents the call. The server is locked, so a call that has begun on the clock finds itself forgotten.
func (s *Server) stop(t *timer) {
	if _, arranged := s.timers[t]; !arranged {
		return
	}
	delete(s.timers, t)
	if t.clock.Stop() {
		s.wg.Done()
	}
}
