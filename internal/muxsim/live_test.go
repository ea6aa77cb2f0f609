// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLiveStreamDefaults(t *testing.T) {
	tests := []struct {
		body string
		want map[string]any
	}{
		{``, map[string]any{"latency_mode": "standard", "reconnect_window": 60.0, "max_continuous_duration": 43200.0, "status": "idle"}},
		{`{"test":true}`, map[string]any{"latency_mode": "standard", "reconnect_window": 60.0, "max_continuous_duration": 300.0, "status": "idle"}},
		{`{"latency_mode":"low"}`, map[string]any{"latency_mode": "low", "reconnect_window": 0.0, "max_continuous_duration": 43200.0, "status": "idle"}},
		{`{"reduced_latency":true,"reconnect_window":7.5}`, map[string]any{"latency_mode": "reduced", "reconnect_window": 7.5, "max_continuous_duration": 43200.0, "status": "idle"}},
	}
	b := newBench(t, Options{})
	for _, tt := range tests {
		got := b.want(201, "POST", "/video/v1/live-streams", tt.body)
		if diff := cmp.Diff(tt.want, fields(got, "latency_mode", "reconnect_window", "max_continuous_duration", "status")); diff != "" {
			t.Errorf("%s: %s", tt.body, diff)
		}
	}
}

func TestLiveStreamCalls(t *testing.T) {
	b := newBench(t, Options{})
	made := b.want(201, "POST", "/video/v1/live-streams", `{"playback_policies":["public"],"new_asset_settings":{"playback_policy":"public"}}`)
	path := "/video/v1/live-streams/" + made["id"].(string)
	if diff := cmp.Diff(made, b.want(200, "GET", path, "")); diff != "" {
		t.Errorf("GET differs: %s", diff)
	}
	got := b.want(200, "PATCH", path, `{"passthrough":"p","meta":{"title":"t"},"new_asset_settings":{"video_quality":"plus"},"latency_mode":"low"}`)
	want := map[string]any{"passthrough": "p", "meta": map[string]any{"title": "t"}, "latency_mode": "low",
		"new_asset_settings": map[string]any{"playback_policy": "public", "video_quality": "plus"}}
	if diff := cmp.Diff(want, fields(got, "passthrough", "meta", "latency_mode", "new_asset_settings")); diff != "" {
		t.Error(diff)
	}
	if got := b.want(201, "POST", path+"/reset-stream-key", ""); got["stream_key"] == made["stream_key"] {
		t.Error("the key stayed")
	}
	id := b.want(201, "POST", path+"/playback-ids", `{"policy":"signed"}`)["id"].(string)
	b.want(200, "GET", path+"/playback-ids/"+id, "")
	if got := b.want(200, "GET", "/video/v1/playback-ids/"+id, "")["object"].(map[string]any); got["type"] != "live_stream" {
		t.Errorf("playback id of %v", got)
	}
	b.want(204, "DELETE", path+"/playback-ids/"+id, "")
	got = b.want(200, "PUT", path+"/embedded-subtitles", `{"embedded_subtitles":[{}]}`)
	if diff := cmp.Diff([]any{map[string]any{"name": "English", "language_code": "en", "language_channel": "cc1"}}, got["embedded_subtitles"]); diff != "" {
		t.Error(diff)
	}
	if got := b.want(200, "PUT", path+"/generated-subtitles", `{"generated_subtitles":[]}`); got["generated_subtitles"] != nil {
		t.Errorf("got %v", got)
	}
	renditions := path + "/new-asset-settings/static-renditions"
	got = b.want(200, "PUT", renditions, `{"static_renditions":[{"resolution":"highest"}]}`)["new_asset_settings"].(map[string]any)
	if len(got["static_renditions"].([]any)) != 1 || got["playback_policy"] != "public" {
		t.Errorf("got %v", got)
	}
	b.want(204, "DELETE", renditions, "")
	b.want(200, "PUT", path+"/complete", "")
	b.want(204, "DELETE", path, "")
	b.want(404, "GET", path, "")
	for _, e := range b.events() {
		if o := e["object"].(map[string]any); o["type"] != "live" || o["id"] != made["id"] {
			t.Errorf("%s: object %v", e["type"], o)
		}
	}
	if types := b.eventTypes(); count(types, "video.live_stream.updated") != 8 || count(types, "video.live_stream.deleted") != 1 {
		t.Errorf("events %v", types)
	}
}

