// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// PlaybackPolicy asks for a playback id with a policy.
// +kubebuilder:validation:XValidation:rule="(self.policy == 'drm') == has(self.drmConfigurationID)",message="drmConfigurationID is for the policy drm, which needs it"
type PlaybackPolicy struct {
	// policy is public (anyone with the id can play), signed (a token is needed) or drm.
	// +kubebuilder:validation:Enum=public;signed;drm
	Policy string `json:"policy"`

	// drmConfigurationID is the DRM configuration that Mux has set up for the account; for the policy drm only.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +optional
	DRMConfigurationID string `json:"drmConfigurationID,omitempty"`
}

// AssetMeta is metadata that players and Mux Data show. It may be public: put nothing secret here.
type AssetMeta struct {
	// title, at most 512 characters. An empty text clears it; unset leaves it to Mux.
	// +kubebuilder:validation:MaxLength=512
	// +optional
	Title *string `json:"title,omitempty"`

	// creatorID names who made the media, at most 128 characters. An empty text clears it; unset leaves it to Mux.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	CreatorID *string `json:"creatorID,omitempty"`

	// externalID is the user's own id for the asset, at most 128 characters. While it is unset the operator keeps its create
	// token there.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	ExternalID *string `json:"externalID,omitempty"`
}

// StaticRendition asks for a downloadable file.
type StaticRendition struct {
	// resolution is highest, audio-only, or a height such as 720p. highest cannot be combined with heights.
	// +kubebuilder:validation:Enum=highest;audio-only;"2160p";"1440p";"1080p";"720p";"540p";"480p";"360p";"270p"
	Resolution string `json:"resolution"`

	// passthrough of the rendition, at most 255 characters.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Passthrough string `json:"passthrough,omitempty"`
}

// GeneratedSubtitles asks Mux to write subtitles from the sound.
type GeneratedSubtitles struct {
	// languageCode of the speech, or auto.
	// +kubebuilder:validation:Enum=en;es;it;pt;de;fr;pl;ru;nl;ca;tr;sv;uk;"no";fi;sk;el;cs;hr;da;ro;bg;auto
	// +kubebuilder:default=en
	// +optional
	LanguageCode string `json:"languageCode,omitempty"`

	// name as shown in players; Mux takes the language's name when unset.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Name string `json:"name,omitempty"`

	// passthrough of the track, at most 255 characters.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Passthrough string `json:"passthrough,omitempty"`
}

// AssetSettings are the settings of an asset that Mux takes when it makes one, be it from inputs, an upload or a broadcast.
// +kubebuilder:validation:XValidation:rule="!(has(self.mp4Support) && has(self.staticRenditions))",message="use staticRenditions or the deprecated mp4Support, not both"
type AssetSettings struct {
	// playbackPolicies ask for one playback id each. Without any the asset cannot be played.
	// +listType=map
	// +listMapKey=policy
	// +kubebuilder:validation:MaxItems=3
	// +optional
	PlaybackPolicies []PlaybackPolicy `json:"playbackPolicies,omitempty"`

	// meta is metadata that players and Mux Data show.
	// +optional
	Meta *AssetMeta `json:"meta,omitempty"`

	// passthrough is a text of the user's own, at most 255 characters, that comes back in webhooks. An empty text clears it;
	// unset leaves it to Mux.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Passthrough *string `json:"passthrough,omitempty"`

	// videoQuality is basic, plus or premium; the account's default when unset.
	// +kubebuilder:validation:Enum=basic;plus;premium
	// +optional
	VideoQuality string `json:"videoQuality,omitempty"`

	// maxResolutionTier is the highest resolution that Mux keeps of the input; 1080p when unset.
	// +kubebuilder:validation:Enum="1080p";"1440p";"2160p"
	// +optional
	MaxResolutionTier string `json:"maxResolutionTier,omitempty"`

	// staticRenditions ask for downloadable files.
	// +listType=map
	// +listMapKey=resolution
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:XValidation:rule="!self.exists(r, r.resolution == 'highest') || self.all(r, r.resolution in ['highest', 'audio-only'])",message="highest cannot be combined with other video resolutions"
	// +optional
	StaticRenditions []StaticRendition `json:"staticRenditions,omitempty"`

	// mp4Support is Mux's older way to ask for files; deprecated, use staticRenditions.
	// +kubebuilder:validation:Enum=none;standard;capped-1080p;audio-only;"audio-only,capped-1080p"
	// +optional
	MP4Support string `json:"mp4Support,omitempty"`

	// masterAccess is temporary to make the master downloadable for 24 hours from the start; none when unset.
	// +kubebuilder:validation:Enum=none;temporary
	// +optional
	MasterAccess string `json:"masterAccess,omitempty"`

	// normalizeAudio evens out the loudness; not for live streams. false when unset.
	// +optional
	NormalizeAudio *bool `json:"normalizeAudio,omitempty"`

	// test makes a free asset of 10 seconds with a watermark, which Mux deletes after 24 hours.
	// +optional
	Test *bool `json:"test,omitempty"`

	// generateShots asks Mux to find the shots of the video.
	// +optional
	GenerateShots *bool `json:"generateShots,omitempty"`
}
