// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// seeds adds every sample body.
func seeds(f *testing.F, add func([]byte)) {
	f.Helper()
	for _, pattern := range []string{"testdata/payloads/*.json", "testdata/payloads/cli-synthetic/*.json", "testdata/rest/*.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			body, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			add(body)
		}
	}
}

// FuzzDecodeEvent : no body panics, and what is taken for an event can be read as every kind.
func FuzzDecodeEvent(f *testing.F) {
	seeds(f, func(body []byte) { f.Add(body) })
	f.Add([]byte(`{"type":"x","data":{"x":{"directive_run":{"id":1}}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := DecodeEvent(body)
		if (event == nil) == (err == nil) {
			t.Fatalf("got %v and %v", event, err)
		}
		if err != nil {
			return
		}
		if event.Type == "" || !json.Valid(event.Data) {
			t.Errorf("took %q for an event", body)
		}
		if year := event.CreatedAt.Year(); !event.CreatedAt.IsZero() && (year < 1970 || year > 9999) {
			t.Errorf("the event is of the year %d", year)
		}
		event.DataIDs()
		if _, err := typedID(event); err != nil {
			t.Errorf("data that is an object cannot be read: %v", err)
		}
	})
}

// FuzzAsset : no JSON object is refused, and what was read is kept when it is read again.
func FuzzAsset(f *testing.F) {
	seeds(f, func(body []byte) {
		var envelope struct{ Data json.RawMessage }
		if json.Unmarshal(body, &envelope) == nil && len(envelope.Data) > 0 {
			f.Add([]byte(envelope.Data))
		}
	})
	f.Add([]byte(`{"static_renditions":[{}],"errors":["a"],"recording_times":[{"started_at":{"seconds":1}}],"duration":"1e5"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var members map[string]json.RawMessage
		isObject := json.Unmarshal(body, &members) == nil && members != nil
		for _, into := range []json.Unmarshaler{&Asset{}, &LiveStream{}, &Upload{}, &Track{}, &StaticRendition{}} {
			if err := into.UnmarshalJSON(body); (err == nil) != isObject {
				t.Errorf("%T: %v of %q", into, err, body)
			}
		}
	})
}

// FuzzMembers : what is an object or an array, and what is in it, is what encoding/json says.
func FuzzMembers(f *testing.F) {
	seeds(f, func(body []byte) { f.Add(body) })
	for _, seed := range scans {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { sameAsEncodingJSON(t, data) })
}

// FuzzTime : no value panics, and what is taken for a time can be written down and read again.
func FuzzTime(f *testing.F) {
	for _, seed := range []string{`"1609869152"`, `1609869152.25`, `"2018-02-15T01:04:44.000Z"`, `{"seconds":1,"nanos":5}`, `null`, `1e300`, `-1`, `""`, `[]`,
		`"9999-12-31T23:59:59-23:59"`, `253402300799.9999999`, `{"seconds":253402300799,"nanos":9000000000}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got Time
		if err := got.UnmarshalJSON(data); err != nil {
			t.Fatal(err)
		}
		if got.IsZero() {
			return
		}
		text, err := got.MarshalText()
		if err != nil {
			t.Fatalf("%q became %s: %v", data, got.Time, err)
		}
		again, err := time.Parse(time.RFC3339Nano, string(text))
		if err != nil || !again.Equal(got.Time) {
			t.Errorf("%q became %s, and again %s, %v", data, text, again, err)
		}
	})
}
