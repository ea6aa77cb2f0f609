// SPDX-License-Identifier: Apache-2.0

package muxsim

import "fmt"

// The status of a simulcast target, apart from idle and errored, and how severe its error is.
const (
	starting     = "starting"
	broadcasting = "broadcasting"
	normal       = "normal" // it tries again
	fatal        = "fatal"  // it gives up for this recording
)

// moveTarget gives a target a new status and announces it under the same name.
func (s *Server) moveTarget(l *liveStream, t *simulcastTarget, status string) {
	t.status = status
	s.keepLive(l)
	s.announceTarget(l, t, status)
}

// startTargets follows an encoder that has connected. What was fatal was so for one recording: fresh is the next one.
func (s *Server) startTargets(l *liveStream, fresh bool) {
	for _, t := range l.targets {
		if fresh || !t.gaveUp() {
			s.moveTarget(l, t, starting)
		}
	}
}

// restTargets follows an encoder that has gone, or a recording that has ended.
func (s *Server) restTargets(l *liveStream) {
	for _, t := range l.targets {
		if t.status != idle && !t.gaveUp() {
			s.moveTarget(l, t, idle)
		}
	}
}

func (t *simulcastTarget) gaveUp() bool { return t.status == errored && t.severity == fatal }

// FailSimulcastTarget makes a target of a broadcast errored. severity normal, which "" stands for, tries again after
// five seconds of stream time and broadcasts; fatal stays errored until the next recording begins. It is an error when
// the target has nothing to send.
func (s *Server) FailSimulcastTarget(id, severity string) error {
	if bad := checkEnum("severity", severity, normal, fatal); bad != nil {
		return fmt.Errorf("muxsim: %s", bad.messages[0])
	}
	return s.withSimulcastTarget(id, func(l *liveStream, t *simulcastTarget) error {
		if t.status == idle || t.gaveUp() {
			return fmt.Errorf("muxsim: simulcast target %s sends nothing", id)
		}
		t.severity = orDefault(severity, normal)
		s.moveTarget(l, t, errored)
		if t.severity == normal {
			s.cue(l, ofConnection, targetRetry, func() { s.retryTarget(l, t) })
		}
		return nil
	})
}

// retryTarget finds a target that meanwhile gave up, or that an earlier retry brought back, and leaves it alone.
func (s *Server) retryTarget(l *liveStream, t *simulcastTarget) {
	if t.status == errored && !t.gaveUp() {
		s.moveTarget(l, t, broadcasting)
	}
}

// TouchSimulcastTarget sends video.live_stream.simulcast_target.updated about an unchanged target: what makes Mux send
// it is not known.
func (s *Server) TouchSimulcastTarget(id string) error {
	return s.withSimulcastTarget(id, func(l *liveStream, t *simulcastTarget) error {
		s.announceTarget(l, t, "updated")
		return nil
	})
}

func (s *Server) withSimulcastTarget(id string, change func(*liveStream, *simulcastTarget) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, env := range s.environments {
		for _, l := range env.liveStreams.order {
			for _, t := range l.targets {
				if t.id == id && !l.gone() {
					return change(l, t)
				}
			}
		}
	}
	return fmt.Errorf("muxsim: no simulcast target %s", id)
}
