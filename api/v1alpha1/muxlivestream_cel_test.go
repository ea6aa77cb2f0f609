// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"testing"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

func validLiveStream() *video.MuxLiveStream {
	return &video.MuxLiveStream{ObjectMeta: meta(), Spec: video.MuxLiveStreamSpec{FollowedSpec: followed()}}
}

func TestMuxLiveStreamValidation(t *testing.T) {
	target := func(name, url string) video.SimulcastTarget { return video.SimulcastTarget{Name: name, URL: url} }
	try(t, validLiveStream, []row[*video.MuxLiveStream]{
		{"valid", func(*video.MuxLiveStream) {}, ""},
		{"observe without import", func(l *video.MuxLiveStream) { l.Spec.ManagementPolicy = video.ManagementPolicyObserve }, "Observe needs import.id"},
		{"no reconnect window", func(l *video.MuxLiveStream) { l.Spec.ReconnectWindowSeconds = ptr(int32(0)) }, ""},
		{"longest reconnect window", func(l *video.MuxLiveStream) { l.Spec.ReconnectWindowSeconds = ptr(int32(1800)) }, ""},
		{"too long a reconnect window", func(l *video.MuxLiveStream) { l.Spec.ReconnectWindowSeconds = ptr(int32(1801)) }, "reconnectWindowSeconds"},
		{"too short a broadcast", func(l *video.MuxLiveStream) { l.Spec.MaxContinuousDurationSeconds = ptr(int32(59)) }, "maxContinuousDurationSeconds"},
		{"too long a broadcast", func(l *video.MuxLiveStream) { l.Spec.MaxContinuousDurationSeconds = ptr(int32(43201)) }, "maxContinuousDurationSeconds"},
		{"unknown latency", func(l *video.MuxLiveStream) { l.Spec.LatencyMode = "ultra" }, "Unsupported value"},
		{"a target", func(l *video.MuxLiveStream) {
			l.Spec.SimulcastTargets = []video.SimulcastTarget{target("a", "rtmps://live.example.com/app")}
		}, ""},
		{"a target over https", func(l *video.MuxLiveStream) {
			l.Spec.SimulcastTargets = []video.SimulcastTarget{target("a", "https://example.com")}
		}, "simulcastTargets[0].url"},
		{"a target without url", func(l *video.MuxLiveStream) { l.Spec.SimulcastTargets = []video.SimulcastTarget{target("a", "")} }, "either url or urlFrom"},
		{"two targets of one name", func(l *video.MuxLiveStream) {
			l.Spec.SimulcastTargets = []video.SimulcastTarget{target("a", "rtmp://a"), target("a", "rtmp://b")}
		}, "Duplicate value"},
		{"seven targets", func(l *video.MuxLiveStream) {
			for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
				l.Spec.SimulcastTargets = append(l.Spec.SimulcastTargets, target(name, "rtmp://a"))
			}
		}, "at most 6"},
		{"two generated subtitles", func(l *video.MuxLiveStream) {
			l.Spec.GeneratedSubtitles = []video.LiveGeneratedSubtitles{{LanguageCode: "en"}, {LanguageCode: "de"}}
		}, "at most 1"},
		{"two captions of one channel", func(l *video.MuxLiveStream) {
			l.Spec.EmbeddedSubtitles = []video.EmbeddedSubtitles{{LanguageChannel: "cc1"}, {LanguageChannel: "cc1"}}
		}, "Duplicate value"},
		{"recordings with both renditions", func(l *video.MuxLiveStream) {
			l.Spec.NewAssetSettings = &video.AssetSettings{MP4Support: "none", StaticRenditions: []video.StaticRendition{{Resolution: "720p"}}}
		}, "not both"},
		{"recordings in basic quality", func(l *video.MuxLiveStream) { l.Spec.NewAssetSettings = &video.AssetSettings{VideoQuality: "basic"} }, "use plus or premium"},
		{"recordings in plus quality", func(l *video.MuxLiveStream) { l.Spec.NewAssetSettings = &video.AssetSettings{VideoQuality: "plus"} }, ""},
		{"recordings of even loudness", func(l *video.MuxLiveStream) {
			l.Spec.NewAssetSettings = &video.AssetSettings{NormalizeAudio: ptr(true)}
		}, "normalizeAudio is not possible"},
		{"stream key secret without a name", func(l *video.MuxLiveStream) { l.Spec.StreamKeySecret = &video.SecretReference{} }, "streamKeySecret.name"},
	})
}

