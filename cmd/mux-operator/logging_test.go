// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"

	ctrlzap "sigs.k8s.io/controller-runtime/pkg/log/zap"
)

// TestWithoutBodies : at the most verbose level, whatever is made of the logger, nothing is logged from the level on at which client-go
// logs the bodies of its requests.
func TestWithoutBodies(t *testing.T) {
	var lines bytes.Buffer
	o, err := parse([]string{"--zap-log-level=10", "--zap-devel"}, &lines)
	if err != nil {
		t.Fatal(err)
	}
	lines.Reset()
	logger := withoutBodies(ctrlzap.New(ctrlzap.UseFlagOptions(&o.zap), ctrlzap.WriteTo(&lines)))
	for _, l := range []struct {
		name string
		info func(level int, message string)
	}{
		{"itself", func(level int, message string) { logger.V(level).Info(message) }},
		{"with values", func(level int, message string) { logger.WithValues("a", "b").V(level).Info(message) }},
		{"with a name", func(level int, message string) { logger.WithName("a").V(level).Info(message) }},
		{"from elsewhere", func(level int, message string) { logger.WithCallDepth(0).V(level).Info(message) }},
		{"levels added", func(level int, message string) { logger.V(4).V(level - 4).Info(message) }},
	} {
		for level := mostVerbose; level <= 10; level++ {
			l.info(level, "a body")
			if got := lines.String(); strings.Contains(got, "a body") != (level == mostVerbose) {
				t.Errorf("%s: at level %d the line is %q", l.name, level, got)
			}
			lines.Reset()
		}
	}
	logger.Error(nil, "an error")
	if !strings.Contains(lines.String(), "an error") {
		t.Error("errors are not logged")
	}
}
