// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"strings"
	"testing"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

func TestNewStamp(t *testing.T) {
	at := time.Date(2024, 6, 10, 22, 24, 1, 561_000_000, time.UTC)
	for name, test := range map[string]struct {
		stamp stamp
		want  string
	}{
		"event":           {newStamp(at, "ready", "asset.ready", "58f1"), "2024-06-10T22:24:01.561000Z ready asset.ready 58f1"},
		"without time":    {newStamp(time.Time{}, "ready", "asset.ready", "58f1"), "- ready asset.ready 58f1"},
		"without id":      {newStamp(at, "", "GET", ""), "2024-06-10T22:24:01.561000Z - GET -"},
		"spaces in words": {newStamp(at, "half  ready", "GET", "a b"), "2024-06-10T22:24:01.561000Z half_ready GET a_b"},
		"long id":         {newStamp(at, "ready", "GET", strings.Repeat("x", 100)), "2024-06-10T22:24:01.561000Z ready GET " + strings.Repeat("x", maxWord)},
		"bottom":          {stamp{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.stamp.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if back := parseStamp(test.stamp.text()); back != test.stamp {
				t.Errorf("parsed back as %+v, want %+v", back, test.stamp)
			}
		})
	}
}

func TestStampCompare(t *testing.T) {
	at := time.Date(2024, 6, 10, 22, 24, 1, 0, time.UTC)
	ascending := []stamp{
		{},
		newStamp(time.Time{}, "ready", "asset.ready", "z"),
		newStamp(at, "preparing", SourceGet, "a"),
		newStamp(at, "preparing", "asset.created", "a"),
		newStamp(at, "preparing", "asset.created", "b"),
		newStamp(at, "preparing", SourceWrite, "a"),
		newStamp(at, "ready", "asset.ready", "a"),
		newStamp(at, "ready", "asset.updated", "a"),
		newStamp(at.Add(time.Microsecond), "preparing", "asset.created", "a"),
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got, want := a.compare(b), sign(i-j); sign(got) != want {
				t.Errorf("compare(%q, %q) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestStampCompareByLife(t *testing.T) {
	at := time.Date(2024, 6, 10, 22, 24, 1, 0, time.UTC)
	ascending := []stamp{
		{},
		newStamp(time.Time{}, "ready", "asset.ready", "z"),
		newStamp(at.Add(time.Hour), "preparing", "asset.updated", "a"),
		newStamp(at, "ready", "asset.ready", "a"),
		newStamp(at.Add(time.Second), "ready", "asset.updated", "a"),
		newStamp(at, "errored", "asset.errored", "a"),
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got, want := a.compareByLife(b), sign(i-j); sign(got) != want {
				t.Errorf("compareByLife(%q, %q) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestStampTime(t *testing.T) {
	for text, want := range map[video.Stamp]time.Time{
		"2024-06-10T22:24:01.561000Z ready asset.ready 58f1": time.Date(2024, 6, 10, 22, 24, 1, 561_000_000, time.UTC),
		"- ready asset.ready 58f1":                           {},
		"":                                                   {},
		"by hand":                                            {},
	} {
		if got := StampTime(text); !got.Equal(want) {
			t.Errorf("StampTime(%q) = %v, want %v", text, got, want)
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	default:
		return 0
	}
}
