// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// shape says which JSON types each key path has been seen with; lists add [] to a path.
type shape map[string]map[string]bool

func (s shape) add(path string, v any) {
	if s[path] == nil {
		s[path] = map[string]bool{}
	}
	s[path][jsonType(v)] = true
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			s.add(path+"."+k, inner)
		}
	case []any:
		for _, inner := range v {
			s.add(path+"[]", inner)
		}
	}
}

func jsonType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// strangers lists what got has and known has not, by path and type.
func strangers(got, known shape) []string {
	var all []string
	for path, types := range got {
		for kind := range types {
			if !known[path][kind] {
				all = append(all, path+" "+kind)
			}
		}
	}
	slices.Sort(all)
	return all
}

// samples reads the bodies of mux/testdata that match the patterns. A body with a list of data counts as its elements.
func samples(t *testing.T, patterns ...string) shape {
	t.Helper()
	known := shape{}
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join("../mux/testdata", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no sample %s (%v)", pattern, err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			known.addBody(t, raw)
		}
	}
	return known
}

func (s shape) addBody(t *testing.T, raw []byte) {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	if list, is := body["data"].([]any); is {
		for _, one := range list {
			s.add("data", one)
		}
		delete(body, "data")
	}
	for k, v := range body {
		s.add(k, v)
	}
}

// alsoKnown are paths and types that no sample has, each with the document that does.
type alsoKnown map[string]string

func (s shape) with(more alsoKnown) shape {
	for entry := range more {
		path, kind, _ := strings.Cut(entry, " ")
		if s[path] == nil {
			s[path] = map[string]bool{}
		}
		s[path][kind] = true
	}
	return s
}

// documentedAsset is the same in REST and webhooks.
var documentedAsset = alsoKnown{
	"data.meta object":                                       "response fields: meta {title, creator_id, external_id}",
	"data.meta.title string":                                 "as above",
	"data.meta.creator_id string":                            "as above",
	"data.meta.external_id string":                           "as above",
	"data.ingest_type string":                                "response fields; on the wire since 2024",
	"data.passthrough string":                                "response fields",
	"data.normalize_audio boolean":                           "response fields; true or absent",
	"data.test boolean":                                      "test mode; true or absent",
	"data.source_asset_id string":                            "clips",
	"data.upload_id string":                                  "direct uploads",
	"data.thumbnail_time number":                             "PATCH, since 2026-08",
	"data.progress object":                                   "response fields",
	"data.progress.state string":                             "as above",
	"data.progress.progress number":                          "as above",
	"data.video_quality string":                              "twin of encoding_tier",
	"data.errors object":                                     "type and messages of an errored asset",
	"data.errors.type string":                                "as above",
	"data.errors.messages array":                             "as above",
	"data.errors.messages[] string":                          "as above",
	"data.non_standard_input_reasons object":                 "reasons are strings",
	"data.non_standard_input_reasons.video_codec string":     "2024 payload: hevc",
	"data.playback_ids[].drm_configuration_id string":        "playback ids of policy drm",
	"data.tracks[].status string":                            "on the wire for audio and text",
	"data.tracks[].primary boolean":                          "on the wire for audio",
	"data.tracks[].name string":                              "tracks",
	"data.tracks[].language_code string":                     "tracks",
	"data.tracks[].passthrough string":                       "tracks",
	"data.tracks[].text_type string":                         "tracks",
	"data.tracks[].text_source string":                       "tracks",
	"data.tracks[].closed_captions boolean":                  "tracks; true or absent",
	"data.tracks[].error object":                             "track error, singular",
	"data.tracks[].error.type string":                        "as above",
	"data.tracks[].error.messages array":                     "as above",
	"data.tracks[].error.messages[] string":                  "as above",
	"data.static_renditions object":                          "{status, files}",
	"data.static_renditions.status string":                   "as above",
	"data.static_renditions.files array":                     "as above",
	"data.static_renditions.files[] object":                  "static renditions",
	"data.static_renditions.files[].id string":               "static renditions",
	"data.static_renditions.files[].type string":             "standard, advanced",
	"data.static_renditions.files[].status string":           "static renditions",
	"data.static_renditions.files[].name string":             "static renditions",
	"data.static_renditions.files[].ext string":              "static renditions",
	"data.static_renditions.files[].resolution string":       "static renditions",
	"data.static_renditions.files[].resolution_tier string":  "static renditions",
	"data.static_renditions.files[].passthrough string":      "static renditions",
	"data.static_renditions.files[].bitrate number":          "static renditions",
	"data.static_renditions.files[].width number":            "static renditions",
	"data.static_renditions.files[].height number":           "static renditions",
	"data.master object":                                     "{status, url}",
	"data.master.status string":                              "as above",
	"data.master.url string":                                 "as above, once ready",
	"data.is_live boolean":                                   "true or absent",
	"data.live_stream_id string":                             "recordings",
	"data.recording_times array":                             "recordings",
	"data.recording_times[] object":                          "{started_at, duration, type}",
	"data.recording_times[].duration number":                 "as above",
	"data.recording_times[].type string":                     "content, slate",
	"data.generate_shots boolean":                            "since 2026-08",
	"data.shots object":                                      "{status, errors, shots_manifest_url}, since 2026-08",
	"data.shots.status string":                               "as above",
	"data.shots.shots_manifest_url string":                   "as above",
	"data.shots.errors object":                               "as above",
	"data.shots.errors.type string":                          "as above",
	"data.shots.errors.messages array":                       "as above",
	"data.shots.errors.messages[] string":                    "as above",
	"data.static_renditions.files[].error object":            "an errored rendition",
	"data.static_renditions.files[].error.type string":       "as above",
	"data.static_renditions.files[].error.messages array":    "as above",
	"data.static_renditions.files[].error.messages[] string": "as above",
}

