// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

func TestSum(t *testing.T) {
	const metrics = "# HELP done_total What was done.\n# TYPE done_total counter\ndone_total{controller=\"a\"} 2\ndone_total{controller=\"b\"} 3\n" +
		"done_total_of_others{controller=\"a\"} 7\n"
	if got := sum(metrics, "done_total"); got != 5 {
		t.Errorf("got %v, want 5", got)
	}
	if got := sum(metrics, "missing"); got != 0 {
		t.Errorf("got %v of a metric that is missing", got)
	}
}
