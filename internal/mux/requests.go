// SPDX-License-Identifier: Apache-2.0

package mux

// CreateAssetRequest is the body of POST /video/v1/assets.
type CreateAssetRequest struct {
	AssetSettings
	CopyOverlays *bool `json:"copy_overlays,omitempty"` // for clips
}

// SetExternalID sets meta.external_id, which comes back in webhooks and lists.
func (r *CreateAssetRequest) SetExternalID(id string) {
	if r.Meta == nil {
		r.Meta = &MetadataRequest{}
	}
	r.Meta.ExternalID = &id
}

// AssetSettings are the settings of a new asset, also as new_asset_settings of uploads and live streams. What is unset is
// not sent and left to Mux.
type AssetSettings struct {
	// Inputs are the sources, the main one first. As new_asset_settings the first has no URL.
	Inputs                   []Input                  `json:"inputs,omitempty"`
	PlaybackPolicies         []string                 `json:"playback_policies,omitempty"`
	AdvancedPlaybackPolicies []PlaybackPolicyRequest  `json:"advanced_playback_policies,omitempty"`
	Passthrough              *string                  `json:"passthrough,omitempty"`
	Meta                     *MetadataRequest         `json:"meta,omitempty"`
	VideoQuality             string                   `json:"video_quality,omitempty"`
	MaxResolutionTier        string                   `json:"max_resolution_tier,omitempty"`
	StaticRenditions         []StaticRenditionRequest `json:"static_renditions,omitempty"`
	MP4Support               string                   `json:"mp4_support,omitempty"`
	MasterAccess             string                   `json:"master_access,omitempty"`
	NormalizeAudio           *bool                    `json:"normalize_audio,omitempty"`
	Test                     *bool                    `json:"test,omitempty"`
	GenerateShots            *bool                    `json:"generate_shots,omitempty"`
	Directives               []DirectiveRequest       `json:"directives,omitempty"`
}

// DirectiveRequest names a directive that is run on a new asset.
type DirectiveRequest struct {
	ID string `json:"id"`
}

// Input is one source of an asset.
type Input struct {
	URL                Secret                      `json:"url,omitempty"`
	Type               string                      `json:"type,omitempty"`
	TextType           string                      `json:"text_type,omitempty"`
	LanguageCode       string                      `json:"language_code,omitempty"`
	Name               string                      `json:"name,omitempty"`
	ClosedCaptions     *bool                       `json:"closed_captions,omitempty"`
	Passthrough        string                      `json:"passthrough,omitempty"`
	StartTime          *float64                    `json:"start_time,omitempty"` // seconds
	EndTime            *float64                    `json:"end_time,omitempty"`   // seconds
	OverlaySettings    *OverlaySettings            `json:"overlay_settings,omitempty"`
	GeneratedSubtitles []GeneratedSubtitlesRequest `json:"generated_subtitles,omitempty"`
}

// OverlaySettings place an image over the video.
type OverlaySettings struct {
	VerticalAlign    string `json:"vertical_align,omitempty"`
	VerticalMargin   string `json:"vertical_margin,omitempty"`
	HorizontalAlign  string `json:"horizontal_align,omitempty"`
	HorizontalMargin string `json:"horizontal_margin,omitempty"`
	Width            string `json:"width,omitempty"`
	Height           string `json:"height,omitempty"`
	Opacity          string `json:"opacity,omitempty"`
}

// PlaybackPolicyRequest asks for a playback id.
type PlaybackPolicyRequest struct {
	Policy             string `json:"policy"`
	DRMConfigurationID string `json:"drm_configuration_id,omitempty"`
}

// MetadataRequest sets metadata; an empty text clears a field.
type MetadataRequest struct {
	Title      *string `json:"title,omitempty"`
	CreatorID  *string `json:"creator_id,omitempty"`
	ExternalID *string `json:"external_id,omitempty"`
}

// GeneratedSubtitlesRequest asks for subtitles written from the sound.
type GeneratedSubtitlesRequest struct {
	LanguageCode string `json:"language_code,omitempty"`
	Name         string `json:"name,omitempty"`
	Passthrough  string `json:"passthrough,omitempty"`
}

// StaticRenditionRequest asks for a file.
type StaticRenditionRequest struct {
	Resolution  string `json:"resolution"`
	Passthrough string `json:"passthrough,omitempty"`
}

// UpdateAssetRequest is the body of PATCH /video/v1/assets/{id}; an empty text clears a field.
type UpdateAssetRequest struct {
	Passthrough   *string          `json:"passthrough,omitempty"`
	Meta          *MetadataRequest `json:"meta,omitempty"`
	ThumbnailTime *float64         `json:"thumbnail_time,omitempty"` // seconds
}

// CreateTrackRequest is the body of POST /video/v1/assets/{id}/tracks.
type CreateTrackRequest struct {
	URL            Secret `json:"url"`
	Type           string `json:"type"`
	LanguageCode   string `json:"language_code"`
	TextType       string `json:"text_type,omitempty"`
	Name           string `json:"name,omitempty"`
	ClosedCaptions *bool  `json:"closed_captions,omitempty"`
	Passthrough    string `json:"passthrough,omitempty"`
}

