// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWarnings(t *testing.T) {
	st := newStage(t, Options{}, `{"passthrough":"s","new_asset_settings":{"passthrough":"a"}}`)
	st.connect()
	st.pass(20 * time.Second)
	live := st.get()
	asset := live["active_asset_id"].(string)
	before := st.asset(asset)
	st.must(st.WarnAsset(asset, "t", "m"))
	st.must(st.WarnLiveStream(st.id, "", ""))
	st.must(st.AlertHighTraffic(asset, 5))
	want := map[string]any{"id": asset, "status": "ready", "passthrough": "a", "live_stream_id": st.id, "warning": map[string]any{"type": "t", "message": "m"}}
	if diff := cmp.Diff(want, st.last("video.asset.warning")); diff != "" {
		t.Error(diff)
	}
	want = map[string]any{"id": st.id, "status": "active", "passthrough": "s", "active_asset_id": asset, "stream_key": live["stream_key"],
		"warning": map[string]any{"type": warningType, "message": warningMessage}}
	if diff := cmp.Diff(want, st.last("video.live_stream.warning")); diff != "" {
		t.Error(diff)
	}
	alert := st.last("video.delivery.high_traffic")
	if row := objects(alert, "data")[0]; alert["threshold"] != 5.0 || row["asset_id"] != asset || row["live_stream_id"] != st.id || row["asset_duration"] != 10.0 {
		t.Errorf("alert %v", alert)
	}
	if diff := cmp.Diff(before, st.asset(asset)) + cmp.Diff(live, st.get()); diff != "" {
		t.Errorf("a warning changed something: %s", diff)
	}
	st.must(st.AlertHighTraffic(st.makeAsset(plainAsset), 5))
	if row := objects(st.last("video.delivery.high_traffic"), "data")[0]; row["asset_duration"] != nil {
		t.Errorf("before the duration is known: %v", row)
	}
	for _, err := range []error{st.WarnAsset("unknown", "", ""), st.WarnLiveStream("unknown", "", ""), st.AlertHighTraffic("unknown", 1)} {
		if err == nil {
			t.Error("no error")
		}
	}
}

func TestControlOfEvents(t *testing.T) {
	b, id, track, rendition := parts(t)
	b.want(201, "POST", "/video/v1/assets/"+id+"/shots", "")
	old := b.makeAsset(bodyWith(`"mp4_support":"standard"`))
	b.pass(500 * time.Millisecond)
	b.must(b.SetReady(old))
	live := b.want(201, "POST", "/video/v1/live-streams", "")["id"].(string)
	from := len(b.Recorded())
	b.control(200, "POST", "/tracks/"+track+"/errored", `{"type":"t","messages":["m"]}`)
	b.control(200, "POST", "/static-renditions/"+rendition+"/errored", "")
	b.control(200, "POST", "/assets/"+id+"/master/errored", "")
	b.control(200, "POST", "/assets/"+id+"/shots/errored", `{"messages":["m"]}`)
	b.control(200, "POST", "/assets/"+old+"/mp4/errored", "")
	b.control(200, "POST", "/assets/"+id+"/warning", `{"type":"t","message":"m"}`)
	b.control(200, "POST", "/assets/"+id+"/high-traffic", `{"threshold":10}`)
	b.control(200, "POST", "/live-streams/"+live+"/warning", "")
	want := []string{
		"video.asset.track.errored", "video.asset.static_rendition.errored", "video.asset.master.errored", "video.asset.shots.errored",
		"video.asset.static_renditions.errored", "video.asset.warning", "video.delivery.high_traffic", "video.live_stream.warning",
	}
	if got := types(b.Recorded()[from:]); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, path := range []string{"/tracks/" + track + "/errored", "/assets/" + id + "/mp4/errored", "/assets/unknown/warning"} {
		b.control(400, "POST", path, "")
	}
	b.control(400, "POST", "/assets/"+id+"/warning", `{"typ":"t"}`)
}
