// SPDX-License-Identifier: Apache-2.0

package mux

// LiveStream is a live stream at Mux, as answers and webhooks tell it. Slices are nil where the key is absent or null.
type LiveStream struct {
	ID                         string               `json:"id"`
	CreatedAt                  Time                 `json:"created_at"`
	Status                     string               `json:"status"` // idle, active, disabled
	StreamKey                  Secret               `json:"stream_key"`
	SRTPassphrase              Secret               `json:"srt_passphrase"`
	ActiveAssetID              string               `json:"active_asset_id"`  // "" when idle
	RecentAssetIDs             []string             `json:"recent_asset_ids"` // the newest last
	ActiveIngestProtocol       string               `json:"active_ingest_protocol"`
	PlaybackIDs                []PlaybackID         `json:"playback_ids"`
	SimulcastTargets           []SimulcastTarget    `json:"simulcast_targets"`
	NewAssetSettings           *NewAssetSettings    `json:"new_asset_settings"`
	LatencyMode                string               `json:"latency_mode"`     // low, reduced, standard
	ReconnectWindow            *float64             `json:"reconnect_window"` // seconds
	UseSlateForStandardLatency bool                 `json:"use_slate_for_standard_latency"`
	ReconnectSlateURL          Secret               `json:"reconnect_slate_url"`
	MaxContinuousDuration      *float64             `json:"max_continuous_duration"` // seconds
	Passthrough                string               `json:"passthrough"`
	Meta                       *Metadata            `json:"meta"`
	AudioOnly                  bool                 `json:"audio_only"`
	Test                       bool                 `json:"test"`
	EmbeddedSubtitles          []EmbeddedSubtitles  `json:"embedded_subtitles"`
	GeneratedSubtitles         []GeneratedSubtitles `json:"generated_subtitles"`
	Warning                    *ObjectError         `json:"warning"` // in video.live_stream.warning alone
	// Connected and Recording are nil where the key is absent: REST answers do not have them.
	Connected *bool `json:"connected"`
	Recording *bool `json:"recording"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (l *LiveStream) UnmarshalJSON(data []byte) error { return readObject(data, l) }

// EmbeddedSubtitles are captions within the video that are passed on.
type EmbeddedSubtitles struct {
	Name            string `json:"name"`
	LanguageCode    string `json:"language_code"`
	LanguageChannel string `json:"language_channel"` // cc1 to cc4
	Passthrough     string `json:"passthrough"`
}

// GeneratedSubtitles are written from the sound.
type GeneratedSubtitles struct {
	Name                       string   `json:"name"`
	LanguageCode               string   `json:"language_code"`
	Passthrough                string   `json:"passthrough"`
	TranscriptionVocabularyIDs []string `json:"transcription_vocabulary_ids"`
}

// SimulcastTarget is where a live stream is sent on to.
type SimulcastTarget struct {
	ID            string `json:"id"`
	LiveStreamID  string `json:"live_stream_id"` // in webhooks of a target, though not in all
	Status        string `json:"status"`         // idle, starting, broadcasting, errored
	ErrorSeverity string `json:"error_severity"` // normal, fatal
	Passthrough   string `json:"passthrough"`
	URL           Secret `json:"url"`
	StreamKey     Secret `json:"stream_key"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (s *SimulcastTarget) UnmarshalJSON(data []byte) error { return readObject(data, s) }
