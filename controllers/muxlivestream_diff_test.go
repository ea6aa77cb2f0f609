// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"testing"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

const (
	putEmbedded      = "PUT /video/v1/live-streams/{id}/embedded-subtitles"
	putGenerated     = "PUT /video/v1/live-streams/{id}/generated-subtitles"
	putRenditions    = "PUT /video/v1/live-streams/{id}/new-asset-settings/static-renditions"
	deleteRenditions = "DELETE /video/v1/live-streams/{id}/new-asset-settings/static-renditions"
)

// updatable is one value that can be changed: how the spec says it, twice, empty, and not at all; how somebody else changes it; and
// what Mux then has, as a text.
type updatable struct {
	set, other, empty, unset func(*video.MuxLiveStreamSpec)
	drift                    func(*testing.T, *mux.Client, string) error
	shown                    func(*mux.LiveStream) string
	first, second, cleared   string
	call, clearing           string // clearing is call when unset
}

func settingsOf(change func(*video.AssetSettings)) func(*video.MuxLiveStreamSpec) {
	return func(spec *video.MuxLiveStreamSpec) {
		spec.NewAssetSettings = &video.AssetSettings{}
		change(spec.NewAssetSettings)
	}
}

func withoutSettings(spec *video.MuxLiveStreamSpec) { spec.NewAssetSettings = nil }

// patched is a change that somebody makes at Mux.
func patched(request mux.UpdateLiveStreamRequest) func(*testing.T, *mux.Client, string) error {
	return func(t *testing.T, c *mux.Client, id string) error {
		_, err := c.UpdateLiveStream(t.Context(), id, request)
		return err
	}
}

func metaOf(l *mux.LiveStream) mux.Metadata {
	if l.NewAssetSettings == nil || l.NewAssetSettings.Meta == nil {
		return mux.Metadata{}
	}
	return *l.NewAssetSettings.Meta
}

func settingsAt(l *mux.LiveStream) mux.NewAssetSettings {
	if l.NewAssetSettings == nil {
		return mux.NewAssetSettings{}
	}
	return *l.NewAssetSettings
}

func number(value *float64) string {
	if value == nil {
		return "0"
	}
	return time.Duration(*value * float64(time.Second)).String()
}

