// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestProgressLine : a line tells as much as the terminal is wide, and never more.
func TestProgressLine(t *testing.T) {
	began := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	f := &fileProgress{name: "a-long-name-of-a-file.mp4", size: 300 << 20, sending: true, offset: 150 << 20, from: 50 << 20, began: began}
	for width, want := range map[int]string{
		120: "a-long-name-of-a-file.mp4  [====================                    ]  50 %  150.0 MiB/300.0 MiB  10.0 MiB/s  15s left",
		80:  "a-long-na…  [========        ]  50 %  150.0 MiB/300.0 MiB  10.0 MiB/s  15s left",
		40:  "a-long-na…  50 %  150.0 MiB/300.0 MiB …",
	} {
		names := 10
		if width == 120 {
			names = 25
		}
		got := f.line(width, names, began.Add(10*time.Second))
		if got != want || len([]rune(got)) >= width {
			t.Errorf("in %d columns %q (%d), want %q", width, got, len([]rune(got)), want)
		}
	}
	if got := f.line(80, 10, began); strings.Contains(got, "/s") {
		t.Errorf("knows its speed at once: %q", got)
	}
	f.sending, f.phase = false, strings.Repeat("waiting ", 20)
	if got := f.line(80, 10, began); len([]rune(got)) != 79 {
		t.Errorf("a long phase has %d columns: %q", len([]rune(got)), got)
	}
}

// TestProgressOfSeveral : on a terminal the lines stay together, and what is said stands above them.
func TestProgressOfSeveral(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	p := newProgress(&out, func() time.Time { return now })
	p.size = func() (int, int) { return 60, 24 }
	first, second := p.add("first.mp4", 1000), p.add("second.mp4", 4<<20)
	first.enter("waiting")
	second.send(1 << 20)
	first.send(0)
	first.at(400, false) // not drawn: the clock stands still
	now = now.Add(time.Second)
	second.at(2<<20, false)
	first.say("cut off")
	first.at(1000, true)
	p.finish()
	golden(t, "upload_several", strings.ReplaceAll(out.String(), "\x1b", "ESC"), "\r", "CR")
}

// TestProgressOfMany : more files than the terminal has lines, so that one cannot go back to the first: those under way are shown, and
// how many are done.
func TestProgressOfMany(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	p := newProgress(&bytes.Buffer{}, func() time.Time { return now })
	p.size = func() (int, int) { return 40, 4 }
	var files []*fileProgress
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		files = append(files, p.add(name+".mp4", 1000))
	}
	check := func(want ...string) {
		t.Helper()
		if got := p.lines(p.size()); !slices.Equal(got, want) {
			t.Errorf("shows %q, want %q", got, want)
		}
	}
	check("0 of 5 files are done")
	for _, f := range files[:4] {
		f.enter("waiting")
	}
	check("a.mp4  waiting", "b.mp4  waiting", "0 of 5 files are done")
	files[0].end("ready")
	files[2].end("failed")
	check("b.mp4  waiting", "d.mp4  waiting", "2 of 5 files are done")
	p.size = func() (int, int) { return 40, 1 }
	check("2 of 5 files are done")
	p.size = func() (int, int) { return 40, 6 }
	if got := p.lines(p.size()); len(got) != 5 {
		t.Errorf("in 6 lines it shows %q", got)
	}
}

func TestSizeOf(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 300 << 20: "300.0 MiB", 5 << 30: "5.0 GiB", 3 << 40: "3.0 TiB"} {
		if got := sizeOf(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
