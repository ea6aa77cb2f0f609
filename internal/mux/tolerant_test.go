// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// field decodes a body as T and returns what get picks out of it.
func field[T any](get func(*T) any) func(*testing.T, string) any {
	return func(t *testing.T, body string) any {
		t.Helper()
		value := new(T)
		if err := json.Unmarshal([]byte(body), value); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		return get(value)
	}
}

func at(text string) time.Time {
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return parsed.UTC()
}

// TestSpellings is the first table of what is surprising in Mux's JSON, row by row: the same field in all its forms.
func TestSpellings(t *testing.T) {
	var (
		created  = field(func(a *Asset) any { return a.CreatedAt.Time })
		updated  = field(func(a *Asset) any { return a.UpdatedAt.Time })
		started  = field(func(a *Asset) any { return a.RecordingTimes[0].StartedAt.Time })
		filesize = field(func(a *Asset) any { return a.StaticRenditions.Files[0].Filesize })
		files    = field(func(a *Asset) any { return a.StaticRenditions })
		settings = field(func(l *LiveStream) any { return l.NewAssetSettings.StaticRenditions })
		assetErr = field(func(a *Asset) any { return a.Errors })
		upErr    = field(func(u *Upload) any { return u.Error })
		trackErr = field(func(r *Track) any { return r.Error })
		fileErr  = field(func(r *StaticRendition) any { return r.Error })
		shotsErr = field(func(a *Asset) any { return a.Shots.Errors })
		policies = field(func(u *Upload) any { return u.NewAssetSettings.PlaybackPolicies })
		inputs   = field(func(u *Upload) any { return u.NewAssetSettings.Inputs[0].URL.Reveal() })
		window   = field(func(l *LiveStream) any { return *l.ReconnectWindow })
		progress = field(func(a *Asset) any { return a.Progress })
	)
	unix := time.Unix(1609869152, 0).UTC()
	percent := func(f float64) *float64 { return &f }
	for name, test := range map[string]struct {
		decode func(*testing.T, string) any
		body   string
		want   any
	}{
		"created_at, unix seconds as text":        {created, `{"created_at":"1609869152"}`, unix},
		"created_at, unix seconds as number":      {created, `{"created_at":1609869152}`, unix},
		"created_at, with a fraction":             {created, `{"created_at":1609869152.25}`, unix.Add(250 * time.Millisecond)},
		"created_at, ISO of 2018":                 {created, `{"created_at":"2018-02-15T01:04:44.000Z"}`, at("2018-02-15T01:04:44Z")},
		"created_at, six digits":                  {created, `{"created_at":"2026-07-15T12:00:00.123456Z"}`, at("2026-07-15T12:00:00.123456Z")},
		"created_at, another zone":                {created, `{"created_at":"2026-07-15T14:00:00+02:00"}`, at("2026-07-15T12:00:00Z")},
		"created_at, null":                        {created, `{"created_at":null}`, time.Time{}},
		"created_at, absent":                      {created, `{}`, time.Time{}},
		"created_at, empty":                       {created, `{"created_at":""}`, time.Time{}},
		"created_at, a word":                      {created, `{"created_at":"yesterday"}`, time.Time{}},
		"created_at, before 1970":                 {created, `{"created_at":-1}`, time.Time{}},
		"created_at, beyond RFC 3339":             {created, `{"created_at":1e300}`, time.Time{}},
		"created_at, a list":                      {created, `{"created_at":[1]}`, time.Time{}},
		"updated_at, undeclared":                  {updated, `{"updated_at":"1609869152"}`, unix},
		"started_at, ISO":                         {started, `{"recording_times":[{"started_at":"2026-07-15T12:00:00.123Z"}]}`, at("2026-07-15T12:00:00.123Z")},
		"started_at, seconds and nanos":           {started, `{"recording_times":[{"started_at":{"seconds":1609869152,"nanos":5}}]}`, unix.Add(5)},
		"started_at, seconds alone":               {started, `{"recording_times":[{"started_at":{"seconds":1609869152}}]}`, unix},
		"started_at, seconds out of range":        {started, `{"recording_times":[{"started_at":{"seconds":1e17}}]}`, time.Time{}},
		"filesize, text":                          {filesize, `{"static_renditions":{"files":[{"filesize":"83145"}]}}`, int64(83145)},
		"filesize, number":                        {filesize, `{"static_renditions":{"files":[{"filesize":83145}]}}`, int64(83145)},
		"filesize, a float":                       {filesize, `{"static_renditions":{"files":[{"filesize":8.3e4}]}}`, int64(83000)},
		"filesize, a word":                        {filesize, `{"static_renditions":{"files":[{"filesize":"large"}]}}`, int64(0)},
		"static_renditions, object":               {files, `{"static_renditions":{"status":"ready","files":[{"name":"a"}]}}`, &StaticRenditions{Status: "ready", Files: []StaticRendition{{Name: "a"}}}},
		"static_renditions, status alone":         {files, `{"static_renditions":{"status":"preparing"}}`, &StaticRenditions{Status: "preparing"}},
		"static_renditions, array":                {files, `{"static_renditions":[{"name":"a"}, 7]}`, &StaticRenditions{Files: []StaticRendition{{Name: "a"}}}},
		"static_renditions, empty array":          {files, `{"static_renditions":[]}`, &StaticRenditions{Files: []StaticRendition{}}},
		"static_renditions, a word":               {files, `{"static_renditions":"none"}`, (*StaticRenditions)(nil)},
		"static_renditions of settings":           {settings, `{"new_asset_settings":{"static_renditions":[{"resolution":"720p"}]}}`, &StaticRenditions{Files: []StaticRendition{{Resolution: "720p"}}}},
		"asset errors, messages":                  {assetErr, `{"errors":{"type":"t","messages":["a","b"]}}`, &ObjectError{Type: "t", Messages: []string{"a", "b"}}},
		"asset errors, an array of texts":         {assetErr, `{"errors":["a","b"]}`, &ObjectError{Messages: []string{"a", "b"}}},
		"asset errors, an array of objects":       {assetErr, `{"errors":[{"type":"t","message":"a","retryable":false},{"type":"u","message":"b"}]}`, &ObjectError{Type: "t", Messages: []string{"a", "b"}}},
		"asset errors, null":                      {assetErr, `{"errors":null}`, (*ObjectError)(nil)},
		"upload error, message":                   {upErr, `{"error":{"type":"t","message":"a"}}`, &ObjectError{Type: "t", Messages: []string{"a"}}},
		"upload error, absent":                    {upErr, `{}`, (*ObjectError)(nil)},
		"track error":                             {trackErr, `{"error":{"type":"t","messages":["a"]}}`, &ObjectError{Type: "t", Messages: []string{"a"}}},
		"track errors, of the command line":       {trackErr, `{"errors":{"type":"t","messages":["a"]}}`, &ObjectError{Type: "t", Messages: []string{"a"}}},
		"rendition error":                         {fileErr, `{"error":{"type":"t","messages":["a"]}}`, &ObjectError{Type: "t", Messages: []string{"a"}}},
		"rendition errors":                        {fileErr, `{"errors":{"type":"t","messages":["a"]}}`, &ObjectError{Type: "t", Messages: []string{"a"}}},
		"shots errors":                            {shotsErr, `{"shots":{"errors":{"type":"t","messages":["a"]}}}`, &ObjectError{Type: "t", Messages: []string{"a"}}},
		"playback_policies, array":                {policies, `{"new_asset_settings":{"playback_policies":["public"]}}`, []string{"public"}},
		"playback_policies, a bare text":          {policies, `{"new_asset_settings":{"playback_policies":"public"}}`, []string{"public"}},
		"playback_policy, the older name":         {policies, `{"new_asset_settings":{"playback_policy":["public"]}}`, []string{"public"}},
		"playback_policy, a bare text":            {policies, `{"new_asset_settings":{"playback_policy":"public"}}`, []string{"public"}},
		"inputs, array":                           {inputs, `{"new_asset_settings":{"inputs":[{"url":"https://a"}]}}`, "https://a"},
		"inputs, a bare text":                     {inputs, `{"new_asset_settings":{"inputs":"https://a"}}`, "https://a"},
		"input, the older name":                   {inputs, `{"new_asset_settings":{"input":[{"url":"https://a"}]}}`, "https://a"},
		"input, a bare object":                    {inputs, `{"new_asset_settings":{"input":{"url":"https://a"}}}`, "https://a"},
		"reconnect_window, integer":               {window, `{"reconnect_window":60}`, 60.0},
		"reconnect_window, float":                 {window, `{"reconnect_window":60.0}`, 60.0},
		"reconnect_window, text":                  {window, `{"reconnect_window":"60.5"}`, 60.5},
		"progress, both":                          {progress, `{"progress":{"state":"transcoding","progress":23.02}}`, &Progress{State: "transcoding", Percent: percent(23.02)}},
		"progress, live":                          {progress, `{"progress":{"state":"live","progress":-1}}`, &Progress{State: "live", Percent: percent(-1)}},
		"progress, the state alone":               {progress, `{"progress":{"state":"completed"}}`, &Progress{State: "completed"}},
		"progress, a number":                      {progress, `{"progress":50}`, (*Progress)(nil)},
		"accessor, source and request id ignored": {created, `{"accessor":null,"accessor_source":"","request_id":7,"created_at":1609869152}`, unix},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.decode(t, test.body)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.body, diff)
			}
		})
	}
}

