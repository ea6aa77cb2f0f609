// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// LiftLiveStreamEvent gives what a webhook event knows of a live stream. It is false when the event says nothing about a
// live stream's state: another kind's event, a warning, an unknown type, or data that cannot be read.
func LiftLiveStreamEvent(event *mux.Event) (LiveStream, bool) {
	source, ok := strings.CutPrefix(event.Type, "video.")
	if _, known := sourceRanks[source]; !ok || !known {
		return LiveStream{}, false
	}
	switch {
	case strings.HasPrefix(source, "live_stream.simulcast_target."):
		return liftTargetEvent(event, source)
	case strings.HasPrefix(source, "live_stream."):
		return liftLiveEvent(event, source)
	default:
		return LiveStream{}, false
	}
}

func liftLiveEvent(event *mux.Event, source string) (LiveStream, bool) {
	snapshot, err := event.LiveStream()
	if err != nil {
		return LiveStream{}, false
	}
	if told := lastWord(source); told == StateIdle || told == StateActive || told == StateDisabled {
		snapshot.Status = told
	}
	at := newStamp(event.CreatedAt, snapshot.Status, source, eventID(event))
	lifted := liftLive(snapshot, at)
	told := toldByType[source]
	lifted.connected = lifted.tell(snapshot.Connected, told.connected)
	lifted.recording = lifted.tell(snapshot.Recording, told.recording)
	switch source {
	case "live_stream.deleted":
		lifted.deleted = at
	case "live_stream.updated":
		lifted.updated = at
	}
	return lifted, true
}

// tell is what the data says or, where the key is absent, the type of the event. Neither may know.
func (l LiveStream) tell(data, kind *bool) flag {
	if data == nil {
		data = kind
	}
	if data == nil {
		return flag{}
	}
	return flag{stamp: l.snapshot, set: *data}
}

var yes, no = new(true), new(false)

// toldByType is what the type of an event says of connected and recording: Mux leaves out what is false, and in some events
// also what is true.
var toldByType = map[string]struct{ connected, recording *bool }{
	"live_stream.created":      {no, no},
	"live_stream.enabled":      {no, no},
	"live_stream.connected":    {yes, no},
	"live_stream.recording":    {yes, yes},
	"live_stream.active":       {yes, yes},
	"live_stream.disconnected": {no, no},
	"live_stream.idle":         {no, no},
	"live_stream.disabled":     {no, no},
	"live_stream.deleted":      {no, no},
}

func liftTargetEvent(event *mux.Event, source string) (LiveStream, bool) {
	target, err := event.SimulcastTarget()
	if err != nil || target.ID == "" || len(target.ID) > maxID {
		return LiveStream{}, false
	}
	status := targetStatus(target)
	if told := lastWord(source); told != "created" && told != "updated" {
		status.Status = told
	}
	return LiveStream{targets: simulcastTargets.single(status, newStamp(event.CreatedAt, "", source, eventID(event)))}, true
}

// LiftLiveStreamAnswer gives what a REST answer knows of a live stream. It knows nothing of connected and recording, except
// that neither is so of a stream that is idle or disabled and makes no asset. The parameters are those of LiftAssetAnswer.
func LiftLiveStreamAnswer(stream *mux.LiveStream, at time.Time, source, digest string) LiveStream {
	lifted := liftLive(stream, newStamp(at, stream.Status, source, digest))
	if stream.ActiveAssetID == "" && (stream.Status == StateIdle || stream.Status == StateDisabled) {
		lifted.connected, lifted.recording = flag{stamp: lifted.snapshot}, flag{stamp: lifted.snapshot}
	}
	return lifted
}

// LiftLiveStreamAbsence gives what a trustworthy 404 knows of a live stream that was seen before.
func LiftLiveStreamAbsence(at time.Time) LiveStream {
	return LiveStream{absent: newStamp(at, StateDeleted, SourceGet, "404")}
}

// liftLive takes the snapshot. Simulcast targets have a stamp without state, since their states come and go.
func liftLive(stream *mux.LiveStream, at stamp) LiveStream {
	lifted := LiveStream{
		snapshot:    at,
		facts:       liveFactsOf(stream),
		playbackIDs: playbackIDs.complete(playbackIDStatuses(stream.PlaybackIDs), at),
	}
	if stream.SimulcastTargets != nil {
		lifted.targets = simulcastTargets.complete(targetStatuses(stream.SimulcastTargets), at.withState(""))
	}
	lifted.facts.State = lifted.snapshotState()
	return lifted
}

// liveFactsOf takes from a snapshot what its fields say together, clamped. Keys and URLs stay out.
func liveFactsOf(stream *mux.LiveStream) liveFacts {
	f := liveFacts{
		ActiveAssetID:        text(stream.ActiveAssetID),
		ActiveIngestProtocol: text(stream.ActiveIngestProtocol),
		CreatedAt:            seconds(stream.CreatedAt.Time),
		LatencyMode:          text(stream.LatencyMode),
		Test:                 stream.Test,
		AudioOnly:            stream.AudioOnly,
		Passthrough:          clamp(stream.Passthrough, maxPassthrough),
	}
	recent := stream.RecentAssetIDs[max(0, len(stream.RecentAssetIDs)-maxRecent):]
	for _, id := range recent {
		f.RecentAssetIDs = append(f.RecentAssetIDs, text(id))
	}
	f.ReconnectWindow = optionalSeconds(stream.ReconnectWindow)
	f.MaxContinuousDuration = optionalSeconds(stream.MaxContinuousDuration)
	if stream.Meta != nil {
		f.Title = clamp(stream.Meta.Title, maxTitle)
	}
	setSettings(&f, stream)
	return f
}

func optionalSeconds(value *float64) *metav1.Duration {
	if value == nil {
		return nil
	}
	return milliseconds(*value)
}

func targetStatuses(targets []mux.SimulcastTarget) []video.SimulcastTargetStatus {
	statuses := make([]video.SimulcastTargetStatus, 0, len(targets))
	for i := range targets {
		statuses = append(statuses, targetStatus(&targets[i]))
	}
	return slices.Clip(statuses)
}

func targetStatus(target *mux.SimulcastTarget) video.SimulcastTargetStatus {
	return video.SimulcastTargetStatus{
		ID:            target.ID,
		Name:          text(target.Passthrough),
		Status:        text(target.Status),
		ErrorSeverity: text(target.ErrorSeverity),
	}
}
