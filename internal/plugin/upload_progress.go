// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// redrawEvery is how often a terminal is drawn on while bytes move. A person sees no more.
const redrawEvery = 100 * time.Millisecond

// progress shows how far uploads are: a line with a bar for each on a terminal, drawn over, and lines one after the other
// elsewhere. It is safe for concurrent use.
type progress struct {
	out  io.Writer
	now  func() time.Time
	size func() (width, height int) // of the terminal; nil where there is none

	mu    sync.Mutex
	files []*fileProgress
	drawn int // lines
	last  time.Time
}

// fileProgress is a file's.
type fileProgress struct {
	of    *progress
	name  string
	size  int64
	phase string
	// sending is true while the file goes out; offset is how much has, from is where this began and began when.
	sending bool
	// over is true of a file with which nothing more happens.
	over         bool
	offset, from int64
	began        time.Time
	told         int64 // the last percentage in a line of its own
}

func newProgress(out io.Writer, now func() time.Time) *progress {
	p := &progress{out: out, now: now}
	if file := drawable(out); file != nil {
		p.size = func() (width, height int) {
			width, height, err := term.GetSize(int(file.Fd()))
			if err != nil || width <= 0 || height <= 0 {
				return 80, 24
			}
			return width, height
		}
	}
	return p
}

// add is a line for a file.
func (p *progress) add(name string, size int64) *fileProgress {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := &fileProgress{of: p, name: name, size: size}
	p.files = append(p.files, f)
	return f
}

// enter says what is done now.
func (f *fileProgress) enter(format string, args ...any) {
	p := f.of
	p.mu.Lock()
	defer p.mu.Unlock()
	f.phase, f.sending = fmt.Sprintf(format, args...), false
	if p.size == nil {
		p.line(f.name + ": " + f.phase)
		return
	}
	p.draw()
}

// end says what has become of the file.
func (f *fileProgress) end(format string, args ...any) {
	f.of.mu.Lock()
	f.over = true
	f.of.mu.Unlock()
	f.enter(format, args...)
}

// send says that the file goes out, from an offset on; at draws it.
func (f *fileProgress) send(from int64) {
	f.enter("uploading %s%s", sizeOf(f.size), suffixIf(from > 0, ", "+sizeOf(from)+" of it are there"))
	p := f.of
	p.mu.Lock()
	defer p.mu.Unlock()
	f.sending, f.from, f.offset, f.began, f.told = true, from, from, p.now(), percent(from, f.size)
}

func suffixIf(when bool, suffix string) string {
	if when {
		return suffix
	}
	return ""
}

// at says how much of the file has gone out. settled is drawn always.
func (f *fileProgress) at(offset int64, settled bool) {
	p := f.of
	p.mu.Lock()
	defer p.mu.Unlock()
	f.offset = offset
	if done := percent(offset, f.size); p.size == nil {
		if settled && done-f.told >= 10 {
			f.told = done - done%10
			p.line(fmt.Sprintf("%s: %d %% uploaded, %s", f.name, done, sizeOf(offset)))
		}
		return
	}
	if now := p.now(); settled || now.Sub(p.last) >= redrawEvery {
		p.draw()
	}
}

// say writes a line of its own above the bars.
func (f *fileProgress) say(format string, args ...any) {
	p := f.of
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	p.line(f.name + ": " + fmt.Sprintf(format, args...))
	if p.size != nil {
		p.draw()
	}
}

// finish leaves the last state of the bars where it is.
func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drawn, p.size = 0, nil
}

func (p *progress) line(text string) { fmt.Fprintln(p.out, text) }

// erase goes back to the first of the lines that were drawn, and clears from there.
func (p *progress) erase() {
	if p.drawn > 0 {
		fmt.Fprintf(p.out, "\x1b[%dA\r\x1b[J", p.drawn)
		p.drawn = 0
	}
}

// draw writes all lines in one write, so that none is seen half done, and clears what a longer drawing has left below.
func (p *progress) draw() {
	var b strings.Builder
	if p.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", p.drawn)
	}
	width, height := p.size()
	lines := p.lines(width, height)
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\n")
	}
	if p.drawn > len(lines) {
		b.WriteString("\x1b[J")
	}
	p.drawn, p.last = len(lines), p.now()
	_, _ = io.WriteString(p.out, b.String()) // a terminal that is gone shows nothing
}

// lines are those of the files or, where the terminal is not so high that one can go back to the first, of some that are under way,
// and a line that counts them all.
func (p *progress) lines(width, height int) (lines []string) {
	shown, names := p.files, 0
	if len(shown) >= height {
		shown = p.underWay(max(height-2, 0))
	}
	for _, f := range shown {
		names = max(names, len([]rune(f.name)))
	}
	names = min(names, width/3)
	for _, f := range shown {
		lines = append(lines, f.line(width, names, p.now()))
	}
	if len(shown) < len(p.files) {
		over := 0
		for _, f := range p.files {
			if f.over {
				over++
			}
		}
		lines = append(lines, cut(fmt.Sprintf("%d of %s are done", over, count(len(p.files), "file")), width-1))
	}
	return lines
}

// underWay are the first files that are begun and not over.
func (p *progress) underWay(most int) (some []*fileProgress) {
	for _, f := range p.files {
		if f.phase != "" && !f.over && len(some) < most {
			some = append(some, f)
		}
	}
	return some
}

// line is the file's, not longer than the terminal is wide.
func (f *fileProgress) line(width, names int, now time.Time) string {
	name := []rune(f.name)
	if len(name) > names {
		name = append(name[:max(names-1, 0)], '…')
	}
	head := fmt.Sprintf("%-*s  ", names, string(name))
	if !f.sending {
		return cut(head+f.phase, width-1)
	}
	tail := fmt.Sprintf(" %3d %%  %s/%s", percent(f.offset, f.size), sizeOf(f.offset), sizeOf(f.size))
	if speed := f.speed(now); speed > 0 {
		left := time.Duration(float64(f.size-f.offset) / speed * float64(time.Second)).Round(time.Second)
		tail += fmt.Sprintf("  %s/s  %s left", sizeOf(int64(speed)), left)
	}
	room := min(width-1-len([]rune(head))-len([]rune(tail))-2, 40)
	if room < 5 {
		return cut(head+strings.TrimSpace(tail), width-1)
	}
	full := int(int64(room) * f.offset / max(f.size, 1))
	return head + "[" + strings.Repeat("=", full) + strings.Repeat(" ", room-full) + "]" + tail
}

// speed is in bytes a second, over all that has gone out; 0 before that says something.
func (f *fileProgress) speed(now time.Time) float64 {
	took := now.Sub(f.began).Seconds()
	if took < 0.5 || f.offset <= f.from {
		return 0
	}
	return float64(f.offset-f.from) / took
}

func cut(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width || width < 1 {
		return text
	}
	return string(runes[:width-1]) + "…"
}

func percent(part, whole int64) int64 { return part * 100 / max(whole, 1) }

// sizeOf is a number of bytes for people.
func sizeOf(n int64) string {
	value, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	unit := 0
	for ; value >= 1024 && unit < len(units)-1; unit++ {
		value /= 1024
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}