// TestPresence : absent, null and empty are told apart only where it matters: a missing list says nothing, an empty one
// says none.
func TestPresence(t *testing.T) {
	for body, isNil := range map[string]bool{`{}`: true, `{"tracks":null}`: true, `{"tracks":[]}`: false, `{"tracks":[7]}`: false, `{"tracks":7}`: true} {
		var asset Asset
		if err := json.Unmarshal([]byte(body), &asset); err != nil {
			t.Fatal(err)
		}
		if (asset.Tracks == nil) != isNil || len(asset.Tracks) != 0 {
			t.Errorf("%s: tracks are %#v, nil should be %v", body, asset.Tracks, isNil)
		}
	}
}

// TestOneBadField : a field in a form that nobody has seen yet costs nothing but itself.
func TestOneBadField(t *testing.T) {
	for _, bad := range []string{`7`, `"x"`, `true`, `null`, `[]`, `{}`, `[[]]`, `[{"id":{}}]`, `{"id":[]}`, `1e999`} {
		for _, name := range []string{"created_at", "progress", "duration", "is_live", "meta", "master", "playback_ids", "tracks",
			"static_renditions", "recording_times", "non_standard_input_reasons", "shots", "errors", "status", "aspect_ratio"} {
			var asset Asset
			body := `{"id":"asset","` + name + `":` + bad + `,"upload_id":"upload"}`
			if err := json.Unmarshal([]byte(body), &asset); err != nil || asset.ID != "asset" || asset.UploadID != "upload" {
				t.Errorf("%s: %v, id %q, upload %q", body, err, asset.ID, asset.UploadID)
			}
		}
	}
}

