// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"regexp"
	"slices"
)

// assetSettings is what a request says about an asset to be made, now or (new_asset_settings) later.
type assetSettings struct {
	Inputs                   oneOrMany[input]      `json:"inputs"`
	Input                    oneOrMany[input]      `json:"input"` // former name
	PlaybackPolicies         oneOrMany[string]     `json:"playback_policies"`
	PlaybackPolicy           oneOrMany[string]     `json:"playback_policy"` // former name
	AdvancedPlaybackPolicies []playbackPolicy      `json:"advanced_playback_policies"`
	Passthrough              string                `json:"passthrough"`
	Meta                     metadata              `json:"meta"`
	VideoQuality             string                `json:"video_quality"`
	EncodingTier             string                `json:"encoding_tier"`
	MaxResolutionTier        string                `json:"max_resolution_tier"`
	StaticRenditions         []renditionRequest    `json:"static_renditions"`
	MP4Support               string                `json:"mp4_support"`
	MasterAccess             string                `json:"master_access"`
	NormalizeAudio           bool                  `json:"normalize_audio"`
	CopyOverlays             *bool                 `json:"copy_overlays"`
	Test                     bool                  `json:"test"`
	GenerateShots            bool                  `json:"generate_shots"`
	PerTitleEncode           bool                  `json:"per_title_encode"`
	Directives               []struct{ ID string } `json:"directives"`
}

