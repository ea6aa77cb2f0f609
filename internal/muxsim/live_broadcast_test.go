// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stage is a bench with a live stream on it.
type stage struct {
	*bench
	id, path string
	seen     int // events that told has told
}

func newStage(t *testing.T, o Options, body string) *stage {
	t.Helper()
	b := newBench(t, o)
	st := &stage{bench: b, id: b.want(201, "POST", "/video/v1/live-streams", body)["id"].(string)}
	st.path = "/video/v1/live-streams/" + st.id
	st.seen = len(b.Recorded())
	return st
}

func (st *stage) connect() {
	st.Helper()
	st.must(st.ConnectEncoder(st.id))
}

func (st *stage) disconnect() {
	st.Helper()
	st.must(st.DisconnectEncoder(st.id))
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// told lists what was emitted since it was asked last: "second type status".
func (st *stage) told() []string {
	st.Helper()
	all := st.Recorded()
	var lines []string
	for _, e := range all[st.seen:] {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%g %s %v", e.CreatedAt.Sub(start).Seconds(),
			strings.TrimPrefix(e.Type, "video."), orDefault(data(st.T, e)["status"], any("")))))
	}
	st.seen = len(all)
	return lines
}

func (st *stage) wantTold(want ...string) {
	st.Helper()
	if diff := cmp.Diff(want, st.told()); diff != "" {
		st.Error(diff)
	}
}

