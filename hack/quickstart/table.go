// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
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
		printChanges(os.Stdout, output, s.table.note)
		_ = command.Wait() // it ends with the stage
	}()
	return nil
}

// printChanges prints a table's lines, but for those that differ from the line before in nothing but the age: a watcher sees
// every change of an object, also of what no column shows. It tells printed of every line that it has printed.
func printChanges(w io.Writer, table io.Reader, printed func(fields []string)) {
	var last string
	for lines := bufio.NewScanner(table); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if shown := strings.Join(fields[:len(fields)-1], " "); shown != last {
			fmt.Fprintln(w, indent(lines.Text()))
			last = shown
			printed(fields)
		}
	}
}

// readyRows counts the objects that the table has shown with True in its second column, READY.
type readyRows struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (r *readyRows) note(fields []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(fields) > 1 && fields[1] == "True" {
		if r.seen == nil {
			r.seen = map[string]bool{}
		}
		r.seen[fields[0]] = true
	}
}

func (r *readyRows) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

// tableLimit is how long the table may be behind what the API server says.
const tableLimit = 5 * time.Second

// tableShows waits until the table has shown as many ready objects as there are: it runs beside everything else.
func (s *stage) tableShows(objects int) error {
	return s.within(tableLimit, "kubectl get muxassets --watch is behind", func(context.Context) (bool, error) {
		return s.table.count() >= objects, nil
	})
}

// indent sets the output of a command off from our own lines.
func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}
