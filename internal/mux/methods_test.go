// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample is a body that Mux sends or documents.
func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var testCredentials = Credentials{TokenID: "token-id", TokenSecret: "token-secret"}

// serve starts a server and returns a client of it.
func serve(t *testing.T, config Config, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	config.BaseURL, config.Credentials = server.URL, testCredentials
	if config.Transport == nil {
		config.Transport = server.Client().Transport
	}
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// golden is what a method must send and what it makes of the answer.
type golden struct {
	call   func(context.Context, *Client) (any, error)
	method string
	path   string // with the query
	body   string // as JSON; "" for none
	status int
	answer string // a file of testdata/rest, or the body itself
	want   any    // the part of the answer that call returns
}

// of makes a call that returns a part of its answer.
func of[T any](ask func(context.Context, *Client) (Answer[T], error), part func(*T) any) func(context.Context, *Client) (any, error) {
	return func(ctx context.Context, c *Client) (any, error) {
		answer, err := ask(ctx, c)
		if err == nil && answer.Meta.Digest == "" {
			return "an answer without a digest", nil
		}
		return part(&answer.Value), err
	}
}

func done(act func(context.Context, *Client) error) func(context.Context, *Client) (any, error) {
	return func(ctx context.Context, c *Client) (any, error) { return nil, act(ctx, c) }
}

func ptr[T any](v T) *T { return &v }

const (
	sampleAsset  = "lJ4bGGsp7ZlPf02nMg015W02iHQLN9XnuuLRBsPS00xqd68"
	sampleUpload = "zd01Pe2bNpYhxbrwYABgFE01twZdtv4M00kts2i02GhbGjc"
)

// assetMethods are the calls about assets.
var assetMethods = map[string]golden{
	"WhoAmI": {
		call: of(func(ctx context.Context, c *Client) (Answer[Identity], error) { return c.WhoAmI(ctx) },
			func(i *Identity) any {
				return []any{i.EnvironmentID, i.EnvironmentName, i.Has("video:read"), i.Has("video:write")}
			}),
		method: "GET", path: "/system/v1/whoami", status: 200, answer: "openapi--GET_whoami-200", want: []any{"envid123", "Development", true, false},
	},
	"CreateAsset": {
		call: of(func(ctx context.Context, c *Client) (Answer[Asset], error) {
			request := CreateAssetRequest{AssetSettings: AssetSettings{
				Inputs: []Input{{URL: "https://example.com/a.mp4?token=1", GeneratedSubtitles: []GeneratedSubtitlesRequest{{LanguageCode: "en"}}},
					{URL: "https://example.com/w.png", OverlaySettings: &OverlaySettings{VerticalAlign: "top", Opacity: "50%"}}},
				PlaybackPolicies:         []string{"public"},
				AdvancedPlaybackPolicies: []PlaybackPolicyRequest{{Policy: "drm", DRMConfigurationID: "drm"}},
				Passthrough:              ptr(""), VideoQuality: "plus", StaticRenditions: []StaticRenditionRequest{{Resolution: "720p"}},
				NormalizeAudio: ptr(false), Test: ptr(true),
			}}
			request.SetExternalID("token")
			return c.CreateAsset(ctx, request)
		}, func(a *Asset) any { return []any{a.Status, a.PlaybackIDs[0].Policy} }),
		method: "POST", path: "/video/v1/assets", status: 201, answer: "openapi--POST_assets-201", want: []any{"preparing", "public"},
		body: `{"inputs":[{"url":"https://example.com/a.mp4?token=1","generated_subtitles":[{"language_code":"en"}]},
			{"url":"https://example.com/w.png","overlay_settings":{"vertical_align":"top","opacity":"50%"}}],
			"playback_policies":["public"],"advanced_playback_policies":[{"policy":"drm","drm_configuration_id":"drm"}],
			"passthrough":"","meta":{"external_id":"token"},"video_quality":"plus","static_renditions":[{"resolution":"720p"}],
			"normalize_audio":false,"test":true}`,
	},
	"GetAsset": {
		call: of(func(ctx context.Context, c *Client) (Answer[Asset], error) { return c.GetAsset(ctx, sampleAsset) },
			func(a *Asset) any { return []any{a.ID, a.AspectRatio, *a.Duration, len(a.Tracks), a.CreatedAt.Unix()} }),
		method: "GET", path: "/video/v1/assets/" + sampleAsset, status: 200, answer: "openapi--GET_asset-200",
		want: []any{sampleAsset, "16:9", 23.857167, 2, int64(1609868768)},
	},
	"ListAssets": {
		call: of(func(ctx context.Context, c *Client) (Answer[AssetPage], error) {
			return c.ListAssets(ctx, ListAssetsOptions{Limit: 100, Cursor: "a b", LiveStreamID: "live", UploadID: "up"})
		}, func(p *AssetPage) any { return []any{len(p.Items), p.NextCursor} }),
		method: "GET", path: "/video/v1/assets?cursor=a+b&limit=100&live_stream_id=live&upload_id=up", status: 200,
		answer: "openapi--GET_assets-200-next_cursor", want: []any{2, "tF601CUtCLmnYuHW01Vwl6BWcWTNv001uoaiK4C01jqk1acX802plAjZhTQ"},
	},
	"ListAssets of nothing": {
		call: of(func(ctx context.Context, c *Client) (Answer[AssetPage], error) {
			return c.ListAssets(ctx, ListAssetsOptions{Page: 2})
		},
			func(p *AssetPage) any { return []any{len(p.Items), p.NextCursor} }),
		method: "GET", path: "/video/v1/assets?page=2", status: 200, answer: `{"data":[],"next_cursor":null}`, want: []any{0, ""},
	},
	"UpdateAsset": {
		call: of(func(ctx context.Context, c *Client) (Answer[Asset], error) {
			return c.UpdateAsset(ctx, sampleAsset, UpdateAssetRequest{Passthrough: ptr("Example"), Meta: &MetadataRequest{Title: ptr("")}})
		}, func(a *Asset) any { return a.Passthrough }),
		method: "PATCH", path: "/video/v1/assets/" + sampleAsset, body: `{"passthrough":"Example","meta":{"title":""}}`, status: 200,
		answer: "openapi--PATCH_asset-200-with-undeclared-updated_at", want: "Example",
	},
	"DeleteAsset": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DeleteAsset(ctx, "a/../b?c") }),
		method: "DELETE", path: "/video/v1/assets/a%2F..%2Fb%3Fc", status: 204,
	},
	"CreateAssetPlaybackID": {
		call: of(func(ctx context.Context, c *Client) (Answer[PlaybackID], error) {
			return c.CreateAssetPlaybackID(ctx, "a", PlaybackPolicyRequest{Policy: "signed"})
		}, func(p *PlaybackID) any { return p.Policy }),
		method: "POST", path: "/video/v1/assets/a/playback-ids", body: `{"policy":"signed"}`, status: 201,
		answer: "openapi--POST_asset_playback-ids-201", want: "public",
	},
	"DeleteAssetPlaybackID": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DeleteAssetPlaybackID(ctx, "a", "p") }),
		method: "DELETE", path: "/video/v1/assets/a/playback-ids/p", status: 204,
	},
	"CreateTrack": {
		call: of(func(ctx context.Context, c *Client) (Answer[Track], error) {
			return c.CreateTrack(ctx, "a", CreateTrackRequest{URL: "https://example.com/en.srt", Type: "text", LanguageCode: "en-US",
				TextType: "subtitles", Name: "English", ClosedCaptions: ptr(false)})
		}, func(track *Track) any { return []any{track.Name, track.Status, track.ClosedCaptions} }),
		method: "POST", path: "/video/v1/assets/a/tracks", status: 201, answer: "openapi--POST_tracks-201", want: []any{"English", "preparing", true},
		body: `{"url":"https://example.com/en.srt","type":"text","language_code":"en-US","text_type":"subtitles","name":"English","closed_captions":false}`,
	},
	"UpdateTrack": {
		call: of(func(ctx context.Context, c *Client) (Answer[Track], error) {
			return c.UpdateTrack(ctx, "a", "t", UpdateTrackRequest{Name: ptr("English"), Passthrough: ptr("")})
		}, func(track *Track) any { return track.Name }),
		method: "PATCH", path: "/video/v1/assets/a/tracks/t", body: `{"name":"English","passthrough":""}`, status: 200,
		answer: "openapi--POST_tracks-201", want: "English",
	},
	"DeleteTrack": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DeleteTrack(ctx, "a", "t") }),
		method: "DELETE", path: "/video/v1/assets/a/tracks/t", status: 204,
	},
	"GenerateSubtitles": {
		call: of(func(ctx context.Context, c *Client) (Answer[[]Track], error) {
			return c.GenerateSubtitles(ctx, "a", "t", []GeneratedSubtitlesRequest{{LanguageCode: "en", Name: "English"}})
		}, func(tracks *[]Track) any { return (*tracks)[0].Status }),
		method: "POST", path: "/video/v1/assets/a/tracks/t/generate-subtitles", status: 201,
		body: `{"generated_subtitles":[{"language_code":"en","name":"English"}]}`, answer: "openapi--POST_generate-subtitles-201-array", want: "preparing",
	},
	"CreateStaticRendition": {
		call: of(func(ctx context.Context, c *Client) (Answer[StaticRendition], error) {
			return c.CreateStaticRendition(ctx, "a", StaticRenditionRequest{Resolution: "highest", Passthrough: "p"})
		}, func(r *StaticRendition) any { return []any{r.Name, r.Status} }),
		method: "POST", path: "/video/v1/assets/a/static-renditions", body: `{"resolution":"highest","passthrough":"p"}`, status: 201,
		answer: "openapi--POST_static-renditions-201", want: []any{"highest.mp4", "preparing"},
	},
	"DeleteStaticRendition": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DeleteStaticRendition(ctx, "a", "r") }),
		method: "DELETE", path: "/video/v1/assets/a/static-renditions/r", status: 204,
	},
	"SetMasterAccess": {
		call: of(func(ctx context.Context, c *Client) (Answer[Asset], error) {
			return c.SetMasterAccess(ctx, "a", "temporary")
		},
			func(a *Asset) any { return a.Master.Status }),
		method: "PUT", path: "/video/v1/assets/a/master-access", body: `{"master_access":"temporary"}`, status: 200,
		answer: "openapi--PUT_master-access-200-preparing", want: "preparing",
	},
	"SetMP4Support": {
		call: of(func(ctx context.Context, c *Client) (Answer[Asset], error) {
			return c.SetMP4Support(ctx, "a", "capped-1080p")
		},
			func(a *Asset) any { return []any{a.StaticRenditions.Status, a.StaticRenditions.Files == nil} }),
		method: "PUT", path: "/video/v1/assets/a/mp4-support", body: `{"mp4_support":"capped-1080p"}`, status: 200,
		answer: "openapi--PUT_mp4-support-200-static_renditions-status-only", want: []any{"preparing", true},
	},
}

