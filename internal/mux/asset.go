// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"errors"
)

// Asset is a video at Mux, as answers and webhooks tell it.
type Asset struct {
	ID                      string
	CreatedAt               Time
	Status                  string   // preparing, ready, errored
	Duration                *float64 // seconds, with artefacts of floating point; nil until known
	AspectRatio             string   // such as 16:9 or 231:130
	ResolutionTier          string
	MaxResolutionTier       string
	VideoQuality            string // basic, plus, premium
	EncodingTier            string // the older name: baseline, smart, premium
	IngestType              string
	IsLive                  bool
	Test                    bool
	Passthrough             string
	Meta                    *Metadata
	LiveStreamID            string
	UploadID                string
	SourceAssetID           string
	MP4Support              string
	MasterAccess            string
	Master                  *Master // nil where master access is none
	PlaybackIDs             []PlaybackID
	Tracks                  []Track // nil before the input was probed
	StaticRenditions        *StaticRenditions
	NonStandardInputReasons map[string]any
	Errors                  *ObjectError
}

// Metadata is what players and Mux Data show of an asset.
type Metadata struct {
	Title      string
	CreatorID  string
	ExternalID string
}

// Master is the state of access to the master.
type Master struct {
	Status string
	URL    Secret
}

// PlaybackID is an id to play by. Its policy never changes.
type PlaybackID struct {
	ID                 string
	Policy             string
	DRMConfigurationID string
}

// Track is one track of an asset.
type Track struct {
	ID             string
	AssetID        string // in webhooks of a track
	Type           string // video, audio, text
	Status         string // absent on video tracks
	TextType       string
	TextSource     string
	LanguageCode   string
	Name           string
	ClosedCaptions bool
	Primary        bool
	Passthrough    string
	Error          *ObjectError
}

// StaticRenditions are an asset's files. Status is meaningful for mp4_support only.
type StaticRenditions struct {
	Status string
	Files  []StaticRendition // nil where the key is absent
}

// StaticRendition is one file of an asset.
type StaticRendition struct {
	ID          string
	AssetID     string // in webhooks of a rendition
	Name        string
	Resolution  string
	Status      string
	Filesize    int64 // bytes
	Width       int
	Height      int
	Passthrough string
	Error       *ObjectError
}

// ObjectError is why an object is errored.
type ObjectError struct {
	Type     string
	Messages []string
}

