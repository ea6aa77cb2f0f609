// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// maxStatus is what a status may take at worst; the API server takes 1.5 MiB.
const maxStatus = 256 << 10

// FuzzAsset, FuzzLiveStream and FuzzUpload bring two events with any data into a status: both orders give the same, in valid
// text of bounded length, and once more changes nothing.
func FuzzAsset(f *testing.F) { fuzzProjection(f, assetSpecies) }

// FuzzLiveStream : see FuzzAsset.
func FuzzLiveStream(f *testing.F) { fuzzProjection(f, streamSpecies) }

// FuzzUpload : see FuzzAsset.
func FuzzUpload(f *testing.F) { fuzzProjection(f, uploadSpecies) }

func fuzzProjection(f *testing.F, of *species) {
	var types []string
	for source := range sourceRanks {
		if strings.HasPrefix("video."+source, of.events) {
			types = append(types, "video."+source)
		}
	}
	slices.Sort(types)
	previous, count := &mux.Event{Type: types[0], Data: []byte(`{}`)}, 0
	err := filepath.WalkDir(payloads, func(path string, entry os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		name, _ := filepath.Rel(payloads, strings.TrimSuffix(path, ".json"))
		if event := payload(f, name); slices.Contains(types, event.Type) {
			f.Add(uint8(slices.Index(types, previous.Type)), int8(0), []byte(previous.Data), uint8(slices.Index(types, event.Type)), int8(count%2), []byte(event.Data))
			previous, count = event, count+1
		}
		return nil
	})
	if err != nil || count == 0 {
		f.Fatal(count, err)
	}
	f.Fuzz(func(t *testing.T, firstType uint8, firstAt int8, firstData []byte, secondType uint8, secondAt int8, secondData []byte) {
		first, tells := of.lift(fuzzed("first", types[int(firstType)%len(types)], firstAt, firstData))
		second, tell := of.lift(fuzzed("second", types[int(secondType)%len(types)], secondAt, secondData))
		if !tells || !tell {
			return
		}
		one, other := stored(t, of, first, second), stored(t, of, second, first, second, first)
		if one != other {
			t.Errorf("in one order\n%s\nin the other, twice\n%s", one, other)
		}
		if len(one) > maxStatus || !utf8.ValidString(one) {
			t.Errorf("a status of %d bytes: %q", len(one), one)
		}
	})
}

// fuzzed is an event; one at a negative time has none.
func fuzzed(id, kind string, at int8, data []byte) *mux.Event {
	event := &mux.Event{ID: id, Type: kind, Data: data}
	if at >= 0 {
		event.CreatedAt = base.Add(time.Duration(at) * time.Second)
	}
	return event
}

// stored is the status after the joins, each time through its JSON.
func stored(t *testing.T, of *species, joins ...func(any)) string {
	t.Helper()
	var data []byte
	for _, join := range joins {
		object := of.start()
		if data != nil {
			if err := json.Unmarshal(data, of.status(object)); err != nil {
				t.Fatal(err)
			}
		}
		join(object)
		of.summarize(object, metav1.NewTime(base))
		var err error
		if data, err = json.Marshal(of.status(object)); err != nil {
			t.Fatal(err)
		}
	}
	return string(data)
}

// FuzzStamp reads whatever a person has put in place of a stamp.
func FuzzStamp(f *testing.F) {
	f.Add("2026-01-02T03:04:05.000000Z ready asset.ready 0a1b", "- - GET -")
	f.Fuzz(func(t *testing.T, first, second string) {
		a, b := parseStamp(video.Stamp(first)), parseStamp(video.Stamp(second))
		if again := parseStamp(a.text()); again != a {
			t.Errorf("%q is read as %q, and that as %q", first, a, again)
		}
		if a.compare(b) != -b.compare(a) || (a.compare(b) == 0) != (a == b) {
			t.Errorf("%q and %q have no order", a, b)
		}
		if at := StampTime(a.text()); at.After(time.Unix(1<<40, 0)) {
			t.Errorf("%q is at %s", a, at)
		}
	})
}