// documentedWebhook is what webhooks write otherwise than REST.
var documentedWebhook = alsoKnown{
	"data.recording_times[].started_at object":         "{seconds, nanos?} in webhooks",
	"data.recording_times[].started_at.seconds number": "as above",
	"data.recording_times[].started_at.nanos number":   "as above",
}

// documentedWarning is all that a warning about an asset has.
var documentedWarning = alsoKnown{
	"data object":                 "the subset that is documented",
	"data.id string":              "as above",
	"data.status string":          "as above",
	"data.passthrough string":     "as above",
	"data.live_stream_id string":  "as above",
	"data.source_asset_id string": "as above",
	"data.upload_id string":       "as above",
	"data.warning object":         "as above",
	"data.warning.type string":    "as above",
	"data.warning.message string": "as above",
}

// documentedShots is all that an event of shots has: no id.
var documentedShots = alsoKnown{
	"data object":                    "nothing but status, errors, shots_manifest_url",
	"data.status string":             "as above",
	"data.shots_manifest_url string": "as above",
	"data.errors object":             "as above",
	"data.errors.type string":        "as above",
	"data.errors.messages array":     "as above",
	"data.errors.messages[] string":  "as above",
}

// documentedTraffic is what an alert has around rows that look like those of delivery usage.
var documentedTraffic = alsoKnown{
	"data object":                          "id, data, threshold, timeframe",
	"data.id string":                       "as above",
	"data.threshold number":                "as above",
	"data.timeframe array":                 "as above",
	"data.timeframe[] number":              "as above",
	"data.data array":                      "a row per asset",
	"data.data[] object":                   "as above",
	"data.data[].asset_id string":          "rows",
	"data.data[].asset_state string":       "rows",
	"data.data[].asset_duration number":    "rows",
	"data.data[].live_stream_id string":    "rows",
	"data.data[].passthrough string":       "rows",
	"data.data[].delivered_seconds number": "rows",
	"data.data[].created_at number":        "rows",
}

