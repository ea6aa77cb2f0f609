// SPDX-License-Identifier: Apache-2.0

package muxsim

import "testing"

func TestControlBroadcast(t *testing.T) {
	st := newStage(t, Options{LiveScale: -1}, `{"latency_mode":"low"}`)
	live := "/live-streams/" + st.id
	st.control(200, "POST", live+"/connect", "")
	st.control(400, "POST", live+"/connect", "")
	for range 3 {
		st.control(200, "POST", live+"/advance", "")
	}
	st.control(200, "POST", "/live-streams/"+st.get()["stream_key"].(string)+"/disconnect", "")
	st.control(400, "POST", live+"/disconnect", "")
	st.control(400, "POST", live+"/advance", "")
	st.wantTold(
		"0 live_stream.connected idle",
		"0 asset.created preparing",
		"0 live_stream.recording idle",
		"0 live_stream.active active",
		"0 asset.ready ready",
		"0 live_stream.disconnected active",
		"0 live_stream.idle idle",
		"0 asset.live_stream_completed ready",
	)
}
