// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// broadcast is a live stream whose status a test writes as the receiver does, and a command that follows it.
type broadcast struct {
	*stage
	stream *video.MuxLiveStream
	out    *noticing
	done   chan int
}

func newBroadcast(t *testing.T) *broadcast {
	t.Helper()
	b := &broadcast{stage: newStage(t)}
	b.now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	b.stream = &video.MuxLiveStream{ObjectMeta: b.meta("studio")}
	b.stream.Spec.EnvironmentRef.Name = "default"
	b.create(b.stream)
	status := &b.stream.Status
	b.status(b.stream, func() {
		status.ID, status.State = "stream1", "idle"
		status.PlaybackIDs = []video.PlaybackIDStatus{{ID: "open", Policy: "public"}, {ID: "closed", Policy: "signed"}}
		status.SimulcastTargets = []video.SimulcastTargetStatus{{ID: "t1", Name: "elsewhere", Status: "idle"}}
	})
	b.create(&corev1.Secret{
		ObjectMeta: b.metaWith("studio-stream-key", video.AnnotationID, "stream1"),
		StringData: map[string]string{"streamKey": "canary-key", "srtURL": "srt://global-live.mux.com:6001?streamid=canary-key"},
	})
	asset := &video.MuxAsset{ObjectMeta: b.meta("studio-recording")}
	asset.Spec.EnvironmentRef.Name, asset.Spec.ManagementPolicy, asset.Spec.Import = "default", video.ManagementPolicyObserve, &video.ImportSpec{ID: "asset1"}
	b.create(asset)
	return b
}

// metaWith is the metadata of an object with one annotation.
func (s *stage) metaWith(name, annotation, value string) (m metav1.ObjectMeta) {
	m = s.meta(name)
	m.Annotations = map[string]string{annotation: value}
	return m
}

// follow starts the command.
func (b *broadcast) follow(ctx context.Context, args ...string) {
	b.Helper()
	b.out, b.done = &noticing{text: "\x00", then: func() {}}, make(chan int, 1)
	following := *b.stage
	following.ctx = ctx
	go func() {
		b.done <- following.runOn(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: b.out, ErrOut: b.out}, append([]string{"live", "studio"}, args...)...)
	}()
}

// happens writes a status and waits until the command has told of it.
func (b *broadcast) happens(told string, change func(*video.MuxLiveStreamStatus)) {
	b.Helper()
	before := strings.Count(b.out.String(), told)
	b.status(b.stream, func() { change(&b.stream.Status) })
	within(b, 20*time.Second, func() error {
		if got := b.out.String(); strings.Count(got, told) <= before {
			return fmt.Errorf("%q is not in %s", told, got)
		}
		return nil
	})
}

// begins waits until the command has shown how things are at the beginning.
func (b *broadcast) begins(text string) {
	b.Helper()
	within(b, 20*time.Second, func() error {
		if got := b.out.String(); !strings.Contains(got, text) {
			return fmt.Errorf("shows %s", got)
		}
		return nil
	})
}

// goes is a broadcast from the connection of the encoder to the end.
func (b *broadcast) goes(connected, recording, active, simulcast, errored, idle string) {
	b.Helper()
	b.happens(connected, func(s *video.MuxLiveStreamStatus) {
		s.Connected, s.ActiveIngestProtocol, s.ActiveAssetID = true, "rtmp", "asset1"
	})
	b.happens(recording, func(s *video.MuxLiveStreamStatus) { s.Recording = true })
	b.happens(active, func(s *video.MuxLiveStreamStatus) { s.State = "active" })
	b.happens(simulcast, func(s *video.MuxLiveStreamStatus) { s.SimulcastTargets[0].Status = "broadcasting" })
	b.happens(errored, func(s *video.MuxLiveStreamStatus) {
		s.SimulcastTargets[0].Status, s.SimulcastTargets[0].ErrorSeverity = "errored", "normal"
	})
	b.status(b.stream, func() { b.stream.Status.Title = "nothing to tell of" })
	b.happens(idle, func(s *video.MuxLiveStreamStatus) {
		s.State, s.Connected, s.Recording, s.ActiveAssetID = "idle", false, false, ""
		s.RecentAssetIDs = []string{"asset1"}
	})
}

