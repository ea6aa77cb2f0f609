// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"net/http"
	"strings"
	"testing"
)

// bodyWith is a valid asset with more in it.
func bodyWith(more string) string {
	return `{"inputs":[{"url":"https://example.com/a.mp4"}],` + more + `}`
}

func bodyWithInput(more string) string {
	return `{"inputs":[{"url":"https://example.com/a.mp4"},{"url":"https://example.com/b",` + more + `}]}`
}

func TestCreateAssetRefuses(t *testing.T) {
	long := strings.Repeat("é", 256)
	tests := []struct{ name, body, want string }{
		{"no JSON", `{`, "request body"},
		{"no object", `[]`, "JSON object"},
		{"two values", `{} {}`, "follows"},
		{"no inputs", `{}`, "inputs"},
		{"unknown field", bodyWith(`"playback_polices":["public"]`), "playback_polices"},
		{"wrong type", bodyWith(`"passthrough":5`), "passthrough"},
		{"both names of inputs", bodyWith(`"input":"https://example.com/"`), "former name"},
		{"both names of policies", bodyWith(`"playback_policy":"public","playback_policies":["public"]`), "former name"},
		{"unknown policy", bodyWith(`"playback_policies":["private"]`), "private"},
		{"drm in the simple form", bodyWith(`"playback_policies":["drm"]`), "advanced_playback_policies"},
		{"drm without configuration", bodyWith(`"advanced_playback_policies":[{"policy":"drm"}]`), "drm_configuration_id"},
		{"configuration without drm", bodyWith(`"advanced_playback_policies":[{"policy":"public","drm_configuration_id":"x"}]`), "drm_configuration_id"},
		{"policy missing", bodyWith(`"advanced_playback_policies":[{}]`), "policy"},
		{"passthrough of 256", bodyWith(`"passthrough":"` + long + `"`), "passthrough"},
		{"title of 513", bodyWith(`"meta":{"title":"` + long + long + `x"}`), "meta.title"},
		{"creator of 129", bodyWith(`"meta":{"creator_id":"` + long[:129*2] + `"}`), "meta.creator_id"},
		{"external id of 129", bodyWith(`"meta":{"external_id":"` + long[:129*2] + `"}`), "meta.external_id"},
		{"unknown meta", bodyWith(`"meta":{"owner":"x"}`), "owner"},
		{"video quality", bodyWith(`"video_quality":"best"`), "video_quality"},
		{"encoding tier", bodyWith(`"encoding_tier":"plus"`), "encoding_tier"},
		{"contradicting tiers", bodyWith(`"encoding_tier":"smart","video_quality":"basic"`), "contradicts"},
		{"resolution tier", bodyWith(`"max_resolution_tier":"720p"`), "max_resolution_tier"},
		{"mp4 support", bodyWith(`"mp4_support":"all"`), "mp4_support"},
		{"master access", bodyWith(`"master_access":"always"`), "master_access"},
		{"mp4 support with renditions", bodyWith(`"mp4_support":"standard","static_renditions":[{"resolution":"highest"}]`), "exclude"},
		{"highest with a resolution", bodyWith(`"static_renditions":[{"resolution":"highest"},{"resolution":"720p"}]`), "exclude"},
		{"rendition twice", bodyWith(`"static_renditions":[{"resolution":"720p"},{"resolution":"720p"}]`), "once"},
		{"rendition without resolution", bodyWith(`"static_renditions":[{}]`), "resolution"},
		{"unknown resolution", bodyWith(`"static_renditions":[{"resolution":"4k"}]`), "4k"},
		{"rendition passthrough", bodyWith(`"static_renditions":[{"resolution":"720p","passthrough":"` + long + `"}]`), "passthrough"},
		{"input without URL", `{"inputs":[{}]}`, "inputs.url"},
		{"relative URL", `{"inputs":"/a.mp4"}`, "inputs.url"},
		{"file URL", `{"inputs":"file:///a.mp4"}`, "inputs.url"},
		{"clip of nothing", `{"inputs":"mux://assets/unknownunknownunknown"}`, "clip"},
		{"times without clip", `{"inputs":[{"url":"https://example.com/","start_time":0}]}`, "clips"},
		{"text first", `{"inputs":[{"url":"https://example.com/","type":"text","language_code":"en"}]}`, "first"},
		{"unknown input field", bodyWithInput(`"kind":"text"`), "kind"},
		{"input type", bodyWithInput(`"type":"image"`), "inputs.type"},
		{"text without language", bodyWithInput(`"type":"text"`), "language_code"},
		{"audio without language", bodyWithInput(`"type":"audio"`), "language_code"},
		{"language", bodyWithInput(`"type":"text","language_code":"e!"`), "language_code"},
		{"text type", bodyWithInput(`"type":"text","language_code":"en","text_type":"captions"`), "text_type"},
		{"same name", `{"inputs":["https://example.com/",{"url":"https://example.com/1","type":"text","language_code":"en"},{"url":"https://example.com/2","type":"text","language_code":"en-GB"}]}`, "used by two"},
		{"overlay", bodyWithInput(`"overlay_settings":{"vertical_align":"left"}`), "vertical_align"},
		{"generated language", bodyWithInput(`"generated_subtitles":[{"language_code":"xx"}]`), "generated_subtitles"},
	}
	b := newBench(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := b.ask(http.MethodPost, "/video/v1/assets", tt.body)
			wantRefusal(t, status, body, tt.want)
		})
	}
	if ids := b.AssetIDs(DefaultEnvironmentID); len(ids) > 0 {
		t.Errorf("assets were made: %v", ids)
	}
}

