// SPDX-License-Identifier: Apache-2.0

package mux

// Asset is a video at Mux, as answers and webhooks tell it. Enumerations are kept as strings, also values that are not
// known here. A slice is nil where its key is absent or null and not nil, maybe empty, where a list is there: what is
// missing says nothing, an empty list says "none".
type Asset struct {
	ID                      string             `json:"id"`
	CreatedAt               Time               `json:"created_at"`
	UpdatedAt               Time               `json:"updated_at"` // in no schema, but in some answers
	Status                  string             `json:"status"`     // preparing, ready, errored
	Progress                *Progress          `json:"progress"`
	Duration                *float64           `json:"duration"`     // seconds, with artefacts of floating point; nil until known
	AspectRatio             string             `json:"aspect_ratio"` // such as 16:9 or 231:130
	ResolutionTier          string             `json:"resolution_tier"`
	MaxResolutionTier       string             `json:"max_resolution_tier"`
	MaxStoredResolution     string             `json:"max_stored_resolution"` // the older name: Audio only, SD, HD, FHD, UHD
	MaxStoredFrameRate      *float64           `json:"max_stored_frame_rate"` // -1: unknown
	VideoQuality            string             `json:"video_quality"`         // basic, plus, premium
	EncodingTier            string             `json:"encoding_tier"`         // the older name: baseline, smart, premium
	IngestType              string             `json:"ingest_type"`
	IsLive                  bool               `json:"is_live"`
	Test                    bool               `json:"test"`
	NormalizeAudio          bool               `json:"normalize_audio"`
	Passthrough             string             `json:"passthrough"`
	Meta                    *Metadata          `json:"meta"`
	LiveStreamID            string             `json:"live_stream_id"`
	UploadID                string             `json:"upload_id"`
	SourceAssetID           string             `json:"source_asset_id"`
	MP4Support              string             `json:"mp4_support"`
	MasterAccess            string             `json:"master_access"`
	Master                  *Master            `json:"master"` // nil where master access is none
	PlaybackIDs             []PlaybackID       `json:"playback_ids"`
	Tracks                  []Track            `json:"tracks"` // nil before the input was probed
	StaticRenditions        *StaticRenditions  `json:"static_renditions"`
	RecordingTimes          []RecordingTime    `json:"recording_times"`
	NonStandardInputReasons map[string]any     `json:"non_standard_input_reasons"`
	Shots                   *Shots             `json:"shots"`
	GenerateShots           bool               `json:"generate_shots"`
	ThumbnailTime           *float64           `json:"thumbnail_time"` // seconds
	Directives              []DirectiveRequest `json:"directives"`
	Errors                  *ObjectError       `json:"errors"`
	Warning                 *ObjectError       `json:"warning"` // in video.asset.warning alone
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (a *Asset) UnmarshalJSON(data []byte) error { return readObject(data, a) }

// Metadata is what players and Mux Data show of an asset.
type Metadata struct {
	Title      string `json:"title"`
	CreatorID  string `json:"creator_id"`
	ExternalID string `json:"external_id"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (m *Metadata) UnmarshalJSON(data []byte) error { return readObject(data, m) }

// Progress is how far an asset's preparation is.
type Progress struct {
	State string `json:"state"` // ingesting, transcoding, completed, live, errored
	// Percent is 0 while ingesting, 100 when completed, -1 when live or errored; nil where Mux does not say.
	Percent *float64 `json:"progress"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (p *Progress) UnmarshalJSON(data []byte) error { return readObject(data, p) }

// Master is the state of access to the master.
type Master struct {
	Status string `json:"status"` // preparing, ready, errored
	URL    Secret `json:"url"`    // works for 24 hours
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (m *Master) UnmarshalJSON(data []byte) error { return readObject(data, m) }

// PlaybackID is an id to play by. Its policy never changes.
type PlaybackID struct {
	ID                 string `json:"id"`
	Policy             string `json:"policy"`
	DRMConfigurationID string `json:"drm_configuration_id"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (p *PlaybackID) UnmarshalJSON(data []byte) error { return readObject(data, p) }

// RecordingTime is a stretch of a live recording.
type RecordingTime struct {
	StartedAt Time     `json:"started_at"`
	Duration  *float64 `json:"duration"` // seconds
	Type      string   `json:"type"`     // content, slate
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (r *RecordingTime) UnmarshalJSON(data []byte) error { return readObject(data, r) }

// Shots is the state of an asset's shot detection.
type Shots struct {
	Status      string       `json:"status"` // pending, completed, errored, skipped, deleted
	ManifestURL Secret       `json:"shots_manifest_url"`
	Errors      *ObjectError `json:"errors"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (s *Shots) UnmarshalJSON(data []byte) error { return readObject(data, s) }
