// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// base is the time around which generated observations lie.
var base = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// drawTime draws from few moments, so that ties are common, and sometimes none.
func drawTime(t *rapid.T) time.Time {
	n := rapid.IntRange(-1, 6).Draw(t, "time")
	if n < 0 {
		return time.Time{}
	}
	return base.Add(time.Duration(n) * 250 * time.Millisecond)
}

var lifeStates = []string{StatePreparing, StateReady, StateSkipped, StateErrored, StateDeleted, "novel"}

func drawTracks(t *rapid.T) []mux.Track {
	if rapid.Bool().Draw(t, "tracks unknown") {
		return nil
	}
	tracks := []mux.Track{}
	for id := range 4 {
		if rapid.Bool().Draw(t, fmt.Sprint("track ", id)) {
			tracks = append(tracks, mux.Track{ID: fmt.Sprint("track", id), Type: "text", Status: rapid.SampledFrom(lifeStates).Draw(t, "status")})
		}
	}
	return tracks
}

func drawSnapshot(t *rapid.T) *mux.Asset {
	asset := &mux.Asset{
		ID:          "asset",
		Status:      rapid.SampledFrom([]string{StatePreparing, StateReady, StateErrored, "novel"}).Draw(t, "state"),
		AspectRatio: rapid.SampledFrom([]string{"", "16:9", "4:3"}).Draw(t, "ratio"),
		Tracks:      drawTracks(t),
	}
	for id := range 3 {
		if rapid.Bool().Draw(t, "playback id") {
			asset.PlaybackIDs = append(asset.PlaybackIDs, mux.PlaybackID{ID: fmt.Sprint("play", id), Policy: "public"})
		}
	}
	return asset
}

// drawAsset draws what one observation knows. Its id is its number: no two observations are the same unless they are one.
func drawAsset(t *rapid.T, number int) Asset {
	at, id := drawTime(t), fmt.Sprintf("event-%02d", number)
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		status := rapid.SampledFrom(lifeStates).Draw(t, "track status")
		value := video.TrackStatus{ID: fmt.Sprint("track", rapid.IntRange(0, 3).Draw(t, "track")), Type: "text", Status: status}
		return Asset{tracks: tracks.single(value, newStamp(at, status, "asset.track.ready", id))}
	case 1:
		return Asset{absent: newStamp(at, StateDeleted, SourceGet, id)}
	case 2:
		source := rapid.SampledFrom([]string{SourceGet, SourceList, SourceWrite}).Draw(t, "source")
		return LiftAssetAnswer(drawSnapshot(t), at, source, id)
	default:
		source := rapid.SampledFrom([]string{"asset.created", "asset.ready", "asset.updated", "asset.deleted", "asset.live_stream_completed", "asset.master.ready"}).Draw(t, "type")
		snapshot := drawSnapshot(t)
		lifted := liftSnapshot(snapshot, newStamp(at, snapshot.Status, source, id))
		lifted.correct(source)
		return lifted
	}
}

func TestAssetJoin(t *testing.T) { assets.check(t) }

// TestDeletedStays : nothing that is told later brings an asset back that was deleted.
func TestDeletedStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var joined Asset
		for _, o := range assets.drawAll(t) {
			wasDeleted := joined.lifeState() == StateDeleted
			joined = joined.Join(o)
			if wasDeleted && joined.currentState() != StateDeleted {
				t.Fatalf("a deleted asset came back as %s", joined.currentState())
			}
		}
	})
}
