// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/mux-operator/mux-operator/internal/mux"
)

// LiftAssetEvent gives what a webhook event knows of an asset. It is false when the event says nothing about an asset's
// state: another kind's event, a warning, an unknown type, or data that cannot be read.
func LiftAssetEvent(event *mux.Event) (Asset, bool) {
	source, ok := strings.CutPrefix(event.Type, "video.")
	if !ok {
		return Asset{}, false
	}
	switch family := source[:max(strings.LastIndex(source, "."), 0)]; family {
	case "asset.track":
		return liftTrackEvent(event, source)
	case "asset.static_rendition":
		return liftRenditionEvent(event, source)
	case "asset", "asset.static_renditions", "asset.master":
		return liftSnapshotEvent(event, source)
	default:
		return Asset{}, false
	}
}

func liftSnapshotEvent(event *mux.Event, source string) (Asset, bool) {
	if _, known := sourceRanks[source]; !known {
		return Asset{}, false
	}
	snapshot, err := event.Asset()
	if err != nil {
		return Asset{}, false
	}
	lifted := liftSnapshot(snapshot, newStamp(event.CreatedAt, snapshot.Status, source, eventID(event)))
	lifted.correct(source)
	return lifted, true
}

// correct brings in what the type of an event says and its data, the last snapshot, may not.
func (a *Asset) correct(source string) {
	switch source {
	case "asset.deleted":
		a.state = a.snapshot.withState(StateDeleted)
	case "asset.live_stream_completed":
		a.completed = a.snapshot
	case "asset.master.preparing", "asset.master.ready", "asset.master.errored", "asset.master.deleted":
		a.facts.Master = masterStatus(lastWord(source))
		if source == "asset.master.ready" {
			a.master = a.snapshot
		}
	case "asset.static_renditions.preparing", "asset.static_renditions.ready", "asset.static_renditions.errored":
		a.facts.LegacyRenditions = lastWord(source)
	case "asset.static_renditions.deleted":
		a.facts.LegacyRenditions = ""
	}
}

func liftTrackEvent(event *mux.Event, source string) (Asset, bool) {
	track, err := event.Track()
	if err != nil || track.ID == "" {
		return Asset{}, false
	}
	status := trackStatus(track)
	status.Status = fragmentStatus(status.Status, source)
	at := newStamp(event.CreatedAt, status.Status, source, eventID(event))
	return Asset{tracks: tracks.single(status, at)}, true
}

func liftRenditionEvent(event *mux.Event, source string) (Asset, bool) {
	rendition, err := event.StaticRendition()
	if err != nil {
		return Asset{}, false
	}
	status := renditionStatus(rendition)
	if status.ID == "" {
		return Asset{}, false
	}
	status.Status = fragmentStatus(status.Status, source)
	at := newStamp(event.CreatedAt, status.Status, source, eventID(event))
	return Asset{renditions: staticRenditions.single(status, at)}, true
}

// fragmentStatus prefers the type of the event to the status in its data, which may be missing.
func fragmentStatus(status, source string) string {
	switch event := lastWord(source); event {
	case "created":
		if status == "" {
			return StatePreparing
		}
		return status
	default:
		return event
	}
}

func lastWord(source string) string { return source[strings.LastIndex(source, ".")+1:] }

// eventID is the event's id or, where it has none, a digest of its data, so that two events never share a stamp.
func eventID(event *mux.Event) string {
	if event.ID != "" {
		return event.ID
	}
	sum := sha256.Sum256(event.Data)
	return hex.EncodeToString(sum[:8])
}

// LiftAssetAnswer gives what a REST answer knows of an asset. at is a moment on Mux's clock at which the answer was
// certainly true or later (mux.Meta.AsOf); source is SourceGet, SourceList or SourceWrite; digest tells answers apart that
// have the same time.
func LiftAssetAnswer(asset *mux.Asset, at time.Time, source, digest string) Asset {
	return liftSnapshot(asset, newStamp(at, asset.Status, source, digest))
}

// LiftAssetAbsence gives what a trustworthy 404 knows of an asset that was seen before.
func LiftAssetAbsence(at time.Time) Asset {
	return Asset{absent: newStamp(at, StateDeleted, SourceGet, "404")}
}

func liftSnapshot(asset *mux.Asset, at stamp) Asset {
	lifted := Asset{
		state:       at,
		snapshot:    at,
		facts:       assetFacts(asset),
		playbackIDs: playbackIDs.complete(playbackIDStatuses(asset.PlaybackIDs), at),
	}
	if asset.Tracks != nil {
		lifted.tracks = tracks.complete(trackStatuses(asset.Tracks), at)
	}
	if asset.StaticRenditions != nil && asset.StaticRenditions.Files != nil {
		lifted.renditions = staticRenditions.complete(renditionStatuses(asset.StaticRenditions.Files), at)
	}
	return lifted
}
