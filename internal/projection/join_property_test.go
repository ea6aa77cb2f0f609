// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// fataler is a *testing.T or a *rapid.T.
type fataler interface{ Fatal(...any) }

// lattice is a kind of partial status with the functions that bring it into a status and out of one.
type lattice[P any, S any] struct {
	draw func(*rapid.T, int) P
	join func(P, P) P
	// covers says that the join of both is the first.
	covers func(P, P) bool
	read   func(*S) P
	write  func(P, *S)
	// rank must never become smaller.
	rank func(P) int
}

var assets = lattice[Asset, video.MuxAssetStatus]{
	draw: drawAsset, join: Asset.Join, covers: Asset.Covers, read: ReadAsset, write: Asset.Write,
	rank: func(a Asset) int { return lifeRank(a.lifeState()) },
}

var liveStreams = lattice[LiveStream, video.MuxLiveStreamStatus]{
	draw: drawLiveStream, join: LiveStream.Join, covers: LiveStream.Covers, read: ReadLiveStream, write: LiveStream.Write,
	rank: func(l LiveStream) int {
		if !l.deleted.isZero() {
			return 1
		}
		return 0
	},
}

var uploads = lattice[Upload, video.MuxUploadStatus]{
	draw: drawUpload, join: Upload.Join, covers: Upload.Covers, read: ReadUpload, write: Upload.Write,
	rank: func(u Upload) int { return lifeRank(u.state.state) },
}

func drawLiveSnapshot(t *rapid.T) *mux.LiveStream {
	draw := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	stream := &mux.LiveStream{
		ID: "live", Status: draw("state", StateIdle, StateActive, StateDisabled, "novel"),
		ActiveAssetID: draw("active", "", "asset1", "asset2"), Passthrough: draw("passthrough", "", "p"),
	}
	if rapid.Bool().Draw(t, "settings") {
		stream.NewAssetSettings = &mux.NewAssetSettings{VideoQuality: draw("quality", "plus", "premium"), Meta: &mux.Metadata{Title: draw("title", "", "t")}}
	}
	if rapid.Bool().Draw(t, "captions") {
		stream.EmbeddedSubtitles = []mux.EmbeddedSubtitles{{LanguageChannel: draw("channel", "cc1", "cc2")}}
	}
	for id := range 2 {
		if rapid.Bool().Draw(t, "playback id") {
			stream.PlaybackIDs = append(stream.PlaybackIDs, mux.PlaybackID{ID: fmt.Sprint("play", id), Policy: "public"})
		}
	}
	if rapid.Bool().Draw(t, "targets known") {
		stream.SimulcastTargets = []mux.SimulcastTarget{}
		for id := range 3 {
			if rapid.Bool().Draw(t, "target") {
				stream.SimulcastTargets = append(stream.SimulcastTargets, mux.SimulcastTarget{ID: fmt.Sprint("target", id), Status: draw("target state", StateIdle, "broadcasting")})
			}
		}
	}
	if rapid.Bool().Draw(t, "connected known") {
		stream.Connected = new(rapid.Bool().Draw(t, "connected"))
	}
	return stream
}

func drawLiveStream(t *rapid.T, number int) LiveStream {
	at, id := drawTime(t), fmt.Sprintf("event-%02d", number)
	event := func(kind string, data any) LiveStream {
		body, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		lifted, ok := LiftLiveStreamEvent(&mux.Event{Type: "video.live_stream." + kind, ID: id, CreatedAt: at, Data: body})
		if !ok {
			t.Fatal("not lifted: ", kind)
		}
		return lifted
	}
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		kind := rapid.SampledFrom([]string{"created", "starting", "broadcasting", "errored", "idle", "updated", "deleted"}).Draw(t, "target event")
		return event("simulcast_target."+kind, map[string]any{"id": fmt.Sprint("target", rapid.IntRange(0, 2).Draw(t, "target")), "status": "idle"})
	case 1:
		return LiveStream{absent: newStamp(at, StateDeleted, SourceGet, id)}
	case 2:
		return LiftLiveStreamAnswer(drawLiveSnapshot(t), at, rapid.SampledFrom([]string{SourceGet, SourceList, SourceWrite}).Draw(t, "source"), id)
	default:
		kind := rapid.SampledFrom([]string{"created", "connected", "recording", "active", "disconnected", "idle", "updated", "disabled", "deleted"}).Draw(t, "event")
		return event(kind, drawLiveSnapshot(t))
	}
}