// UpdateTrackRequest is the body of PATCH /video/v1/assets/{id}/tracks/{id}.
type UpdateTrackRequest struct {
	Name           *string `json:"name,omitempty"`
	LanguageCode   *string `json:"language_code,omitempty"`
	ClosedCaptions *bool   `json:"closed_captions,omitempty"`
	Passthrough    *string `json:"passthrough,omitempty"`
}

// CreateLiveStreamRequest is the body of POST /video/v1/live-streams.
type CreateLiveStreamRequest struct {
	PlaybackPolicies           []string                   `json:"playback_policies,omitempty"`
	AdvancedPlaybackPolicies   []PlaybackPolicyRequest    `json:"advanced_playback_policies,omitempty"`
	NewAssetSettings           *AssetSettings             `json:"new_asset_settings,omitempty"`
	LatencyMode                string                     `json:"latency_mode,omitempty"`
	ReconnectWindow            *float64                   `json:"reconnect_window,omitempty"` // seconds
	UseSlateForStandardLatency *bool                      `json:"use_slate_for_standard_latency,omitempty"`
	ReconnectSlateURL          *Secret                    `json:"reconnect_slate_url,omitempty"`
	MaxContinuousDuration      *int64                     `json:"max_continuous_duration,omitempty"` // seconds
	Passthrough                *string                    `json:"passthrough,omitempty"`
	Meta                       *MetadataRequest           `json:"meta,omitempty"`
	AudioOnly                  *bool                      `json:"audio_only,omitempty"`
	Test                       *bool                      `json:"test,omitempty"`
	EmbeddedSubtitles          []EmbeddedSubtitlesRequest `json:"embedded_subtitles,omitempty"`
	GeneratedSubtitles         []LiveSubtitlesRequest     `json:"generated_subtitles,omitempty"`
	SimulcastTargets           []SimulcastTargetRequest   `json:"simulcast_targets,omitempty"`
}

// UpdateLiveStreamRequest is the body of PATCH /video/v1/live-streams/{id}; an empty text clears a field.
type UpdateLiveStreamRequest struct {
	LatencyMode                *string                 `json:"latency_mode,omitempty"`
	ReconnectWindow            *float64                `json:"reconnect_window,omitempty"` // seconds
	UseSlateForStandardLatency *bool                   `json:"use_slate_for_standard_latency,omitempty"`
	ReconnectSlateURL          *Secret                 `json:"reconnect_slate_url,omitempty"`
	MaxContinuousDuration      *int64                  `json:"max_continuous_duration,omitempty"` // seconds
	Passthrough                *string                 `json:"passthrough,omitempty"`
	Meta                       *MetadataRequest        `json:"meta,omitempty"`
	NewAssetSettings           *UpdateNewAssetSettings `json:"new_asset_settings,omitempty"`
}

// UpdateNewAssetSettings are those settings of future recordings that can be changed.
type UpdateNewAssetSettings struct {
	MP4Support   *string          `json:"mp4_support,omitempty"`
	MasterAccess *string          `json:"master_access,omitempty"`
	VideoQuality *string          `json:"video_quality,omitempty"`
	Meta         *MetadataRequest `json:"meta,omitempty"`
}

// EmbeddedSubtitlesRequest passes captions within the video on.
type EmbeddedSubtitlesRequest struct {
	Name            string `json:"name,omitempty"`
	LanguageCode    string `json:"language_code,omitempty"`
	LanguageChannel string `json:"language_channel,omitempty"`
	Passthrough     string `json:"passthrough,omitempty"`
}

// LiveSubtitlesRequest asks for subtitles written while the broadcast runs.
type LiveSubtitlesRequest struct {
	Name                       string   `json:"name,omitempty"`
	LanguageCode               string   `json:"language_code,omitempty"`
	Passthrough                string   `json:"passthrough,omitempty"`
	TranscriptionVocabularyIDs []string `json:"transcription_vocabulary_ids,omitempty"`
}

// SimulcastTargetRequest sends a live stream on.
type SimulcastTargetRequest struct {
	URL         Secret `json:"url"`
	StreamKey   Secret `json:"stream_key,omitempty"`
	Passthrough string `json:"passthrough,omitempty"`
}

// CreateUploadRequest is the body of POST /video/v1/uploads.
type CreateUploadRequest struct {
	CORSOrigin       string         `json:"cors_origin"`
	Timeout          *int64         `json:"timeout,omitempty"` // seconds
	Test             *bool          `json:"test,omitempty"`
	NewAssetSettings *AssetSettings `json:"new_asset_settings,omitempty"`
}

// UpdateWebhookRequest is the body of PATCH /system/v1/webhooks/{id}; at least one must be set.
type UpdateWebhookRequest struct {
	Address *string `json:"address,omitempty"`
	Enabled *bool   `json:"enabled,omitempty"`
}