// errNotObject says that data is not a JSON object.
var errNotObject = errors.New("not a JSON object")

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (a *Asset) UnmarshalJSON(data []byte) error {
	var w struct {
		ID                Text                  `json:"id"`
		CreatedAt         Time                  `json:"created_at"`
		Status            Text                  `json:"status"`
		Duration          *Float                `json:"duration"`
		AspectRatio       Text                  `json:"aspect_ratio"`
		ResolutionTier    Text                  `json:"resolution_tier"`
		MaxResolutionTier Text                  `json:"max_resolution_tier"`
		VideoQuality      Text                  `json:"video_quality"`
		EncodingTier      Text                  `json:"encoding_tier"`
		IngestType        Text                  `json:"ingest_type"`
		IsLive            Bool                  `json:"is_live"`
		Test              Bool                  `json:"test"`
		Passthrough       Text                  `json:"passthrough"`
		Meta              Maybe[Metadata]       `json:"meta"`
		LiveStreamID      Text                  `json:"live_stream_id"`
		UploadID          Text                  `json:"upload_id"`
		SourceAssetID     Text                  `json:"source_asset_id"`
		MP4Support        Text                  `json:"mp4_support"`
		MasterAccess      Text                  `json:"master_access"`
		Master            Maybe[Master]         `json:"master"`
		PlaybackIDs       List[PlaybackID]      `json:"playback_ids"`
		Tracks            List[Track]           `json:"tracks"`
		StaticRenditions  json.RawMessage       `json:"static_renditions"`
		Reasons           Maybe[map[string]any] `json:"non_standard_input_reasons"`
		Errors            Maybe[ObjectError]    `json:"errors"`
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*a = Asset{
		ID: string(w.ID), CreatedAt: w.CreatedAt, Status: string(w.Status), AspectRatio: string(w.AspectRatio),
		ResolutionTier: string(w.ResolutionTier), MaxResolutionTier: string(w.MaxResolutionTier),
		VideoQuality: string(w.VideoQuality), EncodingTier: string(w.EncodingTier), IngestType: string(w.IngestType),
		IsLive: bool(w.IsLive), Test: bool(w.Test), Passthrough: string(w.Passthrough), Meta: w.Meta.Value,
		LiveStreamID: string(w.LiveStreamID), UploadID: string(w.UploadID), SourceAssetID: string(w.SourceAssetID),
		MP4Support: string(w.MP4Support), MasterAccess: string(w.MasterAccess), Master: w.Master.Value,
		PlaybackIDs: w.PlaybackIDs, Tracks: w.Tracks, StaticRenditions: readStaticRenditions(w.StaticRenditions), Errors: w.Errors.Value,
	}
	if w.Reasons.Value != nil {
		a.NonStandardInputReasons = *w.Reasons.Value
	}
	if w.Duration != nil {
		seconds := float64(*w.Duration)
		a.Duration = &seconds
	}
	return nil
}

// readStaticRenditions takes the object {status, files} and the bare array that some pages show.
func readStaticRenditions(data json.RawMessage) *StaticRenditions {
	var w struct {
		Status Text                  `json:"status"`
		Files  List[StaticRendition] `json:"files"`
	}
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	if json.Unmarshal(data, &w) == nil {
		return &StaticRenditions{Status: string(w.Status), Files: w.Files}
	}
	var files List[StaticRendition]
	if data[0] == '[' && json.Unmarshal(data, &files) == nil {
		return &StaticRenditions{Files: files}
	}
	return nil
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (m *Metadata) UnmarshalJSON(data []byte) error {
	var w struct {
		Title      Text `json:"title"`
		CreatorID  Text `json:"creator_id"`
		ExternalID Text `json:"external_id"`
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*m = Metadata{Title: string(w.Title), CreatorID: string(w.CreatorID), ExternalID: string(w.ExternalID)}
	return nil
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (m *Master) UnmarshalJSON(data []byte) error {
	var w struct {
		Status Text `json:"status"`
		URL    Text `json:"url"`
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*m = Master{Status: string(w.Status), URL: Secret(w.URL)}
	return nil
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (p *PlaybackID) UnmarshalJSON(data []byte) error {
	var w struct {
		ID                 Text `json:"id"`
		Policy             Text `json:"policy"`
		DRMConfigurationID Text `json:"drm_configuration_id"`
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*p = PlaybackID{ID: string(w.ID), Policy: string(w.Policy), DRMConfigurationID: string(w.DRMConfigurationID)}
	return nil
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (t *Track) UnmarshalJSON(data []byte) error {
	var w struct {
		ID             Text               `json:"id"`
		AssetID        Text               `json:"asset_id"`
		Type           Text               `json:"type"`
		Status         Text               `json:"status"`
		TextType       Text               `json:"text_type"`
		TextSource     Text               `json:"text_source"`
		LanguageCode   Text               `json:"language_code"`
		Name           Text               `json:"name"`
		ClosedCaptions Bool               `json:"closed_captions"`
		Primary        Bool               `json:"primary"`
		Passthrough    Text               `json:"passthrough"`
		Error          Maybe[ObjectError] `json:"error"`
		Errors         Maybe[ObjectError] `json:"errors"` // as Mux's command line client writes it
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*t = Track{
		ID: string(w.ID), AssetID: string(w.AssetID), Type: string(w.Type), Status: string(w.Status), TextType: string(w.TextType),
		TextSource: string(w.TextSource), LanguageCode: string(w.LanguageCode), Name: string(w.Name),
		ClosedCaptions: bool(w.ClosedCaptions), Primary: bool(w.Primary), Passthrough: string(w.Passthrough), Error: w.Error.Value,
	}
	if t.Error == nil {
		t.Error = w.Errors.Value
	}
	return nil
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (r *StaticRendition) UnmarshalJSON(data []byte) error {
	var w struct {
		ID          Text               `json:"id"`
		AssetID     Text               `json:"asset_id"`
		Name        Text               `json:"name"`
		Resolution  Text               `json:"resolution"`
		Status      Text               `json:"status"`
		Filesize    Int                `json:"filesize"`
		Width       Int                `json:"width"`
		Height      Int                `json:"height"`
		Passthrough Text               `json:"passthrough"`
		Error       Maybe[ObjectError] `json:"error"`
	}
	if json.Unmarshal(data, &w) != nil {
		return errNotObject
	}
	*r = StaticRendition{
		ID: string(w.ID), AssetID: string(w.AssetID), Name: string(w.Name), Resolution: string(w.Resolution), Status: string(w.Status),
		Filesize: int64(w.Filesize), Width: int(w.Width), Height: int(w.Height), Passthrough: string(w.Passthrough), Error: w.Error.Value,
	}
	return nil
}

// UnmarshalJSON reads {type, messages}, {type, message} and arrays of them, of which the first counts.
func (e *ObjectError) UnmarshalJSON(data []byte) error {
	type shape struct {
		Type     Text       `json:"type"`
		Message  Text       `json:"message"`
		Messages List[Text] `json:"messages"`
	}
	var one shape
	if json.Unmarshal(data, &one) != nil {
		var many []shape
		if json.Unmarshal(data, &many) != nil || len(many) == 0 {
			return errNotObject
		}
		one = many[0]
	}
	*e = ObjectError{Type: string(one.Type)}
	for _, message := range one.Messages {
		e.Messages = append(e.Messages, string(message))
	}
	if one.Message != "" {
		e.Messages = append(e.Messages, string(one.Message))
	}
	return nil
}
