// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"io"
	"os"

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

// painter colours a text on a terminal that wants colours, and leaves it alone elsewhere.
func painter(out io.Writer) func(colour, string) string {
	if terminal(out) == nil || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return func(_ colour, text string) string { return text }
	}
	return func(c colour, text string) string { return string(c) + text + string(plain) }
}
