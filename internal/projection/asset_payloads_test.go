// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// payloads are bodies that Mux sent or documents.
const payloads = "../mux/testdata/payloads"

func payload(t testing.TB, name string) *mux.Event {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(payloads, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	event, err := mux.DecodeEvent(body)
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// lifted is the status that one event alone gives.
func lifted(t testing.TB, event *mux.Event) *video.MuxAssetStatus {
	t.Helper()
	asset, ok := LiftAssetEvent(event)
	if !ok {
		t.Fatalf("%s says nothing about an asset", event.Type)
	}
	var status video.MuxAssetStatus
	asset.Write(&status)
	return &status
}

func TestLiftAssetEvent(t *testing.T) {
	docs := lifted(t, payload(t, "video.asset.ready--docs-2018"))
	if docs.State != StateReady || docs.Duration.Duration != 153362*time.Millisecond || docs.AspectRatio != "40:17" || len(docs.Tracks) != 2 {
		t.Errorf("docs-2018 gives %+v", docs)
	}
	if docs.Tracks[0].Type != "video" || docs.Tracks[1].Type != "audio" {
		t.Errorf("tracks are not listed video first: %+v", docs.Tracks)
	}
	again := lifted(t, payload(t, "video.asset.ready--2024-with-attempts"))
	if again.Passthrough != "1" || again.VideoQuality != "basic" || !again.NonStandardInput || again.UploadID == "" || len(again.PlaybackIDs) != 1 {
		t.Errorf("2024-with-attempts gives %+v", again)
	}
	legacy := lifted(t, payload(t, "video.asset.static_renditions.ready--2020-live-recording"))
	if legacy.LegacyRenditions != StateReady || len(legacy.StaticRenditions) != 2 || legacy.StaticRenditions[0].ID != "low.mp4" || legacy.LiveStreamID == "" {
		t.Errorf("2020-live-recording gives %+v", legacy)
	}
	deleted := lifted(t, payload(t, "cli-synthetic/video.asset.deleted"))
	if deleted.State != StateDeleted || deleted.Duration == nil {
		t.Errorf("deleted gives %+v", deleted)
	}
	master := lifted(t, payload(t, "cli-synthetic/video.asset.master.errored"))
	if master.Master == nil || master.Master.Status != StateErrored {
		t.Errorf("master.errored gives %+v", master.Master)
	}
	track := lifted(t, payload(t, "cli-synthetic/video.asset.track.errored"))
	if track.State != "" || len(track.Tracks) != 1 || track.Tracks[0].Status != StateErrored || track.Tracks[0].Error == nil {
		t.Errorf("track.errored gives %+v", track)
	}
	rendition := lifted(t, payload(t, "cli-synthetic/video.asset.static_rendition.skipped"))
	if len(rendition.StaticRenditions) != 1 || rendition.StaticRenditions[0].Status != StateSkipped {
		t.Errorf("static_rendition.skipped gives %+v", rendition)
	}
}

// TestLiftAssetEventPassesOver goes through every payload: an event is lifted when it is an asset's and not a warning.
func TestLiftAssetEventPassesOver(t *testing.T) {
	count := 0
	err := filepath.WalkDir(payloads, func(path string, entry os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		count++
		name, _ := filepath.Rel(payloads, path)
		event := payload(t, strings.TrimSuffix(name, ".json"))
		_, ok := LiftAssetEvent(event)
		if want := strings.HasPrefix(event.Type, "video.asset.") && event.Type != "video.asset.warning"; ok != want {
			t.Errorf("%s: lifted is %v, want %v", name, ok, want)
		}
		return nil
	})
	if err != nil || count < 50 {
		t.Fatalf("saw %d payloads, %v", count, err)
	}
}

// TestTypicalSize holds the budget of a typical ready asset: 3 kB with all its stamps.
func TestTypicalSize(t *testing.T) {
	asset := &video.MuxAsset{}
	asset.Status = *lifted(t, payload(t, "video.asset.ready--2024-with-attempts"))
	asset.Status.ID = "d67h5rEZl02A5302VZ2Sx01frHf1tuJoDvbuuPNb8Gjza8"
	size := statusSize(t, asset)
	t.Logf("a typical ready asset's status has %d bytes", size)
	if size > 3000 {
		t.Errorf("a typical ready asset's status has %d bytes, more than 3000", size)
	}
}
