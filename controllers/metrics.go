// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strconv"
	"time"

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

// budgetMetrics tell what the limits of Mux cost in time.
type budgetMetrics struct {
	waits  *prometheus.HistogramVec
	putOff *prometheus.CounterVec
	paused prometheus.Counter
}

func newBudgetMetrics(registerer prometheus.Registerer) *budgetMetrics {
	labels := []string{"class", "priority"}
	m := &budgetMetrics{
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "mux_operator_api_wait_seconds",
			Help:    "Time that calls to Mux waited for the budget of their environment, by class (create or other) and priority.",
			Buckets: []float64{0.001, 0.1, 0.5, 1, 2, 5, 15, 60, 300},
		}, labels),
		putOff: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mux_operator_api_put_off_total",
			Help: "Calls to Mux that were not sent because their turn would have come too late; their objects come again, and say Throttled.",
		}, labels),
		paused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mux_operator_api_paused_seconds_total",
			Help: "Seconds for which Mux had environments wait, by 429 or by its headers, summed over environments.",
		}),
	}
	if registerer != nil {
		registerer.MustRegister(m.waits, m.putOff, m.paused)
	}
	for _, class := range []mux.Class{mux.ClassCreate, mux.ClassOther} { // from zero, so that the first one is an increase
		for _, priority := range []mux.Priority{mux.Interactive, mux.Background} {
			m.putOff.WithLabelValues(class.String(), priority.String())
		}
	}
	return m
}

// Waited implements mux.BudgetObserver.
func (m *budgetMetrics) Waited(class mux.Class, priority mux.Priority, wait time.Duration) {
	m.waits.WithLabelValues(class.String(), priority.String()).Observe(wait.Seconds())
}

// PutOff implements mux.BudgetObserver.
func (m *budgetMetrics) PutOff(class mux.Class, priority mux.Priority) {
	m.putOff.WithLabelValues(class.String(), priority.String()).Inc()
}

// Paused implements mux.BudgetObserver.
func (m *budgetMetrics) Paused(longer time.Duration) { m.paused.Add(longer.Seconds()) }

// What a sweep finds of an object: what webhooks had told as well, something that they had not, that it is gone, or that it cannot be
// read or its status not be written.
const (
	foundNothingNew = "nothing_new"
	foundChange     = "change"
	foundGone       = "gone"
	foundRefused    = "refused"
)

func newSweepMetrics(registerer prometheus.Registerer) *prometheus.CounterVec {
	found := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mux_operator_sweep_objects_total",
		Help: "Objects that repair sweeps have read at Mux, by kind and what they found.",
	}, []string{"kind", "found"})
	if registerer != nil {
		registerer.MustRegister(found)
	}
	for _, k := range kinds { // from zero as well
		for _, what := range []string{foundNothingNew, foundChange, foundGone, foundRefused} {
			found.WithLabelValues(k.name(), what)
		}
	}
	return found
}
