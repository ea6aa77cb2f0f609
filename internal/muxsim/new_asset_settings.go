// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// newAssetSettings are kept and shown as they were sent, under the names that were sent.
type newAssetSettings map[string]json.RawMessage

// readNewAssetSettings refuses what a POST of an asset would refuse, apart from URLs, which come later.
func readNewAssetSettings(raw json.RawMessage) (newAssetSettings, *refusal) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	var sent newAssetSettings
	if err := json.Unmarshal(raw, &sent); err != nil {
		return nil, invalid("new_asset_settings: an object is needed")
	}
	if _, r := sent.settings(); r != nil {
		return nil, r
	}
	return sent, nil
}

// settings reads them as those of an asset.
func (n newAssetSettings) settings() (assetSettings, *refusal) {
	var a assetSettings
	if err := decodeStrict(encode(map[string]json.RawMessage(n)), &a); err != nil {
		return a, invalid("new_asset_settings: %v", err)
	}
	return a, a.check(false)
}

// checkLive refuses what recordings cannot have.
func (n newAssetSettings) checkLive() *refusal {
	if string(n["video_quality"]) == `"basic"` {
		return invalid("new_asset_settings.video_quality: basic is not possible for live streams")
	}
	if string(n["normalize_audio"]) == "true" {
		return invalid("new_asset_settings.normalize_audio: not possible for live streams")
	}
	return nil
}

// changeableLive are the fields that a PATCH of a live stream may change.
var changeableLive = []string{"mp4_support", "master_access", "video_quality", "meta"}

// merged is n with the changes of a PATCH.
func (n newAssetSettings) merged(raw json.RawMessage) (newAssetSettings, *refusal) {
	changes, r := readNewAssetSettings(raw)
	if r != nil {
		return nil, r
	}
	for name := range changes {
		if !slices.Contains(changeableLive, name) {
			return nil, invalid("new_asset_settings.%s: cannot be changed", name)
		}
	}
	next := newAssetSettings{}
	maps.Copy(next, n)
	maps.Copy(next, changes)
	_, r = next.settings()
	return next, firstRefusal(r, next.checkLive())
}
