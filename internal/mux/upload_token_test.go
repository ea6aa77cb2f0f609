// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"testing"
)

// TestUploadToken : the token goes where the user has nothing, comes back from there, and never takes the place of a text of
// the user's own, not even of an empty one.
func TestUploadToken(t *testing.T) {
	own := ptr("own")
	for name, test := range map[string]struct {
		settings *AssetSettings
		want     string
		room     bool
	}{
		"nothing set":     {nil, `{"meta":{"external_id":"mux-operator/token"}}`, true},
		"a title":         {&AssetSettings{Meta: &MetadataRequest{Title: own}}, `{"meta":{"title":"own","external_id":"mux-operator/token"}}`, true},
		"a passthrough":   {&AssetSettings{Passthrough: own}, `{"passthrough":"own","meta":{"external_id":"mux-operator/token"}}`, true},
		"an external id":  {&AssetSettings{Meta: &MetadataRequest{ExternalID: own}}, `{"passthrough":"mux-operator/token","meta":{"external_id":"own"}}`, true},
		"an empty one":    {&AssetSettings{Meta: &MetadataRequest{ExternalID: ptr("")}}, `{"passthrough":"mux-operator/token","meta":{"external_id":""}}`, true},
		"both":            {&AssetSettings{Passthrough: own, Meta: &MetadataRequest{ExternalID: own}}, `{"passthrough":"own","meta":{"external_id":"own"}}`, false},
		"playback policy": {&AssetSettings{PlaybackPolicies: []string{"public"}}, `{"playback_policies":["public"],"meta":{"external_id":"mux-operator/token"}}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			request := CreateUploadRequest{NewAssetSettings: test.settings}
			before, _ := json.Marshal(test.settings)
			if request.HasRoomForToken() != test.room {
				t.Errorf("has room: %v", !test.room)
			}
			request.SetToken("token")
			sent, err := json.Marshal(request.NewAssetSettings)
			if err != nil || string(sent) != test.want {
				t.Errorf("sends %s, %v; want %s", sent, err, test.want)
			}
			if after, _ := json.Marshal(test.settings); string(after) != string(before) {
				t.Errorf("the settings were %s and are %s", before, after)
			}
			var echoed NewAssetSettings
			if err := json.Unmarshal(sent, &echoed); err != nil || (echoed.Token() == "token") != test.room {
				t.Errorf("comes back as %q, %v", echoed.Token(), err)
			}
			event := Event{Type: "video.upload.created", Data: []byte(`{"id":"u","new_asset_settings":` + string(sent) + `}`)}
			if got := event.DataIDs(); got.ID != "u" || (got.UploadToken == "token") != test.room {
				t.Errorf("the event has %+v", got)
			}
		})
	}
	if got := (*NewAssetSettings)(nil).Token(); got != "" {
		t.Errorf("no settings bear %q", got)
	}
}
