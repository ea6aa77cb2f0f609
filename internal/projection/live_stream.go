// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// LiveStream is what observations know of one live stream: the value that Lift makes and Join merges. The zero LiveStream
// is bottom. Its state comes and goes, so everything is ordered by time; only a deletion is final.
type LiveStream struct {
	snapshot stamp // the observation that facts came from
	facts    liveFacts
	updated  stamp // the greatest stamp of an event that told of a change by somebody

	connected, recording flag

	playbackIDs collection[video.PlaybackIDStatus]
	targets     collection[video.SimulcastTargetStatus]

	deleted stamp // the smallest stamp of an event that said so
	absent  stamp // the greatest stamp of a 404
}

// liveFacts are the parts of a status that a snapshot sets together. Only those fields of the status are used.
type liveFacts = video.MuxLiveStreamStatus

// flag is a yes or no with the stamp of who said so; the zero flag is not known.
type flag struct {
	stamp stamp
	set   bool
}

func (f flag) join(o flag) flag {
	if o.stamp.compare(f.stamp) > 0 {
		return o
	}
	return f
}

// Join is the least upper bound of both.
func (l LiveStream) Join(o LiveStream) LiveStream {
	joined := LiveStream{
		snapshot:    l.snapshot,
		facts:       l.facts,
		updated:     latest(l.updated, o.updated),
		connected:   l.connected.join(o.connected),
		recording:   l.recording.join(o.recording),
		playbackIDs: l.playbackIDs.join(o.playbackIDs, playbackIDs.limit),
		targets:     l.targets.join(o.targets, simulcastTargets.limit),
		deleted:     earliest(l.deleted, o.deleted),
		absent:      latest(l.absent, o.absent),
	}
	if o.snapshot.compare(l.snapshot) > 0 {
		joined.snapshot, joined.facts = o.snapshot, o.facts
	}
	return joined
}

// Covers says that the join of both is l itself, as that of an Asset.
func (l LiveStream) Covers(o LiveStream) bool {
	return o.snapshot.compare(l.snapshot) <= 0 && latest(l.updated, o.updated) == l.updated && l.connected.join(o.connected) == l.connected &&
		l.recording.join(o.recording) == l.recording && earliest(l.deleted, o.deleted) == l.deleted && latest(l.absent, o.absent) == l.absent &&
		playbackIDs.covers(l.playbackIDs, o.playbackIDs) && simulcastTargets.covers(l.targets, o.targets)
}

// newest is the greatest stamp of anything that shows that the live stream existed.
func (l LiveStream) newest() stamp {
	newest := latest(l.snapshot, l.deleted)
	newest = latest(newest, latest(l.connected.stamp, l.recording.stamp))
	return latest(newest, latest(l.playbackIDs.newest(), l.targets.newest()))
}

// currentState is the state that a reader sees.
func (l LiveStream) currentState() string {
	if !l.deleted.isZero() || (!l.absent.isZero() && l.absent.compare(l.newest()) > 0) {
		return StateDeleted
	}
	return l.facts.State
}

func (l LiveStream) isZero() bool { return l.newest().isZero() && l.absent.isZero() }

// ReadLiveStream takes from a status what observations have set.
func ReadLiveStream(status *video.MuxLiveStreamStatus) LiveStream {
	stamps := status.Stamps
	if stamps == nil {
		return LiveStream{}
	}
	l := LiveStream{
		snapshot:    parseStamp(stamps.Snapshot),
		updated:     parseStamp(stamps.Updated),
		connected:   flag{parseStamp(stamps.Connected), status.Connected},
		recording:   flag{parseStamp(stamps.Recording), status.Recording},
		playbackIDs: playbackIDs.read(stamps.PlaybackIDs, status.PlaybackIDs),
		targets:     simulcastTargets.read(stamps.SimulcastTargets, status.SimulcastTargets, stamps.HiddenSimulcastTargets),
		deleted:     parseStamp(stamps.Deleted),
		absent:      parseStamp(stamps.Absent),
	}
	setLiveFacts(&l.facts, status)
	l.facts.State = l.snapshotState()
	return l
}

// snapshotState is the state that the snapshot reported, which its stamp repeats: the status may show deleted instead.
func (l LiveStream) snapshotState() string {
	if l.snapshot.isZero() || l.snapshot.state == none {
		return ""
	}
	return l.snapshot.state
}

// Write puts the live stream into status and leaves everything that is not observed as it is.
func (l LiveStream) Write(status *video.MuxLiveStreamStatus) {
	if l.isZero() {
		return
	}
	setLiveFacts(status, &l.facts)
	status.State = l.currentState()
	status.Connected = l.connected.set
	status.Recording = l.recording.set
	status.ProjectionVersion = video.ProjectionVersion
	stamps := &video.LiveStreamStamps{
		Snapshot:         l.snapshot.text(),
		Updated:          l.updated.text(),
		Connected:        l.connected.stamp.text(),
		Recording:        l.recording.stamp.text(),
		PlaybackIDs:      l.playbackIDs.whole.text(),
		SimulcastTargets: l.targets.whole.text(),
		Deleted:          l.deleted.text(),
		Absent:           l.absent.text(),
	}
	status.PlaybackIDs, _ = playbackIDs.write(l.playbackIDs)
	status.SimulcastTargets, stamps.HiddenSimulcastTargets = simulcastTargets.write(l.targets)
	status.Stamps = stamps
}

// setLiveFacts is the list of the fields that a snapshot sets together, but for the state.
func setLiveFacts(to, from *liveFacts) {
	to.ActiveAssetID = from.ActiveAssetID
	to.RecentAssetIDs = from.RecentAssetIDs
	to.ActiveIngestProtocol = from.ActiveIngestProtocol
	to.CreatedAt = from.CreatedAt
	to.LatencyMode = from.LatencyMode
	to.ReconnectWindow = from.ReconnectWindow
	to.MaxContinuousDuration = from.MaxContinuousDuration
	to.Test = from.Test
	to.AudioOnly = from.AudioOnly
	to.Passthrough = from.Passthrough
	to.Title = from.Title
	to.UseSlateForStandardLatency = from.UseSlateForStandardLatency
	to.NewAssetSettings = from.NewAssetSettings
	to.Digests = from.Digests
}

// SnapshotStamp is the stamp of the snapshot that the live stream's facts came from.
func (l LiveStream) SnapshotStamp() video.Stamp { return l.snapshot.text() }

// NewestLiveStreamTime is the time of the newest observation in a status, on Mux's clock; zero when there is none.
func NewestLiveStreamTime(status *video.MuxLiveStreamStatus) time.Time {
	return StampTime(ReadLiveStream(status).newest().text())
}

// LiveStreamDeletedForGood says whether an event told that the live stream was deleted. A 404 is not so final.
func LiveStreamDeletedForGood(status *video.MuxLiveStreamStatus) bool {
	return status.Stamps != nil && status.Stamps.Deleted != ""
}
