// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustEvent(t *testing.T, name string) *Event {
	t.Helper()
	event, err := DecodeEvent([]byte(sample(t, "payloads/"+name)))
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// TestDecodeEvent reads the envelope of three generations.
func TestDecodeEvent(t *testing.T) {
	for name, want := range map[string]*Event{
		"video.asset.ready--docs-2018": {
			Type: "video.asset.ready", ID: "3a56ac3d-33da-4366-855b-f592d898409d", CreatedAt: at("2018-02-15T01:04:45Z"),
			Object:      ObjectRef{Type: "asset", ID: "0201p02fGKPE7MrbC269XRD7LpcHhrmbu0002"},
			Environment: EnvironmentRef{ID: "j0863n", Name: "Demo pages"},
		},
		"video.asset.ready--2024-with-attempts": {
			Type: "video.asset.ready", ID: "ba071cd9-725f-9d31-fe24-2d3965c9387e", CreatedAt: at("2024-06-10T22:22:41.488Z"),
			Object:      ObjectRef{Type: "asset", ID: "d67h5rEZl02A5302VZ2Sx01frHf1tuJoDvbuuPNb8Gjza8"},
			Environment: EnvironmentRef{ID: "55g0gl", Name: "Production"},
		},
		"video.live_stream.active--official-example-2024": {
			Type: "video.live_stream.active", ID: "072d5897-baeb-4b5b-b10e-72399463ed35", CreatedAt: at("2024-04-04T19:00:37.613Z"),
			Object:      ObjectRef{Type: "live", ID: "1TaauZVrUfXwkpUxKVWQiSOD02YWhTpan"},
			Environment: EnvironmentRef{ID: "j29sb4", Name: "Testing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			event := mustEvent(t, name)
			event.Data = nil
			if diff := cmp.Diff(want, event); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDecodeEventCopies : an event stays as it is when its body is used for something else.
func TestDecodeEventCopies(t *testing.T) {
	body := []byte(sample(t, "payloads/video.asset.ready--2024-with-attempts"))
	want, err := DecodeEvent(bytes.Clone(body))
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeEvent(body)
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestDecodeEventErrors : what is no event is refused, and the error does not repeat the body, which may hold secrets.
func TestDecodeEventErrors(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want error
	}{
		"empty":           {``, errEnvelope},
		"not JSON":        {`secret`, errEnvelope},
		"cut":             {`{"type":"video.asset.ready","data":{"id":"secret"`, errEnvelope},
		"followed":        {`{"type":"video.asset.ready","data":{}} secret`, errEnvelope},
		"a list":          {`[{"type":"video.asset.ready","data":{}}]`, errEnvelope},
		"null":            {`null`, errEnvelope},
		"no type":         {`{"data":{"stream_key":"secret"}}`, errType},
		"an empty type":   {`{"type":"","data":{}}`, errType},
		"type, a number":  {`{"type":7,"data":{}}`, errType},
		"type in capital": {`{"Type":"video.asset.ready","data":{}}`, errType},
		"no data":         {`{"type":"video.asset.ready"}`, errData},
		"data, null":      {`{"type":"video.asset.ready","data":null}`, errData},
		"data, a list":    {`{"type":"video.asset.ready","data":[{}]}`, errData},
		"data, a text":    {`{"type":"video.asset.ready","data":"secret"}`, errData},
	} {
		t.Run(name, func(t *testing.T) {
			event, err := DecodeEvent([]byte(test.body))
			if event != nil || err != test.want || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %+v, %v; want %v", event, err, test.want)
			}
		})
	}
	odd, err := DecodeEvent([]byte(`{"type":"x","id":[],"created_at":{},"object":7,"environment":"e","attempts":"none","data":{}}`))
	if diff := cmp.Diff(&Event{Type: "x", Data: json.RawMessage(`{}`)}, odd); err != nil || diff != "" {
		t.Errorf("odd parts: %v\n%s", err, diff)
	}
}

// TestDataIDs finds the ids where each family of events has them.
func TestDataIDs(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want DataIDs
	}{
		"asset": {`{"type":"video.asset.ready","data":{"id":"a","upload_id":"u","live_stream_id":"l","passthrough":"p","meta":{"external_id":"e"}}}`,
			DataIDs{ID: "a", UploadID: "u", LiveStreamID: "l", Passthrough: "p", ExternalID: "e"}},
		"track":      {`{"type":"video.asset.track.ready","data":{"id":"t","asset_id":"a"}}`, DataIDs{ID: "t", AssetID: "a"}},
		"robots":     {`{"type":"robots.job.x.completed","data":{"robots.job.x.completed":{"id":"rjob_1","asset_id":"a"}}}`, DataIDs{ID: "rjob_1", AssetID: "a"}},
		"directive":  {`{"type":"robots.directive_run.x","data":{"environment_id":"e","directive_run":{"id":"d","asset_id":"a"}}}`, DataIDs{ID: "d", AssetID: "a"}},
		"doubly":     {`{"type":"robots.directive_run.x","data":{"robots.directive_run.x":{"directive_run":{"id":"d"}}}}`, DataIDs{ID: "d"}},
		"too deep":   {`{"type":"x","data":{"x":{"x":{"x":{"x":{"id":"d"}}}}}}`, DataIDs{}},
		"no ids":     {`{"type":"x","data":{"directive_run":7}}`, DataIDs{}},
		"odd ids":    {`{"type":"x","data":{"id":"a","asset_id":{},"meta":7,"passthrough":5}}`, DataIDs{ID: "a", Passthrough: "5"}},
		"id, number": {`{"type":"x","data":{"id":12345678901234567890}}`, DataIDs{ID: "12345678901234567890"}},
	} {
		t.Run(name, func(t *testing.T) {
			event, err := DecodeEvent([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, event.DataIDs()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAllPayloads decodes every sample event as what its type says, and finds an id in each.
func TestAllPayloads(t *testing.T) {
	names, err := filepath.Glob("testdata/payloads/*.json")
	if err != nil {
		t.Fatal(err)
	}
	synthetic, err := filepath.Glob("testdata/payloads/cli-synthetic/*.json")
	if err != nil || len(names) < 9 || len(synthetic) < 46 {
		t.Fatalf("found %d and %d payloads, %v", len(names), len(synthetic), err)
	}
	for _, name := range append(names, synthetic...) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			event, err := DecodeEvent(body)
			if err != nil {
				t.Fatal(err)
			}
			if ids := event.DataIDs(); ids.ID == "" && event.Object.ID == "" {
				t.Errorf("no id in %s", event.Data)
			}
			id, err := typedID(event)
			if err != nil {
				t.Fatal(err)
			}
			if id != "" && id != event.DataIDs().ID {
				t.Errorf("the object's id is %q, the data's %q", id, event.DataIDs().ID)
			}
		})
	}
}

// typedID decodes the data as the kind of the event and returns its id.
func typedID(e *Event) (string, error) {
	switch {
	case strings.HasPrefix(e.Type, "video.asset.track."):
		v, err := e.Track()
		return v.ID, err
	case strings.HasPrefix(e.Type, "video.asset.static_rendition."):
		v, err := e.StaticRendition()
		return v.ID, err
	case strings.HasPrefix(e.Type, "video.asset."):
		v, err := e.Asset()
		return v.ID, err
	case strings.HasPrefix(e.Type, "video.live_stream.simulcast_target."):
		v, err := e.SimulcastTarget()
		return v.ID, err
	case strings.HasPrefix(e.Type, "video.live_stream."):
		v, err := e.LiveStream()
		return v.ID, err
	default:
		v, err := e.Upload()
		return v.ID, err
	}
}

// TestSampleContents looks into the samples for what statuses are made of.
func TestSampleContents(t *testing.T) {
	asset, err := mustEvent(t, "video.asset.ready--docs-2018").Asset()
	if err != nil {
		t.Fatal(err)
	}
	if *asset.Duration != 153.361542 || asset.AspectRatio != "40:17" || asset.CreatedAt.Year() != 2018 {
		t.Errorf("2018: %v %s %s", *asset.Duration, asset.AspectRatio, asset.CreatedAt)
	}
	live, err := mustEvent(t, "video.live_stream.active--official-example-2024").LiveStream()
	if err != nil {
		t.Fatal(err)
	}
	if live.Status != "active" || len(live.SimulcastTargets) == 0 || live.SimulcastTargets[0].ID == "" || live.ActiveAssetID == "" {
		t.Errorf("2024: %+v", live)
	}
	for _, name := range []string{"video.upload.asset_created--2021", "video.upload.asset_created--2024"} {
		upload, err := mustEvent(t, name).Upload()
		if err != nil || upload.Status != "asset_created" || upload.AssetID == "" || upload.NewAssetSettings == nil {
			t.Errorf("%s: %v, %+v", name, err, upload)
		}
	}
	if _, err := (&Event{Type: "x", Data: json.RawMessage(`[]`)}).Asset(); err == nil {
		t.Error("a list is taken for an asset")
	}
}
