// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parts is an asset that has just become ready, with a text track and a rendition that are still preparing.
func parts(t *testing.T) (b *bench, id, track, rendition string) {
	t.Helper()
	b = newBench(t, Options{})
	id = b.makeAsset(`{"inputs":[{"url":"https://example.com/a.mp4","generated_subtitles":[{}]}],
		"static_renditions":[{"resolution":"720p"}],"master_access":"temporary","passthrough":"p"}`)
	b.pass(2 * time.Second)
	made := b.asset(id)
	return b, id, objects(made, "tracks")[2]["id"].(string), objects(made["static_renditions"].(map[string]any), "files")[0]["id"].(string)
}

func TestFailParts(t *testing.T) {
	b, id, track, rendition := parts(t)
	b.must(b.FailTrack(track, "no_speech", "silence"))
	b.must(b.FailRendition(rendition, "", "full"))
	b.must(b.FailMaster(id))
	b.pass(time.Minute)
	got := b.asset(id)
	if diff := cmp.Diff(any(map[string]any{"type": "no_speech", "messages": []any{"silence"}}), objects(got, "tracks")[2]["error"]); diff != "" {
		t.Error(diff)
	}
	file := objects(got["static_renditions"].(map[string]any), "files")[0]
	want := map[string]any{"status": "errored", "error": map[string]any{"type": "invalid_input", "messages": []any{"full"}}}
	if diff := cmp.Diff(want, fields(file, "status", "error", "filesize")); diff != "" {
		t.Error(diff)
	}
	if got["status"] != "ready" || got["master"].(map[string]any)["status"] != "errored" {
		t.Errorf("asset %v", got)
	}
	wantTold := []string{"1 track.created", "2 ready", "2 master.preparing", "2 track.errored", "2 static_rendition.errored", "2 master.errored"}
	if told := b.toldAs("asset."); !slices.Equal(told[2:], wantTold) {
		t.Errorf("told %q, want %q", told, wantTold)
	}
	for _, err := range []error{
		b.FailTrack(track, ""), b.FailRendition(rendition, ""), b.FailMaster(id), b.FailMP4(id), b.FailShots(id, ""), b.FailMaster("unknown"),
	} {
		if err == nil {
			t.Error("what had settled failed")
		}
	}
}

func TestFailMP4(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(bodyWith(`"mp4_support":"standard"`))
	b.pass(2 * time.Second)
	b.must(b.FailMP4(id))
	b.pass(time.Minute)
	want := []string{"0 created", "2 ready", "2 static_renditions.preparing", "2 static_renditions.errored"}
	if got := b.toldAs("asset."); !slices.Equal(got, want) || b.asset(id)["static_renditions"].(map[string]any)["status"] != "errored" {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestMasterAgain : access may be granted as often as one likes, also after an error and after its 24 h.
func TestMasterAgain(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(plainAsset)
	b.pass(2 * time.Second)
	put := func(access string) {
		t.Helper()
		b.want(200, "PUT", "/video/v1/assets/"+id+"/master-access", `{"master_access":"`+access+`"}`)
	}
	put("temporary")
	b.pass(masterLifetime + 58*time.Second) // ready after a second, gone 24 h later
	put("temporary")
	b.must(b.FailMaster(id))
	put("temporary")
	put("temporary") // is there already
	b.pass(500 * time.Millisecond)
	put("none")
	put("temporary")
	b.pass(2 * time.Second)
	want := []string{
		"2 preparing", "3 ready", "86403 deleted", "86460 preparing", "86460 errored", "86460 preparing",
		"86460.5 deleted", "86460.5 preparing", "86461.5 ready",
	}
	if got := b.toldAs("asset.master."); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestMP4Again : what was asked for last is ready half of ReadyAfter after it was asked for, not earlier.
func TestMP4Again(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(plainAsset)
	b.pass(2 * time.Second)
	for _, support := range []string{"standard", "none", "audio-only"} {
		b.want(200, "PUT", "/video/v1/assets/"+id+"/mp4-support", `{"mp4_support":"`+support+`"}`)
		b.pass(250 * time.Millisecond)
	}
	b.pass(2 * time.Second)
	want := []string{"2 preparing", "2.25 deleted", "2.5 preparing", "3.5 ready"}
	if got := b.toldAs("asset.static_renditions."); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestUploadEvents : the exact order of what an upload says, whichever way it ends; running out of time says nothing.
func TestUploadEvents(t *testing.T) {
	b := newBench(t, Options{})
	begin := func() string {
		return b.want(201, "POST", "/video/v1/uploads", `{"cors_origin":"*","timeout":60,"new_asset_settings":{"inputs":[{}]}}`)["id"].(string)
	}
	failed, unwanted, late := begin(), begin(), begin()
	asset, err := b.FinishUpload(failed)
	b.must(err)
	b.must(b.SetErrored(asset, ""))
	b.want(200, "PUT", "/video/v1/uploads/"+unwanted+"/cancel", "")
	b.pass(time.Hour)
	if got := b.want(200, "GET", "/video/v1/uploads/"+late, ""); got["status"] != "timed_out" {
		t.Errorf("got %v", got)
	}
	want := []string{
		"0 upload.created", "0 upload.created", "0 upload.created", "0 upload.asset_created", "0 asset.created", "0 asset.errored",
		"0 upload.errored", "0 upload.cancelled",
	}
	if got := b.toldAs(""); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	if got := b.last("video.upload.errored"); got["status"] != "errored" || got["error"] != nil {
		t.Errorf("got %v", got)
	}
}