// wantRefusal checks for a 400 in Mux's shape with a message that says want.
func wantRefusal(t *testing.T, status int, body map[string]any, want string) {
	t.Helper()
	e, _ := body["error"].(map[string]any)
	messages, _ := e["messages"].([]any)
	if status != http.StatusBadRequest || e["type"] != "invalid_parameters" || len(messages) != 1 {
		t.Fatalf("%d %v", status, body)
	}
	if !strings.Contains(messages[0].(string), want) {
		t.Errorf("message %q lacks %q", messages[0], want)
	}
}

func TestCreateAssetAccepts(t *testing.T) {
	tests := []struct{ name, body string }{
		{"bare URL", `{"inputs":"https://example.com/a.mp4"}`},
		{"former names", `{"input":[{"url":"https://example.com/a.mp4"}],"playback_policy":"signed"}`},
		{"passthrough of 255", bodyWith(`"passthrough":"` + strings.Repeat("é", 255) + `"`)},
		{"renditions", bodyWith(`"static_renditions":[{"resolution":"highest"},{"resolution":"audio-only"}]`)},
		{"mp4 support none with renditions", bodyWith(`"mp4_support":"none","static_renditions":[{"resolution":"270p"}]`)},
		{"twins that agree", bodyWith(`"encoding_tier":"smart","video_quality":"plus"`)},
		{"same name in two kinds", `{"inputs":["https://example.com/",{"url":"https://example.com/1","type":"text","language_code":"en"},{"url":"https://example.com/2","type":"audio","language_code":"en"}]}`},
		{"overlay", bodyWithInput(`"overlay_settings":{"vertical_align":"top","opacity":"50%"}`)},
		{"nulls", bodyWith(`"passthrough":null,"meta":null,"static_renditions":null,"copy_overlays":null`)},
		{"everything else", bodyWith(`"copy_overlays":false,"generate_shots":true,"per_title_encode":false,"directives":[{"id":"x"}]`)},
	}
	b := newBench(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { b.makeAsset(tt.body) })
	}
}

