// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"testing"
	"time"
)

// Within polls until check succeeds, and fails the test with the last error after limit. The poll is short beside a second.
func Within(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; <-tick.C {
		err := check()
		if err == nil {
			return
		}
		if time.Since(began) > limit {
			t.Fatalf("not within %s: %v", limit, err)
		}
	}
}