// TestLive : a broadcast is told as it happens, and the key is not.
func TestLive(t *testing.T) {
	t.Parallel()
	b := newBroadcast(t)
	ctx, interrupt := context.WithCancel(b.ctx)
	b.follow(ctx)
	b.begins("state idle")
	b.goes("asset1", "recording on", "active", "broadcasting", "errored", "-> idle")
	interrupt()
	if code := <-b.done; code != exitFine {
		t.Errorf("an interruption is code %d: %s", code, b.out)
	}
	golden(t, "live", b.out.String())
	if strings.Contains(b.out.String(), "canary") {
		t.Error("the stream key was shown")
	}
}

// TestLiveJSON : one object a line, the key where it is asked for, and the end at a state.
func TestLiveJSON(t *testing.T) {
	t.Parallel()
	b := newBroadcast(t)
	b.status(b.stream, func() { b.stream.Status.State = "disabled" })
	b.follow(b.ctx, "-o", "json", "--show-key", "--until", "idle")
	b.begins(`"to":"disabled"`)
	b.goes("asset1", `"recording"`, `"to":"active"`, `"to":"broadcasting"`, `"to":"errored"`, `"to":"idle"`)
	select {
	case code := <-b.done:
		if code != exitFine {
			t.Errorf("code %d", code)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it did not end when the live stream was idle")
	}
	golden(t, "live_json", b.out.String())
}

// TestLiveEnds : at once where the state is there, with the reason where there is nothing to follow.
func TestLiveEnds(t *testing.T) {
	t.Parallel()
	b := newBroadcast(t)
	if got := b.run("live", "studio", "--until=idle", "--show-key"); got.code != exitFine || !strings.Contains(got.out, "stream key  canary-key\n") {
		t.Errorf("idle already: %+v", got)
	}
	if got := b.run("live", "studio", "--timeout", "300ms"); got.code != exitFine || got.err != "" {
		t.Errorf("followed for a while: %+v", got)
	}
	imported := &video.MuxLiveStream{ObjectMeta: b.meta("imported")}
	imported.Spec.EnvironmentRef.Name, imported.Spec.Import = "default", &video.ImportSpec{ID: "other"}
	b.create(imported)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no name":              {nil, "accepts 1 arg"},
		"no time":              {[]string{"studio", "--timeout", "-1s"}, "use a time such as 1h"},
		"not in time":          {[]string{"studio", "--until", "active", "--timeout", "300ms"}, "the live stream was not active within 300ms"},
		"nobody":               {[]string{"nobody"}, "there is no muxlivestream"},
		"a state that is none": {[]string{"studio", "--until", "over"}, "use idle or active"},
		"a format":             {[]string{"studio", "-o", "yaml"}, "use table or json"},
		"no key":               {[]string{"imported", "--show-key"}, "name one in spec.streamKeySecret"},
	} {
		if got := b.run(append([]string{"live"}, test.args...)...); got.code != exitFailed || !strings.Contains(got.err, test.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	ctx, interrupt := context.WithCancel(b.ctx)
	b.follow(ctx, "--until=active")
	b.begins("state idle")
	interrupt()
	if code := <-b.done; code != exitInterrupted {
		t.Errorf("interrupted before it was active: %d, so that what comes after it in a script would begin", code)
	}
	b.follow(b.ctx, "--show-key")
	b.begins("state idle")
	if err := b.Delete(b.ctx, b.stream); err != nil {
		t.Fatal(err)
	}
	if code := <-b.done; code != exitFailed || !strings.Contains(b.out.String(), "was deleted") {
		t.Errorf("deleted: %d, %s", code, b.out)
	}
}
