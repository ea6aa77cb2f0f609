// SPDX-License-Identifier: Apache-2.0

package mux

// Upload is a direct upload at Mux.
type Upload struct {
	ID         string       `json:"id"`
	Status     string       `json:"status"` // waiting, asset_created, errored, cancelled, timed_out
	AssetID    string       `json:"asset_id"`
	Timeout    int64        `json:"timeout"` // seconds
	CORSOrigin string       `json:"cors_origin"`
	Test       bool         `json:"test"`
	URL        Secret       `json:"url"`   // while waiting; whoever has it may upload
	Error      *ObjectError `json:"error"` // in answers; webhooks have none
	// NewAssetSettings bear the create token of the upload, see SetToken.
	NewAssetSettings *NewAssetSettings `json:"new_asset_settings"`
}

// UnmarshalJSON reads the JSON form of Mux; it fails only where the value is not an object.
func (u *Upload) UnmarshalJSON(data []byte) error { return readObject(data, u) }
