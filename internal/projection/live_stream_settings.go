// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// Digest identifies what has a JSON form, in 16 hex digits; it is compared and never resolved.
func Digest(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err) // plain data always has a JSON form
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// DigestOfText is the digest of a text, "" of none.
func DigestOfText(text string) string {
	if text == "" {
		return ""
	}
	return Digest(text)
}

// setSettings takes from a snapshot what can be changed of a live stream, so that a change by somebody else is seen. Of what would
// be long, or may hold a key, there is a digest.
func setSettings(f *liveFacts, stream *mux.LiveStream) {
	f.UseSlateForStandardLatency = stream.UseSlateForStandardLatency
	digests := video.LiveStreamDigests{
		ReconnectSlateURL:  DigestOfText(stream.ReconnectSlateURL.Reveal()),
		EmbeddedSubtitles:  DigestOfEmbedded(stream.EmbeddedSubtitles),
		GeneratedSubtitles: DigestOfGenerated(stream.GeneratedSubtitles),
	}
	if settings := stream.NewAssetSettings; settings != nil {
		f.NewAssetSettings = changeableSettings(settings)
		if settings.StaticRenditions != nil {
			digests.StaticRenditions = DigestOfRenditions(settings.StaticRenditions.Files)
		}
	}
	digests.Settings = Digest([]any{
		f.LatencyMode, f.ReconnectWindow, f.MaxContinuousDuration, f.Passthrough, f.Title, f.UseSlateForStandardLatency,
		f.NewAssetSettings, digests.ReconnectSlateURL,
	})
	f.Digests = &digests
}

// digestOfList is the digest of a list whose order says nothing, from the texts of its elements.
func digestOfList[T any](list []T, texts func(T) []string) string {
	if len(list) == 0 {
		return ""
	}
	var all [][]string
	for _, element := range list {
		all = append(all, texts(element))
	}
	slices.SortFunc(all, slices.Compare)
	return Digest(all)
}

// DigestOfEmbedded is that of LiveStreamDigests.EmbeddedSubtitles.
func DigestOfEmbedded(subtitles []mux.EmbeddedSubtitles) string {
	return digestOfList(subtitles, func(e mux.EmbeddedSubtitles) []string {
		return []string{e.LanguageChannel, e.LanguageCode, e.Name, e.Passthrough}
	})
}

// DigestOfGenerated is that of LiveStreamDigests.GeneratedSubtitles.
func DigestOfGenerated(subtitles []mux.GeneratedSubtitles) string {
	return digestOfList(subtitles, func(g mux.GeneratedSubtitles) []string {
		return append([]string{g.LanguageCode, g.Name, g.Passthrough}, g.TranscriptionVocabularyIDs...)
	})
}

// DigestOfRenditions is that of LiveStreamDigests.StaticRenditions.
func DigestOfRenditions(files []mux.StaticRendition) string {
	return digestOfList(files, func(f mux.StaticRendition) []string { return []string{f.Resolution, f.Passthrough} })
}

func changeableSettings(settings *mux.NewAssetSettings) *video.NewAssetSettingsStatus {
	shown := &video.NewAssetSettingsStatus{
		VideoQuality: text(settings.VideoQuality), MP4Support: text(settings.MP4Support), MasterAccess: text(settings.MasterAccess),
	}
	if settings.Meta != nil {
		shown.Meta = metaStatus(settings.Meta)
	}
	if *shown == (video.NewAssetSettingsStatus{}) {
		return nil
	}
	return shown
}
