// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// toldAs is what the bench emitted about assets so far: "second type".
func (b *bench) toldAs(prefix string) (all []string) {
	st := &stage{bench: b}
	for _, line := range st.told() {
		when, rest, _ := strings.Cut(line, " ")
		kind, _, _ := strings.Cut(rest, " ")
		if rest, is := strings.CutPrefix(kind, prefix); is {
			all = append(all, when+" "+rest)
		}
	}
	return all
}

func TestShots(t *testing.T) {
	b := newBench(t, Options{})
	path := "/video/v1/assets/" + b.makeAsset(plainAsset)
	status, body := b.ask("POST", path+"/shots", "")
	wantRefusal(t, status, body, "ready")
	b.pass(2 * time.Second)
	b.want(404, "GET", path+"/shots", "")
	b.want(404, "DELETE", path+"/shots", "")
	if got := b.want(201, "POST", path+"/shots", ""); !cmp.Equal(got, map[string]any{"status": "pending"}) {
		t.Errorf("made %v", got)
	}
	status, body = b.ask("POST", path+"/shots", "")
	wantRefusal(t, status, body, "has none")
	status, body = b.ask("POST", path+"/shots", `{"depth":1}`)
	wantRefusal(t, status, body, "depth")
	b.pass(time.Second)
	got := b.want(200, "GET", path+"/shots", "")
	if got["status"] != "completed" || got["shots_manifest_url"] == nil || !cmp.Equal(b.want(200, "GET", path, "")["shots"], any(got)) {
		t.Errorf("got %v", got)
	}
	b.want(204, "DELETE", path+"/shots", "")
	b.want(201, "POST", path+"/shots", "")
	b.pass(500 * time.Millisecond)
	b.want(204, "DELETE", path+"/shots", "")
	b.want(201, "POST", path+"/shots", "")
	b.pass(500 * time.Millisecond) // of the search before, which is gone
	if got := b.want(200, "GET", path+"/shots", ""); got["status"] != "pending" {
		t.Errorf("got %v", got)
	}
	b.pass(500 * time.Millisecond)
	want := []string{"2 created", "3 ready", "3 deleted", "3 created", "3.5 deleted", "3.5 created", "4.5 ready"}
	if got := b.toldAs("asset.shots."); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	last := b.Recorded()[len(b.Recorded())-1]
	var envelope struct{ Object map[string]string }
	if err := json.Unmarshal(last.Body, &envelope); err != nil || envelope.Object["id"] != strings.TrimPrefix(path, "/video/v1/assets/") {
		t.Errorf("object %v", envelope.Object)
	}
	if got := data(t, last); got["status"] != "completed" || len(got) != 2 {
		t.Errorf("data %v", got)
	}
}

func TestShotsGenerated(t *testing.T) {
	b := newBench(t, Options{})
	id := b.makeAsset(bodyWith(`"generate_shots":true`))
	b.makeAsset(`{"inputs":"https://example.com/sim-audio-only.mp4","generate_shots":true}`)
	b.pass(2 * time.Second)
	b.must(b.FailShots(id, "", "no shots"))
	if err := b.FailShots(id, ""); err == nil {
		t.Error("failed twice")
	}
	want := map[string]any{"status": "errored", "errors": map[string]any{"type": "invalid_input", "messages": []any{"no shots"}}}
	if diff := cmp.Diff(any(want), b.asset(id)["shots"]); diff != "" {
		t.Error(diff)
	}
	b.pass(time.Second)
	b.want(201, "POST", "/video/v1/assets/"+id+"/shots", "") // after an error it may be tried again
	if got, want := b.toldAs("asset.shots."), []string{"2 created", "2 created", "2 errored", "3 skipped", "3 created"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

func TestShotsOfRecording(t *testing.T) {
	st := newStage(t, Options{}, `{"new_asset_settings":{"generate_shots":true}}`)
	st.connect()
	st.pass(20 * time.Second)
	path := "/video/v1/assets/" + st.get()["active_asset_id"].(string)
	status, body := st.ask("POST", path+"/shots", "")
	wantRefusal(t, status, body, "complete")
	st.want(200, "PUT", st.path+"/complete", "")
	st.pass(time.Second)
	if got, want := st.toldAs("asset.shots."), []string{"20 created", "21 ready"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}
