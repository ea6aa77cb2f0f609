// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// waiting is a kubectl wait that is running.
type waiting struct {
	condition string
	done      chan error
}

// waits starts kubectl wait for a condition of an object.
func (s *stage) waits(object, condition string) *waiting {
	s.Helper()
	kubeconfig := filepath.Join(s.TempDir(), "kubeconfig")
	if err := plane.Kubeconfig(kubeconfig); err != nil {
		s.Fatal(err)
	}
	command := exec.CommandContext(s.ctx, plane.Kubectl(), "--kubeconfig", kubeconfig, "-n", s.namespace,
		"wait", object, "--for=condition="+condition, "--timeout=60s")
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	w := &waiting{condition: condition, done: make(chan error, 1)}
	go func() { w.done <- command.Wait() }()
	return w
}

// TestKubectlWait : kubectl wait returns within a second of the event, for each stage that people wait for. It is not parallel,
// since it looks at the time.
func TestKubectlWait(t *testing.T) {
	s := newStage(t, muxsim.Options{}, func(env *video.MuxEnvironment) {
		env.Spec.CredentialsSecretRef = nil // only receives: the events alone move the objects
		env.Spec.EnvironmentID = muxsim.DefaultEnvironmentID
	})
	r := s.operator()
	const assetID, streamID = "asset000000000000000000000000000", "stream00000000000000000000000000"
	s.observed("video", assetID)
	stream := &video.MuxLiveStream{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "studio"}}
	stream.Spec.FollowedSpec = s.followed(streamID)
	s.create(stream)
	event := func(kind, data string) []byte {
		return fmt.Appendf(nil, `{"type":"video.%s","id":"%s-%d","created_at":"%s","object":{"type":"x","id":"%s"},"environment":{"id":"%s"},"data":{%s}}`,
			kind, kind, time.Now().UnixNano(), time.Now().UTC().Format(time.RFC3339Nano), assetID, muxsim.DefaultEnvironmentID, data)
	}
	asset, live := `"id":"`+assetID+`","playback_ids":[{"id":"p","policy":"public"}],"status":`, `"id":"`+streamID+`","status":`
	s.condition(stream, soon, video.ConditionReady, metav1.ConditionFalse, "")
	for _, first := range [][]byte{
		event("asset.created", asset+`"preparing"`),
		event("live_stream.created", live+`"idle","simulcast_targets":[{"id":"t","status":"errored"}]`),
	} {
		within(s, soon, "the cache has the objects", func() error {
			if code := s.post(r, first); code != 200 {
				return fmt.Errorf("answered %d", code)
			}
			return nil
		})
	}
	steps := []struct {
		object, condition string
		body              func() []byte
	}{
		{"muxasset/video", video.ConditionTextTracksReady, func() []byte {
			return event("asset.track.ready", `"id":"t","asset_id":"`+assetID+`","type":"text","status":"ready"`)
		}},
		{"muxasset/video", video.ConditionPlayable, func() []byte { return event("asset.ready", asset+`"ready","is_live":true`) }},
		{"muxasset/video", video.ConditionFinalized, func() []byte { return event("asset.live_stream_completed", asset+`"ready"`) }},
		{"muxasset/video", video.ConditionStaticRenditionsReady, func() []byte {
			return event("asset.static_rendition.ready", `"id":"r","asset_id":"`+assetID+`","name":"highest.mp4","status":"ready"`)
		}},
		{"muxasset/video", video.ConditionMasterReady, func() []byte { return event("asset.master.ready", asset+`"ready","master":{"status":"ready"}`) }},
		{"muxlivestream/studio", video.ConditionConnected, func() []byte { return event("live_stream.connected", live+`"idle"`) }},
		{"muxlivestream/studio", video.ConditionRecording, func() []byte { return event("live_stream.recording", live+`"idle"`) }},
		{"muxlivestream/studio", video.ConditionActive, func() []byte { return event("live_stream.active", live+`"active"`) }},
		{"muxlivestream/studio", video.ConditionSimulcastHealthy, func() []byte {
			return event("live_stream.simulcast_target.broadcasting", `"id":"t","live_stream_id":"`+streamID+`"`)
		}},
	}
	running := make([]*waiting, len(steps))
	for i, step := range steps {
		running[i] = s.waits(step.object, step.condition)
	}
	time.Sleep(5 * time.Second) // all of them watch by now
	for i, step := range steps {
		select {
		case err := <-running[i].done:
			t.Fatalf("%s was there before its event: %v", step.condition, err)
		default:
		}
		began := time.Now()
		if code := s.post(r, step.body()); code != 200 {
			t.Fatalf("%s: answered %d", step.condition, code)
		}
		err := <-running[i].done
		took := time.Since(began)
		if err != nil || took > time.Second {
			t.Errorf("kubectl wait --for=condition=%s ended after %s: %v", step.condition, took, err)
		}
		t.Logf("kubectl wait --for=condition=%s returned %s after its event was sent", step.condition, took.Round(time.Millisecond))
	}
}
