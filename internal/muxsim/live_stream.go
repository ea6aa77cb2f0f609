// SPDX-License-Identifier: Apache-2.0

package muxsim

import "encoding/json"

// The status of a live stream.
const (
	idle     = "idle"
	active   = "active"
	disabled = "disabled"
)

// Bounds and defaults that Mux documents, in seconds.
const (
	longestReconnectWindow  = 1800
	defaultReconnectWindow  = 60 // of standard latency; 0 for the others
	shortestContinuous      = 60
	longestContinuous       = 43200 // the default too
	testContinuous          = 300
	mostSimulcastTargets    = 6
	streamPassphraseLength  = 32
	defaultSubtitleChannel  = "cc1"
	defaultSubtitleLanguage = "en"
)

// liveStream is a live stream and its present broadcast.
type liveStream struct {
	record
	env             *environment
	status          string
	streamKey       string
	srtPassphrase   string
	latencyMode     string
	reconnectWindow float64
	useSlate        bool
	slateURL        string
	maxContinuous   int
	passthrough     string
	meta            metadata
	audioOnly, test bool
	newAsset        newAssetSettings
	playbackIDs     playbackIDs
	embedded        []embeddedSubtitle
	generated       []generatedLive
	targets         []*simulcastTarget
	connected       bool // an encoder is
	recording       bool
	broadcast       *broadcast // nil: none, although an encoder may still be connected
	recentAssets    []string   // newest last
	cues            []*cue
}

// liveChanges are the fields that POST and PATCH share; nil leaves as is.
type liveChanges struct {
	LatencyMode           *string         `json:"latency_mode"`
	ReconnectWindow       *float64        `json:"reconnect_window"`
	UseSlate              *bool           `json:"use_slate_for_standard_latency"`
	SlateURL              *string         `json:"reconnect_slate_url"`
	MaxContinuousDuration *int            `json:"max_continuous_duration"`
	Passthrough           *string         `json:"passthrough"`
	Meta                  *metadata       `json:"meta"`
	NewAssetSettings      json.RawMessage `json:"new_asset_settings"`
}

func (ch liveChanges) check() *refusal {
	if ch.Meta != nil {
		if r := ch.Meta.check(); r != nil {
			return r
		}
	}
	if ch.ReconnectWindow != nil {
		if r := checkRange("reconnect_window", *ch.ReconnectWindow, 0, longestReconnectWindow); r != nil {
			return r
		}
	}
	if ch.MaxContinuousDuration != nil {
		if r := checkRange("max_continuous_duration", float64(*ch.MaxContinuousDuration), shortestContinuous, longestContinuous); r != nil {
			return r
		}
	}
	return firstRefusal(
		checkEnum("latency_mode", text(ch.LatencyMode), "low", "reduced", "standard"),
		checkLength("passthrough", text(ch.Passthrough), longestPassthrough),
	)
}

func set[T any](target *T, value *T) {
	if value != nil {
		*target = *value
	}
}

// apply takes over what was checked; new_asset_settings is the caller's.
func (l *liveStream) apply(ch liveChanges) {
	set(&l.latencyMode, ch.LatencyMode)
	set(&l.reconnectWindow, ch.ReconnectWindow)
	set(&l.useSlate, ch.UseSlate)
	set(&l.slateURL, ch.SlateURL)
	set(&l.maxContinuous, ch.MaxContinuousDuration)
	set(&l.passthrough, ch.Passthrough)
	set(&l.meta, ch.Meta)
}

// render writes the live stream as GET or as its events show it.
func (l *liveStream) render(f flavour) object {
	o := object{
		"id":                      l.id,
		"created_at":              f.seconds(l.createdAt),
		"status":                  l.status,
		"stream_key":              l.streamKey,
		"srt_passphrase":          l.srtPassphrase,
		"latency_mode":            l.latencyMode,
		"reconnect_window":        l.reconnectWindow,
		"max_continuous_duration": l.maxContinuous,
	}
	o.put("recent_asset_ids", l.recentAssets)
	if f == webhook {
		o["recent_asset_ids"] = append([]string{}, l.recentAssets...)
		o.put("low_latency", l.latencyMode == "low")
		o.put("connected", l.connected)
		o.put("recording", l.recording)
	}
	if l.broadcast != nil {
		o["active_asset_id"] = l.broadcast.asset.id
	}
	if l.connected {
		o["active_ingest_protocol"] = ingestProtocol
	}
	o.put("use_slate_for_standard_latency", l.useSlate)
	o.put("reconnect_slate_url", l.slateURL)
	o.put("passthrough", l.passthrough)
	o.put("meta", l.meta)
	o.put("audio_only", l.audioOnly)
	o.put("test", l.test)
	o.put("new_asset_settings", l.newAsset)
	o.put("playback_ids", l.playbackIDs.render())
	o.put("embedded_subtitles", l.embedded)
	o.put("generated_subtitles", l.generated)
	var targets []object
	for _, t := range l.targets {
		targets = append(targets, t.render())
	}
	o.put("simulcast_targets", targets)
	return o
}

// keepLive makes the stream's present state what GET says from now on.
func (s *Server) keepLive(l *liveStream) {
	l.save(s.clock.Now(), encode(l.render(rest)))
}

// announceLive keeps the stream's state and sends it as an event.
func (s *Server) announceLive(l *liveStream, what string) {
	s.keepLive(l)
	s.emit(l.env, "video.live_stream."+what, liveObject, l.id, l.render(webhook))
}

// deleteLive cuts the encoder off; the event has the state before. Recordings stay.
func (s *Server) deleteLive(l *liveStream) {
	last := l.render(webhook)
	s.dropCues(l, ofConnection, ofWindow, ofBroadcast)
	s.pauseRecording(l)
	l.save(s.clock.Now(), nil)
	s.emit(l.env, "video.live_stream.deleted", liveObject, l.id, last)
	if l.broadcast != nil {
		s.finishRecording(l.broadcast.asset)
	}
}