// settings changes the settings of recordings, and keeps another one set so that unsetting is not removing all of them.
func settings(change func(*video.AssetSettings)) func(*video.MuxLiveStream) {
	return func(l *video.MuxLiveStream) {
		if l.Spec.NewAssetSettings == nil {
			l.Spec.NewAssetSettings = &video.AssetSettings{MasterAccess: "none"}
		}
		change(l.Spec.NewAssetSettings)
	}
}

// fixedLiveStream are the fields that Mux fixes when it creates a live stream.
var fixedLiveStream = []fixedField[*video.MuxLiveStream]{
	{"audioOnly", func(l *video.MuxLiveStream) { l.Spec.AudioOnly = ptr(true) }, func(l *video.MuxLiveStream) { l.Spec.AudioOnly = ptr(false) }, func(l *video.MuxLiveStream) { l.Spec.AudioOnly = nil }},
	{"test", func(l *video.MuxLiveStream) { l.Spec.Test = ptr(true) }, func(l *video.MuxLiveStream) { l.Spec.Test = ptr(false) }, func(l *video.MuxLiveStream) { l.Spec.Test = nil }},
	{"newAssetSettings.playbackPolicies",
		settings(func(s *video.AssetSettings) { s.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "public"}} }),
		settings(func(s *video.AssetSettings) { s.PlaybackPolicies = []video.PlaybackPolicy{{Policy: "signed"}} }),
		settings(func(s *video.AssetSettings) { s.PlaybackPolicies = nil })},
	{"newAssetSettings.passthrough",
		settings(func(s *video.AssetSettings) { s.Passthrough = ptr("a") }), settings(func(s *video.AssetSettings) { s.Passthrough = ptr("b") }),
		settings(func(s *video.AssetSettings) { s.Passthrough = nil })},
	{"newAssetSettings.maxResolutionTier",
		settings(func(s *video.AssetSettings) { s.MaxResolutionTier = "1080p" }), settings(func(s *video.AssetSettings) { s.MaxResolutionTier = "1440p" }),
		settings(func(s *video.AssetSettings) { s.MaxResolutionTier = "" })},
	{"newAssetSettings.normalizeAudio",
		settings(func(s *video.AssetSettings) { s.NormalizeAudio = ptr(false) }), nil, // true is refused in any case
		settings(func(s *video.AssetSettings) { s.NormalizeAudio = nil })},
	{"newAssetSettings.test",
		settings(func(s *video.AssetSettings) { s.Test = ptr(true) }), settings(func(s *video.AssetSettings) { s.Test = ptr(false) }),
		settings(func(s *video.AssetSettings) { s.Test = nil })},
	{"newAssetSettings.generateShots",
		settings(func(s *video.AssetSettings) { s.GenerateShots = ptr(true) }), settings(func(s *video.AssetSettings) { s.GenerateShots = ptr(false) }),
		settings(func(s *video.AssetSettings) { s.GenerateShots = nil })},
}

func TestMuxLiveStreamFixedAtCreation(t *testing.T) {
	everyField(t, video.MuxLiveStreamSpec{}, "", fixedLiveStream, "environmentRef", "import", "suspend", "managementPolicy", "deletionPolicy",
		"playbackPolicies", "newAssetSettings", "latencyMode", "reconnectWindowSeconds", "useSlateForStandardLatency", "reconnectSlateURL",
		"maxContinuousDurationSeconds", "enabled", "meta", "passthrough", "simulcastTargets", "embeddedSubtitles", "generatedSubtitles",
		"streamKeySecret", "recordings")
	everyField(t, video.AssetSettings{}, "newAssetSettings.", fixedLiveStream, "meta", "videoQuality", "staticRenditions", "mp4Support", "masterAccess")
	withID := func(l *video.MuxLiveStream) { l.Status.ID = "id" }
	withIntent := func(l *video.MuxLiveStream) { l.Status.Creation = intent() }
	tryFixed(t, validLiveStream, withID, withIntent, fixedLiveStream)
}

func TestMuxLiveStreamReferences(t *testing.T) {
	stream := validLiveStream()
	reach(t, stream, func(l *video.MuxLiveStream) { l.Status.ID = "id" })
	stream.Spec.EnvironmentRef.Name = "other"
	expect(t, api.Update(t.Context(), stream), "environmentRef cannot be changed")
	stream.Spec.EnvironmentRef.Name = "default"
	stream.Spec.Import = &video.ImportSpec{ID: "another"}
	expect(t, api.Update(t.Context(), stream), "import cannot be changed once the live stream is known")
}
