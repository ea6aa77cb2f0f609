// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"k8s.io/client-go/discovery"
)

// say tells how it goes, apart from the tables.
func (s *stage) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

// patches is how many patches of statuses the API server has counted.
func (s *stage) patches() (int, error) {
	c, err := discovery.NewDiscoveryClientForConfig(s.plane.Config)
	if err != nil {
		return 0, err
	}
	text, err := c.RESTClient().Get().AbsPath("/metrics").DoRaw(s.ctx)
	if err != nil {
		return 0, err
	}
	return int(sum(text, "apiserver_request_total{", `resource="muxassets"`, `subresource="status"`, `verb="PATCH"`)), nil
}

// sum of the samples of a metrics page whose lines begin so and have all that.
func sum(page []byte, beginning string, parts ...string) (total float64) {
	lines := bufio.NewScanner(bytes.NewReader(page))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, beginning) || !has(line, parts) {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err == nil {
			total += value
		}
	}
	return total
}

func has(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}