func TestLiveStreamSwitch(t *testing.T) {
	b := newBench(t, Options{})
	path := "/video/v1/live-streams/" + b.want(201, "POST", "/video/v1/live-streams", `{"passthrough":"x"}`)["id"].(string)
	b.want(201, "POST", "/video/v1/live-streams", ``)
	for range 2 { // the second time changes nothing
		b.want(200, "PUT", path+"/disable", "")
	}
	for query, n := range map[string]int{"?status=disabled": 1, "?status=idle": 1, "": 2, "?stream_key=none": 0} {
		if _, body := b.ask("GET", "/video/v1/live-streams"+query, ""); len(objects(body, "data")) != n {
			t.Errorf("%s lists %v", query, body)
		}
	}
	status, body := b.ask("POST", path+"/simulcast-targets", `{"url":"rtmp://example.com/app"}`)
	wantRefusal(t, status, body, "idle")
	status, body = b.ask("PATCH", path, `{"latency_mode":"low"}`)
	wantRefusal(t, status, body, "idle")
	b.want(200, "PUT", path+"/enable", "")
	target := b.want(201, "POST", path+"/simulcast-targets", `{"url":"rtmp://example.com/app","stream_key":"k"}`)
	b.want(200, "GET", path+"/simulcast-targets/"+target["id"].(string), "")
	b.want(204, "DELETE", path+"/simulcast-targets/"+target["id"].(string), "")
	b.want(404, "DELETE", path+"/simulcast-targets/"+target["id"].(string), "")
	want := []string{"created", "created", "disabled", "enabled", "simulcast_target.created", "simulcast_target.deleted"}
	var got []string
	for _, kind := range b.eventTypes() {
		got = append(got, strings.TrimPrefix(kind, "video.live_stream."))
	}
	if !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("events %v", got)
	}
}

func TestLiveStreamRefuses(t *testing.T) {
	b := newBench(t, Options{})
	path := "/video/v1/live-streams"
	one := path + "/" + b.want(201, "POST", path, ``)["id"].(string)
	target := `{"url":"rtmp://example.com/app"}`
	tests := []struct{ method, path, body, want string }{
		{"POST", path, `{"latency_mode":"lowest"}`, "latency_mode"},
		{"POST", path, `{"reconnect_window":1801}`, "reconnect_window"},
		{"POST", path, `{"max_continuous_duration":59}`, "max_continuous_duration"},
		{"POST", path, `{"new_asset_settings":{"video_quality":"basic"}}`, "basic"},
		{"POST", path, `{"new_asset_settings":{"normalize_audio":true}}`, "normalize_audio"},
		{"POST", path, `{"new_asset_settings":{"unknown":1}}`, "unknown"},
		{"POST", path, `{"new_asset_settings":[]}`, "object"},
		{"POST", path, `{"playback_policies":["x"]}`, "playback_policies"},
		{"POST", path, `{"generated_subtitles":[{},{}]}`, "at most 1"},
		{"POST", path, `{"generated_subtitles":[{"language_code":"tr"}]}`, "language_code"},
		{"POST", path, `{"embedded_subtitles":[{"language_channel":"cc5"}]}`, "cc5"},
		{"POST", path, `{"simulcast_targets":[` + strings.Repeat(target+",", 6) + target + `]}`, "at most 6"},
		{"POST", path, `{"simulcast_targets":[{"url":"https://example.com"}]}`, "url"},
		{"PATCH", one, `{"meta":{"title":"` + strings.Repeat("x", 513) + `"}}`, "title"},
		{"PATCH", one, `{"audio_only":true}`, "audio_only"},
		{"PATCH", one, `{"new_asset_settings":{"passthrough":"x"}}`, "cannot be changed"},
		{"PATCH", one, `{"new_asset_settings":{"video_quality":"basic"}}`, "basic"},
		{"PUT", one + "/new-asset-settings/static-renditions", `{}`, "required"},
		{"PUT", one + "/new-asset-settings/static-renditions", `{"static_renditions":[{"resolution":"1p"}]}`, "1p"},
		{"GET", path + "/-", ``, "Failed to parse ID"},
	}
	for _, tt := range tests {
		status, body := b.ask(tt.method, tt.path, tt.body)
		t.Run(tt.body, func(t *testing.T) { wantRefusal(t, status, body, tt.want) })
	}
}

