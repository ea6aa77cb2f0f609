// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"strings"
	"testing"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

func validAsset() *video.MuxAsset {
	return &video.MuxAsset{ObjectMeta: meta(), Spec: video.MuxAssetSpec{
		FollowedSpec: followed(),
		Inputs:       []video.AssetInput{{URL: "https://example.com/a.mp4"}},
	}}
}

func TestMuxAssetValidation(t *testing.T) {
	secret := &video.SecretKeyReference{Name: "urls", Key: "a"}
	try(t, validAsset, []row[*video.MuxAsset]{
		{"valid", func(*video.MuxAsset) {}, ""},
		{"observe without import", func(a *video.MuxAsset) { a.Spec.ManagementPolicy = video.ManagementPolicyObserve }, "Observe needs import.id"},
		{"observe with import", func(a *video.MuxAsset) {
			a.Spec.ManagementPolicy, a.Spec.Import, a.Spec.Inputs = video.ManagementPolicyObserve, &video.ImportSpec{ID: "x"}, nil
		}, ""},
		{"managed without inputs or import", func(a *video.MuxAsset) { a.Spec.Inputs = nil }, "either inputs"},
		{"managed with inputs and import", func(a *video.MuxAsset) { a.Spec.Import = &video.ImportSpec{ID: "x"} }, "either inputs"},
		{"managed with import", func(a *video.MuxAsset) { a.Spec.Inputs, a.Spec.Import = nil, &video.ImportSpec{ID: "x"} }, ""},
		{"empty import id", func(a *video.MuxAsset) { a.Spec.Inputs, a.Spec.Import = nil, &video.ImportSpec{} }, "spec.import.id"},
		{"unknown management policy", func(a *video.MuxAsset) { a.Spec.ManagementPolicy = "Mine" }, "Unsupported value"},
		{"unknown deletion policy", func(a *video.MuxAsset) { a.Spec.DeletionPolicy = "Orphan" }, "Unsupported value"},
		{"environment without a name", func(a *video.MuxAsset) { a.Spec.EnvironmentRef.Name = "" }, "environmentRef.name"},
		{"input without url", func(a *video.MuxAsset) { a.Spec.Inputs[0].URL = "" }, "either url or urlFrom"},
		{"input with both", func(a *video.MuxAsset) { a.Spec.Inputs[0].URLFrom = secret }, "either url or urlFrom"},
		{"input from a secret", func(a *video.MuxAsset) { a.Spec.Inputs[0] = video.AssetInput{URLFrom: secret} }, ""},
		{"input of another scheme", func(a *video.MuxAsset) { a.Spec.Inputs[0].URL = "ftp://example.com" }, "inputs[0].url"},
		{"a clip", func(a *video.MuxAsset) { a.Spec.Inputs[0].URL = "mux://assets/abc" }, ""},
		{"text without language", func(a *video.MuxAsset) { a.Spec.Inputs[0].Type = "text" }, "needs languageCode"},
		{"audio without language", func(a *video.MuxAsset) { a.Spec.Inputs[0].Type = "audio" }, "needs languageCode"},
		{"text with language", func(a *video.MuxAsset) { a.Spec.Inputs[0].Type, a.Spec.Inputs[0].LanguageCode = "text", "no" }, ""},
		{"seventeen inputs", func(a *video.MuxAsset) {
			for range 16 {
				a.Spec.Inputs = append(a.Spec.Inputs, video.AssetInput{URL: "https://example.com/b"})
			}
		}, "at most 16"},
		{"drm without configuration", func(a *video.MuxAsset) { a.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "drm"}} }, "drmConfigurationID"},
		{"drm with configuration", func(a *video.MuxAsset) {
			a.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "drm", DRMConfigurationID: "c"}}
		}, ""},
		{"public with configuration", func(a *video.MuxAsset) {
			a.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public", DRMConfigurationID: "c"}}
		}, "drmConfigurationID"},
		{"a policy twice", func(a *video.MuxAsset) {
			a.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}, {Policy: "public"}}
		}, "Duplicate value"},
		{"unknown policy", func(a *video.MuxAsset) { a.Spec.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "private"}} }, "Unsupported value"},
		{"highest with a height", func(a *video.MuxAsset) {
			a.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "highest"}, {Resolution: "720p"}}
		}, "highest cannot be combined"},
		{"highest with audio", func(a *video.MuxAsset) {
			a.Spec.StaticRenditions = []video.StaticRendition{{Resolution: "highest"}, {Resolution: "audio-only"}}
		}, ""},
		{"renditions of both kinds", func(a *video.MuxAsset) {
			a.Spec.StaticRenditions, a.Spec.MP4Support = []video.StaticRendition{{Resolution: "highest"}}, "capped-1080p"
		}, "not both"},
		{"mp4 with a comma", func(a *video.MuxAsset) { a.Spec.MP4Support = "audio-only,capped-1080p" }, ""},
		{"unknown quality", func(a *video.MuxAsset) { a.Spec.VideoQuality = "best" }, "Unsupported value"},
		{"unknown tier", func(a *video.MuxAsset) { a.Spec.MaxResolutionTier = "720p" }, "Unsupported value"},
		{"passthrough at its bound", func(a *video.MuxAsset) { a.Spec.Passthrough = ptr(strings.Repeat("ä", 255)) }, ""},
		{"passthrough over its bound", func(a *video.MuxAsset) { a.Spec.Passthrough = ptr(strings.Repeat("ä", 256)) }, "Too long"},
		{"empty passthrough", func(a *video.MuxAsset) { a.Spec.Passthrough = ptr("") }, ""},
		{"title at its bound", func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{Title: ptr(strings.Repeat("文", 512))} }, ""},
		{"title over its bound", func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{Title: ptr(strings.Repeat("文", 513))} }, "Too long"},
		{"external id over its bound", func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{ExternalID: ptr(strings.Repeat("x", 129))} }, "Too long"},
		{"norwegian subtitles", func(a *video.MuxAsset) { a.Spec.GeneratedSubtitles = []video.GeneratedSubtitles{{LanguageCode: "no"}} }, ""},
		{"unknown subtitles", func(a *video.MuxAsset) { a.Spec.GeneratedSubtitles = []video.GeneratedSubtitles{{LanguageCode: "xx"}} }, "Unsupported value"},
		{"text track without url", func(a *video.MuxAsset) { a.Spec.TextTracks = []video.TextTrack{{Name: "English", LanguageCode: "en"}} }, "either url or urlFrom"},
		{"two text tracks of one name", func(a *video.MuxAsset) {
			track := video.TextTrack{Name: "English", LanguageCode: "en", URL: "https://example.com/en.vtt"}
			a.Spec.TextTracks = []video.TextTrack{track, track}
		}, "Duplicate value"},
	})
}

