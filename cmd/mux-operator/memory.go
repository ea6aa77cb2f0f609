// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// memoryMax is where a container finds its limit, in bytes or "max" (cgroup v2, which is what Kubernetes 1.30 nodes have as a rule; with v1 the
// file is not there and GOMEMLIMIT can be set instead).
const memoryMax = "/sys/fs/cgroup/memory.max"

// limitMemory has the garbage collector work harder before the container's limit is reached, which would end the process: a flood of
// webhooks leaves garbage faster than a heap that may double is collected. It returns the bound that is in force, 0 for none.
// GOMEMLIMIT, where it is set, decides instead.
func limitMemory(file string) int64 {
	if os.Getenv("GOMEMLIMIT") != "" {
		return debug.SetMemoryLimit(-1)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || limit <= 0 {
		return 0
	}
	limit = limit / 10 * 9 // the rest is for what is not the heap
	debug.SetMemoryLimit(limit)
	return limit
}