// liveMethods are the calls about live streams.
var liveMethods = map[string]golden{
	"CreateLiveStream": {
		call: of(func(ctx context.Context, c *Client) (Answer[LiveStream], error) {
			return c.CreateLiveStream(ctx, CreateLiveStreamRequest{
				PlaybackPolicies: []string{"public"}, NewAssetSettings: &AssetSettings{PlaybackPolicies: []string{"public"}},
				LatencyMode: "low", ReconnectWindow: ptr(0.0), Passthrough: ptr("token"), Test: ptr(true),
				SimulcastTargets: []SimulcastTargetRequest{{URL: "rtmp://live.example.com/app", StreamKey: "key"}},
			})
		}, func(l *LiveStream) any { return []any{l.Status, l.StreamKey.Reveal() != ""} }),
		method: "POST", path: "/video/v1/live-streams", status: 201, answer: "openapi--POST_live-streams-201", want: []any{"idle", true},
		body: `{"playback_policies":["public"],"new_asset_settings":{"playback_policies":["public"]},"latency_mode":"low","reconnect_window":0,
			"passthrough":"token","test":true,"simulcast_targets":[{"url":"rtmp://live.example.com/app","stream_key":"key"}]}`,
	},
	"GetLiveStream": {
		call: of(func(ctx context.Context, c *Client) (Answer[LiveStream], error) { return c.GetLiveStream(ctx, "l") },
			func(l *LiveStream) any { return []any{l.Status, *l.ReconnectWindow} }),
		method: "GET", path: "/video/v1/live-streams/l", status: 200, answer: "openapi--GET_live-stream-200", want: []any{"idle", 60.0},
	},
	"ListLiveStreams": {
		call: of(func(ctx context.Context, c *Client) (Answer[[]LiveStream], error) {
			return c.ListLiveStreams(ctx, 25, 3)
		},
			func(l *[]LiveStream) any { return (*l)[0].Status }),
		method: "GET", path: "/video/v1/live-streams?limit=25&page=3", status: 200, answer: "openapi--GET_live-streams-200", want: "idle",
	},
	"UpdateLiveStream": {
		call: of(func(ctx context.Context, c *Client) (Answer[LiveStream], error) {
			return c.UpdateLiveStream(ctx, "l", UpdateLiveStreamRequest{UseSlateForStandardLatency: ptr(false), ReconnectSlateURL: ptr(Secret("")),
				NewAssetSettings: &UpdateNewAssetSettings{MasterAccess: ptr("none")}})
		}, func(l *LiveStream) any { return l.Status }),
		method: "PATCH", path: "/video/v1/live-streams/l", status: 200, answer: "openapi--GET_live-stream-200", want: "idle",
		body: `{"use_slate_for_standard_latency":false,"reconnect_slate_url":"","new_asset_settings":{"master_access":"none"}}`,
	},
	"DeleteLiveStream": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DeleteLiveStream(ctx, "l") }),
		method: "DELETE", path: "/video/v1/live-streams/l", status: 204,
	},
	"CompleteLiveStream": {
		call:   done(func(ctx context.Context, c *Client) error { return c.CompleteLiveStream(ctx, "l") }),
		method: "PUT", path: "/video/v1/live-streams/l/complete", status: 200, answer: `{"data":{}}`,
	},
	"EnableLiveStream": {
		call:   done(func(ctx context.Context, c *Client) error { return c.EnableLiveStream(ctx, "l") }),
		method: "PUT", path: "/video/v1/live-streams/l/enable", status: 200,
	},
	"DisableLiveStream": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DisableLiveStream(ctx, "l") }),
		method: "PUT", path: "/video/v1/live-streams/l/disable", status: 200, answer: `{}`,
	},
	"ResetStreamKey": {
		call: of(func(ctx context.Context, c *Client) (Answer[LiveStream], error) { return c.ResetStreamKey(ctx, "l") },
			func(l *LiveStream) any { return l.StreamKey.Reveal() != "" }),
		method: "POST", path: "/video/v1/live-streams/l/reset-stream-key", status: 201, answer: "openapi--POST_reset-stream-key-201", want: true,
	},
	"CreateLiveStreamPlaybackID": {
		call: of(func(ctx context.Context, c *Client) (Answer[PlaybackID], error) {
			return c.CreateLiveStreamPlaybackID(ctx, "l", PlaybackPolicyRequest{Policy: "signed"})
		}, func(p *PlaybackID) any { return p.Policy }),
		method: "POST", path: "/video/v1/live-streams/l/playback-ids", body: `{"policy":"signed"}`, status: 201,
		answer: `{"data":{"id":"p","policy":"signed"}}`, want: "signed",
	},
	"DeleteLiveStreamPlaybackID": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DeleteLiveStreamPlaybackID(ctx, "l", "p") }),
		method: "DELETE", path: "/video/v1/live-streams/l/playback-ids/p", status: 204,
	},
	"CreateSimulcastTarget": {
		call: of(func(ctx context.Context, c *Client) (Answer[SimulcastTarget], error) {
			return c.CreateSimulcastTarget(ctx, "l", SimulcastTargetRequest{URL: "rtmp://live.example.com/app", Passthrough: "p"})
		}, func(s *SimulcastTarget) any { return []any{s.Status, s.StreamKey.Reveal()} }),
		method: "POST", path: "/video/v1/live-streams/l/simulcast-targets", body: `{"url":"rtmp://live.example.com/app","passthrough":"p"}`, status: 201,
		answer: "openapi--POST_simulcast-targets-201", want: []any{"idle", "abcdefgh"},
	},
	"GetSimulcastTarget": {
		call: of(func(ctx context.Context, c *Client) (Answer[SimulcastTarget], error) {
			return c.GetSimulcastTarget(ctx, "l", "s")
		},
			func(s *SimulcastTarget) any { return s.Status }),
		method: "GET", path: "/video/v1/live-streams/l/simulcast-targets/s", status: 200, answer: "openapi--POST_simulcast-targets-201", want: "idle",
	},
	"DeleteSimulcastTarget": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DeleteSimulcastTarget(ctx, "l", "s") }),
		method: "DELETE", path: "/video/v1/live-streams/l/simulcast-targets/s", status: 204,
	},
	"SetEmbeddedSubtitles": {
		call: of(func(ctx context.Context, c *Client) (Answer[LiveStream], error) {
			return c.SetEmbeddedSubtitles(ctx, "l", nil)
		},
			func(l *LiveStream) any { return l.EmbeddedSubtitles[0].LanguageChannel }),
		method: "PUT", path: "/video/v1/live-streams/l/embedded-subtitles", body: `{"embedded_subtitles":[]}`, status: 200,
		answer: "openapi--PUT_embedded-subtitles-200", want: "cc1",
	},
	"SetGeneratedSubtitles": {
		call: of(func(ctx context.Context, c *Client) (Answer[LiveStream], error) {
			return c.SetGeneratedSubtitles(ctx, "l", []LiveSubtitlesRequest{{LanguageCode: "en", TranscriptionVocabularyIDs: []string{"v"}}})
		}, func(l *LiveStream) any { return l.GeneratedSubtitles[0].LanguageCode }),
		method: "PUT", path: "/video/v1/live-streams/l/generated-subtitles", status: 200, answer: "openapi--PUT_generated-subtitles-200", want: "en",
		body: `{"generated_subtitles":[{"language_code":"en","transcription_vocabulary_ids":["v"]}]}`,
	},
	"SetNewAssetStaticRenditions": {
		call: of(func(ctx context.Context, c *Client) (Answer[LiveStream], error) {
			return c.SetNewAssetStaticRenditions(ctx, "l", []StaticRenditionRequest{{Resolution: "highest"}})
		}, func(l *LiveStream) any { return l.NewAssetSettings.StaticRenditions.Files[0].Resolution }),
		method: "PUT", path: "/video/v1/live-streams/l/new-asset-settings/static-renditions", body: `{"static_renditions":[{"resolution":"highest"}]}`,
		status: 200, answer: "openapi--PUT_live_new-asset-settings_static-renditions-200", want: "audio-only",
	},
	"DeleteNewAssetStaticRenditions": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DeleteNewAssetStaticRenditions(ctx, "l") }),
		method: "DELETE", path: "/video/v1/live-streams/l/new-asset-settings/static-renditions", status: 204,
	},
}

