// SPDX-License-Identifier: Apache-2.0

package mux

// Track is one track of an asset.
type Track struct {
	ID                     string       `json:"id"`
	AssetID                string       `json:"asset_id"` // in webhooks of a track, though not in all
	Type                   string       `json:"type"`     // video, audio, text
	Status                 string       `json:"status"`   // preparing, ready, errored, deleted; absent on video tracks
	TextType               string       `json:"text_type"`
	TextSource             string       `json:"text_source"`
	LanguageCode           string       `json:"language_code"` // BCP 47, or und, or auto
	Name                   string       `json:"name"`
	ClosedCaptions         bool         `json:"closed_captions"`
	Primary                bool         `json:"primary"`
	AutoLanguageConfidence *float64     `json:"auto_language_confidence"`
	Passthrough            string       `json:"passthrough"`
	Duration               *float64     `json:"duration"` // seconds; text tracks have none
	MaxWidth               int64        `json:"max_width"`
	MaxHeight              int64        `json:"max_height"`
	MaxFrameRate           *float64     `json:"max_frame_rate"` // -1: unknown
	MaxChannels            int64        `json:"max_channels"`
	Error                  *ObjectError `json:"error"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (t *Track) UnmarshalJSON(data []byte) error {
	if err := readObject(data, t); err != nil {
		return err
	}
	if t.Error == nil {
		t.Error = readErrors(data)
	}
	return nil
}

// readErrors looks for an error under the name that Mux's own command line client gives it for children.
func readErrors(data []byte) *ObjectError {
	var w struct {
		Errors *ObjectError `json:"errors"`
	}
	_ = readObject(data, &w) // data is known to be an object
	return w.Errors
}