// documentedREST is what REST writes otherwise than webhooks.
var documentedREST = alsoKnown{
	"data.static_renditions.files[].filesize string": "filesize: string in REST",
	"data.recording_times[].started_at string":       "ISO, with milliseconds",
}

// documentedPart is what events of tracks and renditions have.
var documentedPart = alsoKnown{
	"data.asset_id string":         "tracks and renditions: parent link",
	"data.text_source string":      "tracks",
	"data.passthrough string":      "the part's own",
	"data.closed_captions boolean": "tracks; true or absent",
	"data.error object":            "track error, singular",
	"data.error.type string":       "as above",
	"data.error.messages array":    "as above",
	"data.error.messages[] string": "as above",
	"data.max_channels number":     "audio tracks",
}

// documentedLive is what the live samples do not have.
var documentedLive = alsoKnown{
	"data.new_asset_settings.passthrough string":     "new_asset_settings are those of an asset",
	"data.srt_passphrase string":                     "live stream fields",
	"data.passthrough string":                        "live stream fields",
	"data.meta object":                               "live stream fields",
	"data.meta.title string":                         "as above",
	"data.use_slate_for_standard_latency boolean":    "live stream fields",
	"data.reconnect_slate_url string":                "live stream fields",
	"data.reconnect_window number":                   "live stream fields",
	"data.audio_only boolean":                        "live stream fields",
	"data.simulcast_targets array":                   "live stream fields",
	"data.simulcast_targets[] object":                "as above",
	"data.simulcast_targets[].id string":             "simulcast target",
	"data.simulcast_targets[].status string":         "as above",
	"data.simulcast_targets[].url string":            "as above",
	"data.simulcast_targets[].stream_key string":     "as above",
	"data.simulcast_targets[].passthrough string":    "as above",
	"data.live_stream_id string":                     "simulcast events: parent link",
	"data.error_severity string":                     "simulcast target that is errored",
	"data.simulcast_targets[].error_severity string": "as above",
	"data.active_asset_id string":                    "live stream fields",
	"data.active_ingest_protocol string":             "live stream fields",
	"data.recent_asset_ids array":                    "live stream fields",
	"data.recent_asset_ids[] string":                 "live stream fields",
	"data.url string":                                "simulcast target",
}

// documentedUpload is what REST has of an upload that failed; its webhook does not.
var documentedUpload = alsoKnown{
	"data.error object":         "{type, message}",
	"data.error.type string":    "as above",
	"data.error.message string": "as above",
}

// everything brings about every video event, so that each body can be looked at.
func everything(b *bench) {
	b.Helper()
	rich := b.makeAsset(`{"inputs":[{"url":"https://example.com/sim-nonstandard.mp4","generated_subtitles":[{"language_code":"auto"}]},
		{"url":"https://example.com/en.vtt","type":"text","language_code":"en-US","closed_captions":true,"passthrough":"t"},
		{"url":"https://example.com/sim-error.vtt","type":"text","language_code":"fr"},
		{"url":"https://example.com/es.m4a","type":"audio","language_code":"es"}],
		"playback_policies":["public"],"advanced_playback_policies":[{"policy":"drm","drm_configuration_id":"d"}],
		"static_renditions":[{"resolution":"2160p","passthrough":"r"},{"resolution":"720p"},{"resolution":"audio-only"}],
		"passthrough":"p","meta":{"title":"t","creator_id":"c","external_id":"e"},"master_access":"temporary","normalize_audio":true,"test":true}`)
	broken := b.makeAsset(`{"inputs":"https://example.com/sim-error.mp4"}`)
	legacy := b.makeAsset(`{"inputs":["https://example.com/a.mp4"],"mp4_support":"standard"}`)
	upload := b.want(201, "POST", "/video/v1/uploads", `{"cors_origin":"*","test":true,"new_asset_settings":{"playback_policies":["public"]}}`)["id"].(string)
	if _, err := b.FinishUpload(upload); err != nil {
		b.Fatal(err)
	}
	b.pass(b.options.ReadyAfter * 2)
	b.makeAsset(`{"inputs":"mux://assets/` + rich + `"}`)
	b.want(200, "PATCH", "/video/v1/assets/"+rich, `{"meta":{"title":"x"},"thumbnail_time":1.5}`)
	live := b.want(201, "POST", "/video/v1/live-streams", `{"playback_policies":["public"],"latency_mode":"low","passthrough":"p","meta":{"title":"t"},
		"use_slate_for_standard_latency":true,"reconnect_slate_url":"https://example.com/s.png","test":true,"audio_only":true,
		"new_asset_settings":{"playback_policies":["public"]},"simulcast_targets":[{"url":"rtmp://example.com/app","stream_key":"k","passthrough":"p"}],
		"embedded_subtitles":[{"passthrough":"e"}],"generated_subtitles":[{"passthrough":"g"}]}`)["id"].(string)
	b.want(200, "PUT", "/video/v1/live-streams/"+live+"/disable", "")
	b.pass(b.options.ReadyAfter * 2)
	b.want(204, "DELETE", "/video/v1/live-streams/"+live, "")
	b.want(204, "DELETE", "/video/v1/assets/"+legacy, "")
	b.want(204, "DELETE", "/video/v1/assets/"+broken, "")
	everyBroadcast(b)
	everyFailure(b)
	b.pass(testLifetime)
}