// TestNotAnObject : what is no object at all is an error, and leaves nothing of an earlier decoding behind.
func TestNotAnObject(t *testing.T) {
	for _, into := range []json.Unmarshaler{&Asset{}, &Metadata{}, &Progress{}, &Master{}, &PlaybackID{}, &RecordingTime{}, &Shots{},
		&Track{}, &StaticRendition{}, &StaticRenditions{}, &LiveStream{}, &SimulcastTarget{}, &Upload{}, &NewAssetSettings{}, &Identity{},
		&Webhook{}, &ObjectError{}} {
		if err := into.UnmarshalJSON([]byte(`7`)); err == nil {
			t.Errorf("%T takes a number", into)
		}
	}
	asset := Asset{Passthrough: "earlier"}
	if err := json.Unmarshal([]byte(`{"id":"a"}`), &asset); err != nil || asset.Passthrough != "" {
		t.Errorf("decoded again: %v, %+v", err, asset)
	}
}

func TestTimeKeepsMicroseconds(t *testing.T) {
	for _, fraction := range []float64{0.000001, 0.123456, 0.999999} {
		data, err := json.Marshal(1609869152 + fraction)
		if err != nil {
			t.Fatal(err)
		}
		var got Time
		if err := got.UnmarshalJSON(data); err != nil {
			t.Fatal(err)
		}
		if want := int(math.Round(fraction*1e6)) * 1000; got.Nanosecond() != want {
			t.Errorf("%s has %d ns, want %d", data, got.Nanosecond(), want)
		}
	}
}
