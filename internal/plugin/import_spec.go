// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// A spec says what Mux shows and the operator compares, so that the adoption sends nothing: texts, playback ids, files, generated
// subtitles, and the settings of live streams. What Mux does not tell again (URLs of inputs and text tracks), what may hold a key
// (simulcast targets, the slate), what ends by itself (the master), and lists that are only ever sent as a whole are left out: what
// a spec does not name stays at Mux as it is.

func (i *importCommand) writeAsset(asset *mux.Asset) error {
	name, err := i.names.of("muxasset", asset.ID, titleOf(asset.Meta), asset.Passthrough, "asset")
	if err != nil {
		return err
	}
	o := &video.MuxAsset{
		ObjectMeta: metav1.ObjectMeta{Namespace: i.namespace, Name: name},
		Spec:       video.MuxAssetSpec{FollowedSpec: i.followed(asset.ID), AssetSettings: assetSettings(asset)},
	}
	texts := 0
	for _, track := range asset.Tracks {
		switch {
		case track.Type != "text":
		case track.TextSource == "generated_vod" && track.Status != "errored" && slices.Contains(spoken, track.LanguageCode):
			o.Spec.GeneratedSubtitles = append(o.Spec.GeneratedSubtitles, video.GeneratedSubtitles{
				LanguageCode: track.LanguageCode, Name: track.Name, Passthrough: track.Passthrough,
			})
		default:
			texts++
		}
	}
	o.Spec.GeneratedSubtitles = distinct(o.Spec.GeneratedSubtitles, func(s video.GeneratedSubtitles) string { return s.LanguageCode })
	i.leave(texts, "text track", "muxasset/"+name, "Mux tells no URL again")
	return i.manifests.write(o, describe("asset", asset.ID, titleOf(asset.Meta), asset.CreatedAt.Time))
}

// leave notes what is in no manifest.
func (i *importCommand) leave(n int, noun, object, why string) {
	if n > 0 {
		i.left = append(i.left, fmt.Sprintf("%s: %s left out, and left alone at Mux: %s", object, count(n, noun), why))
	}
}

// spoken are the languages that spec.generatedSubtitles takes.
var spoken = strings.Split("en es it pt de fr pl ru nl ca tr sv uk no fi sk el cs hr da ro bg", " ")

// offered are the resolutions that spec.staticRenditions takes.
var offered = strings.Split("highest audio-only 2160p 1440p 1080p 720p 540p 480p 360p 270p", " ")

func assetSettings(asset *mux.Asset) video.AssetSettings {
	settings := video.AssetSettings{
		PlaybackPolicies:  playbackPolicies(asset.PlaybackIDs),
		Meta:              assetMeta(asset.Meta),
		Passthrough:       said(asset.Passthrough),
		VideoQuality:      oneOf(asset.VideoQuality, "basic", "plus", "premium"),
		MaxResolutionTier: oneOf(asset.MaxResolutionTier, "1080p", "1440p", "2160p"),
	}
	if asset.Test {
		settings.Test = &asset.Test
	}
	if asset.StaticRenditions != nil {
		settings.StaticRenditions = staticRenditions(asset.StaticRenditions.Files)
	}
	return settings
}

// staticRenditions are those that can be declared together: highest excludes the other videos.
func staticRenditions(files []mux.StaticRendition) (declared []video.StaticRendition) {
	for _, file := range files {
		if slices.Contains(offered, file.Resolution) && file.Status != "errored" && file.Status != "deleted" {
			declared = append(declared, video.StaticRendition{Resolution: file.Resolution, Passthrough: file.Passthrough})
		}
	}
	if slices.ContainsFunc(declared, func(r video.StaticRendition) bool { return r.Resolution == "highest" }) {
		declared = slices.DeleteFunc(declared, func(r video.StaticRendition) bool { return strings.HasSuffix(r.Resolution, "p") })
	}
	return distinct(declared, func(r video.StaticRendition) string { return r.Resolution })
}

func playbackPolicies(ids []mux.PlaybackID) (policies []video.PlaybackPolicy) {
	for _, id := range ids {
		known := id.Policy == "public" || id.Policy == "signed" || (id.Policy == "drm" && id.DRMConfigurationID != "")
		if known {
			policies = append(policies, video.PlaybackPolicy{Policy: id.Policy, DRMConfigurationID: id.DRMConfigurationID})
		}
	}
	return distinct(policies, func(p video.PlaybackPolicy) string { return p.Policy })
}

// distinct keeps the first of each key, as a list of a spec has it.
func distinct[T any](all []T, key func(T) string) (kept []T) {
	seen := map[string]bool{}
	for _, one := range all {
		if k := key(one); !seen[k] {
			seen[k] = true
			kept = append(kept, one)
		}
	}
	return kept
}

