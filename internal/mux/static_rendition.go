// SPDX-License-Identifier: Apache-2.0

package mux

import "reflect"

// StaticRenditions are an asset's files.
type StaticRenditions struct {
	Status string            `json:"status"` // meaningful for mp4_support only; otherwise each file has its own
	Files  []StaticRendition `json:"files"`  // nil where the key is absent
}

// UnmarshalJSON reads the object {status, files} and the bare array that settings and some pages show. It fails where the
// value is neither.
func (s *StaticRenditions) UnmarshalJSON(data []byte) error {
	if !begins(data, '[') {
		return readObject(data, s)
	}
	s.Status = ""
	if !readList(data, reflect.ValueOf(&s.Files).Elem()) {
		return errNotObject
	}
	return nil
}

// StaticRendition is one file of an asset.
type StaticRendition struct {
	ID             string       `json:"id"`
	AssetID        string       `json:"asset_id"` // in webhooks of a rendition, though not in all
	Name           string       `json:"name"`     // such as highest.mp4
	Type           string       `json:"type"`     // standard, advanced
	Ext            string       `json:"ext"`
	Resolution     string       `json:"resolution"`
	ResolutionTier string       `json:"resolution_tier"`
	Status         string       `json:"status"`   // preparing, ready, skipped, errored
	Filesize       int64        `json:"filesize"` // bytes
	Bitrate        int64        `json:"bitrate"`  // bits a second
	Width          int          `json:"width"`
	Height         int          `json:"height"`
	Passthrough    string       `json:"passthrough"`
	Error          *ObjectError `json:"error"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (r *StaticRendition) UnmarshalJSON(data []byte) error {
	if err := readObject(data, r); err != nil {
		return err
	}
	if r.Error == nil {
		r.Error = readErrors(data)
	}
	return nil
}
