// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"slices"
	"time"
)

// cue is something that a live stream does with time: when it is due, or when it is taken by hand.
type cue struct {
	kind  cueKind
	due   time.Time
	timer *timer // nil: only by hand
	run   func()
}

// cueKind says what a cue belongs to, so that it can be dropped with it.
type cueKind int

const (
	ofConnection cueKind = iota // until the encoder goes
	ofWindow                    // until it comes back
	ofBroadcast                 // until the recording ends
)

// cue arranges run for a number of seconds of stream time from now.
func (s *Server) cue(l *liveStream, kind cueKind, seconds float64, run func()) {
	wait := time.Duration(seconds * s.streamSecond())
	c := &cue{kind: kind, due: s.clock.Now().Add(wait)}
	c.run = func() {
		l.cues = slices.DeleteFunc(l.cues, func(other *cue) bool { return other == c })
		run()
	}
	l.cues = append(l.cues, c)
	if s.options.LiveScale > 0 {
		c.timer = s.after(wait, c.run)
	}
}

// streamSecond is how long a second of stream time takes, in nanoseconds; by hand it takes as long as it does.
func (s *Server) streamSecond() float64 {
	if s.options.LiveScale > 0 {
		return s.options.LiveScale * float64(time.Second)
	}
	return float64(time.Second)
}

// streamSeconds is the stream time that passed between two moments.
func (s *Server) streamSeconds(from, to time.Time) float64 {
	return float64(to.Sub(from)) / s.streamSecond()
}

// dropCues forgets the cues of some kinds.
func (s *Server) dropCues(l *liveStream, kinds ...cueKind) {
	l.cues = slices.DeleteFunc(l.cues, func(c *cue) bool {
		drop := slices.Contains(kinds, c.kind)
		if drop && c.timer != nil {
			s.stop(c.timer)
		}
		return drop
	})
}

// takeCue makes the live stream's next cue happen now; of those due at the same time, the one arranged first.
func (s *Server) takeCue(l *liveStream) bool {
	if len(l.cues) == 0 {
		return false
	}
	next := slices.MinFunc(l.cues, func(a, b *cue) int { return a.due.Compare(b.due) })
	if next.timer != nil {
		s.stop(next.timer)
	}
	next.run()
	return true
}
