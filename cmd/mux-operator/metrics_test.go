// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// measured adds up the series of a metric that have these values among those of their labels: how often something happened, and what was
// measured of it. Of a counter or a gauge both are its value.
func measured(t *testing.T, registry prometheus.Gatherer, name string, values ...string) (count, sum float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			if f.GetName() != name || slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(labels, v) }) {
				continue
			}
			if h := m.GetHistogram(); h != nil {
				count, sum = count+float64(h.GetSampleCount()), sum+h.GetSampleSum()
				continue
			}
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue()
			count, sum = count+value, sum+value
		}
	}
	return count, sum
}

// measuring gives a replica a registry.
func measuring(registry *prometheus.Registry) func(*rest.Config, *options) {
	return func(_ *rest.Config, o *options) { o.registerer = registry }
}

// TestReceiverMetrics : two replicas are told of many objects, and then of one object at once. Each metric moves that tells of that.
func TestReceiverMetrics(t *testing.T) {
	t.Parallel()
	const assets, burst = 40, 25 // a status has room for 64 tracks
	tr := newTraffic(t, assets, &http.Transport{MaxIdleConnsPerHost: 64})
	registry, other := prometheus.NewRegistry(), prometheus.NewRegistry()
	one, two := tr.operator(tr.elected, measuring(registry)), tr.operator(tr.elected, measuring(other))
	at := func(r *replica) string { return strings.TrimPrefix(r.url, "http://") }
	all := sync.WaitGroup{}
	for n := range assets {
		all.Go(func() { tr.deliver(n, at(one)) })
	}
	all.Wait()
	for n := range burst { // all of the first asset
		all.Go(func() { tr.deliver((n+1)*assets, at(one)) })
		all.Go(func() { tr.deliver((n+1+burst)*assets, at(two)) })
	}
	all.Wait()
	applied, _ := measured(t, registry, "mux_operator_webhook_deliveries_total", "200", "applied", "asset")
	lags, lag := measured(t, registry, "mux_operator_webhook_lag_seconds")
	answers, _ := measured(t, registry, "mux_operator_webhook_answer_duration_seconds")
	batches, events := measured(t, registry, "mux_operator_commit_batch_size")
	conflicts, _ := measured(t, registry, "mux_operator_status_conflicts_total")
	others, _ := measured(t, other, "mux_operator_status_conflicts_total")
	conflicts += others // who comes second has one
	leftOut, _ := measured(t, registry, "mux_operator_kubernetes_events_left_out_total")
	// Each effect has one lag; on a busy machine the answer of one may be too late.
	if lags != assets+burst || applied == 0 || applied > lags || answers < lags || lag <= 0 || lag/lags > 60 {
		t.Errorf("%v events were applied, with %v lags of %v s together and %v answers; want %d", applied, lags, lag, answers, assets+burst)
	}
	if events < lags || batches >= events || batches < assets {
		t.Errorf("%v events went into %v batches", events, batches)
	}
	if conflicts == 0 || leftOut == 0 {
		t.Errorf("%v conflicts between two replicas; %v Kubernetes Events left out", conflicts, leftOut)
	}
	within(tr, soon, "all objects are counted", func() error {
		if n, _ := measured(t, registry, "mux_operator_objects", "MuxAsset"); n != assets {
			return fmt.Errorf("%v are", n)
		}
		return nil
	})
	t.Logf("%v events applied by one of two replicas in %v batches, %v conflicts, mean lag %.0f ms, %v Kubernetes Events left out", applied, batches, conflicts, 1000*lag/lags, leftOut)
}

// TestKeptMetric : the gauge follows what the committer tells of what is kept.
func TestKeptMetric(t *testing.T) {
	t.Parallel()
	registry, committer := prometheus.NewRegistry(), &commit.Committer{}
	instrument(committer, registry)
	for _, more := range []int{1, 1, -1} {
		committer.Kept(more)
	}
	if kept, _ := measured(t, registry, "mux_operator_commit_kept_objects"); kept != 1 {
		t.Errorf("%v objects are kept, want 1", kept)
	}
}

// TestMuxMetrics : more is asked of Mux than it allows, and it says so once. Each metric moves that tells of that.
func TestMuxMetrics(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	registry := prometheus.NewRegistry()
	s.webhooks(s.operator(measuring(registry), func(_ *rest.Config, o *options) { o.createRate, o.requestRate = 2, 10 }))
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	s.sim.SetFaults(muxsim.Faults{Throttle: []muxsim.Rule{{Method: "POST", Route: "/video/v1/assets", Times: 1, RetryAfter: time.Second}}})
	const assets = 16 // ten at once, of which the first is refused, and the others after it wait
	var all []*video.MuxAsset
	for n := range assets {
		all = append(all, s.managed(fmt.Sprintf("asset-%02d", n)))
	}
	for _, asset := range all {
		s.condition(asset, time.Minute, video.ConditionReady, metav1.ConditionTrue, "")
	}
	created, took := measured(t, registry, "mux_operator_api_request_duration_seconds", "POST", "/video/v1/assets", "201")
	refused, _ := measured(t, registry, "mux_operator_api_request_duration_seconds", "POST", "/video/v1/assets", "429")
	waits, waited := measured(t, registry, "mux_operator_api_wait_seconds", "create", "interactive")
	putOff, _ := measured(t, registry, "mux_operator_api_put_off_total", "create", "interactive")
	paused, _ := measured(t, registry, "mux_operator_api_paused_seconds_total")
	if created != assets || refused != 1 || took <= 0 {
		t.Errorf("%v creates are counted and %v refused, %v s together; want %d and 1", created, refused, took, assets)
	}
	if waits < assets || waited <= 0 || putOff == 0 || paused < 0.5 {
		t.Errorf("%v calls waited %v s, %v were put off, Mux had the environment wait for %v s", waits, waited, putOff, paused)
	}
	t.Logf("%v creates, %v refused; they waited %.1f s together, %v were put off, Mux had the environment wait for %.1f s", created, refused, waited, putOff, paused)
}
