// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// pseudoTerminal is a terminal of 80 columns that a test reads.
type pseudoTerminal struct {
	// streams are the program's: its input, output and errors are the terminal.
	streams genericiooptions.IOStreams
	// keys is where the test types.
	keys io.Writer
	// shown closes the terminal and returns all that it got. A line ends in "\r\n".
	shown func() string
}

func newTerminal(t *testing.T) *pseudoTerminal {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	if err := pty.Setsize(theirs, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	var seen bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(&seen, ours) // ends with an error once the other side is closed
	}()
	return &pseudoTerminal{
		streams: genericiooptions.IOStreams{In: theirs, Out: theirs, ErrOut: theirs},
		keys:    ours,
		shown: func() string {
			theirs.Close()
			<-done
			return seen.String()
		},
	}
}

func TestPainter(t *testing.T) {
	term := newTerminal(t)
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	tty := term.streams.Out
	if got := painter(tty)(red, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("on a terminal: %q", got)
	}
	for name, out := range map[string]io.Writer{"a buffer": &bytes.Buffer{}, "a pipe": pipe(t)} {
		if got := painter(out)(red, "x"); got != "x" {
			t.Errorf("in %s: %q", name, got)
		}
	}
	t.Setenv("NO_COLOR", "1")
	if got := painter(tty)(red, "x"); got != "x" {
		t.Errorf("with NO_COLOR: %q", got)
	}
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "dumb")
	if got := painter(tty)(red, "x"); got != "x" || newProgress(tty, time.Now).size != nil {
		t.Errorf("a terminal that understands nothing is drawn on: %q", got)
	}
	if _, err := io.WriteString(tty, "end\n"); err != nil {
		t.Fatal(err)
	}
	if got := term.shown(); !strings.HasSuffix(got, "end\r\n") {
		t.Errorf("the terminal shows %q", got)
	}
}

// TestHarmless : what others have written cannot act on the terminal; our own colours can.
func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		string(red) + "FAULT" + string(plain): string(red) + "FAULT" + string(plain),
		"a title\x1b[2J\x1b]0;owned\x07":      "a title^[[2J^[]0;owned\x07",
		"one\rother":                          `one\rother`,
		"über \u009b31m and \b plain, 日本語":    `über ^[[31m and \b plain, 日本語`,
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func pipe(t *testing.T) io.Writer {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return w
}
