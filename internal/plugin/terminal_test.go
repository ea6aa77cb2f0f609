// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

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
	if _, err := io.WriteString(tty, "end\n"); err != nil {
		t.Fatal(err)
	}
	if got := term.shown(); !strings.HasSuffix(got, "end\r\n") {
		t.Errorf("the terminal shows %q", got)
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