func assetMeta(shown *mux.Metadata) *video.AssetMeta {
	if shown == nil {
		return nil
	}
	declared := &video.AssetMeta{Title: said(shown.Title), CreatorID: said(shown.CreatorID), ExternalID: said(shown.ExternalID)}
	if *declared == (video.AssetMeta{}) {
		return nil
	}
	return declared
}

// said is a text that Mux shows; nil for none, and for a create token of ours.
func said(text string) *string {
	if text == "" || strings.HasPrefix(text, "mux-operator/") {
		return nil
	}
	return &text
}

// oneOf is a text if it is one of those, "" otherwise.
func oneOf(text string, all ...string) string {
	if slices.Contains(all, text) {
		return text
	}
	return ""
}

func titleOf(meta *mux.Metadata) string {
	if meta == nil {
		return ""
	}
	return meta.Title
}

func (i *importCommand) writeLiveStream(stream *mux.LiveStream) error {
	name, err := i.names.of("muxlivestream", stream.ID, titleOf(stream.Meta), stream.Passthrough, "live-stream")
	if err != nil {
		return err
	}
	o := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: i.namespace, Name: name}, Spec: video.MuxLiveStreamSpec{
		FollowedSpec:                 i.followed(stream.ID),
		PlaybackPolicies:             playbackPolicies(stream.PlaybackIDs),
		NewAssetSettings:             newAssetSettings(stream.NewAssetSettings),
		LatencyMode:                  oneOf(stream.LatencyMode, "low", "reduced", "standard"),
		ReconnectWindowSeconds:       wholeSeconds(stream.ReconnectWindow, 0, 1800),
		MaxContinuousDurationSeconds: wholeSeconds(stream.MaxContinuousDuration, 60, 43200),
		Passthrough:                  said(stream.Passthrough),
	}}
	if title := said(titleOf(stream.Meta)); title != nil {
		o.Spec.Meta = &video.LiveMeta{Title: title}
	}
	for _, flag := range []struct {
		shown bool
		to    **bool
	}{{stream.UseSlateForStandardLatency, &o.Spec.UseSlateForStandardLatency}, {stream.AudioOnly, &o.Spec.AudioOnly}, {stream.Test, &o.Spec.Test}} {
		if flag.shown {
			*flag.to = new(true)
		}
	}
	object := "muxlivestream/" + name
	i.leave(len(stream.SimulcastTargets), "simulcast target", object, "keys do not belong into a manifest")
	i.leave(len(stream.EmbeddedSubtitles)+len(stream.GeneratedSubtitles), "setting of subtitles", object, "Mux takes them as a whole alone")
	return i.manifests.write(o, describe("live stream", stream.ID, titleOf(stream.Meta), stream.CreatedAt.Time))
}

// newAssetSettings are those that one call can change, and the policies, which the operator never compares.
func newAssetSettings(shown *mux.NewAssetSettings) *video.AssetSettings {
	if shown == nil {
		return nil
	}
	settings := &video.AssetSettings{
		Meta:         assetMeta(shown.Meta),
		VideoQuality: oneOf(shown.VideoQuality, "plus", "premium"),
	}
	for _, policy := range shown.PlaybackPolicies {
		if oneOf(policy, "public", "signed") != "" {
			settings.PlaybackPolicies = append(settings.PlaybackPolicies, video.PlaybackPolicy{Policy: policy})
		}
	}
	settings.PlaybackPolicies = distinct(settings.PlaybackPolicies, func(p video.PlaybackPolicy) string { return p.Policy })
	if settings.PlaybackPolicies == nil && settings.Meta == nil && settings.VideoQuality == "" {
		return nil
	}
	return settings
}

// wholeSeconds is a time that Mux shows, where a spec can say it.
func wholeSeconds(shown *float64, least, most int32) *int32 {
	if shown == nil || *shown != float64(int32(*shown)) || int32(*shown) < least || int32(*shown) > most {
		return nil
	}
	return new(int32(*shown))
}

// describe is the line above a manifest.
func describe(noun, id, title string, made time.Time) string {
	return noun + " " + id + suffixIf(title != "", fmt.Sprintf(" %q", title)) + suffixIf(!made.IsZero(), ", made "+made.UTC().Format(time.RFC3339))
}

// names makes names for objects.
type names struct{ taken map[string]bool }

// of is a name that is the same whenever the same is imported: what a person calls it, and a hash of the Mux id, which tells
// those of one title apart.
func (n *names) of(kind, id string, texts ...string) (string, error) {
	var prefix string
	for _, text := range texts {
		prefix = cmp.Or(prefix, slug(text, longestPrefix))
	}
	name := projection.MadeName(prefix, id)
	if n.taken[kind+"/"+name] {
		return "", fmt.Errorf("the %s %s exists, and is not of %s; rename it, or change the title at Mux", kind, name, id)
	}
	n.taken[kind+"/"+name] = true
	return name, nil
}

// longestPrefix keeps names readable in a table.
const longestPrefix = 40
