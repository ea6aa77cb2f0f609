// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newSimulcast is a stage with one target.
func newSimulcast(t *testing.T) (*stage, string) {
	t.Helper()
	st := newStage(t, Options{}, `{"simulcast_targets":[{"url":"rtmp://example.com/app","stream_key":"k","passthrough":"p"}]}`)
	return st, objects(st.get(), "simulcast_targets")[0]["id"].(string)
}

// wantTargetTold is wantTold for the events of targets alone.
func (st *stage) wantTargetTold(want ...string) {
	st.Helper()
	others := func(line string) bool { return !strings.Contains(line, "simulcast_target") }
	got := slices.DeleteFunc(st.told(), others)
	for i := range got {
		got[i] = strings.Replace(got[i], "live_stream.simulcast_target.", "", 1)
	}
	if !slices.Equal(got, want) {
		st.Errorf("got %q, want %q", got, want)
	}
}

func TestSimulcast(t *testing.T) {
	st, target := newSimulcast(t)
	st.connect()
	st.pass(20 * time.Second)
	if got := objects(st.get(), "simulcast_targets")[0]["status"]; got != "broadcasting" {
		t.Errorf("GET of the stream: %v", got)
	}
	if got := objects(st.last("video.live_stream.active"), "simulcast_targets")[0]["status"]; got != "broadcasting" {
		t.Errorf("in the active event: %v", got)
	}
	st.disconnect()
	st.wantTold(
		"0 live_stream.connected idle",
		"0 asset.created preparing",
		"0 live_stream.simulcast_target.starting starting",
		"1 live_stream.recording idle",
		"2 live_stream.simulcast_target.broadcasting broadcasting",
		"2 live_stream.active active",
		"11 asset.ready ready",
		"20 live_stream.disconnected active",
		"20 live_stream.simulcast_target.idle idle",
	)
	st.connect() // the same recording
	st.pass(2 * time.Second)
	st.wantTargetTold("20 starting starting", "22 broadcasting broadcasting")
	want := map[string]any{"id": target, "status": "broadcasting", "url": "rtmp://example.com/app", "stream_key": "k", "passthrough": "p", "live_stream_id": st.id}
	if diff := cmp.Diff(want, st.last("video.live_stream.simulcast_target.broadcasting")); diff != "" {
		t.Error(diff)
	}
}

func TestFailSimulcastTargetNormal(t *testing.T) {
	st, target := newSimulcast(t)
	st.connect()
	st.pass(20 * time.Second)
	st.told()
	st.must(st.FailSimulcastTarget(target, ""))
	if got := st.want(200, "GET", st.path+"/simulcast-targets/"+target, ""); got["status"] != "errored" || got["error_severity"] != "normal" {
		t.Errorf("got %v", got)
	}
	st.pass(5 * time.Second)
	if got := st.want(200, "GET", st.path+"/simulcast-targets/"+target, ""); got["error_severity"] != nil {
		t.Errorf("got %v", got)
	}
	st.must(st.FailSimulcastTarget(target, normal))
	st.disconnect() // no second try follows
	st.pass(time.Hour)
	st.wantTargetTold("20 errored errored", "25 broadcasting broadcasting", "25 errored errored", "25 idle idle")
}

func TestFailSimulcastTargetFatal(t *testing.T) {
	st, target := newSimulcast(t)
	st.connect()
	st.must(st.FailSimulcastTarget(target, normal)) // while it starts
	st.must(st.FailSimulcastTarget(target, fatal))
	if got := st.last("video.live_stream.simulcast_target.errored"); got["error_severity"] != "fatal" {
		t.Errorf("got %v", got)
	}
	st.pass(20 * time.Second)
	st.disconnect()
	st.connect() // the same recording: it stays given up
	st.pass(20 * time.Second)
	st.disconnect()
	st.pass(time.Hour)
	st.wantTargetTold("0 starting starting", "0 errored errored", "0 errored errored")
	st.connect()
	st.pass(2 * time.Second)
	st.wantTargetTold("3640 starting starting", "3642 broadcasting broadcasting")
}

func TestSimulcastRefuses(t *testing.T) {
	st, target := newSimulcast(t)
	for _, err := range []error{
		st.FailSimulcastTarget(target, ""), st.FailSimulcastTarget("unknown", ""), st.FailSimulcastTarget(target, "mild"),
		st.TouchSimulcastTarget("unknown"),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
	targets := st.path + "/simulcast-targets"
	refused := func() {
		t.Helper()
		status, body := st.ask("POST", targets, `{"url":"rtmp://example.com/app"}`)
		wantRefusal(t, status, body, "idle")
		status, body = st.ask("DELETE", targets+"/"+target, "")
		wantRefusal(t, status, body, "idle")
	}
	st.connect()
	refused() // idle by status, but not alone
	st.pass(20 * time.Second)
	refused()
	st.disconnect()
	refused()
	st.pass(time.Minute)
	st.want(201, "POST", targets, `{"url":"rtmp://example.com/app"}`)
	st.want(204, "DELETE", targets+"/"+target, "")
	if err := st.TouchSimulcastTarget(target); err == nil {
		t.Error("a deleted target was touched")
	}
	remaining := objects(st.get(), "simulcast_targets")[0]["id"].(string)
	st.must(st.TouchSimulcastTarget(remaining))
	st.want(204, "DELETE", st.path, "")
	if err := st.TouchSimulcastTarget(remaining); err == nil {
		t.Error("a target of a deleted stream was touched")
	}
}

func TestControlSimulcast(t *testing.T) {
	st, target := newSimulcast(t)
	path := "/simulcast-targets/" + target
	st.control(400, "POST", path+"/errored", "")
	st.connect()
	st.control(200, "POST", path+"/errored", `{"severity":"fatal"}`)
	st.control(400, "POST", path+"/errored", `{"severity":"fatal"}`)
	st.control(200, "POST", path+"/updated", "")
	st.wantTargetTold("0 starting starting", "0 errored errored", "0 updated errored")
}