// everyBroadcast takes a live stream through all that happens to it without an encoder failing.
func everyBroadcast(b *bench) {
	b.Helper()
	id := b.want(201, "POST", "/video/v1/live-streams", `{"passthrough":"p","use_slate_for_standard_latency":true,
		"new_asset_settings":{"playback_policies":["public"],"passthrough":"a"},"simulcast_targets":[{"url":"rtmp://example.com/app"}]}`)["id"].(string)
	path := "/video/v1/live-streams/" + id
	target := objects(b.want(200, "PATCH", path, `{"passthrough":"q"}`), "simulcast_targets")[0]["id"].(string)
	b.must(b.ConnectEncoder(id))
	b.pass(20 * time.Second)
	b.must(b.FailSimulcastTarget(target, normal))
	b.must(b.TouchSimulcastTarget(target))
	b.must(b.WarnLiveStream(id, "", ""))
	asset := b.want(200, "GET", path, "")["active_asset_id"].(string)
	b.must(b.WarnAsset(asset, "", ""))
	b.pass(10 * time.Second)
	b.must(b.DisconnectEncoder(id))
	b.must(b.ConnectEncoder(id))
	b.pass(20 * time.Second)
	b.want(200, "PUT", path+"/complete", "")
	b.must(b.AlertHighTraffic(asset, 1000))
	b.want(200, "PUT", path+"/disable", "")
	b.want(200, "PUT", path+"/enable", "")
	b.want(204, "DELETE", path+"/simulcast-targets/"+target, "")
}

// everyFailure brings about what ends otherwise than it should, and what is taken back.
func everyFailure(b *bench) {
	b.Helper()
	id := b.makeAsset(`{"inputs":[{"url":"https://example.com/a.mp4"},{"url":"https://example.com/en.vtt","type":"text","language_code":"en"}],
		"static_renditions":[{"resolution":"720p"}],"master_access":"temporary","generate_shots":true}`)
	old := b.makeAsset(`{"inputs":"https://example.com/a.mp4","mp4_support":"standard","generate_shots":true}`)
	sound := b.makeAsset(`{"inputs":"https://example.com/sim-audio-only.mp4","mp4_support":"standard","generate_shots":true}`)
	b.pass(b.options.ReadyAfter)
	path := "/video/v1/assets/" + id
	made := b.want(200, "GET", path, "")
	track := objects(made, "tracks")[2]["id"].(string)
	rendition := objects(made["static_renditions"].(map[string]any), "files")[0]["id"].(string)
	b.must(b.FailTrack(track, "", "x"))
	b.must(b.FailRendition(rendition, "", "x"))
	b.must(b.FailMaster(id))
	b.must(b.FailShots(id, "", "x"))
	b.must(b.FailMP4(old))
	b.pass(b.options.ReadyAfter)
	b.want(204, "DELETE", path+"/tracks/"+track, "")
	b.want(204, "DELETE", path+"/static-renditions/"+rendition, "")
	b.want(200, "PUT", path+"/master-access", `{"master_access":"none"}`)
	b.want(204, "DELETE", "/video/v1/assets/"+old+"/shots", "")
	b.want(200, "PUT", "/video/v1/assets/"+sound+"/mp4-support", `{"mp4_support":"none"}`)
	upload := b.want(201, "POST", "/video/v1/uploads", `{"cors_origin":"*"}`)["id"].(string)
	asset, err := b.FinishUpload(upload)
	b.must(err)
	b.must(b.SetErrored(asset, ""))
	b.want(200, "PUT", "/video/v1/uploads/"+b.want(201, "POST", "/video/v1/uploads", `{"cors_origin":"*"}`)["id"].(string)+"/cancel", "")
}

