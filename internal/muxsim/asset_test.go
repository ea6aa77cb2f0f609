// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fields picks keys of an object.
func fields(o map[string]any, keys ...string) map[string]any {
	picked := map[string]any{}
	for _, k := range keys {
		if v, has := o[k]; has {
			picked[k] = v
		}
	}
	return picked
}

func (b *bench) asset(id string) map[string]any {
	b.Helper()
	return b.want(200, "GET", "/video/v1/assets/"+id, "")
}

// objects reads a list of objects.
func objects(o map[string]any, key string) []map[string]any {
	var all []map[string]any
	raw, _ := o[key].([]any)
	for _, one := range raw {
		all = append(all, one.(map[string]any))
	}
	return all
}

func TestProbeMarkers(t *testing.T) {
	tests := []struct {
		name, body string
		want       map[string]any // of duration, aspect_ratio, resolution_tier, max_stored_resolution, status
	}{
		{"plain", `{"inputs":"https://h/a.mp4"}`, map[string]any{"duration": 23.857167, "aspect_ratio": "16:9", "resolution_tier": "1080p", "max_stored_resolution": "HD", "status": "ready"}},
		{"duration", `{"inputs":"https://h/a.mp4?sim-duration=153.361542"}`, map[string]any{"duration": 153.361542, "aspect_ratio": "16:9", "resolution_tier": "1080p", "max_stored_resolution": "HD", "status": "ready"}},
		{"duration without end", `{"inputs":"https://h/a.mp4?sim-duration=Inf"}`, map[string]any{"duration": 23.857167, "aspect_ratio": "16:9", "resolution_tier": "1080p", "max_stored_resolution": "HD", "status": "ready"}},
		{"test asset", `{"test":true,"inputs":"https://h/a.mp4?sim-duration=153"}`, map[string]any{"duration": 10.0, "aspect_ratio": "16:9", "resolution_tier": "1080p", "max_stored_resolution": "HD", "status": "ready"}},
		{"small", `{"inputs":"https://h/a.mp4?sim-size=1280x544"}`, map[string]any{"duration": 23.857167, "aspect_ratio": "40:17", "resolution_tier": "720p", "max_stored_resolution": "SD", "status": "ready"}},
		{"upright", `{"inputs":"https://h/a.mp4?sim-size=1080x1920"}`, map[string]any{"duration": 23.857167, "aspect_ratio": "9:16", "resolution_tier": "1080p", "max_stored_resolution": "HD", "status": "ready"}},
		{"large, capped", `{"inputs":"https://h/a.mp4?sim-size=3840x2160"}`, map[string]any{"duration": 23.857167, "aspect_ratio": "16:9", "resolution_tier": "1080p", "max_stored_resolution": "HD", "status": "ready"}},
		{"large", `{"max_resolution_tier":"2160p","inputs":"https://h/a.mp4?sim-size=3840x2160"}`, map[string]any{"duration": 23.857167, "aspect_ratio": "16:9", "resolution_tier": "2160p", "max_stored_resolution": "UHD", "status": "ready"}},
		{"audio only", `{"inputs":"https://h/sim-audio-only.mp3"}`, map[string]any{"duration": 23.857167, "resolution_tier": "audio-only", "max_stored_resolution": "Audio only", "status": "ready"}},
		{"error", `{"inputs":"https://h/sim-error.mp4"}`, map[string]any{"status": "errored"}},
		{"slow", `{"inputs":"https://h/sim-slow.mp4"}`, map[string]any{"status": "preparing"}},
	}
	b := newBench(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := b.makeAsset(tt.body)
			b.pass(2 * time.Second)
			got := fields(b.asset(id), "duration", "aspect_ratio", "resolution_tier", "max_stored_resolution", "status")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSetErrored(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	id := b.makeAsset(plainAsset)
	b.pass(time.Hour)
	if got := b.asset(id); got["status"] != "preparing" {
		t.Fatalf("moved by itself: %v", got)
	}
	if err := b.SetErrored(id, "download_failed", "gone", "really"); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"status": "errored", "errors": map[string]any{"type": "download_failed", "messages": []any{"gone", "really"}},
		"progress": map[string]any{"state": "errored", "progress": -1.0},
	}
	if diff := cmp.Diff(want, fields(b.asset(id), "status", "errors", "progress")); diff != "" {
		t.Error(diff)
	}
	if err := b.SetReady(id); err == nil {
		t.Error("an errored asset became ready")
	}
	if err := b.Advance(id); err == nil {
		t.Error("something is left to happen to an errored asset")
	}
	if err := b.SetErrored("unknown", ""); err == nil {
		t.Error("an unknown asset was found")
	}
}

func TestAdvanceAndSetReady(t *testing.T) {
	b := newBench(t, Options{ReadyAfter: -1})
	id := b.makeAsset(`{"inputs":["https://h/a.mp4",{"url":"https://h/a.vtt","type":"text","language_code":"en"}]}`)
	if err := b.Advance(id); err != nil {
		t.Fatal(err)
	}
	if got := b.asset(id); got["status"] != "preparing" || len(objects(got, "tracks")) != 3 {
		t.Errorf("after one step: %v", got)
	}
	if err := b.SetReady(id); err != nil {
		t.Fatal(err)
	}
	if got := b.asset(id); got["status"] != "ready" || objects(got, "tracks")[2]["status"] != "preparing" {
		t.Errorf("after SetReady: %v", got)
	}
	if err := b.Advance(id); err != nil {
		t.Fatal(err)
	}
	if got := objects(b.asset(id), "tracks")[2]; got["status"] != "ready" || got["name"] != "English" {
		t.Errorf("after the last step: %v", got)
	}
	if err := b.Advance(id); err == nil {
		t.Error("there is always one more step")
	}
}

func TestSetReadyOfSlowAsset(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(`{"inputs":["https://h/sim-slow.mp4",{"url":"https://h/a.vtt","type":"text","language_code":"en"}]}`)
	b.pass(time.Hour)
	if err := b.SetReady(id); err != nil {
		t.Fatal(err)
	}
	b.pass(time.Second)
	if got := objects(b.asset(id), "tracks")[2]; got["status"] != "ready" {
		t.Errorf("the rest does not follow: %v", got)
	}
}

func TestPatchAsset(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(bodyWith(`"passthrough":"p","meta":{"title":"t","external_id":"e"}`))
	got := b.want(200, "PATCH", "/video/v1/assets/"+id, `{"meta":{"title":"","creator_id":"c"},"thumbnail_time":0}`)
	want := map[string]any{"passthrough": "p", "meta": map[string]any{"creator_id": "c", "external_id": "e"}, "thumbnail_time": 0.0}
	if diff := cmp.Diff(want, fields(got, "passthrough", "meta", "thumbnail_time")); diff != "" {
		t.Error(diff)
	}
	if got := b.want(200, "PATCH", "/video/v1/assets/"+id, `{"passthrough":""}`); got["passthrough"] != nil {
		t.Errorf("not cleared: %v", got)
	}
	if types := b.eventTypes(); !slices.Contains(types, "video.asset.updated") {
		t.Errorf("events %v", types)
	}
}

func TestAssetPlaybackIDs(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(bodyWith(`"playback_policies":["public","signed"]`))
	path := "/video/v1/assets/" + id + "/playback-ids"
	added := b.want(201, "POST", path, `{"policy":"public"}`)["id"].(string)
	if again := b.want(201, "POST", path, `{"policy":"public"}`)["id"]; again == added {
		t.Error("the same POST gave the same playback id")
	}
	if got := objects(b.asset(id), "playback_ids"); len(got) != 4 {
		t.Errorf("playback ids %v", got)
	}
	if got := b.want(200, "GET", path+"/"+added, ""); got["policy"] != "public" {
		t.Errorf("got %v", got)
	}
	found := b.want(200, "GET", "/video/v1/playback-ids/"+added, "")
	if diff := cmp.Diff(map[string]any{"type": "asset", "id": id}, found["object"]); diff != "" {
		t.Error(diff)
	}
	b.want(204, "DELETE", path+"/"+added, "")
	b.want(404, "GET", path+"/"+added, "")
	b.want(404, "GET", "/video/v1/playback-ids/"+added, "")
}

func TestTracks(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(plainAsset)
	b.pass(2 * time.Second)
	path := "/video/v1/assets/" + id + "/tracks"
	text := b.want(201, "POST", path, `{"url":"https://h/en.vtt","type":"text","language_code":"en-US","closed_captions":true}`)
	want := map[string]any{"type": "text", "text_type": "subtitles", "text_source": "uploaded", "status": "preparing", "name": "English", "language_code": "en-US", "closed_captions": true}
	if diff := cmp.Diff(want, fields(text, slices.Collect(maps.Keys(want))...)); diff != "" {
		t.Error(diff)
	}
	status, body := b.ask("POST", path, `{"url":"https://h/en.vtt","type":"text","language_code":"en"}`)
	wantRefusal(t, status, body, "named")
	bad := b.want(201, "POST", path, `{"url":"https://h/sim-error.vtt","type":"text","language_code":"fr"}`)["id"]
	audio := objects(b.asset(id), "tracks")[1]["id"].(string)
	if status, _ := b.ask("POST", path+"/"+audio+"/generate-subtitles", `{"generated_subtitles":[{"language_code":"auto","name":"Made"}]}`); status != 201 {
		t.Errorf("generate-subtitles: %d", status)
	}
	b.pass(time.Second)
	states := map[any]any{}
	for _, track := range objects(b.asset(id), "tracks")[2:] {
		states[track["name"]] = track["status"]
		if track["id"] == bad && track["error"] == nil {
			t.Errorf("no error in %v", track)
		}
	}
	if diff := cmp.Diff(map[any]any{"English": "ready", "French": "errored", "Made": "ready"}, states); diff != "" {
		t.Error(diff)
	}
	one := path + "/" + text["id"].(string)
	if got := b.want(200, "PATCH", one, `{"name":"Plain","closed_captions":false}`); got["name"] != "Plain" || got["closed_captions"] != nil {
		t.Errorf("patched to %v", got)
	}
	status, body = b.ask("PATCH", one, `{"name":"French"}`)
	wantRefusal(t, status, body, "named")
	b.want(204, "DELETE", one, "")
	b.want(404, "DELETE", one, "")
	if types := b.eventTypes(); !slices.Contains(types, "video.asset.track.deleted") {
		t.Errorf("events %v", types)
	}
}

func TestStaticRenditions(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(bodyWith(`"static_renditions":[{"resolution":"2160p"},{"resolution":"720p","passthrough":"x"},{"resolution":"audio-only"}]`))
	if diff := cmp.Diff(map[string]any{"status": "preparing"}, b.asset(id)["static_renditions"]); diff != "" {
		t.Error(diff)
	}
	b.pass(3 * time.Second)
	files := objects(b.asset(id)["static_renditions"].(map[string]any), "files")
	var got []map[string]any
	for _, f := range files {
		got = append(got, fields(f, "name", "status", "type", "width", "height", "passthrough"))
		if _, isString := f["filesize"].(string); f["status"] == "ready" && !isString {
			t.Errorf("file size of %v is no string", f)
		}
	}
	want := []map[string]any{
		{"name": "2160p.mp4", "status": "skipped", "type": "advanced"},
		{"name": "720p.mp4", "status": "ready", "type": "advanced", "width": 1280.0, "height": 720.0, "passthrough": "x"},
		{"name": "audio.m4a", "status": "ready", "type": "standard"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	path := "/video/v1/assets/" + id + "/static-renditions"
	added := b.want(201, "POST", path, `{"resolution":"270p"}`)["id"].(string)
	b.want(204, "DELETE", path+"/"+added, "")
	b.pass(time.Second)
	types := b.eventTypes()
	if n := count(types, "video.asset.static_rendition.ready"); n != 2 {
		t.Errorf("%d ready events, the deleted one among them?", n)
	}
	if n := count(types, "video.asset.static_rendition.deleted"); n != 1 {
		t.Errorf("%d deleted events", n)
	}
}

func count[T comparable](list []T, what T) (n int) {
	for _, one := range list {
		if one == what {
			n++
		}
	}
	return n
}

func TestMP4Support(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(plainAsset)
	b.pass(2 * time.Second)
	path := "/video/v1/assets/" + id + "/mp4-support"
	got := b.want(200, "PUT", path, `{"mp4_support":"audio-only,capped-1080p"}`)
	if diff := cmp.Diff(map[string]any{"status": "preparing"}, got["static_renditions"]); diff != "" {
		t.Error(diff)
	}
	b.pass(time.Second)
	if files := objects(b.asset(id)["static_renditions"].(map[string]any), "files"); len(files) != 2 || files[1]["height"] != 1080.0 {
		t.Errorf("files %v", files)
	}
	if got := b.want(200, "PUT", path, `{"mp4_support":"none"}`); got["static_renditions"] != nil || got["mp4_support"] != "none" {
		t.Errorf("after none: %v", got)
	}
	for _, e := range b.events() {
		if e["type"] != "video.asset.static_renditions.ready" {
			continue
		}
		files := objects(e["data"].(map[string]any)["static_renditions"].(map[string]any), "files")
		if _, isNumber := files[0]["filesize"].(float64); !isNumber {
			t.Errorf("file size in an asset event: %v", files[0])
		}
	}
	if types := b.eventTypes(); count(types, "video.asset.static_renditions.ready") != 1 || count(types, "video.asset.static_renditions.deleted") != 1 {
		t.Errorf("events %v", types)
	}
}

func TestMasterAccess(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(plainAsset)
	b.pass(2 * time.Second)
	path := "/video/v1/assets/" + id + "/master-access"
	if got := b.want(200, "PUT", path, `{"master_access":"temporary"}`); got["master"].(map[string]any)["status"] != "preparing" {
		t.Errorf("got %v", got["master"])
	}
	b.pass(time.Second)
	if got := b.asset(id)["master"].(map[string]any); got["status"] != "ready" || got["url"] == nil {
		t.Errorf("got %v", got)
	}
	b.pass(masterLifetime - time.Nanosecond)
	if b.asset(id)["master"] == nil {
		t.Error("gone before 24 h")
	}
	b.pass(time.Nanosecond)
	if got := b.asset(id); got["master"] != nil || got["master_access"] != "none" {
		t.Errorf("after 24 h: %v", got)
	}
	b.want(200, "PUT", path, `{"master_access":"temporary"}`)
	b.want(200, "PUT", path, `{"master_access":"none"}`)
	b.pass(masterLifetime * 2)
	types := b.eventTypes()
	want := map[string]int{"video.asset.master.preparing": 2, "video.asset.master.ready": 1, "video.asset.master.deleted": 2}
	for kind, n := range want {
		if got := count(types, kind); got != n {
			t.Errorf("%s: %d, want %d", kind, got, n)
		}
	}
}

func TestTestAssetVanishes(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(bodyWith(`"test":true`))
	b.pass(testLifetime - time.Nanosecond)
	b.asset(id)
	b.pass(time.Nanosecond)
	b.want(404, "GET", "/video/v1/assets/"+id, "")
	if types := b.eventTypes(); count(types, "video.asset.deleted") != 1 {
		t.Errorf("events %v", types)
	}
}

func TestDeletedAssetStaysSilent(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(bodyWith(`"test":true,"master_access":"temporary"`))
	b.pass(2 * time.Second)
	b.DeleteAssetAsUser("another", id)
	b.asset(id)
	b.pass(time.Millisecond)
	b.DeleteAssetAsUser(DefaultEnvironmentID, id)
	b.pass(48 * time.Hour)
	if types := b.eventTypes(); types[len(types)-1] != "video.asset.deleted" || len(types) != 4 {
		t.Errorf("events %v", types)
	}
}

func TestClipAndInputInfo(t *testing.T) {
	b := newBench(t, Options{})
	source := b.makeAsset(plainAsset)
	clip := b.asset(b.makeAsset(`{"inputs":[{"url":"mux://assets/` + source + `","start_time":1,"end_time":2.5}]}`))
	if clip["source_asset_id"] != source || clip["ingest_type"] != "on_demand_clip" {
		t.Errorf("clip %v", clip)
	}
	b.pass(time.Second)
	_, body := b.ask("GET", "/video/v1/assets/"+source+"/input-info", "")
	info := objects(body, "data")
	if len(info) != 1 || info[0]["settings"].(map[string]any)["url"] != "https://example.com/a.mp4" || info[0]["file"] == nil {
		t.Errorf("input-info %v", body)
	}
}
