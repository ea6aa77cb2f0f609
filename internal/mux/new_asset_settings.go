// SPDX-License-Identifier: Apache-2.0

package mux

import "encoding/json"

// NewAssetSettings are the settings that uploads and live streams show for the assets they will make. Mux echoes some under
// the name and in the form in which they were sent: a list or one bare element, inputs or input, playback_policies or
// playback_policy. All are read.
type NewAssetSettings struct {
	PlaybackPolicies         []string          `json:"playback_policies"`
	AdvancedPlaybackPolicies []PlaybackID      `json:"advanced_playback_policies"` // without ids
	Inputs                   []SettingsInput   `json:"inputs"`
	Passthrough              string            `json:"passthrough"`
	Meta                     *Metadata         `json:"meta"`
	VideoQuality             string            `json:"video_quality"`
	MaxResolutionTier        string            `json:"max_resolution_tier"`
	StaticRenditions         *StaticRenditions `json:"static_renditions"` // sent as an array
	MP4Support               string            `json:"mp4_support"`
	MasterAccess             string            `json:"master_access"`
	NormalizeAudio           bool              `json:"normalize_audio"`
	Test                     bool              `json:"test"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (n *NewAssetSettings) UnmarshalJSON(data []byte) error {
	if err := readObject(data, n); err != nil {
		return err
	}
	var older struct {
		PlaybackPolicy []string        `json:"playback_policy"`
		Input          []SettingsInput `json:"input"`
	}
	_ = readObject(data, &older) // data is known to be an object
	if n.PlaybackPolicies == nil {
		n.PlaybackPolicies = older.PlaybackPolicy
	}
	if n.Inputs == nil {
		n.Inputs = older.Input
	}
	return nil
}

// SettingsInput is an input in settings: an object, or its URL alone.
type SettingsInput struct {
	URL          Secret `json:"url"`
	Type         string `json:"type"`
	LanguageCode string `json:"language_code"`
	Name         string `json:"name"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails where the value is neither an object nor a text.
func (i *SettingsInput) UnmarshalJSON(data []byte) error {
	var address string
	if json.Unmarshal(data, &address) == nil {
		*i = SettingsInput{URL: Secret(address)}
		return nil
	}
	return readObject(data, i)
}