func TestShapeOfWebhooks(t *testing.T) {
	asset := samples(t, "payloads/video.asset.*.json", "payloads/cli-synthetic/video.asset.errored.json").with(documentedAsset).with(documentedWebhook)
	part := samples(t, "payloads/video.asset.ready--*.json", "payloads/cli-synthetic/video.asset.track.ready.json",
		"payloads/cli-synthetic/video.asset.static_rendition.ready.json").with(documentedPart)
	live := samples(t, "payloads/video.live_stream.*.json", "payloads/cli-synthetic/video.live_stream.enabled.json",
		"rest/openapi--PUT_embedded-subtitles-200.json", "rest/openapi--PUT_generated-subtitles-200.json",
		"rest/live-stream--2023-test-idle.json").with(documentedLive)
	delete(live["data.created_at"], "string")  // the form of REST
	delete(asset["data.created_at"], "string") // the form of 2018
	upload := samples(t, "payloads/video.upload.*.json", "rest/openapi--POST_uploads-201.json")
	b := newBench(t, Options{})
	b.receiver.answer = func(n int) int { return map[bool]int{true: 503, false: 200}[n%7 == 0] }
	everything(b)
	seen := map[string]bool{}
	for _, e := range b.events() {
		kind := e["type"].(string)
		seen[kind] = true
		known := asset
		switch {
		case kind == "video.asset.warning":
			known = shape{}.with(documentedWarning)
		case kind == "video.delivery.high_traffic":
			known = shape{}.with(documentedTraffic)
		case strings.Contains(kind, ".shots."):
			known = shape{}.with(documentedShots)
		case strings.Contains(kind, ".track."), strings.Contains(kind, ".static_rendition."):
			known = part
		case strings.HasPrefix(kind, "video.live_stream."):
			known = live
		case strings.HasPrefix(kind, "video.upload."):
			known = upload
		}
		known = known.withEnvelope(part)
		got := shape{}
		got.addBody(t, encode(e))
		if odd := strangers(got, known); len(odd) > 0 {
			t.Errorf("%s has what no sample has: %v", kind, odd)
		}
		for _, required := range []string{"type", "id", "created_at", "object.type", "object.id", "environment.id", "environment.name", "data.id", "attempts"} {
			if got[required] == nil && !(required == "data.id" && strings.Contains(kind, ".shots.")) {
				t.Errorf("%s lacks %s", kind, required)
			}
		}
	}
	wantSeen(t, seen)
}

// withEnvelope adds the envelope of other, whose samples are whole.
func (s shape) withEnvelope(other shape) shape {
	all := maps.Clone(s)
	for path, types := range other {
		if !strings.HasPrefix(path, "data") {
			all[path] = types
		}
	}
	return all
}

