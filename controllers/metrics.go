// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mux-operator/mux-operator/internal/mux"
)

// newRequestMetrics counts and times every call to Mux by method, route and status; status 0 is a call without an answer.
// Routes are templates, so their number is that of the client's methods.
func newRequestMetrics(registerer prometheus.Registerer) func(mux.Call) {
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "mux_operator_api_request_duration_seconds",
		Help:    "Time of requests to the Mux API, by method, route and HTTP status (0: no answer).",
		Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15},
	}, []string{"method", "route", "status"})
	if registerer != nil {
		registerer.MustRegister(requests)
	}
	return func(call mux.Call) {
		requests.WithLabelValues(call.Method, call.Route, strconv.Itoa(call.Status)).Observe(call.Elapsed.Seconds())
	}
}
