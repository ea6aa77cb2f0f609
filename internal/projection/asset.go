// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// Asset is what observations know of one asset: the value that Lift makes and Join merges. The zero Asset is bottom.
type Asset struct {
	state     stamp // its state word is the life-cycle state, the rest the smallest stamp that reached it
	completed stamp // the smallest stamp that said that the recording has ended
	absent    stamp // the greatest stamp of a 404
	master    stamp // the greatest stamp of an event that told that the master is ready

	snapshot stamp // the observation that facts came from
	facts    facts

	playbackIDs collection[video.PlaybackIDStatus]
	tracks      collection[video.TrackStatus]
	renditions  collection[video.StaticRenditionStatus]
}

// facts are the parts of a status that a snapshot sets together. Only those fields of the status are used.
type facts = video.MuxAssetStatus

// Join is the least upper bound of both.
func (a Asset) Join(b Asset) Asset {
	joined := Asset{
		state:       joinState(a.state, b.state),
		completed:   earliest(a.completed, b.completed),
		absent:      latest(a.absent, b.absent),
		master:      latest(a.master, b.master),
		snapshot:    a.snapshot,
		facts:       a.facts,
		playbackIDs: a.playbackIDs.join(b.playbackIDs, playbackIDs.limit),
		tracks:      a.tracks.join(b.tracks, tracks.limit),
		renditions:  a.renditions.join(b.renditions, staticRenditions.limit),
	}
	if b.snapshot.compareByLife(a.snapshot) > 0 {
		joined.snapshot, joined.facts = b.snapshot, b.facts
	}
	return joined
}

// Covers says that the join of both is a itself: what b tells is known, or beyond a bound. It costs half of a join that is written, which
// is what most of a flood would take.
func (a Asset) Covers(b Asset) bool {
	return joinState(a.state, b.state) == a.state && earliest(a.completed, b.completed) == a.completed &&
		latest(a.absent, b.absent) == a.absent && latest(a.master, b.master) == a.master && b.snapshot.compareByLife(a.snapshot) <= 0 &&
		playbackIDs.covers(a.playbackIDs, b.playbackIDs) && tracks.covers(a.tracks, b.tracks) && staticRenditions.covers(a.renditions, b.renditions)
}

// joinState takes the state that is farther in the life cycle and, of the same state, the smallest stamp. States that are
// not in the life cycle are ordered by name, so that the join is the same both ways.
func joinState(a, b stamp) stamp {
	if a.isZero() || b.isZero() || a.state == b.state {
		return earliest(a, b)
	}
	if ra, rb := lifeRank(a.state), lifeRank(b.state); ra > rb || (ra == rb && a.state > b.state) {
		return a
	}
	return b
}

// newest is the greatest stamp of anything that shows that the asset existed.
func (a Asset) newest() stamp {
	newest := latest(latest(a.snapshot, a.completed), a.master)
	if !a.state.isZero() {
		newest = latest(newest, a.state)
	}
	newest = latest(newest, a.playbackIDs.newest())
	newest = latest(newest, a.tracks.newest())
	return latest(newest, a.renditions.newest())
}

// currentState is the state that a reader sees.
func (a Asset) currentState() string {
	if a.isAbsent() {
		return StateDeleted
	}
	return a.lifeState()
}

// lifeState is the state by the life cycle alone.
func (a Asset) lifeState() string {
	if a.state.state == none {
		return ""
	}
	return a.state.state
}

// DeletedForGood says whether an event told that the asset was deleted. A 404 is not so final: state deleted may then become
// another again.
func DeletedForGood(status *video.MuxAssetStatus) bool {
	return status.Stamps != nil && parseStamp(status.Stamps.State).state == StateDeleted
}

func (a Asset) isAbsent() bool {
	return !a.absent.isZero() && a.absent.compare(a.newest()) > 0
}

