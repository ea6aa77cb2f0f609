// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mux-operator/mux-operator/internal/commit"
)

// instrument counts what the committer, which the receiver and the controllers share, has to do, and bounds the Events that
// it writes.
func instrument(committer *commit.Committer, registerer prometheus.Registerer) {
	conflicts := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "mux_operator_status_conflicts_total",
		Help: "Writes of a status that met another one's and were done again on the newer object.",
	})
	batches := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "mux_operator_commit_batch_size",
		Help:    "Events of one object that went into one write.",
		Buckets: []float64{1, 2, 3, 5, 8, 13, 30, 100},
	})
	kept := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "mux_operator_commit_kept_objects",
		Help: "Objects that events are kept for until they are written, whose senders no longer wait.",
	})
	leftOut := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "mux_operator_kubernetes_events_left_out_total",
		Help: "Kubernetes Events that were not written because there were too many.",
	})
	if registerer != nil {
		registerer.MustRegister(conflicts, batches, kept, leftOut)
	}
	committer.Conflicts = conflicts.Inc
	committer.Recorder = commit.Sparing(committer.Recorder, leftOut.Inc)
	committer.Batched = func(changes int) { batches.Observe(float64(changes)) }
	committer.Kept = func(objects int) { kept.Add(float64(objects)) }
}