func drawUpload(t *rapid.T, number int) Upload {
	at, id := drawTime(t), fmt.Sprintf("event-%02d", number)
	states := []string{StateWaiting, StateTimedOut, StateCancelled, StateAssetCreated, StateErrored, "novel"}
	upload := &mux.Upload{
		ID: "upload", Status: rapid.SampledFrom(states).Draw(t, "state"), Timeout: rapid.SampledFrom([]int64{0, 60, 3600}).Draw(t, "timeout"),
		AssetID: rapid.SampledFrom([]string{"", "asset"}).Draw(t, "asset"),
	}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		return Upload{absent: newStamp(at, StateDeleted, SourceGet, id)}
	case 1:
		return LiftUploadAnswer(upload, at, SourceGet, id)
	default:
		body, err := json.Marshal(upload)
		if err != nil {
			t.Fatal(err)
		}
		kind := rapid.SampledFrom([]string{"created", "asset_created", "cancelled", "errored"}).Draw(t, "event")
		lifted, ok := LiftUploadEvent(&mux.Event{Type: "video.upload." + kind, ID: id, CreatedAt: at, Data: body})
		if !ok {
			t.Fatal("not lifted: ", kind)
		}
		return lifted
	}
}

// status is what is stored after the parts were joined one by one.
func (l lattice[P, S]) status(t fataler, parts []P) string {
	data, err := json.MarshalIndent(l.stored(t, parts), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// stored joins the parts one by one, each time through JSON.
func (l lattice[P, S]) stored(t fataler, parts []P) (status S) {
	for _, part := range parts {
		l.write(l.join(l.read(&status), part), &status)
		data, err := json.Marshal(status)
		if err != nil {
			t.Fatal(err)
		}
		status = *new(S)
		if err := json.Unmarshal(data, &status); err != nil {
			t.Fatal(err)
		}
	}
	return status
}

func (l lattice[P, S]) drawAll(t *rapid.T) []P {
	var all []P
	for number := range rapid.IntRange(1, 7).Draw(t, "observations") {
		all = append(all, l.draw(t, number))
	}
	return all
}

// check holds the laws of a join.
func (l lattice[P, S]) check(t *testing.T) {
	t.Run("order and duplicates do not matter", rapid.MakeCheck(func(t *rapid.T) {
		all := l.drawAll(t)
		shuffled := rapid.Permutation(slices.Concat(all, all)).Draw(t, "order")
		if want, got := l.status(t, all), l.status(t, shuffled); want != got {
			t.Fatalf("in order:\n%s\nshuffled with duplicates:\n%s", want, got)
		}
	}))
	t.Run("grouping does not matter", rapid.MakeCheck(func(t *rapid.T) {
		all := l.drawAll(t)
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		var left, right P
		for _, part := range all[:cut] {
			left = l.join(left, part)
		}
		for _, part := range all[cut:] {
			right = l.join(right, part)
		}
		if want, got := l.status(t, all), l.status(t, []P{l.join(left, right)}); want != got {
			t.Fatalf("one by one:\n%s\nin two halves:\n%s", want, got)
		}
	}))
	t.Run("nothing goes back", rapid.MakeCheck(func(t *rapid.T) {
		var joined P
		for _, part := range l.drawAll(t) {
			before := l.rank(joined)
			if joined = l.join(joined, part); l.rank(joined) < before {
				t.Fatalf("from rank %d to %d", before, l.rank(joined))
			}
		}
	}))
}

// checkCovers : what is stored covers each part that was joined into it, and another exactly where that would not alter what is stored.
func (l lattice[P, S]) checkCovers(t *testing.T) {
	t.Run("covers", rapid.MakeCheck(func(t *rapid.T) {
		all := l.drawAll(t)
		status := l.stored(t, all)
		known := l.read(&status)
		for i, part := range all {
			if !l.covers(known, part) {
				t.Fatalf("part %d is not covered after it was joined: %+v", i, part)
			}
		}
		other := l.draw(t, len(all))
		before, after := l.status(t, all), l.status(t, append(all, other))
		if covers := l.covers(known, other); covers != (before == after) {
			t.Fatalf("covers is %t for %+v; before:\n%s\nand after:\n%s", covers, other, before, after)
		}
	}))
}

func TestCovers(t *testing.T) {
	assets.checkCovers(t)
	liveStreams.checkCovers(t)
	uploads.checkCovers(t)
}

func TestLiveStreamJoin(t *testing.T) { liveStreams.check(t) }

func TestUploadJoin(t *testing.T) { uploads.check(t) }

// TestCoversBeyondBound : of a status that is full, an older track more alters nothing, a newer one does.
func TestCoversBeyondBound(t *testing.T) {
	track := func(id string, second int) Asset {
		return Asset{tracks: tracks.single(video.TrackStatus{ID: id, Type: "text", Status: StateReady}, newStamp(base.Add(time.Duration(second)*time.Second), StateReady, "asset.track.ready", id))}
	}
	var all []Asset
	for n := range maxTracks {
		all = append(all, track(fmt.Sprintf("track-%03d", n), 10))
	}
	for _, row := range []struct {
		id     string
		second int
	}{{"track-old", 9}, {"track-new", 11}, {"a", 10}, {"z", 10}} {
		status := assets.stored(t, all)
		other := track(row.id, row.second)
		isSame := assets.status(t, all) == assets.status(t, append(slices.Clone(all), other))
		if covers := ReadAsset(&status).Covers(other); covers != isSame || covers != (row.second < 10 || row.id == "a") {
			t.Errorf("%s at %d s: covers is %t, nothing altered %t", row.id, row.second, covers, isSame)
		}
	}
}