// otherMethods are the calls about uploads and webhook endpoints.
var otherMethods = map[string]golden{
	"CreateUpload": {
		call: of(func(ctx context.Context, c *Client) (Answer[Upload], error) {
			return c.CreateUpload(ctx, CreateUploadRequest{CORSOrigin: "*", Timeout: ptr(int64(60)),
				NewAssetSettings: &AssetSettings{Meta: &MetadataRequest{ExternalID: ptr("token")}}})
		}, func(u *Upload) any { return []any{u.Status, strings.HasPrefix(u.URL.Reveal(), "https://")} }),
		method: "POST", path: "/video/v1/uploads", body: `{"cors_origin":"*","timeout":60,"new_asset_settings":{"meta":{"external_id":"token"}}}`,
		status: 201, answer: "openapi--POST_uploads-201", want: []any{"waiting", true},
	},
	"GetUpload": {
		call: of(func(ctx context.Context, c *Client) (Answer[Upload], error) { return c.GetUpload(ctx, "u") },
			func(u *Upload) any { return []any{u.Status, u.AssetID != "", u.URL == ""} }),
		method: "GET", path: "/video/v1/uploads/u", status: 200, answer: "openapi--GET_upload-200-asset_created", want: []any{"asset_created", true, true},
	},
	"ListUploads": {
		call: of(func(ctx context.Context, c *Client) (Answer[[]Upload], error) { return c.ListUploads(ctx, 0, 0) },
			func(u *[]Upload) any { return (*u)[0].ID }),
		method: "GET", path: "/video/v1/uploads", status: 200, answer: "openapi--GET_uploads-200", want: sampleUpload,
	},
	"CancelUpload": {
		call: of(func(ctx context.Context, c *Client) (Answer[Upload], error) { return c.CancelUpload(ctx, "u") },
			func(u *Upload) any { return u.Status }),
		method: "PUT", path: "/video/v1/uploads/u/cancel", status: 200, answer: "openapi--PUT_upload_cancel-200", want: "cancelled",
	},
	"CreateWebhook": {
		call: of(func(ctx context.Context, c *Client) (Answer[Webhook], error) {
			return c.CreateWebhook(ctx, "https://example.com/webhook")
		},
			func(h *Webhook) any { return []any{h.ID, h.Enabled, h.SigningSecret.Reveal()} }),
		method: "POST", path: "/system/v1/webhooks", body: `{"address":"https://example.com/webhook"}`, status: 201,
		answer: "webhook-create--mux-docs-manage-webhooks", want: []any{"abc12d", true, "9d0hnvbtpk3rfqe0m8s2a71cu5j6l4gd"},
	},
	"GetWebhook": {
		call: of(func(ctx context.Context, c *Client) (Answer[Webhook], error) { return c.GetWebhook(ctx, "abc12d") },
			func(h *Webhook) any { return h.CreatedAt.UTC().Format(time.RFC3339) }),
		method: "GET", path: "/system/v1/webhooks/abc12d", status: 200, answer: "webhook-create--mux-docs-manage-webhooks", want: "2026-07-15T12:00:00Z",
	},
	"ListWebhooks": {
		call: of(func(ctx context.Context, c *Client) (Answer[[]Webhook], error) { return c.ListWebhooks(ctx, 10, 1) },
			func(h *[]Webhook) any { return (*h)[0].ID }),
		method: "GET", path: "/system/v1/webhooks?limit=10&page=1", status: 200, answer: `{"data":[{"id":"abc12d"}]}`, want: "abc12d",
	},
	"UpdateWebhook": {
		call: of(func(ctx context.Context, c *Client) (Answer[Webhook], error) {
			return c.UpdateWebhook(ctx, "abc12d", UpdateWebhookRequest{Enabled: ptr(false)})
		}, func(h *Webhook) any { return h.ID }),
		method: "PATCH", path: "/system/v1/webhooks/abc12d", body: `{"enabled":false}`, status: 200, answer: "webhook-create--mux-docs-manage-webhooks", want: "abc12d",
	},
	"DeleteWebhook": {
		call:   done(func(ctx context.Context, c *Client) error { return c.DeleteWebhook(ctx, "abc12d") }),
		method: "DELETE", path: "/system/v1/webhooks/abc12d", status: 204,
	},
}

