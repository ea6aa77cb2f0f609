// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// colour is a control sequence that a terminal understands.
type colour string

const (
	red    colour = "\x1b[31m"
	yellow colour = "\x1b[33m"
	green  colour = "\x1b[32m"
	plain  colour = "\x1b[0m"
)

// terminal is the file that a stream writes to when that is a terminal, nil otherwise, such as in a pipe.
func terminal(stream any) *os.File {
	file, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return file
}

// drawable is the terminal behind a stream if it understands control sequences, and nil otherwise.
func drawable(stream any) *os.File {
	file := terminal(stream)
	if file == nil || !understood(file) {
		return nil
	}
	return file
}

// harmless is a text whose control sequences a terminal shows and does not carry out, but for our own colours: titles and errors are
// what somebody has told Mux. kubectl does the same in its tables.
func harmless(text string) string { return escapes.Replace(text) }

var escapes = strings.NewReplacer(
	string(red), string(red), string(yellow), string(yellow), string(green), string(green), string(plain), string(plain),
	"\x1b", "^[", "\u009b", "^[[", "\r", "\\r", "\b", "\\b",
)

// painter colours a text on a terminal that wants colours, and leaves it alone elsewhere.
func painter(out io.Writer) func(colour, string) string {
	if os.Getenv("NO_COLOR") != "" || drawable(out) == nil {
		return func(_ colour, text string) string { return text }
	}
	return func(c colour, text string) string { return string(c) + text + string(plain) }
}