// ReadAsset takes from a status what observations have set.
func ReadAsset(status *video.MuxAssetStatus) Asset {
	stamps := status.Stamps
	if stamps == nil {
		return Asset{}
	}
	return Asset{
		state:       parseStamp(stamps.State),
		completed:   parseStamp(stamps.Completed),
		absent:      parseStamp(stamps.Absent),
		master:      parseStamp(stamps.MasterReady),
		snapshot:    parseStamp(stamps.Snapshot),
		facts:       copyFacts(status),
		playbackIDs: playbackIDs.read(stamps.PlaybackIDs, status.PlaybackIDs),
		tracks:      tracks.read(stamps.Tracks, status.Tracks, stamps.HiddenTracks),
		renditions:  staticRenditions.read(stamps.StaticRenditions, status.StaticRenditions, stamps.HiddenStaticRenditions),
	}
}

// Write puts the asset into status and leaves everything that is not observed as it is.
func (a Asset) Write(status *video.MuxAssetStatus) {
	if a.isZero() {
		return
	}
	setFacts(status, &a.facts)
	status.State = a.currentState()
	status.IsLive = a.facts.IsLive && a.completed.isZero()
	status.ProjectionVersion = video.ProjectionVersion
	stamps := &video.AssetStamps{
		State:            a.state.text(),
		Completed:        a.completed.text(),
		Absent:           a.absent.text(),
		MasterReady:      a.master.text(),
		Snapshot:         a.snapshot.text(),
		PlaybackIDs:      a.playbackIDs.whole.text(),
		Tracks:           a.tracks.whole.text(),
		StaticRenditions: a.renditions.whole.text(),
	}
	status.PlaybackIDs, _ = playbackIDs.write(a.playbackIDs)
	status.Tracks, stamps.HiddenTracks = tracks.write(a.tracks)
	status.StaticRenditions, stamps.HiddenStaticRenditions = staticRenditions.write(a.renditions)
	if a.facts.LegacyRenditions != StateReady {
		status.StaticRenditions, stamps.HiddenStaticRenditions = hideLegacy(status.StaticRenditions, stamps.HiddenStaticRenditions)
	}
	status.Stamps = stamps
}

// hideLegacy hides the files of mp4_support, which go by their names: unless the whole of them is ready there are none, and no
// answer says so of each.
func hideLegacy(visible, hidden []video.StaticRenditionStatus) (still, all []video.StaticRenditionStatus) {
	for i := range visible {
		if visible[i].ID == visible[i].Name {
			hidden = append(hidden, visible[i])
		} else {
			still = append(still, visible[i])
		}
	}
	return still, hidden
}

func (a Asset) isZero() bool {
	return a.newest().isZero() && a.absent.isZero()
}

// copyFacts takes the fields of a snapshot out of a status.
func copyFacts(from *video.MuxAssetStatus) facts {
	var f facts
	setFacts(&f, from)
	return f
}

// setFacts is the list of the fields that a snapshot sets together.
func setFacts(to, from *facts) {
	to.Duration = from.Duration
	to.AspectRatio = from.AspectRatio
	to.ResolutionTier = from.ResolutionTier
	to.MaxResolutionTier = from.MaxResolutionTier
	to.VideoQuality = from.VideoQuality
	to.IngestType = from.IngestType
	to.CreatedAt = from.CreatedAt
	to.IsLive = from.IsLive
	to.Test = from.Test
	to.Passthrough = from.Passthrough
	to.Meta = from.Meta
	to.LiveStreamID = from.LiveStreamID
	to.UploadID = from.UploadID
	to.SourceAssetID = from.SourceAssetID
	to.LegacyRenditions = from.LegacyRenditions
	to.Master = from.Master
	to.NonStandardInput = from.NonStandardInput
	to.Error = from.Error
}

// SnapshotStamp is the stamp of the snapshot that the asset's facts came from.
func (a Asset) SnapshotStamp() video.Stamp { return a.snapshot.text() }

// NewestTime is the time of the newest observation in a status, on Mux's clock; zero when there is none.
func NewestTime(status *video.MuxAssetStatus) time.Time {
	return StampTime(ReadAsset(status).newest().text())
}
