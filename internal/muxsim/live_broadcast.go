// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"errors"
	"fmt"
	"time"
)

// Stream time in seconds. Ten seconds of content and the minute after PUT complete are Mux's; how soon an encoder is
// recorded and on air, and how soon a simulcast target tries again, is chosen here.
const (
	recordingAfter = 1  // connecting
	onAirAfter     = 1  // recording
	readyContent   = 10 // that a recording needs to be ready
	completeGrace  = 60 // until PUT complete cuts the encoder
	targetRetry    = 5
)

// mostRecentAssets bounds recent_asset_ids. Mux does, but its number is not known.
const mostRecentAssets = 50

const ingestProtocol = "rtmp"

// broadcast is what goes into one recording, over all the connections of the encoder.
type broadcast struct {
	asset *asset
	from  time.Time // when the present stretch of content began; zero while nothing is recorded
	until time.Time // when the last one ended
}

// connect lets an encoder in: to the broadcast that waits for it, or to a new one.
func (s *Server) connect(l *liveStream) error {
	switch {
	case l.status == disabled:
		return errors.New("it is disabled")
	case l.connected:
		return errors.New("an encoder is connected")
	}
	l.connected = true
	fresh := l.broadcast == nil
	if fresh {
		s.beginBroadcast(l)
	} else {
		s.dropCues(l, ofWindow)
		s.announceLive(l, "connected")
	}
	s.startTargets(l, fresh)
	s.cue(l, ofConnection, recordingAfter, func() { s.startRecording(l) })
	return nil
}

// beginBroadcast makes the recording, whose id the connected event already tells.
func (s *Server) beginBroadcast(l *liveStream) {
	l.broadcast = &broadcast{}
	s.newRecording(l, func(a *asset) {
		l.broadcast.asset = a
		s.announceLive(l, "connected")
	})
	limit := l.maxContinuous
	if l.test {
		limit = min(limit, testContinuous)
	}
	s.cue(l, ofBroadcast, float64(limit), func() { s.reachLimit(l) })
}

// reachLimit ends a broadcast that lasted max_continuous_duration. A test stream is disabled, another one idle at once.
func (s *Server) reachLimit(l *liveStream) {
	if l.test {
		s.disable(l)
		return
	}
	if l.connected {
		s.loseEncoder(l)
	}
	s.endBroadcast(l, idle, "idle")
}

func (s *Server) startRecording(l *liveStream) {
	b := l.broadcast
	l.recording = true
	b.from = s.clock.Now()
	s.addSlate(l)
	s.announceLive(l, "recording")
	if b.asset.status == preparing {
		s.cue(l, ofConnection, readyContent-b.asset.content(), func() { s.readyRecording(l) })
	}
	s.cue(l, ofConnection, onAirAfter, func() { s.goOnAir(l) })
}

// goOnAir comes last to the targets: the active event already shows them broadcasting.
func (s *Server) goOnAir(l *liveStream) {
	for _, t := range l.targets {
		if t.status == starting {
			s.moveTarget(l, t, broadcasting)
		}
	}
	if l.status != active {
		l.status = active
		s.announceLive(l, active)
	}
}

// disconnect is an encoder that goes. Its broadcast waits for it as long as the reconnect window.
func (s *Server) disconnect(l *liveStream) error {
	if !l.connected {
		return errors.New("no encoder is connected")
	}
	s.loseEncoder(l)
	switch {
	case l.broadcast == nil: // it stayed after PUT complete
	case l.reconnectWindow == 0:
		s.endBroadcast(l, idle, "idle")
	default:
		s.cue(l, ofWindow, l.reconnectWindow, func() { s.endBroadcast(l, idle, "idle") })
	}
	return nil
}

// loseEncoder leaves the status as it is: active, once it was.
func (s *Server) loseEncoder(l *liveStream) {
	s.dropCues(l, ofConnection)
	s.pauseRecording(l)
	l.connected = false
	s.announceLive(l, "disconnected")
	s.restTargets(l)
}

// endBroadcast takes the recording off the stream, says so in an event and finishes the recording.
func (s *Server) endBroadcast(l *liveStream, status, event string) {
	s.dropCues(l, ofConnection, ofWindow, ofBroadcast)
	s.pauseRecording(l)
	l.status = status
	ended := l.broadcast
	if ended != nil {
		l.broadcast = nil
		l.recentAssets = append(l.recentAssets, ended.asset.id)
		l.recentAssets = l.recentAssets[max(0, len(l.recentAssets)-mostRecentAssets):]
	}
	s.announceLive(l, event)
	s.restTargets(l)
	if ended != nil {
		s.finishRecording(ended.asset)
	}
}

// complete ends the recording and leaves the encoder a minute to go by itself.
func (s *Server) complete(l *liveStream) {
	if l.broadcast == nil {
		return
	}
	s.endBroadcast(l, idle, "idle")
	if l.connected {
		s.cue(l, ofConnection, completeGrace, func() { s.loseEncoder(l) })
	}
}

// disable cuts the encoder off: the disabled event is all that tells.
func (s *Server) disable(l *liveStream) {
	l.connected = false
	s.endBroadcast(l, disabled, disabled)
}

// busy tells whether something of a broadcast is under way, whatever the status says.
func (l *liveStream) busy() bool { return l.status != idle || l.broadcast != nil }

// ConnectEncoder starts to send to a live stream, which its id or its stream key names: at once the stream is connected
// and has a recording, a second of stream time later it records, after another one it is active; with ten seconds of
// content the recording is ready. An encoder that comes back within the reconnect window goes on with the same
// recording. It is an error when there is no such stream, when it is disabled or when an encoder is connected already.
func (s *Server) ConnectEncoder(stream string) error { return s.withStream(stream, s.connect) }

// DisconnectEncoder ends what ConnectEncoder started: the stream is disconnected at once, and when the reconnect window
// has passed idle, its recording completed, or errored when it had not got ready.
func (s *Server) DisconnectEncoder(stream string) error { return s.withStream(stream, s.disconnect) }

// AdvanceLiveStream makes what a live stream does next happen now: recording, active, the recording ready, a simulcast
// target that tries again, the end of the reconnect window. It is an error when there is nothing.
func (s *Server) AdvanceLiveStream(stream string) error {
	return s.withStream(stream, func(l *liveStream) error {
		if !s.takeCue(l) {
			return errors.New("nothing is left to happen")
		}
		return nil
	})
}

// withStream changes the live stream that an id or a stream key names. The key is a secret and in no error.
func (s *Server) withStream(stream string, change func(*liveStream) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, env := range s.environments {
		for _, l := range env.liveStreams.order {
			if l.gone() || l.id != stream && l.streamKey != stream {
				continue
			}
			if err := change(l); err != nil {
				return fmt.Errorf("muxsim: live stream %s: %w", l.id, err)
			}
			return nil
		}
	}
	return errors.New("muxsim: no live stream has this id or stream key")
}