// TestMethods sends every call and compares the request, byte for byte but for the order of keys, and the answer.
func TestMethods(t *testing.T) {
	for _, methods := range []map[string]golden{assetMethods, liveMethods, otherMethods} {
		for name, test := range methods {
			t.Run(name, func(t *testing.T) { test.check(t) })
		}
	}
}

func (g *golden) check(t *testing.T) {
	answer := g.answer
	if answer != "" && answer[0] != '{' {
		answer = sample(t, "rest/"+answer)
	}
	var observed []Call
	client := serve(t, Config{UserAgent: "mux-operator/test", Observe: func(c Call) { observed = append(observed, c) }},
		func(w http.ResponseWriter, r *http.Request) {
			g.checkRequest(t, r)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(g.status)
			_, _ = io.WriteString(w, answer)
		})
	got, err := g.call(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(g.want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if len(observed) != 1 || observed[0].Status != g.status || observed[0].Err != nil || observed[0].Method != g.method || observed[0].Elapsed <= 0 {
		t.Errorf("observed %+v", observed)
	}
}

func (g *golden) checkRequest(t *testing.T, r *http.Request) {
	if id, secret, ok := r.BasicAuth(); !ok || id != testCredentials.TokenID || secret != testCredentials.TokenSecret {
		t.Error("the access token is missing")
	}
	if got := r.Method + " " + r.RequestURI; got != g.method+" "+g.path {
		t.Errorf("sent %s, want %s %s", got, g.method, g.path)
	}
	if r.UserAgent() != "mux-operator/test" || r.Header.Get("Accept") != "application/json" {
		t.Errorf("headers are %v", r.Header)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	if (len(body) > 0) != (r.Header.Get("Content-Type") == "application/json") {
		t.Errorf("a body of %d bytes has the content type %q", len(body), r.Header.Get("Content-Type"))
	}
	if diff := cmp.Diff(parsed(t, g.body), parsed(t, string(body))); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func parsed(t *testing.T, body string) any {
	if body == "" {
		return nil
	}
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Error(err)
	}
	return value
}
