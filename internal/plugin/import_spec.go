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

// A spec says what Mux shows, so that the adoption sends nothing. What Mux does not tell again (URLs of inputs and text tracks), what
// holds a key (simulcast targets, some slates), what ends by itself (the master), and what a spec cannot say are left out, and the
// manifest says so: what a spec does not name stays at Mux as it is. docs/kubectl-mux.md has a table of all fields.

func (i *importCommand) writeAsset(asset *mux.Asset) error {
	name, err := i.names.of("muxasset", asset.ID, titleOf(asset.Meta), asset.Passthrough, "asset")
	if err != nil {
		return err
	}
	o := &video.MuxAsset{
		ObjectMeta: metav1.ObjectMeta{Namespace: i.namespace, Name: name},
		Spec:       video.MuxAssetSpec{FollowedSpec: i.followed(asset.ID), AssetSettings: assetSettings(asset)},
	}
	texts, generated := 0, 0
	for _, track := range asset.Tracks {
		switch {
		case track.Type != "text":
		case !strings.HasPrefix(track.TextSource, "generated"):
			texts++
		case track.TextSource == "generated_vod" && track.Status != "errored" && slices.Contains(spoken, track.LanguageCode):
			o.Spec.GeneratedSubtitles = append(o.Spec.GeneratedSubtitles, video.GeneratedSubtitles{
				LanguageCode: track.LanguageCode, Name: track.Name, Passthrough: track.Passthrough,
			})
		default:
			generated++
		}
	}
	all := len(o.Spec.GeneratedSubtitles)
	o.Spec.GeneratedSubtitles = distinct(o.Spec.GeneratedSubtitles, func(s video.GeneratedSubtitles) string { return s.LanguageCode })
	var left omissions
	left.add(texts, "text track", "Mux tells no URL again")
	left.add(generated+all-len(o.Spec.GeneratedSubtitles), "generated text track", "they failed, are of a broadcast, or of a language that a spec does not ask for or asks for once")
	left.add(len(asset.PlaybackIDs)-len(o.Spec.PlaybackPolicies), "playback id", "a spec asks for one of each policy")
	if asset.StaticRenditions != nil {
		left.add(len(asset.StaticRenditions.Files)-len(o.Spec.StaticRenditions), "static rendition", "they failed, or cannot be asked for beside the others")
	}
	if asset.MP4Support != "" && asset.MP4Support != "none" {
		left.add(1, "value of mp4Support", "Mux does not tell what was asked for")
	}
	return i.write(o, left, describe("asset", asset.ID, titleOf(asset.Meta), asset.CreatedAt.Time))
}

// omissions say what of an object at Mux is not in its manifest, and why.
type omissions []string

// add notes n things of a kind.
func (o *omissions) add(n int, noun, why string) {
	if n > 0 {
		*o = append(*o, fmt.Sprintf("%s left out, and left alone at Mux: %s", count(n, noun), why))
	}
}

// write writes a manifest with what is not in it, which is told on the error output as well.
func (i *importCommand) write(o object, left omissions, about string) error {
	for _, line := range left {
		i.left = append(i.left, objectPath(o)+": "+line)
	}
	return i.manifests.write(o, append([]string{about}, left...)...)
}

// objectPath is muxasset/NAME.
func objectPath(o object) string {
	if _, ok := o.(*video.MuxAsset); ok {
		return "muxasset/" + o.GetName()
	}
	return "muxlivestream/" + o.GetName()
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
	for _, flag := range []shownFlag{{asset.Test, &settings.Test}, {asset.NormalizeAudio, &settings.NormalizeAudio}, {asset.GenerateShots, &settings.GenerateShots}} {
		flag.set()
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
	for _, flag := range []shownFlag{
		{stream.UseSlateForStandardLatency, &o.Spec.UseSlateForStandardLatency}, {stream.AudioOnly, &o.Spec.AudioOnly}, {stream.Test, &o.Spec.Test},
	} {
		flag.set()
	}
	var left omissions
	left.add(len(stream.PlaybackIDs)-len(o.Spec.PlaybackPolicies), "playback id", "a spec asks for one of each policy")
	left.add(len(stream.SimulcastTargets), "simulcast target", "keys do not belong into a manifest")
	liveLists(o, stream, &left)
	return i.write(o, left, describe("live stream", stream.ID, titleOf(stream.Meta), stream.CreatedAt.Time))
}

// shownFlag is a setting that is false where a spec does not name it.
type shownFlag struct {
	shown bool
	to    **bool
}

func (f shownFlag) set() {
	if f.shown {
		*f.to = new(true)
	}
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