// metadata is meta, where absent and "" are the same.
type metadata struct {
	Title      string `json:"title,omitempty"`
	CreatorID  string `json:"creator_id,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
}

func (m metadata) check() *refusal {
	return firstRefusal(
		checkLength("meta.title", m.Title, longestTitle),
		checkLength("meta.creator_id", m.CreatorID, longestKey),
		checkLength("meta.external_id", m.ExternalID, longestKey),
	)
}

// input is one element of inputs.
type input struct {
	URL            string             `json:"url"`
	Type           string             `json:"type"`
	TextType       string             `json:"text_type"`
	LanguageCode   string             `json:"language_code"`
	Name           string             `json:"name"`
	ClosedCaptions bool               `json:"closed_captions"`
	Passthrough    string             `json:"passthrough"`
	StartTime      *float64           `json:"start_time"`
	EndTime        *float64           `json:"end_time"`
	Overlay        *overlay           `json:"overlay_settings"`
	Generated      []generatedRequest `json:"generated_subtitles"`
}

// overlay places an image on the video.
type overlay struct {
	VerticalAlign    string `json:"vertical_align"`
	VerticalMargin   string `json:"vertical_margin"`
	HorizontalAlign  string `json:"horizontal_align"`
	HorizontalMargin string `json:"horizontal_margin"`
	Width            string `json:"width"`
	Height           string `json:"height"`
	Opacity          string `json:"opacity"`
}

// UnmarshalJSON reads a bare URL too.
func (i *input) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &i.URL)
	}
	type plain input
	return decodeStrict(data, (*plain)(i))
}

// normalize moves former names to the present ones, refuses what contradicts itself and fills in defaults.
func (a *assetSettings) normalize() *refusal {
	if len(a.Inputs) > 0 && len(a.Input) > 0 || len(a.PlaybackPolicies) > 0 && len(a.PlaybackPolicy) > 0 {
		return invalid("a field and its former name exclude each other")
	}
	a.Inputs = append(a.Inputs, a.Input...)
	a.PlaybackPolicies = append(a.PlaybackPolicies, a.PlaybackPolicy...)
	if r := firstRefusal(
		checkEnum("video_quality", a.VideoQuality, "basic", "plus", "premium"),
		checkEnum("encoding_tier", a.EncodingTier, "baseline", "smart", "premium"),
	); r != nil {
		return r
	}
	qualities := map[string]string{"baseline": "basic", "smart": "plus", "premium": "premium"}
	tiers := map[string]string{"basic": "baseline", "plus": "smart", "premium": "premium"}
	a.VideoQuality = orDefault(orDefault(a.VideoQuality, qualities[a.EncodingTier]), "basic")
	if a.EncodingTier != "" && a.EncodingTier != tiers[a.VideoQuality] {
		return invalid("encoding_tier %q contradicts video_quality %q", a.EncodingTier, a.VideoQuality)
	}
	a.EncodingTier = tiers[a.VideoQuality]
	a.MaxResolutionTier = orDefault(a.MaxResolutionTier, "1080p")
	a.MP4Support = orDefault(a.MP4Support, "none")
	a.MasterAccess = orDefault(a.MasterAccess, "none")
	return nil
}

// check refuses what Mux refuses; live and upload settings have no URL in their first input, which wantURL tells.
func (a *assetSettings) check(wantURL bool) *refusal {
	if r := a.normalize(); r != nil {
		return r
	}
	return firstRefusal(
		a.checkPolicies(),
		checkLength("passthrough", a.Passthrough, longestPassthrough),
		a.Meta.check(),
		checkEnum("max_resolution_tier", a.MaxResolutionTier, "1080p", "1440p", "2160p"),
		checkEnum("mp4_support", a.MP4Support, mp4Supports...),
		checkEnum("master_access", a.MasterAccess, "none", "temporary"),
		checkRenditions(a.StaticRenditions),
		a.checkRenditionKinds(),
		a.checkInputs(wantURL),
	)
}

func (a *assetSettings) checkRenditionKinds() *refusal {
	if a.MP4Support != "none" && len(a.StaticRenditions) > 0 {
		return invalid("mp4_support and static_renditions exclude each other")
	}
	return nil
}

func (a *assetSettings) checkPolicies() *refusal {
	for _, p := range a.PlaybackPolicies {
		if p != "public" && p != "signed" {
			return invalid("playback_policies: %q is not one of public, signed (drm goes into advanced_playback_policies)", p)
		}
	}
	for _, p := range a.AdvancedPlaybackPolicies {
		if r := p.check(); r != nil {
			return r
		}
	}
	return nil
}

func (a *assetSettings) checkInputs(wantURL bool) *refusal {
	names := map[string][]string{}
	for i := range a.Inputs {
		in := &a.Inputs[i]
		if r := in.check(i == 0, wantURL || i > 0); r != nil {
			return r
		}
		if in.Type != "audio" && in.Type != "text" {
			continue
		}
		in.Name = orDefault(in.Name, languageName(in.LanguageCode))
		if slices.Contains(names[in.Type], in.Name) {
			return invalid("inputs: the name %q is used by two %s inputs", in.Name, in.Type)
		}
		names[in.Type] = append(names[in.Type], in.Name)
	}
	return nil
}

func (i *input) check(first, wantURL bool) *refusal {
	if wantURL || i.URL != "" {
		if r := checkURL("inputs.url", i.URL, "http", "https", "mux"); r != nil {
			return r
		}
	}
	if first && i.Type == "text" {
		return invalid("inputs: the first one is the main media, not text")
	}
	if (i.Type == "text" || i.Type == "audio") && !languageCode.MatchString(i.LanguageCode) {
		return invalid("inputs.language_code: a BCP 47 code is required for %s", i.Type)
	}
	if (i.StartTime != nil || i.EndTime != nil) && !i.isClip() {
		return invalid("inputs: start_time and end_time are for clips (mux://assets/…)")
	}
	for _, g := range i.Generated {
		if r := g.check(); r != nil {
			return r
		}
	}
	return firstRefusal(
		checkEnum("inputs.type", i.Type, "video", "audio", "text"),
		checkEnum("inputs.text_type", i.TextType, "subtitles"),
		checkLength("inputs.passthrough", i.Passthrough, longestPassthrough),
		i.Overlay.check(),
	)
}

func (o *overlay) check() *refusal {
	if o == nil {
		return nil
	}
	return firstRefusal(
		checkEnum("overlay_settings.vertical_align", o.VerticalAlign, "top", "middle", "bottom"),
		checkEnum("overlay_settings.horizontal_align", o.HorizontalAlign, "left", "center", "right"),
	)
}

var languageCode = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
