// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scans are JSON, and what is nearly JSON.
var scans = []string{
	`{}`, ` { } `, `{"a":1}`, ` { "a" : 1 , "b" : [ 2 , { } ] } `, `{"a":1,"a":2}`, `{"\u0061":"\"\\\/\b\f\n\r\t\u00fF"}`, `{"":null}`, "{\"\xff\":\"\xff\"}",
	`[]`, `[ ]`, `[1,-0,0.5,1e5,1E+5,2e-7,-12.25]`, `[true,false,null,"",[[]]]`,
	`{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{a:1}`, `{1:1}`, `{}}`, `{} {}`, `{"a":}`, `{"a":1 "b":2}`,
	`[`, `[1`, `[1,`, `[1,]`, `[,]`, `[1 2]`, `[]]`, `[01]`, `[-]`, `[+1]`, `[.5]`, `[1.]`, `[1e]`, `[1e+]`, `[0x1]`, `[tru]`, `[nulll]`, `[True]`, `['a']`,
	`[}`, `{]`, `[1}`, `{"a":1]`, `[{"a":1]}`, `[[1}]`, `{"a":[1},"b":2}`, `[{},[],{"a":[]}]`, `[{"a"}]`, `[{"a":}]`, `[{,}]`, `[[,]]`, `[[1,]]`, `[{"a":1,}]`,
	`["\ud800"]`, `["\ud83d\ude00"]`, `["\u123`, `[-01]`, `[00]`, `[1.e5]`, `[1e5.5]`, "[\f1]", "[\v1]", "[\u00a01]", "{\"\xff\":1,\"\xfe\":2}", `{"a\`,
	`["]`, `["\"]`, `["\x"]`, `["\u12"]`, `["\u12g4"]`, "[\"\n\"]", "[\"\x00\"]", `["\`, `["\u`, "[\"\\\x00\"]", "\ufeff{}", "{}\x00", "\x00", "", " ", `null`, `1`, `"a"`,
	strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
	strings.Repeat(`{"a":`, maxDepth-1) + "[]" + strings.Repeat("}", maxDepth-1), strings.Repeat(`{"a":`, maxDepth) + "[]" + strings.Repeat("}", maxDepth),
}

func TestMembers(t *testing.T) {
	for _, data := range scans {
		sameAsEncodingJSON(t, []byte(data))
	}
}

// sameAsEncodingJSON compares the members or elements of data with what encoding/json finds.
func sameAsEncodingJSON(t *testing.T, data []byte) {
	t.Helper()
	var wantMembers map[string]json.RawMessage
	isObject := json.Unmarshal(data, &wantMembers) == nil && wantMembers != nil
	gotMembers := map[string]json.RawMessage{}
	if members(data, func(name, value []byte) {
		text, ok := readString(name)
		if !ok {
			t.Errorf("%.100q: the name %q cannot be read", data, name)
		}
		gotMembers[text] = value
	}) != isObject {
		t.Errorf("%.100q is taken for an object, or not for one", data)
	} else if diff := cmp.Diff(wantMembers, gotMembers); isObject && diff != "" {
		t.Errorf("%.100q: encoding/json has the members -, the scanner +:\n%s", data, diff)
	}
	var wantElements []json.RawMessage
	isArray := json.Unmarshal(data, &wantElements) == nil && wantElements != nil
	gotElements := []json.RawMessage{}
	if elements(data, func(value []byte) { gotElements = append(gotElements, value) }) != isArray {
		t.Errorf("%.100q is taken for an array, or not for one", data)
	} else if diff := cmp.Diff(wantElements, gotElements); isArray && diff != "" {
		t.Errorf("%.100q: encoding/json has the elements -, the scanner +:\n%s", data, diff)
	}
}

// TestNames : a member is found by its name however that is written, the last of several counts, and nothing has no name.
func TestNames(t *testing.T) {
	for data, want := range map[string]string{
		`{"id":"x"}`: "x", `{"\u0069d":"x"}`: "x", `{"id":"a","id":"x"}`: "x", `{"id":"a","id":null}`: "", `{"ID":"x"}`: "", `{"":"x"}`: "", `{"id,omitempty":"x"}`: "",
	} {
		var got struct {
			ID   string `json:"id,omitempty"`
			None string
		}
		if err := readObject([]byte(data), &got); err != nil || got.ID != want || got.None != "" {
			t.Errorf("%s gives %+v, %v", data, got, err)
		}
	}
}

// TestHostile : what a body makes of memory is a small multiple of it, whatever it is made of.
func TestHostile(t *testing.T) {
	for name, data := range map[string]string{
		"numbers for tracks": `{"tracks":[` + strings.Repeat("1,", 1<<19) + `1]}`,
		"numbers for files":  `{"static_renditions":[` + strings.Repeat("1,", 1<<19) + `1]}`,
		"brackets":           `{"x":` + strings.Repeat("[", 1<<20),
		"members":            `{` + strings.Repeat(`"a":1,`, 1<<17) + `"a":1}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = new(Asset).UnmarshalJSON([]byte(data))
		runtime.ReadMemStats(&after)
		allocated, stack := after.TotalAlloc-before.TotalAlloc, int64(after.StackInuse)-int64(before.StackInuse)
		if allocated > 4*uint64(len(data)) || stack > 1<<20 {
			t.Errorf("%s: of %d bytes became %d, and %d of stack", name, len(data), allocated, stack)
		}
	}
}
