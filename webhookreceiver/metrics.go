// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"regexp"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mux-operator/mux-operator/internal/mux"
)

// metrics of the receiver. They have no labels of single objects or environments; a path is not one either, since anybody
// can call any path.
type metrics struct {
	deliveries *prometheus.CounterVec
	passedOver *prometheus.CounterVec
	duration   prometheus.Histogram
	lag        prometheus.Histogram
	// by stage, see stages
	inFlight, held [4]prometheus.Gauge
}

// lagBuckets go from what a webhook takes at its best, some ten milliseconds, over Mux's first redeliveries to what an outage
// leaves behind: Mux tries for a day.
var lagBuckets = []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 86400}

func newMetrics(registerer prometheus.Registerer) *metrics {
	m := &metrics{
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mux_operator_webhook_deliveries_total",
			Help: "Webhook requests by HTTP status, result, reason, and family of the event (empty where none was decoded).",
		}, []string{"status", "result", "reason", "family"}),
		passedOver: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mux_operator_webhook_passed_over_total",
			Help: "Verified events that changed nothing for the reason given, by type of the event; other for what is no name of a type.",
		}, []string{"type", "reason"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "mux_operator_webhook_answer_duration_seconds",
			Help:    "Time from the end of a request's header to its answer.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4},
		}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "mux_operator_webhook_lag_seconds",
			Help:    "Time from the creation of an event at Mux until its effect was durable.",
			Buckets: lagBuckets,
		}),
	}
	inFlight, held := newHeld()
	for i, stage := range stages {
		m.inFlight[i], m.held[i] = inFlight.WithLabelValues(stage), held.WithLabelValues(stage)
	}
	if registerer != nil {
		registerer.MustRegister(m.deliveries, m.passedOver, m.duration, m.lag, inFlight, held)
	}
	return m
}

// stages of a request, in the order of admission's gauge; a verified event is in one of the last two.
var stages = [4]string{"waiting", "unverified", "beyond_share", "verified"}

// newHeld are the gauges of what admission counts.
func newHeld() (inFlight, held *prometheus.GaugeVec) {
	inFlight = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "mux_operator_webhook_in_flight",
		Help: "Webhook requests: waiting for a signing secret or to be read, being read (unverified), verified but beyond what their environment may have in flight, and verified, worked on until their effect is durable.",
	}, []string{"stage"})
	held = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "mux_operator_webhook_held_bytes",
		Help: "Bytes of bodies that are held, by the same stages.",
	}, []string{"stage"})
	return inFlight, held
}

// answered counts an answer. event is nil where none was verified.
func (m *metrics) answered(a answer, event *mux.Event, began, now time.Time) {
	kind := ""
	if event != nil {
		kind = string(familyOf(event.Type))
	}
	m.deliveries.WithLabelValues(strconv.Itoa(a.status), a.result, a.reason, kind).Inc()
	if a.result == "ignored" && event != nil {
		m.passedOver.WithLabelValues(countedType(event.Type), a.reason).Inc()
	}
	m.duration.Observe(now.Sub(began).Seconds())
}

// effective measures how late the effect of an event has become durable that was created then.
func (m *metrics) effective(created, now time.Time) {
	if !created.IsZero() {
		m.lag.Observe(max(now.Sub(created).Seconds(), 0))
	}
}

// typeName is what a type looks like at Mux. Only verified events are counted by it, so its values are as many as Mux has.
var typeName = regexp.MustCompile(`^(video|robots)\.[a-z_.]{1,60}$`)

func countedType(eventType string) string {
	if typeName.MatchString(eventType) {
		return eventType
	}
	return "other"
}