func TestUpload(t *testing.T) {
	b := newBench(t, Options{})
	made := b.want(201, "POST", "/video/v1/uploads", `{"cors_origin":"*","new_asset_settings":{"passthrough":"p","playback_policies":["public"]}}`)
	send := func(url string) int {
		request, err := http.NewRequest("PUT", url, bytes.NewReader([]byte("bytes")))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	url, path := made["url"].(string), "/video/v1/uploads/"+made["id"].(string)
	if got := send(url + "x"); got != 403 {
		t.Errorf("with a wrong signature: %d", got)
	}
	if got := send(url); got != 200 {
		t.Errorf("sent: %d", got)
	}
	if got := send(url); got != 403 {
		t.Errorf("sent again: %d", got)
	}
	got := b.want(200, "GET", path, "")
	if got["status"] != "asset_created" || got["url"] != nil {
		t.Errorf("upload %v", got)
	}
	asset := b.asset(got["asset_id"].(string))
	want := map[string]any{"upload_id": made["id"], "ingest_type": "on_demand_direct_upload", "passthrough": "p"}
	if diff := cmp.Diff(want, fields(asset, "upload_id", "ingest_type", "passthrough")); diff != "" {
		t.Error(diff)
	}
	if _, body := b.ask("GET", "/video/v1/assets?upload_id="+made["id"].(string), ""); len(objects(body, "data")) != 1 {
		t.Errorf("assets of the upload: %v", body)
	}
	if status, _ := b.ask("PUT", path+"/cancel", ""); status != 403 {
		t.Errorf("cancel when too late: %d", status)
	}
	if err := b.SetErrored(got["asset_id"].(string), ""); err != nil {
		t.Fatal(err)
	}
	if got := b.want(200, "GET", path, ""); got["status"] != "errored" || got["error"] == nil {
		t.Errorf("after the asset failed: %v", got)
	}
	wantTypes := []string{"video.asset.created", "video.asset.errored", "video.upload.asset_created", "video.upload.created", "video.upload.errored"}
	if types := slices.Sorted(slices.Values(b.eventTypes())); !slices.Equal(types, wantTypes) {
		t.Errorf("events %v", types)
	}
}

func TestUploadEnds(t *testing.T) {
	b := newBench(t, Options{})
	late := b.want(201, "POST", "/video/v1/uploads", `{"cors_origin":"*","timeout":60}`)["id"].(string)
	unwanted := b.want(201, "POST", "/video/v1/uploads", `{"cors_origin":"*"}`)["id"].(string)
	if got := b.want(200, "PUT", "/video/v1/uploads/"+unwanted+"/cancel", ""); got["status"] != "cancelled" {
		t.Errorf("got %v", got)
	}
	b.pass(60 * time.Second)
	if got := b.want(200, "GET", "/video/v1/uploads/"+late, ""); got["status"] != "timed_out" || got["url"] != nil {
		t.Errorf("got %v", got)
	}
	b.pass(time.Hour)
	if got := b.want(200, "GET", "/video/v1/uploads/"+unwanted, ""); got["status"] != "cancelled" {
		t.Errorf("got %v", got)
	}
	for _, id := range []string{late, unwanted, "unknown"} {
		if _, err := b.FinishUpload(id); err == nil {
			t.Errorf("%s was finished", id)
		}
	}
	if types := b.eventTypes(); len(types) != 3 || count(types, "video.upload.cancelled") != 1 {
		t.Errorf("events %v", types)
	}
	for body, want := range map[string]string{`{}`: "cors_origin", `{"cors_origin":"*","timeout":59}`: "timeout", `{"cors_origin":"*","timeout":604801}`: "timeout", `{"cors_origin":"*","new_asset_settings":{"test":1}}`: "new_asset_settings"} {
		status, answer := b.ask("POST", "/video/v1/uploads", body)
		wantRefusal(t, status, answer, want)
	}
	if _, body := b.ask("GET", "/video/v1/uploads", ""); objects(body, "data")[1]["id"] != late {
		t.Errorf("list %v", body)
	}
}