var updatables = map[string]updatable{
	"latencyMode": {
		set: func(s *video.MuxLiveStreamSpec) { s.LatencyMode = "low" }, other: func(s *video.MuxLiveStreamSpec) { s.LatencyMode = "reduced" },
		unset: func(s *video.MuxLiveStreamSpec) { s.LatencyMode = "" },
		drift: patched(mux.UpdateLiveStreamRequest{LatencyMode: text("standard")}),
		shown: func(l *mux.LiveStream) string { return l.LatencyMode }, first: "low", second: "reduced", cleared: "standard",
	},
	"reconnectWindowSeconds": {
		set: func(s *video.MuxLiveStreamSpec) { s.ReconnectWindowSeconds = new(int32(0)) }, other: func(s *video.MuxLiveStreamSpec) { s.ReconnectWindowSeconds = new(int32(90)) },
		unset: func(s *video.MuxLiveStreamSpec) { s.ReconnectWindowSeconds = nil },
		drift: patched(mux.UpdateLiveStreamRequest{ReconnectWindow: new(7.0)}),
		shown: func(l *mux.LiveStream) string { return number(l.ReconnectWindow) }, first: "0s", second: "1m30s", cleared: "1m0s",
	},
	"maxContinuousDurationSeconds": {
		set: func(s *video.MuxLiveStreamSpec) { s.MaxContinuousDurationSeconds = new(int32(60)) }, other: func(s *video.MuxLiveStreamSpec) { s.MaxContinuousDurationSeconds = new(int32(90)) },
		unset: func(s *video.MuxLiveStreamSpec) { s.MaxContinuousDurationSeconds = nil },
		drift: patched(mux.UpdateLiveStreamRequest{MaxContinuousDuration: new(int64(1000))}),
		shown: func(l *mux.LiveStream) string { return number(l.MaxContinuousDuration) }, first: "1m0s", second: "1m30s", cleared: "12h0m0s",
	},
	"useSlateForStandardLatency": {
		set: func(s *video.MuxLiveStreamSpec) { s.UseSlateForStandardLatency = new(true) }, other: func(s *video.MuxLiveStreamSpec) { s.UseSlateForStandardLatency = new(false) },
		unset: func(s *video.MuxLiveStreamSpec) { s.UseSlateForStandardLatency = nil },
		drift: patched(mux.UpdateLiveStreamRequest{UseSlateForStandardLatency: new(true)}),
		shown: func(l *mux.LiveStream) string {
			return map[bool]string{true: "yes"}[l.UseSlateForStandardLatency]
		}, first: "yes",
	},
	"reconnectSlateURL": {
		set: func(s *video.MuxLiveStreamSpec) { s.ReconnectSlateURL = text("https://a.example/1") }, other: func(s *video.MuxLiveStreamSpec) { s.ReconnectSlateURL = text("https://a.example/2") },
		empty: func(s *video.MuxLiveStreamSpec) { s.ReconnectSlateURL = text("") }, unset: func(s *video.MuxLiveStreamSpec) { s.ReconnectSlateURL = nil },
		drift: patched(mux.UpdateLiveStreamRequest{ReconnectSlateURL: new(mux.Secret("https://a.example/theirs"))}),
		shown: func(l *mux.LiveStream) string { return l.ReconnectSlateURL.Reveal() }, first: "https://a.example/1", second: "https://a.example/2",
	},
	"passthrough": {
		set: func(s *video.MuxLiveStreamSpec) { s.Passthrough = text("a") }, other: func(s *video.MuxLiveStreamSpec) { s.Passthrough = text("b") },
		empty: func(s *video.MuxLiveStreamSpec) { s.Passthrough = text("") }, unset: func(s *video.MuxLiveStreamSpec) { s.Passthrough = nil },
		drift: patched(mux.UpdateLiveStreamRequest{Passthrough: text("theirs")}),
		shown: func(l *mux.LiveStream) string { return l.Passthrough }, first: "a", second: "b",
	},
	"meta.title": {
		set: func(s *video.MuxLiveStreamSpec) { s.Meta = &video.LiveMeta{Title: text("a")} }, other: func(s *video.MuxLiveStreamSpec) { s.Meta = &video.LiveMeta{Title: text("b")} },
		empty: func(s *video.MuxLiveStreamSpec) { s.Meta = &video.LiveMeta{Title: text("")} }, unset: func(s *video.MuxLiveStreamSpec) { s.Meta = nil },
		drift: patched(mux.UpdateLiveStreamRequest{Meta: &mux.MetadataRequest{Title: text("theirs")}}),
		shown: func(l *mux.LiveStream) string {
			if l.Meta == nil {
				return ""
			}
			return l.Meta.Title
		}, first: "a", second: "b",
	},
	"newAssetSettings.videoQuality": {
		set: settingsOf(func(a *video.AssetSettings) { a.VideoQuality = "plus" }), other: settingsOf(func(a *video.AssetSettings) { a.VideoQuality = "premium" }),
		drift: patched(mux.UpdateLiveStreamRequest{NewAssetSettings: &mux.UpdateNewAssetSettings{VideoQuality: text("plus")}}),
		shown: func(l *mux.LiveStream) string { return settingsAt(l).VideoQuality }, first: "plus", second: "premium",
	},
	"newAssetSettings.mp4Support": {
		set: settingsOf(func(a *video.AssetSettings) { a.MP4Support = "capped-1080p" }), other: settingsOf(func(a *video.AssetSettings) { a.MP4Support = "audio-only" }),
		unset: withoutSettings, drift: patched(mux.UpdateLiveStreamRequest{NewAssetSettings: &mux.UpdateNewAssetSettings{MP4Support: text("none")}}),
		shown: func(l *mux.LiveStream) string { return settingsAt(l).MP4Support }, first: "capped-1080p", second: "audio-only", cleared: "none",
	},
	"newAssetSettings.masterAccess": {
		set: settingsOf(func(a *video.AssetSettings) { a.MasterAccess = "temporary" }), other: settingsOf(func(a *video.AssetSettings) { a.MasterAccess = "none" }),
		unset: withoutSettings, drift: patched(mux.UpdateLiveStreamRequest{NewAssetSettings: &mux.UpdateNewAssetSettings{MasterAccess: text("temporary")}}),
		shown: func(l *mux.LiveStream) string { return settingsAt(l).MasterAccess }, first: "temporary", second: "none", cleared: "none",
	},
	"newAssetSettings.meta.title":      recordingText(func(m *video.AssetMeta, v *string) { m.Title = v }, func(m *mux.MetadataRequest, v *string) { m.Title = v }, func(m mux.Metadata) string { return m.Title }),
	"newAssetSettings.meta.creatorID":  recordingText(func(m *video.AssetMeta, v *string) { m.CreatorID = v }, func(m *mux.MetadataRequest, v *string) { m.CreatorID = v }, func(m mux.Metadata) string { return m.CreatorID }),
	"newAssetSettings.meta.externalID": recordingText(func(m *video.AssetMeta, v *string) { m.ExternalID = v }, func(m *mux.MetadataRequest, v *string) { m.ExternalID = v }, func(m mux.Metadata) string { return m.ExternalID }),
	"newAssetSettings.staticRenditions": {
		set:   settingsOf(func(a *video.AssetSettings) { a.StaticRenditions = []video.StaticRendition{{Resolution: "720p"}} }),
		other: settingsOf(func(a *video.AssetSettings) { a.StaticRenditions = []video.StaticRendition{{Resolution: "highest"}} }),
		unset: withoutSettings,
		drift: func(t *testing.T, c *mux.Client, id string) error {
			_, err := c.SetNewAssetStaticRenditions(t.Context(), id, []mux.StaticRenditionRequest{{Resolution: "audio-only"}})
			return err
		},
		shown: func(l *mux.LiveStream) string {
			if all := settingsAt(l).StaticRenditions; all != nil && len(all.Files) > 0 {
				return all.Files[0].Resolution
			}
			return ""
		}, first: "720p", second: "highest", call: putRenditions, clearing: deleteRenditions,
	},
	"embeddedSubtitles": {
		set: func(s *video.MuxLiveStreamSpec) {
			s.EmbeddedSubtitles = []video.EmbeddedSubtitles{{LanguageChannel: "cc1"}}
		},
		other: func(s *video.MuxLiveStreamSpec) {
			s.EmbeddedSubtitles = []video.EmbeddedSubtitles{{LanguageChannel: "cc2"}}
		},
		unset: func(s *video.MuxLiveStreamSpec) { s.EmbeddedSubtitles = nil },
		drift: func(t *testing.T, c *mux.Client, id string) error {
			_, err := c.SetEmbeddedSubtitles(t.Context(), id, nil)
			return err
		},
		shown: func(l *mux.LiveStream) string {
			if len(l.EmbeddedSubtitles) == 0 {
				return ""
			}
			return l.EmbeddedSubtitles[0].LanguageChannel
		}, first: "cc1", second: "cc2", call: putEmbedded,
	},
	"generatedSubtitles": {
		set: func(s *video.MuxLiveStreamSpec) {
			s.GeneratedSubtitles = []video.LiveGeneratedSubtitles{{LanguageCode: "en"}}
		},
		other: func(s *video.MuxLiveStreamSpec) {
			s.GeneratedSubtitles = []video.LiveGeneratedSubtitles{{LanguageCode: "de"}}
		},
		unset: func(s *video.MuxLiveStreamSpec) { s.GeneratedSubtitles = nil },
		drift: func(t *testing.T, c *mux.Client, id string) error {
			_, err := c.SetGeneratedSubtitles(t.Context(), id, nil)
			return err
		},
		shown: func(l *mux.LiveStream) string {
			if len(l.GeneratedSubtitles) == 0 {
				return ""
			}
			return l.GeneratedSubtitles[0].LanguageCode
		}, first: "en", second: "de", call: putGenerated,
	},
}

