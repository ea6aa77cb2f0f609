// SPDX-License-Identifier: Apache-2.0

package mux

import "strings"

// An upload has no field of its own for a create token. What comes back in its webhooks and lists are the settings of the asset
// that will be made of it, and of these two hold any text: meta.external_id and passthrough. Mux takes them at creation alone,
// so a user's own value cannot be set afterwards, as it is for assets: it wins, and the token goes into the other field. The
// asset will bear it too. The prefix tells the token from a user's own text; where a user has taken both fields, an upload
// cannot be told from those of others and bears none.
const uploadTokenPrefix = "mux-operator/"

// HasRoomForToken says whether a field is free for the create token.
func (r *CreateUploadRequest) HasRoomForToken() bool {
	settings := r.NewAssetSettings
	return settings == nil || settings.Passthrough == nil || settings.Meta == nil || settings.Meta.ExternalID == nil
}

// SetToken puts the create token into the first field that is free. The settings that the request was made with are not changed.
func (r *CreateUploadRequest) SetToken(token string) {
	if !r.HasRoomForToken() {
		return
	}
	token = uploadTokenPrefix + token
	var settings AssetSettings
	if r.NewAssetSettings != nil {
		settings = *r.NewAssetSettings
	}
	var meta MetadataRequest
	if settings.Meta != nil {
		meta = *settings.Meta
	}
	if meta.ExternalID == nil {
		meta.ExternalID = &token
		settings.Meta = &meta
	} else {
		settings.Passthrough = &token
	}
	r.NewAssetSettings = &settings
}

// Token is the create token that an upload's settings bear, "" for none.
func (n *NewAssetSettings) Token() string {
	if n == nil {
		return ""
	}
	if n.Meta != nil {
		if token, ok := strings.CutPrefix(n.Meta.ExternalID, uploadTokenPrefix); ok {
			return token
		}
	}
	token, ok := strings.CutPrefix(n.Passthrough, uploadTokenPrefix)
	if !ok {
		return ""
	}
	return token
}
