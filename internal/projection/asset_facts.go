// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// assetFacts takes from a snapshot what its fields say together, clamped.
func assetFacts(asset *mux.Asset) facts {
	f := facts{
		AspectRatio:       text(asset.AspectRatio),
		ResolutionTier:    text(asset.ResolutionTier),
		MaxResolutionTier: text(asset.MaxResolutionTier),
		VideoQuality:      text(cmp.Or(asset.VideoQuality, qualities[asset.EncodingTier])),
		IngestType:        text(asset.IngestType),
		CreatedAt:         seconds(asset.CreatedAt.Time),
		IsLive:            asset.IsLive,
		Test:              asset.Test,
		Passthrough:       clamp(asset.Passthrough, maxPassthrough),
		LiveStreamID:      text(asset.LiveStreamID),
		UploadID:          text(asset.UploadID),
		SourceAssetID:     text(asset.SourceAssetID),
		NonStandardInput:  len(asset.NonStandardInputReasons) > 0,
		Error:             errorStatus(asset.Errors),
	}
	if asset.Duration != nil {
		f.Duration = milliseconds(*asset.Duration)
	}
	if asset.Meta != nil {
		f.Meta = metaStatus(asset.Meta)
	}
	if asset.Master != nil {
		f.Master = masterStatus(asset.Master.Status)
	}
	if asset.StaticRenditions != nil && asset.MP4Support != "" && asset.MP4Support != "none" {
		f.LegacyRenditions = text(asset.StaticRenditions.Status) // Mux means it for mp4_support only
	}
	return f
}

// qualities are the names that Mux's older encoding tiers have as video qualities; old events carry only the tier.
var qualities = map[string]string{"baseline": "basic", "smart": "plus", "premium": "premium"}

// maxSeconds keeps a duration within what time.Duration holds; Mux's longest asset has 12 hours.
const maxSeconds = float64(1<<63-1) / float64(time.Second) / 2

// milliseconds rounds Mux's floating-point seconds, whose artefacts would otherwise make every event a status change.
func milliseconds(value float64) *metav1.Duration {
	if !(value >= 0 && value < maxSeconds) {
		return nil
	}
	return &metav1.Duration{Duration: time.Duration(value*float64(time.Second) + 0.5).Round(time.Millisecond)}
}

func seconds(at time.Time) *metav1.Time {
	if at.IsZero() {
		return nil
	}
	return &metav1.Time{Time: at.UTC().Truncate(time.Second)}
}

func text(value string) string { return clamp(value, maxText) }

func metaStatus(meta *mux.Metadata) *video.AssetMetaStatus {
	status := video.AssetMetaStatus{Title: clamp(meta.Title, maxTitle), CreatorID: text(meta.CreatorID), ExternalID: text(meta.ExternalID)}
	if status == (video.AssetMetaStatus{}) {
		return nil
	}
	return &status
}

// masterStatus is nil where master access is none.
func masterStatus(status string) *video.MasterStatus {
	if status == "" {
		return nil
	}
	return &video.MasterStatus{Status: text(status)}
}

// errorStatus is what Mux says is wrong, of an asset, a track or a rendition. Mux quotes the URL that it could not fetch, and
// that may be a presigned one out of a Secret, so no more of it than the host goes into a status.
func errorStatus(e *mux.ObjectError) *video.ErrorStatus {
	if e == nil || (e.Type == "" && len(e.Messages) == 0) {
		return nil
	}
	status := &video.ErrorStatus{Type: text(mux.Redact(e.Type))}
	for _, message := range e.Messages[:min(len(e.Messages), maxMessages)] {
		status.Messages = append(status.Messages, text(mux.Redact(message)))
	}
	return status
}

func playbackIDStatuses(ids []mux.PlaybackID) []video.PlaybackIDStatus {
	statuses := make([]video.PlaybackIDStatus, 0, len(ids))
	for _, id := range ids {
		statuses = append(statuses, video.PlaybackIDStatus{
			ID: id.ID, Policy: text(id.Policy), DRMConfigurationID: text(id.DRMConfigurationID),
		})
	}
	return statuses
}

// LiftTrack is a track of an answer as a status shows it.
func LiftTrack(track *mux.Track) video.TrackStatus { return trackStatus(track) }

func trackStatuses(tracks []mux.Track) []video.TrackStatus {
	statuses := make([]video.TrackStatus, 0, len(tracks))
	for i := range tracks {
		statuses = append(statuses, trackStatus(&tracks[i]))
	}
	return statuses
}

func trackStatus(track *mux.Track) video.TrackStatus {
	return video.TrackStatus{
		ID:             track.ID,
		Type:           text(track.Type),
		Status:         text(track.Status),
		TextType:       text(track.TextType),
		TextSource:     text(track.TextSource),
		LanguageCode:   text(track.LanguageCode),
		Name:           text(track.Name),
		ClosedCaptions: track.ClosedCaptions,
		Primary:        track.Primary,
		Passthrough:    text(track.Passthrough),
		Error:          errorStatus(track.Error),
	}
}

func renditionStatuses(files []mux.StaticRendition) []video.StaticRenditionStatus {
	statuses := make([]video.StaticRenditionStatus, 0, len(files))
	for i := range files {
		statuses = append(statuses, renditionStatus(&files[i]))
	}
	return statuses
}

// renditionStatus names a rendition of mp4_support, which has no id, by its file.
func renditionStatus(file *mux.StaticRendition) video.StaticRenditionStatus {
	id := file.ID
	if id == "" {
		id = file.Name
	}
	return video.StaticRenditionStatus{
		ID:          id,
		Name:        text(file.Name),
		Resolution:  text(file.Resolution),
		Status:      text(file.Status),
		Filesize:    int64(file.Filesize),
		Width:       int32(min(max(file.Width, 0), maxPixels)),
		Height:      int32(min(max(file.Height, 0), maxPixels)),
		Passthrough: text(file.Passthrough),
		Error:       errorStatus(file.Error),
	}
}

// maxPixels keeps a width or height within an int32; 2160p has 3840.
const maxPixels = 1 << 30
