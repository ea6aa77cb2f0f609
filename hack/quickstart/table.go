// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// showTable prints `kubectl get muxassets --watch` from now on, beside everything else.
func (s *stage) showTable() error {
	command := s.kubectlCommand("get", "muxassets", "--watch")
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	say("kubectl get muxassets --watch")
	if err := command.Start(); err != nil {
		return err
	}
	go func() {
		printChanges(os.Stdout, output)
		_ = command.Wait() // it ends with the stage
	}()
	return nil
}

// printChanges prints a table's lines, but for those that differ from the line before in nothing but the age: a watcher sees
// every change of an object, also of what no column shows.
func printChanges(w io.Writer, table io.Reader) {
	var last string
	for lines := bufio.NewScanner(table); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if shown := strings.Join(fields[:len(fields)-1], " "); shown != last {
			fmt.Fprintln(w, indent(lines.Text()))
			last = shown
		}
	}
}

// indent sets the output of a command off from our own lines.
func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}
