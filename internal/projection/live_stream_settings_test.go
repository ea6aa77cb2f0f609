// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// TestDigests : each value that can be changed is in the digest of its group and in no other, the order of a list is not, and an
// event gives those of the answer. A URL is in none of it as it is.
func TestDigests(t *testing.T) {
	of := func(change func(*mux.LiveStream)) video.LiveStreamDigests {
		t.Helper()
		stream := &mux.LiveStream{ID: "l", Status: StateIdle}
		change(stream)
		var answered, told video.MuxLiveStreamStatus
		LiftLiveStreamAnswer(stream, base, SourceGet, "digest").Write(&answered)
		data, err := json.Marshal(stream)
		if err != nil {
			t.Fatal(err)
		}
		lifted, ok := LiftLiveStreamEvent(&mux.Event{Type: "video.live_stream.updated", ID: "e", CreatedAt: base, Data: data})
		if !ok {
			t.Fatal("the event is not lifted")
		}
		lifted.Write(&told)
		if diff := cmp.Diff(answered.Digests, told.Digests); diff != "" {
			t.Errorf("answer (-), event (+):\n%s", diff)
		}
		return *answered.Digests
	}
	settings := func(change func(*mux.NewAssetSettings)) func(*mux.LiveStream) {
		return func(l *mux.LiveStream) {
			l.NewAssetSettings = &mux.NewAssetSettings{}
			change(l.NewAssetSettings)
		}
	}
	none := of(func(*mux.LiveStream) {})
	if none.ReconnectSlateURL+none.StaticRenditions+none.EmbeddedSubtitles+none.GeneratedSubtitles != "" {
		t.Errorf("of nothing: %+v", none)
	}
	const renditions, embedded, generated, slate, together = "staticRenditions", "embeddedSubtitles", "generatedSubtitles", "reconnectSlateURL", "settings"
	for name, test := range map[string]struct {
		change func(*mux.LiveStream)
		groups string
	}{
		"latency":         {func(l *mux.LiveStream) { l.LatencyMode = "low" }, together},
		"window":          {func(l *mux.LiveStream) { l.ReconnectWindow = new(0.0) }, together},
		"slate":           {func(l *mux.LiveStream) { l.UseSlateForStandardLatency = true }, together},
		"slate URL":       {func(l *mux.LiveStream) { l.ReconnectSlateURL = "https://example.com/secret" }, slate + " " + together},
		"duration":        {func(l *mux.LiveStream) { l.MaxContinuousDuration = new(60.0) }, together},
		"passthrough":     {func(l *mux.LiveStream) { l.Passthrough = "p" }, together},
		"title":           {func(l *mux.LiveStream) { l.Meta = &mux.Metadata{Title: "t"} }, together},
		"quality":         {settings(func(n *mux.NewAssetSettings) { n.VideoQuality = "plus" }), together},
		"mp4":             {settings(func(n *mux.NewAssetSettings) { n.MP4Support = "none" }), together},
		"master":          {settings(func(n *mux.NewAssetSettings) { n.MasterAccess = "temporary" }), together},
		"recording title": {settings(func(n *mux.NewAssetSettings) { n.Meta = &mux.Metadata{Title: "t"} }), together},
		"creator":         {settings(func(n *mux.NewAssetSettings) { n.Meta = &mux.Metadata{CreatorID: "c"} }), together},
		"external id":     {settings(func(n *mux.NewAssetSettings) { n.Meta = &mux.Metadata{ExternalID: "e"} }), together},
		"files": {settings(func(n *mux.NewAssetSettings) {
			n.StaticRenditions = &mux.StaticRenditions{Files: []mux.StaticRendition{{Resolution: "720p"}}}
		}), renditions},
		"captions":      {func(l *mux.LiveStream) { l.EmbeddedSubtitles = []mux.EmbeddedSubtitles{{LanguageChannel: "cc1"}} }, embedded},
		"subtitles":     {func(l *mux.LiveStream) { l.GeneratedSubtitles = []mux.GeneratedSubtitles{{LanguageCode: "en"}} }, generated},
		"what is fixed": {settings(func(n *mux.NewAssetSettings) { n.MaxResolutionTier = "1080p" }), ""},
		"a state":       {func(l *mux.LiveStream) { l.Status = StateActive }, ""},
		"a key":         {func(l *mux.LiveStream) { l.StreamKey = "key" }, ""},
	} {
		got := of(test.change)
		var groups []string
		for _, group := range []struct{ name, was, is string }{
			{renditions, none.StaticRenditions, got.StaticRenditions}, {embedded, none.EmbeddedSubtitles, got.EmbeddedSubtitles},
			{generated, none.GeneratedSubtitles, got.GeneratedSubtitles}, {slate, none.ReconnectSlateURL, got.ReconnectSlateURL},
			{together, none.Settings, got.Settings},
		} {
			if group.was != group.is {
				groups = append(groups, group.name)
			}
		}
		if strings.Join(groups, " ") != test.groups {
			t.Errorf("%s changes %q, want %q", name, groups, test.groups)
		}
	}
	ordered := of(func(l *mux.LiveStream) {
		l.EmbeddedSubtitles = []mux.EmbeddedSubtitles{{LanguageChannel: "cc1"}, {LanguageChannel: "cc2"}}
	})
	if swapped := of(func(l *mux.LiveStream) {
		l.EmbeddedSubtitles = []mux.EmbeddedSubtitles{{LanguageChannel: "cc2"}, {LanguageChannel: "cc1"}}
	}); swapped != ordered {
		t.Error("the order is in the digest")
	}
}

// TestUpdatedStamp : the newest event that told of a change by somebody is kept, whatever comes after it.
func TestUpdatedStamp(t *testing.T) {
	event := func(kind string, after time.Duration) LiveStream {
		lifted, ok := LiftLiveStreamEvent(&mux.Event{Type: "video.live_stream." + kind, ID: kind, CreatedAt: base.Add(after), Data: []byte(`{"id":"l","status":"idle"}`)})
		if !ok {
			t.Fatal("not lifted")
		}
		return lifted
	}
	var status video.MuxLiveStreamStatus
	event("updated", 0).Join(event("updated", time.Second)).Join(event("connected", time.Minute)).Write(&status)
	if !StampTime(status.Stamps.Updated).Equal(base.Add(time.Second)) || StampSource(status.Stamps.Snapshot) != "live_stream.connected" {
		t.Errorf("stamps are %+v", status.Stamps)
	}
	if again := ReadLiveStream(&status); again.updated.text() != status.Stamps.Updated {
		t.Error("it is lost when the status is read")
	}
}