func TestAssetCallsRefuse(t *testing.T) {
	b := newBench(t, Options{})
	fresh := "/video/v1/assets/" + b.makeAsset(plainAsset)
	id := b.makeAsset(bodyWith(`"static_renditions":[{"resolution":"highest"}],"playback_policies":["public"]`))
	done := "/video/v1/assets/" + id
	if err := b.SetReady(id); err != nil {
		t.Fatal(err)
	}
	legacyID := b.makeAsset(bodyWith(`"mp4_support":"standard"`))
	tracks := b.want(200, "GET", done, "")["tracks"].([]any)
	video, audio := tracks[0].(map[string]any)["id"].(string), tracks[1].(map[string]any)["id"].(string)
	unknown := strings.Repeat("a", 44)
	tests := []struct{ name, method, path, body, want string }{
		{"malformed id", "GET", "/video/v1/assets/no-such-asset", "", "Failed to parse ID"},
		{"short id", "DELETE", "/video/v1/assets/abc", "", "Failed to parse ID"},
		{"malformed track id", "DELETE", done + "/tracks/-", "", "Failed to parse ID"},
		{"malformed rendition id", "DELETE", done + "/static-renditions/-", "", "Failed to parse ID"},
		{"patch of a create-only field", "PATCH", done, `{"video_quality":"plus"}`, "video_quality"},
		{"patch too long", "PATCH", done, `{"passthrough":"` + strings.Repeat("x", 256) + `"}`, "passthrough"},
		{"playback id without policy", "POST", done + "/playback-ids", `{}`, "policy"},
		{"track before ready", "POST", fresh + "/tracks", `{"url":"https://example.com/","type":"text","language_code":"en"}`, "ready"},
		{"track without language", "POST", done + "/tracks", `{"url":"https://example.com/","type":"text"}`, "language_code"},
		{"track of video", "POST", done + "/tracks", `{"url":"https://example.com/","type":"video","language_code":"en"}`, "type"},
		{"delete of the video track", "DELETE", done + "/tracks/" + video, "", "cannot be deleted"},
		{"delete of the primary audio", "DELETE", done + "/tracks/" + audio, "", "cannot be deleted"},
		{"subtitles from video", "POST", done + "/tracks/" + video + "/generate-subtitles", `{"generated_subtitles":[{}]}`, "audio"},
		{"no subtitles", "POST", done + "/tracks/" + audio + "/generate-subtitles", `{}`, "generated_subtitles"},
		{"specific beside highest", "POST", done + "/static-renditions", `{"resolution":"720p"}`, "exclude"},
		{"same rendition", "POST", done + "/static-renditions", `{"resolution":"highest"}`, "once"},
		{"rendition with mp4 support", "POST", "/video/v1/assets/" + legacyID + "/static-renditions", `{"resolution":"720p"}`, "mp4_support"},
		{"mp4 support with renditions", "PUT", done + "/mp4-support", `{"mp4_support":"standard"}`, "exclude"},
		{"no mp4 support", "PUT", done + "/mp4-support", `{}`, "required"},
		{"no master access", "PUT", done + "/master-access", `{}`, "required"},
		{"unknown master access", "PUT", done + "/master-access", `{"master_access":"x"}`, "master_access"},
		{"limit 0", "GET", "/video/v1/assets?limit=0", "", "limit"},
		{"limit 101", "GET", "/video/v1/assets?limit=101", "", "limit"},
		{"page x", "GET", "/video/v1/assets?page=x", "", "page"},
		{"invented cursor", "GET", "/video/v1/assets?cursor=" + unknown, "", "cursor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := b.ask(tt.method, tt.path, tt.body)
			wantRefusal(t, status, body, tt.want)
		})
	}
	for _, path := range []string{"", "/tracks/" + unknown, "/playback-ids/" + unknown, "/static-renditions/" + unknown} {
		if status, body := b.ask("DELETE", "/video/v1/assets/"+unknown+path, ""); status != 404 {
			t.Errorf("DELETE …%s of an unknown asset: %d %v", path, status, body)
		}
		if path == "" {
			continue
		}
		if status, body := b.ask("DELETE", done+path, ""); status != 404 {
			t.Errorf("DELETE …%s: %d %v", path, status, body)
		}
	}
}

func FuzzCreateAsset(f *testing.F) {
	for _, seed := range []string{plainAsset, bodyWith(`"meta":{"title":"x"}`), bodyWithInput(`"type":"text"`), `{"inputs":[null]}`,
		`{"inputs":"https://h/?sim-duration=1e300&sim-size=9x0"}`, `null`, `{"inputs":[["x"]]}`} {
		f.Add(seed)
	}
	s := New(Options{ReadyAfter: -1})
	defer s.Close()
	f.Fuzz(func(t *testing.T, body string) {
		a, refused := func() (answer, *refusal) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return createAsset(&call{s: s, body: []byte(body), env: s.environments[DefaultEnvironmentID]})
		}()
		if refused != nil {
			if refused.status != http.StatusBadRequest || len(refused.messages) == 0 {
				t.Errorf("refused with %+v", refused)
			}
			return
		}
		id := a.body.(object)["data"].(object)["id"].(string)
		for s.Advance(id) == nil { // to the end of its life; nothing on the way may panic
		}
		s.DeleteAssetAsUser(DefaultEnvironmentID, id)
	})
}
