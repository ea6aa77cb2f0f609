// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/mux-operator/mux-operator/internal/mux"
)

// TestPassedOver : events that change nothing are counted by type; what has an effect, was not verified or has no such type is
// not a value of that label.
func TestPassedOver(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := newMetrics(registry)
	now := time.Now()
	for kind, a := range map[string]answer{
		"video.asset.ready":                  ignored(reasonUnknownObject),
		"robots.job.summarize.completed":     ignored(reasonUnhandledType),
		"video.asset.created":                {200, "applied", ""},
		"video.asset.Painted{by=\"nobody\"}": ignored(reasonUnknownType),
		strings.Repeat("x", 1000):            ignored(reasonUnknownType),
	} {
		m.answered(a, &mux.Event{Type: kind}, now, now)
	}
	m.answered(answer{401, "", "wrong_signature"}, nil, now, now)
	want := `
# HELP mux_operator_webhook_passed_over_total Verified events that changed nothing for the reason given, by type of the event; other for what is no name of a type.
# TYPE mux_operator_webhook_passed_over_total counter
mux_operator_webhook_passed_over_total{reason="unhandled_type",type="robots.job.summarize.completed"} 1
mux_operator_webhook_passed_over_total{reason="unknown_object",type="video.asset.ready"} 1
mux_operator_webhook_passed_over_total{reason="unknown_type",type="other"} 2
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "mux_operator_webhook_passed_over_total"); err != nil {
		t.Error(err)
	}
}