// wantSeen knows every video event that Mux has, and no other.
func wantSeen(t *testing.T, seen map[string]bool) {
	t.Helper()
	n := 0
	for family, kinds := range map[string]string{
		"video.asset.":                        "created ready errored updated deleted live_stream_completed non_standard_input_detected warning",
		"video.asset.static_renditions.":      "preparing ready errored deleted",
		"video.asset.static_rendition.":       "created ready errored skipped deleted",
		"video.asset.master.":                 "preparing ready deleted errored",
		"video.asset.track.":                  "created ready errored deleted",
		"video.asset.shots.":                  "created ready skipped errored deleted",
		"video.upload.":                       "created asset_created cancelled errored",
		"video.live_stream.":                  "created connected recording active disconnected idle updated enabled disabled deleted warning",
		"video.live_stream.simulcast_target.": "created idle starting broadcasting errored updated deleted",
		"video.delivery.":                     "high_traffic",
	} {
		for _, kind := range strings.Fields(kinds) {
			if n++; !seen[family+kind] {
				t.Errorf("no %s came", family+kind)
			}
			delete(seen, family+kind)
		}
	}
	if n != 53 || len(seen) > 0 { // that many were typed in August 2026
		t.Errorf("%d types are known; others came: %v", n, seen)
	}
}

func TestShapeOfREST(t *testing.T) {
	kinds := []struct {
		path, required string
		known          shape
	}{
		{"assets", "id created_at status encoding_tier max_resolution_tier master_access",
			samples(t, "rest/asset--*.json", "rest/openapi--GET_asset*.json", "rest/openapi--POST_assets-201.json",
				"rest/openapi--PUT_master-access*.json", "rest/openapi--PUT_mp4-support*.json").with(documentedAsset).with(documentedREST)},
		{"live-streams", "id created_at status stream_key reconnect_window max_continuous_duration latency_mode",
			samples(t, "rest/live-stream*.json", "rest/openapi--GET_live-stream*.json",
				"rest/openapi--PUT_embedded*.json", "rest/openapi--PUT_generated*.json").with(documentedLive)},
		{"uploads", "id status timeout cors_origin",
			samples(t, "rest/openapi--*upload*.json", "payloads/video.upload.asset_created--2021.json").with(documentedUpload)},
	}
	b := newBench(t, Options{})
	everything(b)
	for _, env := range b.environments {
		for _, kind := range kinds {
			versions := 0
			for _, body := range allVersions(env, kind.path) {
				versions++
				got := shape{}
				got.addBody(t, fmt.Appendf(nil, `{"data":%s}`, body))
				if odd := strangers(got, kind.known); len(odd) > 0 {
					t.Errorf("%s has what no sample has: %v", kind.path, odd)
				}
				for _, key := range strings.Fields(kind.required) {
					if got["data."+key] == nil {
						t.Errorf("%s lacks %s: %s", kind.path, key, body)
					}
				}
			}
			if versions == 0 {
				t.Errorf("no body of %s was looked at", kind.path)
			}
		}
	}
}

// allVersions is every state that GET has shown.
func allVersions(env *environment, kind string) (all []json.RawMessage) {
	records := map[string][]*record{}
	for _, a := range env.assets.order {
		records["assets"] = append(records["assets"], a.rec())
	}
	for _, l := range env.liveStreams.order {
		records["live-streams"] = append(records["live-streams"], l.rec())
	}
	for _, u := range env.uploads.order {
		records["uploads"] = append(records["uploads"], u.rec())
	}
	for _, r := range records[kind] {
		for _, v := range r.versions {
			if v.body != nil {
				all = append(all, v.body)
			}
		}
	}
	return all
}

func TestStrangersFindsThem(t *testing.T) {
	known, got := shape{}, shape{}
	known.add("data", map[string]any{"id": "x", "list": []any{1.0}})
	got.add("data", map[string]any{"id": 5.0, "list": []any{1.0, "y"}, "typo": nil})
	want := []string{"data.id number", "data.list[] string", "data.typo null"}
	if all := strangers(got, known); !slices.Equal(all, want) {
		t.Errorf("got %v, want %v", all, want)
	}
}
