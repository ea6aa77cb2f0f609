// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"net/url"
	"reflect"
	"slices"
	"strings"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// liveLists fills in what Mux takes as a whole: the slate, and the lists of subtitles and of the files of recordings. One that a spec
// can say in part alone is left out, since the rest of it would be taken away.
func liveLists(o *video.MuxLiveStream, stream *mux.LiveStream, left *omissions) {
	if slate, ok := keyless(stream.ReconnectSlateURL.Reveal()); ok {
		o.Spec.ReconnectSlateURL = slate
	} else {
		left.add(1, "URL of the slate", "it may hold a key")
	}
	var ok bool
	if o.Spec.EmbeddedSubtitles, ok = wholly(stream.EmbeddedSubtitles, embedded, func(s video.EmbeddedSubtitles) string { return s.LanguageChannel }); !ok {
		left.add(len(stream.EmbeddedSubtitles), "caption", "a spec cannot say all of them")
	}
	if o.Spec.GeneratedSubtitles, ok = wholly(stream.GeneratedSubtitles, generatedLive, func(video.LiveGeneratedSubtitles) string { return "" }); !ok {
		left.add(len(stream.GeneratedSubtitles), "subtitle setting", "a spec cannot say all of them")
	}
	settings := stream.NewAssetSettings
	if settings == nil || settings.StaticRenditions == nil {
		return
	}
	files := staticRenditions(settings.StaticRenditions.Files)
	switch {
	case len(files) == 0:
	case len(files) != len(settings.StaticRenditions.Files):
		left.add(len(settings.StaticRenditions.Files), "recording file", "a spec cannot say all of them")
	default:
		if o.Spec.NewAssetSettings == nil {
			o.Spec.NewAssetSettings = &video.AssetSettings{}
		}
		o.Spec.NewAssetSettings.StaticRenditions = files
	}
}

// keyless is a URL as a spec has it, nil for none; ok is false of one that may hold a key or a password.
func keyless(text string) (plain *string, ok bool) {
	if text == "" {
		return nil, true
	}
	at, err := url.Parse(text)
	if err != nil || at.User != nil || at.RawQuery != "" || at.Fragment != "" || len(text) > 2048 {
		return nil, false
	}
	return &text, true
}

// wholly is a list as a spec has it, with a key that no two elements share; ok is false where a spec cannot say all of it.
func wholly[M, S any](shown []M, say func(M) (S, bool), key func(S) string) (said []S, ok bool) {
	for _, one := range shown {
		element, ok := say(one)
		if !ok {
			return nil, false
		}
		said = append(said, element)
	}
	if len(distinct(said, key)) != len(said) {
		return nil, false
	}
	return said, true
}

func embedded(s mux.EmbeddedSubtitles) (video.EmbeddedSubtitles, bool) {
	said := video.EmbeddedSubtitles{LanguageChannel: s.LanguageChannel, LanguageCode: s.LanguageCode, Name: s.Name, Passthrough: s.Passthrough}
	return said, oneOf(s.LanguageChannel, "cc1", "cc2", "cc3", "cc4") != ""
}

// spokenLive are the languages that spec.generatedSubtitles of a live stream takes.
var spokenLive = strings.Split("en en-US es fr de pt it", " ")

func generatedLive(s mux.GeneratedSubtitles) (video.LiveGeneratedSubtitles, bool) {
	said := video.LiveGeneratedSubtitles{
		LanguageCode: s.LanguageCode, Name: s.Name, Passthrough: s.Passthrough, TranscriptionVocabularyIDs: s.TranscriptionVocabularyIDs,
	}
	return said, slices.Contains(spokenLive, s.LanguageCode) && len(s.TranscriptionVocabularyIDs) <= 10
}

// newAssetSettings are the settings of future recordings but for the list of files. Those that no call can change, the operator
// never compares.
func newAssetSettings(shown *mux.NewAssetSettings) *video.AssetSettings {
	if shown == nil {
		return nil
	}
	settings := &video.AssetSettings{
		Meta:              assetMeta(shown.Meta),
		Passthrough:       said(shown.Passthrough),
		VideoQuality:      oneOf(shown.VideoQuality, "plus", "premium"),
		MaxResolutionTier: oneOf(shown.MaxResolutionTier, "1080p", "1440p", "2160p"),
		MP4Support:        oneOf(shown.MP4Support, "standard", "capped-1080p", "audio-only", "audio-only,capped-1080p"),
		MasterAccess:      oneOf(shown.MasterAccess, "temporary"),
	}
	ids := slices.Clone(shown.AdvancedPlaybackPolicies)
	for _, policy := range shown.PlaybackPolicies {
		ids = append(ids, mux.PlaybackID{Policy: policy})
	}
	settings.PlaybackPolicies = playbackPolicies(ids)
	shownFlag{shown.Test, &settings.Test}.set()
	if reflect.ValueOf(*settings).IsZero() {
		return nil
	}
	return settings
}