func data(t *testing.T, e Event) map[string]any {
	t.Helper()
	var body struct{ Data map[string]any }
	if err := json.Unmarshal(e.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body.Data
}

// last is the data of the newest event of a type.
func (b *bench) last(kind string) map[string]any {
	b.Helper()
	for _, e := range slices.Backward(b.Recorded()) {
		if e.Type == kind {
			return data(b.T, e)
		}
	}
	b.Fatal("no ", kind)
	return nil
}

func (st *stage) get() map[string]any {
	st.Helper()
	return st.want(200, "GET", st.path, "")
}

func TestBroadcast(t *testing.T) {
	st := newStage(t, Options{}, `{"new_asset_settings":{"playback_policies":["public"],"passthrough":"p"}}`)
	st.connect()
	st.pass(30 * time.Second)
	running := st.asset(st.get()["active_asset_id"].(string))
	st.disconnect()
	st.pass(time.Minute)
	st.wantTold(
		"0 live_stream.connected idle",
		"0 asset.created preparing",
		"1 live_stream.recording idle",
		"2 live_stream.active active",
		"11 asset.ready ready",
		"30 live_stream.disconnected active",
		"90 live_stream.idle idle",
		"90 asset.live_stream_completed ready",
	)
	id := running["id"].(string)
	flags := func(kind string) map[string]any {
		return fields(st.last("video.live_stream."+kind), "connected", "recording", "active_asset_id", "recent_asset_ids", "active_ingest_protocol")
	}
	on := map[string]any{"connected": true, "active_asset_id": id, "recent_asset_ids": []any{}, "active_ingest_protocol": "rtmp"}
	recorded := map[string]any{"connected": true, "recording": true, "active_asset_id": id, "recent_asset_ids": []any{}, "active_ingest_protocol": "rtmp"}
	for kind, want := range map[string]map[string]any{
		"connected": on, "recording": recorded, "active": recorded,
		"disconnected": {"active_asset_id": id, "recent_asset_ids": []any{}},
		"idle":         {"recent_asset_ids": []any{id}},
	} {
		if diff := cmp.Diff(want, flags(kind)); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
	wantRunning := map[string]any{
		"status": "ready", "is_live": true, "live_stream_id": st.id, "ingest_type": "live_rtmp", "passthrough": "p", "duration": 10.0,
		"progress": map[string]any{"state": "live", "progress": -1.0}, "video_quality": "plus",
	}
	if diff := cmp.Diff(wantRunning, fields(running, "status", "is_live", "live_stream_id", "ingest_type", "passthrough", "duration", "progress", "recording_times", "video_quality")); diff != "" {
		t.Error(diff)
	}
	if len(running["playback_ids"].([]any)) != 1 || len(running["tracks"].([]any)) != 2 {
		t.Errorf("asset %v", running)
	}
	if _, body := st.ask("GET", "/video/v1/assets?live_stream_id="+st.id, ""); len(objects(body, "data")) != 1 {
		t.Errorf("recordings %v", body)
	}
}

func TestBroadcastFlavours(t *testing.T) {
	st := newStage(t, Options{}, `{}`)
	st.connect()
	st.pass(20 * time.Second)
	if got := fields(st.get(), "connected", "recording", "recent_asset_ids", "active_ingest_protocol", "status"); !cmp.Equal(got, map[string]any{"active_ingest_protocol": "rtmp", "status": "active"}) {
		t.Errorf("REST: %v", got)
	}
	st.disconnect()
	st.pass(time.Minute)
	id := st.get()["recent_asset_ids"].([]any)[0].(string)
	finals := []string{"status", "is_live", "duration", "progress", "recording_times"}
	want := map[string]any{
		"status": "ready", "duration": 19.0, "progress": map[string]any{"state": "completed", "progress": 100.0},
		"recording_times": []any{map[string]any{"started_at": "2026-09-01T12:00:01.123Z", "duration": 19.0, "type": "content"}},
	}
	if diff := cmp.Diff(want, fields(st.asset(id), finals...)); diff != "" {
		t.Errorf("REST: %s", diff)
	}
	at := map[string]any{"seconds": float64(start.Unix() + 1), "nanos": 123e6}
	want["recording_times"] = []any{map[string]any{"started_at": at, "duration": 19.0, "type": "content"}}
	if diff := cmp.Diff(want, fields(st.last("video.asset.live_stream_completed"), finals...)); diff != "" {
		t.Errorf("webhook: %s", diff)
	}
	if whole := webhook.moment(start.Truncate(time.Second)).(object); whole["nanos"] != nil {
		t.Errorf("a whole second: %v", whole)
	}
}

func TestBroadcastReconnect(t *testing.T) {
	st := newStage(t, Options{}, `{"use_slate_for_standard_latency":true}`)
	st.connect()
	st.pass(21 * time.Second)
	st.disconnect()
	st.pass(59 * time.Second)
	first := st.get()["active_asset_id"].(string)
	st.told()
	st.connect() // within the window
	st.pass(5 * time.Second)
	st.disconnect()
	st.pass(60 * time.Second)
	st.wantTold(
		"80 live_stream.connected active",
		"81 live_stream.recording active",
		"85 live_stream.disconnected active",
		"145 live_stream.idle idle",
		"145 asset.live_stream_completed ready",
	)
	var kinds []string
	for _, part := range objects(st.asset(first), "recording_times") {
		kinds = append(kinds, fmt.Sprintf("%v %v", part["type"], part["duration"]))
	}
	if want := []string{"content 20", "slate 60", "content 4"}; !slices.Equal(kinds, want) || st.asset(first)["duration"] != 84.0 {
		t.Errorf("%v, want %v, of %v", kinds, want, st.asset(first)["duration"])
	}
	for _, track := range objects(st.asset(first), "tracks") {
		if got := track["duration"].(float64); got < 83 || got > 84 {
			t.Errorf("track %v", track)
		}
	}
	st.connect() // outside
	second := st.get()["active_asset_id"].(string)
	st.pass(12 * time.Second)
	st.disconnect()
	st.pass(time.Minute)
	if got := st.get()["recent_asset_ids"]; !cmp.Equal(got, []any{first, second}) || first == second {
		t.Errorf("recent %v, want %s then %s", got, first, second)
	}
}

// TestBroadcastSlate : nothing fills the gap without a slate, or with a latency that has none.
func TestBroadcastSlate(t *testing.T) {
	for _, body := range []string{`{}`, `{"latency_mode":"low","reconnect_window":60,"use_slate_for_standard_latency":true}`} {
		st := newStage(t, Options{}, body)
		st.connect()
		st.pass(21 * time.Second)
		st.disconnect()
		st.pass(10 * time.Second)
		st.connect()
		st.pass(5 * time.Second)
		st.disconnect()
		if got := st.asset(st.get()["active_asset_id"].(string)); len(objects(got, "recording_times")) != 2 || got["duration"] != 24.0 {
			t.Errorf("%s: %v", body, got)
		}
	}
}

// TestBroadcastTooShort : ten seconds may be sent in several stretches; a broadcast with less has no recording.
func TestBroadcastTooShort(t *testing.T) {
	st := newStage(t, Options{}, `{}`)
	st.connect()
	st.pass(6 * time.Second)
	st.disconnect()
	st.connect()
	st.pass(5 * time.Second)
	st.disconnect()
	st.pass(time.Minute)
	st.wantTold(
		"0 live_stream.connected idle",
		"0 asset.created preparing",
		"1 live_stream.recording idle",
		"2 live_stream.active active",
		"6 live_stream.disconnected active",
		"6 live_stream.connected active",
		"7 live_stream.recording active",
		"11 live_stream.disconnected active",
		"71 live_stream.idle idle",
		"71 asset.errored errored",
	)
	failed := st.last("video.asset.errored")
	want := map[string]any{"type": "invalid_input", "messages": []any{"live stream disconnected before sufficient video data received"}}
	if diff := cmp.Diff(want, failed["errors"]); diff != "" || failed["is_live"] != nil {
		t.Errorf("%s %v", diff, failed["is_live"])
	}
	st.connect()
	st.pass(6 * time.Second)
	st.disconnect()
	st.connect()
	st.pass(6 * time.Second)
	if got := st.asset(st.get()["active_asset_id"].(string)); got["status"] != "ready" || got["duration"] != 10.0 {
		t.Errorf("after 5 s and 5 s: %v", got)
	}
}

func TestBroadcastWithoutWindow(t *testing.T) {
	st := newStage(t, Options{}, `{"latency_mode":"low"}`)
	st.connect()
	st.disconnect()
	st.wantTold(
		"0 live_stream.connected idle",
		"0 asset.created preparing",
		"0 live_stream.disconnected idle",
		"0 live_stream.idle idle",
		"0 asset.errored errored",
	)
}

func TestBroadcastComplete(t *testing.T) {
	st := newStage(t, Options{}, `{"simulcast_targets":[{"url":"rtmp://example.com/app"}]}`)
	st.want(200, "PUT", st.path+"/complete", "") // nothing to end
	st.connect()
	st.pass(20 * time.Second)
	st.told()
	st.want(200, "PUT", st.path+"/complete", "")
	if got := st.last("video.live_stream.idle"); got["connected"] != true || got["recording"] != nil {
		t.Errorf("idle with the encoder there: %v", got)
	}
	if err := st.ConnectEncoder(st.id); err == nil {
		t.Error("a second encoder was let in")
	}
	st.pass(time.Minute)
	st.wantTold(
		"20 live_stream.idle idle",
		"20 live_stream.simulcast_target.idle idle",
		"20 asset.live_stream_completed ready",
		"80 live_stream.disconnected idle",
	)
	st.connect() // a new recording
	st.pass(20 * time.Second)
	st.disconnect()
	st.told()
	st.want(200, "PUT", st.path+"/complete", "") // does not wait for the window
	st.pass(time.Hour)
	st.wantTold("100 live_stream.idle idle", "100 asset.live_stream_completed ready")
	if n := len(st.get()["recent_asset_ids"].([]any)); n != 2 {
		t.Errorf("%d recordings", n)
	}
	st.connect()
	st.want(200, "PUT", st.path+"/complete", "")
	st.disconnect() // by itself, before the minute is over
	st.told()
	st.pass(time.Hour)
	st.wantTold()
}

func TestBroadcastDisable(t *testing.T) {
	st := newStage(t, Options{}, `{"simulcast_targets":[{"url":"rtmp://example.com/app"}]}`)
	st.connect()
	st.pass(20 * time.Second)
	st.told()
	st.want(200, "PUT", st.path+"/disable", "")
	st.pass(time.Hour)
	st.wantTold(
		"20 live_stream.disabled disabled",
		"20 live_stream.simulcast_target.idle idle",
		"20 asset.live_stream_completed ready",
	)
	key := st.get()["stream_key"].(string)
	for _, by := range []string{st.id, key} {
		if err := st.ConnectEncoder(by); err == nil || !strings.Contains(err.Error(), "disabled") || strings.Contains(err.Error(), key) {
			t.Errorf("got %v", err)
		}
	}
	st.want(200, "PUT", st.path+"/enable", "")
	st.want(200, "PUT", st.path+"/enable", "") // changes nothing
	st.told()
	st.must(st.ConnectEncoder(key))
	st.want(201, "POST", st.path+"/reset-stream-key", "")
	if err := st.DisconnectEncoder(key); err == nil || strings.Contains(err.Error(), key) {
		t.Errorf("by a former key: %v", err)
	}
	st.wantTold("3620 live_stream.connected idle", "3620 asset.created preparing",
		"3620 live_stream.simulcast_target.starting starting", "3620 live_stream.updated idle")
}

func TestBroadcastTestStream(t *testing.T) {
	st := newStage(t, Options{}, `{"test":true,"max_continuous_duration":3600}`)
	st.connect()
	st.pass(20 * time.Second)
	st.disconnect()
	st.pass(20 * time.Second)
	st.connect() // the five minutes go on
	st.told()
	st.pass(5 * time.Minute)
	st.wantTold(
		"41 live_stream.recording active",
		"300 live_stream.disabled disabled",
		"300 asset.live_stream_completed ready",
	)
	st.pass(testLifetime)
	st.wantTold("86400 asset.deleted ready")
	if got := st.get()["recent_asset_ids"].([]any); len(got) != 1 {
		t.Errorf("recent %v", got)
	}
}

func TestBroadcastLimit(t *testing.T) {
	st := newStage(t, Options{}, `{"max_continuous_duration":60}`)
	st.connect()
	st.pass(20 * time.Second)
	st.told()
	st.pass(time.Hour)
	st.wantTold("60 live_stream.disconnected active", "60 live_stream.idle idle", "60 asset.live_stream_completed ready")
	st.connect()
	st.pass(30 * time.Second)
	st.disconnect()
	st.told()
	st.pass(time.Hour) // the limit comes before the window ends
	st.wantTold("3680 live_stream.idle idle", "3680 asset.live_stream_completed ready")
}

func TestBroadcastDelete(t *testing.T) {
	st := newStage(t, Options{}, `{}`)
	st.connect()
	st.pass(20 * time.Second)
	asset := st.get()["active_asset_id"].(string)
	st.told()
	st.want(204, "DELETE", st.path, "")
	st.pass(time.Hour)
	st.wantTold("20 live_stream.deleted active", "20 asset.live_stream_completed ready")
	if st.asset(asset)["live_stream_id"] != st.id {
		t.Error("the recording did not stay")
	}
	if err := st.ConnectEncoder(st.id); err == nil || !strings.Contains(err.Error(), "no live stream") {
		t.Errorf("a deleted stream: %v", err)
	}
	early := newStage(t, Options{}, `{}`)
	early.connect()
	early.told()
	early.want(204, "DELETE", early.path, "")
	early.pass(time.Hour) // what would have come next does not
	early.wantTold("0 live_stream.deleted idle", "0 asset.errored errored")
}

// TestBroadcastWithoutRecording : the recording may be deleted, or made to fail, while the broadcast goes on.
func TestBroadcastWithoutRecording(t *testing.T) {
	st := newStage(t, Options{}, `{}`)
	for _, end := range []func(string){
		func(id string) { st.DeleteAssetAsUser(DefaultEnvironmentID, id) },
		func(id string) { st.must(st.SetErrored(id, "")) },
	} {
		st.connect()
		st.pass(5 * time.Second)
		id := st.get()["active_asset_id"].(string)
		if err := st.SetReady(id); err == nil {
			t.Error("a recording was made ready as if it were a file")
		}
		end(id)
		st.told()
		if raw, there := st.Asset(id); there && strings.Contains(string(raw), "is_live") {
			t.Errorf("a failed recording: %s", raw)
		}
		st.pass(20 * time.Second)
		st.disconnect()
		st.pass(time.Minute)
		now := st.clock.Now().Sub(start).Seconds()
		st.wantTold(fmt.Sprint(now-60, " live_stream.disconnected active"), fmt.Sprint(now, " live_stream.idle idle"))
	}
}

func TestBroadcastExtras(t *testing.T) {
	st := newStage(t, Options{}, `{"audio_only":true,"new_asset_settings":{"master_access":"temporary","static_renditions":[{"resolution":"audio-only"}]}}`)
	st.connect()
	st.pass(20 * time.Second)
	asset := "/video/v1/assets/" + st.get()["active_asset_id"].(string)
	st.want(201, "POST", asset+"/static-renditions", `{"resolution":"720p"}`)
	if got := st.want(200, "GET", asset, ""); len(objects(got, "tracks")) != 1 || got["master"] != nil {
		t.Errorf("asset %v", got)
	}
	st.told()
	st.disconnect()
	st.pass(time.Minute + time.Second)
	st.wantTold(
		"20 live_stream.disconnected active",
		"80 live_stream.idle idle",
		"80 asset.live_stream_completed ready",
		"80 asset.master.preparing ready",
		"81 asset.static_rendition.ready ready",
		"81 asset.static_rendition.skipped skipped",
		"81 asset.master.ready ready",
	)
}

func TestBroadcastSettingsWhileLive(t *testing.T) {
	st := newStage(t, Options{}, `{}`)
	st.connect()
	st.pass(20 * time.Second)
	asset := "/video/v1/assets/" + st.get()["active_asset_id"].(string)
	st.want(200, "PUT", asset+"/master-access", `{"master_access":"temporary"}`)
	st.want(200, "PUT", asset+"/mp4-support", `{"mp4_support":"capped-1080p"}`)
	st.pass(10 * time.Second)
	if told := st.told(); told[len(told)-1] != "11 asset.ready ready" {
		t.Errorf("made of a recording that grows: %v", told)
	}
	st.want(200, "PUT", st.path+"/complete", "")
	st.pass(time.Second)
	st.wantTold(
		"30 live_stream.idle idle",
		"30 asset.live_stream_completed ready",
		"30 asset.master.preparing ready",
		"30 asset.static_renditions.preparing ready",
		"31 asset.static_renditions.ready ready",
		"31 asset.master.ready ready",
	)
}

func TestRecentAssets(t *testing.T) {
	st := newStage(t, Options{}, `{"latency_mode":"low"}`)
	var newest string
	for range mostRecentAssets + 1 {
		st.connect()
		newest = st.get()["active_asset_id"].(string)
		st.disconnect()
	}
	if got := st.get()["recent_asset_ids"].([]any); len(got) != mostRecentAssets || got[mostRecentAssets-1] != newest {
		t.Errorf("%d, the last one %v", len(got), got[len(got)-1])
	}
}

func TestAdvanceLiveStream(t *testing.T) {
	st := newStage(t, Options{LiveScale: -1}, `{}`)
	advance := func(n int) {
		for range n {
			st.must(st.AdvanceLiveStream(st.id))
		}
	}
	if err := st.AdvanceLiveStream(st.id); err == nil {
		t.Error("something happened to an idle stream")
	}
	st.connect()
	st.pass(time.Hour)
	advance(3)
	st.disconnect()
	st.pass(time.Hour)
	advance(1)
	st.wantTold(
		"0 live_stream.connected idle",
		"0 asset.created preparing",
		"3600 live_stream.recording idle",
		"3600 live_stream.active active",
		"3600 asset.ready ready",
		"3600 live_stream.disconnected active",
		"7200 live_stream.idle idle",
		"7200 asset.live_stream_completed ready",
	)
	if got := st.last("video.asset.live_stream_completed")["duration"]; got != 10.0 {
		t.Errorf("duration %v", got)
	}
	scaled := newStage(t, Options{LiveScale: 0.1}, `{"reconnect_window":30}`)
	scaled.connect()
	scaled.must(scaled.AdvanceLiveStream(scaled.id)) // recording at once
	scaled.pass(2 * time.Second)
	scaled.disconnect()
	scaled.pass(3 * time.Second)
	scaled.wantTold(
		"0 live_stream.connected idle",
		"0 asset.created preparing",
		"0 live_stream.recording idle",
		"0.1 live_stream.active active",
		"1 asset.ready ready",
		"2 live_stream.disconnected active",
		"5 live_stream.idle idle",
		"5 asset.live_stream_completed ready",
	)
	if got := scaled.last("video.asset.live_stream_completed")["duration"]; got != 20.0 {
		t.Errorf("scaled: duration %v", got)
	}
}

func TestEncoderRefused(t *testing.T) {
	st := newStage(t, Options{}, `{}`)
	if err := st.DisconnectEncoder(st.id); err == nil {
		t.Error("an encoder that is not there was disconnected")
	}
	st.connect()
	for _, err := range []error{st.ConnectEncoder(st.id), st.ConnectEncoder("unknown"), st.AdvanceLiveStream("unknown")} {
		if err == nil {
			t.Error("no error")
		}
	}
	status, body := st.ask("PATCH", st.path, `{"latency_mode":"low"}`) // idle by status only
	wantRefusal(t, status, body, "idle")
}
