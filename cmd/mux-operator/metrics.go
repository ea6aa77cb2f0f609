// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mux-operator/mux-operator/internal/commit"
)

// instrument counts what the committer, which the receiver and the controllers share, has to do.
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
	if registerer != nil {
		registerer.MustRegister(conflicts, batches)
	}
	committer.Conflicts = conflicts.Inc
	committer.Batched = func(changes int) { batches.Observe(float64(changes)) }
}