// recordingText is a text of the metadata of recordings.
func recordingText(spec func(*video.AssetMeta, *string), request func(*mux.MetadataRequest, *string), shown func(mux.Metadata) string) updatable {
	says := func(value string) func(*video.MuxLiveStreamSpec) {
		return settingsOf(func(a *video.AssetSettings) {
			a.Meta = &video.AssetMeta{}
			spec(a.Meta, &value)
		})
	}
	theirs := mux.MetadataRequest{}
	request(&theirs, text("theirs"))
	return updatable{
		set: says("a"), other: says("b"), empty: says(""), unset: withoutSettings,
		drift: patched(mux.UpdateLiveStreamRequest{NewAssetSettings: &mux.UpdateNewAssetSettings{Meta: &theirs}}),
		shown: func(l *mux.LiveStream) string { return shown(metaOf(l)) }, first: "a", second: "b",
	}
}

// TestLiveStreamUpdates : each value that can be changed is set, changed, drifts, is cleared by an empty text and by leaving it out, with
// one call each. Nobody's change of what the spec does not say is touched, nor what Mux fills in.
func TestLiveStreamUpdates(t *testing.T) {
	for name, u := range updatables {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, liveStreamKind{})
			call := u.call
			if call == "" {
				call = patchLive
			}
			stream := s.synced("studio")
			step := func(what, call, shown string) {
				t.Helper()
				s.calls()
				s.reconcile(stream)
				want := map[string]int{}
				if call != "" {
					want[call] = 1
				}
				if calls := s.calls(); !maps.Equal(calls, want) {
					t.Errorf("%s: that took %v, want %v", what, calls, want)
				}
				if got := u.shown(s.atMux(stream)); got != shown {
					t.Errorf("%s: Mux has %q, want %q", what, got, shown)
				}
				s.calls()
				s.told(stream, "updated") // of our own change
				s.clock.Advance(secretSettles)
				s.reconcile(stream) // the GET that it costs
				s.rests(stream)
			}
			says := func(change func(*video.MuxLiveStreamSpec)) {
				t.Helper()
				s.changes(stream, func(l *video.MuxLiveStream) { change(&l.Spec) })
			}
			drifts := func() {
				t.Helper()
				s.clock.Advance(time.Minute)
				if err := u.drift(t, s.dashboard(), stream.Status.ID); err != nil {
					t.Fatal(err)
				}
				before := stream.DeepCopy()
				s.told(stream, "updated")
				if !(liveStreamKind{}).changed(before, stream) {
					t.Error("drift starts no reconcile")
				}
			}
			drifts()
			step("theirs, and nobody's business", "", u.shown(s.atMux(stream)))
			says(u.set)
			step("set", call, u.first)
			says(u.other)
			step("changed", call, u.second)
			drifts()
			step("drift", call, u.second)
			if u.empty != nil {
				says(u.empty)
				step("emptied", call, "")
				says(u.set)
				step("set again", call, u.first)
			}
			if u.unset == nil {
				return
			}
			clearing := call
			if u.clearing != "" {
				clearing = u.clearing
			}
			says(u.unset)
			step("left out", clearing, u.cleared)
		})
	}
}

// TestLiveStreamNormalized : what Mux makes of a value is no drift, however often it shows it.
func TestLiveStreamNormalized(t *testing.T) {
	stream := &video.MuxLiveStream{}
	stream.Spec.Meta = &video.LiveMeta{Title: text("a ")}
	stream.Status.Title = "a"
	stream.Status.Digests = &video.LiveStreamDigests{Settings: "as answered"}
	stream.Status.Stamps = &video.LiveStreamStamps{Snapshot: "2026-01-02T12:00:00.000000Z idle live_stream.updated e"}
	stream.Status.Acknowledged = &video.LiveStreamAcknowledged{Title: text("a "), Shown: &video.LiveStreamDigests{Settings: "as answered"}}
	if request, _, _ := compareLive(stream).settings(); request != nil {
		t.Errorf("it is sent: %+v", request)
	}
	stream.Status.Digests.Settings = "changed by somebody"
	if request, _, _ := compareLive(stream).settings(); request == nil || *request.Meta.Title != "a " {
		t.Errorf("drift is not mended: %+v", request)
	}
}