// fixedAsset are the fields that Mux fixes when it creates an asset.
var fixedAsset = []fixedField[*video.MuxAsset]{
	{"inputs", func(a *video.MuxAsset) { a.Spec.Inputs[0].URL = "https://example.com/1" }, func(a *video.MuxAsset) { a.Spec.Inputs[0].URL = "https://example.com/2" }, nil},
	{"videoQuality", func(a *video.MuxAsset) { a.Spec.VideoQuality = "plus" }, func(a *video.MuxAsset) { a.Spec.VideoQuality = "basic" }, func(a *video.MuxAsset) { a.Spec.VideoQuality = "" }},
	{"maxResolutionTier", func(a *video.MuxAsset) { a.Spec.MaxResolutionTier = "1080p" }, func(a *video.MuxAsset) { a.Spec.MaxResolutionTier = "2160p" }, func(a *video.MuxAsset) { a.Spec.MaxResolutionTier = "" }},
	{"normalizeAudio", func(a *video.MuxAsset) { a.Spec.NormalizeAudio = ptr(true) }, func(a *video.MuxAsset) { a.Spec.NormalizeAudio = ptr(false) }, func(a *video.MuxAsset) { a.Spec.NormalizeAudio = nil }},
	{"copyOverlays", func(a *video.MuxAsset) { a.Spec.CopyOverlays = ptr(true) }, func(a *video.MuxAsset) { a.Spec.CopyOverlays = ptr(false) }, func(a *video.MuxAsset) { a.Spec.CopyOverlays = nil }},
	{"test", func(a *video.MuxAsset) { a.Spec.Test = ptr(true) }, func(a *video.MuxAsset) { a.Spec.Test = ptr(false) }, func(a *video.MuxAsset) { a.Spec.Test = nil }},
	{"generateShots", func(a *video.MuxAsset) { a.Spec.GenerateShots = ptr(true) }, func(a *video.MuxAsset) { a.Spec.GenerateShots = ptr(false) }, func(a *video.MuxAsset) { a.Spec.GenerateShots = nil }},
}

func TestMuxAssetFixedAtCreation(t *testing.T) {
	everyField(t, video.MuxAssetSpec{}, "", fixedAsset, "environmentRef", "import", "suspend", "managementPolicy", "deletionPolicy",
		"playbackPolicies", "meta", "passthrough", "staticRenditions", "mp4Support", "masterAccess", "textTracks", "generatedSubtitles", "masterSecret")
	withID := func(a *video.MuxAsset) { a.Status.ID = "id" }
	withIntent := func(a *video.MuxAsset) { a.Status.Creation = intent() }
	tryFixed(t, validAsset, withID, withIntent, fixedAsset)
}

func TestMuxAssetReferences(t *testing.T) {
	asset := validAsset()
	reach(t, asset, nil)
	asset.Spec.EnvironmentRef.Name = "other"
	expect(t, api.Update(t.Context(), asset), "environmentRef cannot be changed")

	imported := validAsset()
	imported.Spec.Inputs, imported.Spec.Import = nil, &video.ImportSpec{ID: "typo"}
	reach(t, imported, nil)
	imported.Spec.Import.ID = "mended"
	expect(t, api.Update(t.Context(), imported), "")

	known := validAsset()
	known.Spec.Inputs, known.Spec.Import = nil, &video.ImportSpec{ID: "known"}
	reach(t, known, func(a *video.MuxAsset) { a.Status.ID = "known" })
	known.Spec.Import.ID = "another"
	expect(t, api.Update(t.Context(), known), "import cannot be changed once the asset is known")

	made := validAsset()
	reach(t, made, func(a *video.MuxAsset) { a.Status.ID = "made" })
	made.Spec.ManagementPolicy, made.Spec.Import = video.ManagementPolicyObserve, &video.ImportSpec{ID: "another"}
	expect(t, api.Update(t.Context(), made), "import cannot be changed once the asset is known")
}
