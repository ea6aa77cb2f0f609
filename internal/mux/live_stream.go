// SPDX-License-Identifier: Apache-2.0

package mux

import "encoding/json"

// LiveStream is a live stream at Mux, as answers and webhooks tell it.
type LiveStream struct {
	ID                    string
	CreatedAt             Time
	Status                string // idle, active, disabled
	StreamKey             Secret
	SRTPassphrase         Secret
	ActiveAssetID         string
	RecentAssetIDs        []string // the newest last
	ActiveIngestProtocol  string
	PlaybackIDs           []PlaybackID
	SimulcastTargets      []SimulcastTarget
	LatencyMode           string
	ReconnectWindow       *float64 // seconds
	MaxContinuousDuration *float64 // seconds
	Passthrough           string
	Meta                  *Metadata
	AudioOnly             bool
	Test                  bool
	// Connected and Recording are nil where the key is absent: REST answers do not have them.
	Connected *bool
	Recording *bool
}

// SimulcastTarget is where a live stream is sent on to.
type SimulcastTarget struct {
	ID            string
	LiveStreamID  string // in webhooks of a target
	Status        string // idle, starting, broadcasting, errored
	ErrorSeverity string // normal, fatal
	Passthrough   string
	URL           Secret
	StreamKey     Secret
}

// Upload is a direct upload at Mux.
type Upload struct {
	ID      string
	Status  string // waiting, asset_created, errored, cancelled, timed_out
	AssetID string
	Timeout int64 // seconds
	Test    bool
	URL     Secret // while waiting
	Error   *ObjectError
	// NewAssetSettings bear the create token of the asset that the upload makes.
	NewAssetSettings *struct {
		Passthrough Text            `json:"passthrough"`
		Meta        Maybe[Metadata] `json:"meta"`
	}
}

// Webhook is a webhook endpoint of an environment.
type Webhook struct {
	ID      string
	Address string
	Enabled bool
	// SigningSecret is in the answer to the create alone.
	SigningSecret Secret
	CreatedAt     Time
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (l *LiveStream) UnmarshalJSON(data []byte) error {
	var w struct {
		ID                    Text                  `json:"id"`
		CreatedAt             Time                  `json:"created_at"`
		Status                Text                  `json:"status"`
		StreamKey             Text                  `json:"stream_key"`
		SRTPassphrase         Text                  `json:"srt_passphrase"`
		ActiveAssetID         Text                  `json:"active_asset_id"`
		RecentAssetIDs        List[string]          `json:"recent_asset_ids"`
		ActiveIngestProtocol  Text                  `json:"active_ingest_protocol"`
		PlaybackIDs           List[PlaybackID]      `json:"playback_ids"`
		SimulcastTargets      List[SimulcastTarget] `json:"simulcast_targets"`
		LatencyMode           Text                  `json:"latency_mode"`
		ReconnectWindow       *Float                `json:"reconnect_window"`
		MaxContinuousDuration *Float                `json:"max_continuous_duration"`
		Passthrough           Text                  `json:"passthrough"`
		Meta                  Maybe[Metadata]       `json:"meta"`
		AudioOnly             Bool                  `json:"audio_only"`
		Test                  Bool                  `json:"test"`
		Connected             *Bool                 `json:"connected"`
		Recording             *Bool                 `json:"recording"`
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*l = LiveStream{
		ID: string(w.ID), CreatedAt: w.CreatedAt, Status: string(w.Status), StreamKey: Secret(w.StreamKey), SRTPassphrase: Secret(w.SRTPassphrase),
		ActiveAssetID: string(w.ActiveAssetID), RecentAssetIDs: w.RecentAssetIDs, ActiveIngestProtocol: string(w.ActiveIngestProtocol),
		PlaybackIDs: w.PlaybackIDs, SimulcastTargets: w.SimulcastTargets, LatencyMode: string(w.LatencyMode),
		ReconnectWindow: (*float64)(w.ReconnectWindow), MaxContinuousDuration: (*float64)(w.MaxContinuousDuration),
		Passthrough: string(w.Passthrough), Meta: w.Meta.Value, AudioOnly: bool(w.AudioOnly), Test: bool(w.Test),
		Connected: (*bool)(w.Connected), Recording: (*bool)(w.Recording),
	}
	return nil
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (s *SimulcastTarget) UnmarshalJSON(data []byte) error {
	var w struct {
		ID            Text `json:"id"`
		LiveStreamID  Text `json:"live_stream_id"`
		Status        Text `json:"status"`
		ErrorSeverity Text `json:"error_severity"`
		Passthrough   Text `json:"passthrough"`
		URL           Text `json:"url"`
		StreamKey     Text `json:"stream_key"`
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*s = SimulcastTarget{
		ID: string(w.ID), LiveStreamID: string(w.LiveStreamID), Status: string(w.Status), ErrorSeverity: string(w.ErrorSeverity),
		Passthrough: string(w.Passthrough), URL: Secret(w.URL), StreamKey: Secret(w.StreamKey),
	}
	return nil
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (u *Upload) UnmarshalJSON(data []byte) error {
	var w struct {
		ID       Text               `json:"id"`
		Status   Text               `json:"status"`
		AssetID  Text               `json:"asset_id"`
		Timeout  Int                `json:"timeout"`
		Test     Bool               `json:"test"`
		URL      Text               `json:"url"`
		Error    Maybe[ObjectError] `json:"error"`
		Settings Maybe[struct {
			Passthrough Text            `json:"passthrough"`
			Meta        Maybe[Metadata] `json:"meta"`
		}] `json:"new_asset_settings"`
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*u = Upload{
		ID: string(w.ID), Status: string(w.Status), AssetID: string(w.AssetID), Timeout: int64(w.Timeout), Test: bool(w.Test),
		URL: Secret(w.URL), Error: w.Error.Value, NewAssetSettings: w.Settings.Value,
	}
	return nil
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (h *Webhook) UnmarshalJSON(data []byte) error {
	var w struct {
		ID            Text `json:"id"`
		Address       Text `json:"address"`
		Enabled       Bool `json:"enabled"`
		SigningSecret Text `json:"signing_secret"`
		CreatedAt     Time `json:"created_at"`
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*h = Webhook{ID: string(w.ID), Address: string(w.Address), Enabled: bool(w.Enabled), SigningSecret: Secret(w.SigningSecret), CreatedAt: w.CreatedAt}
	return nil
}
