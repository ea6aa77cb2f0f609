// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// agreeing is a kind whose spec may say, when an object at Mux is adopted, what Mux has just shown: that counts as acknowledged,
// and is not sent once more. So a spec that was written from what Mux shows changes nothing there.
type agreeing interface {
	agree(o commit.Followed)
}

// agreed is what counts as acknowledged of one value.
func agreed[T comparable](acknowledged, spec *T, shown T) *T {
	if acknowledged == nil && spec != nil && *spec == shown {
		return spec
	}
	return acknowledged
}

func (assetKind) agree(o commit.Followed) {
	spec, status := &assetOf(o).Spec, &assetOf(o).Status
	known := *acknowledgedOf(assetOf(o))
	known.Passthrough = agreed(known.Passthrough, spec.Passthrough, status.Passthrough)
	if meta, shown := spec.Meta, status.Meta; meta != nil && shown != nil {
		known.Title = agreed(known.Title, meta.Title, shown.Title)
		known.CreatorID = agreed(known.CreatorID, meta.CreatorID, shown.CreatorID)
		known.ExternalID = agreed(known.ExternalID, meta.ExternalID, shown.ExternalID)
	}
	if known != (video.AssetAcknowledged{}) {
		status.Acknowledged = &known
	}
}

func (liveStreamKind) agree(o commit.Followed) {
	c := compareLive(liveStreamOf(o))
	known := c.known
	known.Passthrough = agreed(known.Passthrough, c.spec.Passthrough, c.status.Passthrough)
	if c.spec.Meta != nil {
		known.Title = agreed(known.Title, c.spec.Meta.Title, c.status.Title)
	}
	known.LatencyMode = agreed(known.LatencyMode, unlessEmpty(c.spec.LatencyMode), c.status.LatencyMode)
	known.ReconnectWindowSeconds = agreed(known.ReconnectWindowSeconds, c.spec.ReconnectWindowSeconds, wholeSeconds(c.status.ReconnectWindow))
	known.MaxContinuousDurationSeconds = agreed(known.MaxContinuousDurationSeconds, c.spec.MaxContinuousDurationSeconds, wholeSeconds(c.status.MaxContinuousDuration))
	known.UseSlateForStandardLatency = agreed(known.UseSlateForStandardLatency, c.spec.UseSlateForStandardLatency, c.status.UseSlateForStandardLatency)
	known.ReconnectSlateURL = agreed(known.ReconnectSlateURL, digestOfText(c.spec.ReconnectSlateURL), c.shown.ReconnectSlateURL)
	known.NewAssetSettings = c.agreedNewAsset()
	c.agreeLists(&known)
	if known != (video.LiveStreamAcknowledged{}) {
		c.status.Acknowledged = &known
	}
}

// agreeLists is that of the lists that Mux takes as a whole.
func (c liveComparison) agreeLists(known *video.LiveStreamAcknowledged) {
	shown := known.Shown
	if shown == nil {
		known.Shown = &video.LiveStreamDigests{}
	}
	for _, list := range liveLists(c) {
		if sent, _ := list.keep(known); *sent == nil && list.spec != nil && list.shows == list.of(&c.shown) {
			*sent = list.spec
		}
	}
	known.Shown = shown
}

// agreedNewAsset is that of the settings of future recordings.
func (c liveComparison) agreedNewAsset() *video.NewAssetSettingsAcknowledged {
	var known video.NewAssetSettingsAcknowledged
	if c.known.NewAssetSettings != nil {
		known = *c.known.NewAssetSettings
	}
	spec, shown := newAssetTexts(c.spec.NewAssetSettings), c.status.NewAssetSettings
	if shown == nil {
		return c.known.NewAssetSettings
	}
	known.VideoQuality = agreed(known.VideoQuality, spec.videoQuality, shown.VideoQuality)
	known.MP4Support = agreed(known.MP4Support, spec.mp4Support, orNone(shown.MP4Support))
	known.MasterAccess = agreed(known.MasterAccess, spec.masterAccess, orNone(shown.MasterAccess))
	if meta := shown.Meta; meta != nil {
		known.Title = agreed(known.Title, digestOfText(spec.title), projection.DigestOfText(meta.Title))
		known.CreatorID = agreed(known.CreatorID, digestOfText(spec.creatorID), projection.DigestOfText(meta.CreatorID))
		known.ExternalID = agreed(known.ExternalID, digestOfText(spec.externalID), projection.DigestOfText(meta.ExternalID))
	}
	if known == (video.NewAssetSettingsAcknowledged{}) {
		return nil
	}
	return &known
}
