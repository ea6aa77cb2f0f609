// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"encoding/json"
	"reflect"
	"strconv"
	"time"
)

// object is a JSON object on its way out.
type object map[string]any

// put sets key unless value is one that Mux leaves out: false, 0, "", null and what is empty.
func (o object) put(key string, value any) {
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.IsZero() {
		return
	}
	if k := v.Kind(); (k == reflect.Slice || k == reflect.Map) && v.Len() == 0 {
		return
	}
	o[key] = value
}

// flavour tells the two ways apart in which Mux writes the same resource.
type flavour int

const (
	rest flavour = iota
	webhook
)

// seconds writes a resource's created_at: a string of unix seconds in REST, a number in webhooks.
func (f flavour) seconds(t time.Time) any {
	if f == rest {
		return strconv.FormatInt(t.Unix(), 10)
	}
	return t.Unix()
}

// bytes writes a file size inside an asset: a string in REST, a number in webhooks.
func (f flavour) bytes(n int64) any {
	if f == rest {
		return strconv.FormatInt(n, 10)
	}
	return n
}

// moment writes recording_times[].started_at: with milliseconds in REST, as seconds and nanoseconds in webhooks.
func (f flavour) moment(t time.Time) any {
	t = t.UTC().Truncate(time.Millisecond)
	if f == rest {
		return t.Format("2006-01-02T15:04:05.000Z")
	}
	o := object{"seconds": t.Unix()}
	o.put("nanos", t.Nanosecond())
	return o
}

// encode cannot fail on what the simulator builds: objects of strings, numbers, booleans, lists and raw JSON that was
// decoded before.
func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("muxsim: a body that cannot be written: " + err.Error())
	}
	return b
}

// stampLayout has the six digits that Mux writes in envelopes, attempts and webhook endpoints.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// stamp has millisecond resolution, as Mux's has.
func stamp(t time.Time) string {
	return t.UTC().Truncate(time.Millisecond).Format(stampLayout)
}
