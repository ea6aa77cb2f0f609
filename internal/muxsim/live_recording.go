// SPDX-License-Identifier: Apache-2.0

package muxsim

import "time"

// recordingTime is an element of recording_times: a stretch of what the encoder sent, or of the slate between two.
type recordingTime struct {
	started time.Time
	seconds float64
	slate   bool
}

func (r recordingTime) render(f flavour) object {
	kind := "content"
	if r.slate {
		kind = "slate"
	}
	return object{"started_at": f.moment(r.started), "duration": r.seconds, "type": kind}
}

func (a *asset) renderRecordingTimes(f flavour) []object {
	var all []object
	for _, r := range a.recordingTimes {
		all = append(all, r.render(f))
	}
	return all
}

// newRecording makes the asset of a broadcast. announced is called before its created event is sent.
func (s *Server) newRecording(l *liveStream, announced func(*asset)) {
	settings, _ := l.newAsset.settings() // was checked when it was set
	settings.Test = settings.Test || l.test
	if settings.VideoQuality == "basic" { // the default, which recordings cannot have
		settings.VideoQuality, settings.EncodingTier = "plus", "smart"
	}
	s.newAsset(l.env, settings, func(a *asset) {
		a.liveStreamID, a.live, a.ingestType = l.id, true, "live_"+ingestProtocol
		a.media = media{width: defaultWidth, height: defaultHeight, audioOnly: l.audioOnly}
		announced(a)
	})
}

// content is how many seconds the encoder has sent in the stretches that have ended.
func (a *asset) content() float64 {
	var sum float64
	for _, r := range a.recordingTimes {
		if !r.slate {
			sum += r.seconds
		}
	}
	return sum
}

// readyRecording announces a recording that still grows. Its duration is that of the moment, as of every later change.
func (s *Server) readyRecording(l *liveStream) {
	a := l.broadcast.asset
	if a.gone() || a.status != preparing {
		return
	}
	a.status, a.probed = ready, true
	a.tracks = s.mediaTracks(a.media)
	a.stretch(s.streamSeconds(l.broadcast.from, s.clock.Now()))
	s.announce(a, ready)
}

// stretch sets the duration to that of all stretches and so much more. A recording that is ready has what that takes,
// also when it was made so by hand.
func (a *asset) stretch(more float64) {
	sum := more
	for _, r := range a.recordingTimes {
		sum += r.seconds
	}
	a.media.duration = max(sum, readyContent)
	for _, t := range a.tracks {
		if t.kind == "video" || t.primary {
			t.duration = a.media.trackDuration()
		}
	}
}

// pauseRecording ends the present stretch of content.
func (s *Server) pauseRecording(l *liveStream) {
	l.recording = false
	b := l.broadcast
	if b == nil || b.from.IsZero() {
		return
	}
	now := s.clock.Now()
	a := b.asset
	a.recordingTimes = append(a.recordingTimes, recordingTime{started: b.from, seconds: s.streamSeconds(b.from, now)})
	b.from, b.until = time.Time{}, now
	s.stretchKept(a)
}

// addSlate fills the gap before the stretch that begins now, for a stream that wants a slate.
func (s *Server) addSlate(l *liveStream) {
	b := l.broadcast
	if !l.useSlate || l.latencyMode != "standard" || b.until.IsZero() {
		return
	}
	b.asset.recordingTimes = append(b.asset.recordingTimes, recordingTime{
		started: b.until, seconds: s.streamSeconds(b.until, b.from), slate: true,
	})
	s.stretchKept(b.asset)
}

// stretchKept shows a recording's new duration to GET; Mux has no event for it.
func (s *Server) stretchKept(a *asset) {
	if a.gone() {
		return
	}
	if a.status == ready {
		a.stretch(0)
	}
	s.keep(a)
}

// finishRecording ends a recording: completed, or errored when too little was sent.
func (s *Server) finishRecording(a *asset) {
	if a.gone() || !a.live { // or it was made to fail before
		return
	}
	a.live = false
	switch a.status {
	case preparing:
		s.failAsset(a, failure{Type: "invalid_input", Messages: []string{"live stream disconnected before sufficient video data received"}})
	case ready:
		a.startExtras()
		s.announce(a, "live_stream_completed")
		s.announceExtras(a)
	}
}
