// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
)

// objectsCollector counts the objects of the cache as they change, so that a scrape costs the same whether there are ten or ten
// thousand, and copies none. Every replica counts the same.
type objectsCollector struct {
	objects *prometheus.Desc

	mu     sync.Mutex
	told   []toolscache.InformerSynced
	counts map[group]int
}

func newObjectsCollector() *objectsCollector {
	return &objectsCollector{counts: map[group]int{}, objects: prometheus.NewDesc("mux_operator_objects",
		"Objects by kind, state at Mux (empty while unknown), and the reason of their condition Ready.", []string{"kind", "state", "reason"}, nil)}
}

// watch the objects of a cache that has not started.
func (c *objectsCollector) watch(ctx context.Context, informers cache.Informers) error {
	told, err := commit.Watch(ctx, informers, c.change)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = told
	return err
}

// change counts an object no longer as what it was, but as what it is; nil is for none.
func (c *objectsCollector) change(was, is commit.Followed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if was != nil {
		before := groupOf(was)
		if c.counts[before]--; c.counts[before] == 0 {
			delete(c.counts, before)
		}
	}
	if is != nil {
		c.counts[groupOf(is)]++
	}
}

// Describe implements prometheus.Collector.
func (c *objectsCollector) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- c.objects }

// group is what objects are counted by.
type group struct{ kind, state, reason string }

// Collect implements prometheus.Collector. It tells nothing until all objects are counted that were there at first.
func (c *objectsCollector) Collect(metrics chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, all := range c.told {
		if !all() {
			return
		}
	}
	for g, n := range c.counts {
		metrics <- prometheus.MustNewConstMetric(c.objects, prometheus.GaugeValue, float64(n), g.kind, g.state, g.reason)
	}
}

func groupOf(o commit.Followed) (g group) {
	switch g.state = o.GetState(); o.(type) {
	case *video.MuxAsset:
		g.kind = "MuxAsset"
	case *video.MuxLiveStream:
		g.kind = "MuxLiveStream"
	case *video.MuxUpload:
		g.kind = "MuxUpload"
	}
	if ready := meta.FindStatusCondition(o.GetConditions(), video.ConditionReady); ready != nil {
		g.reason = ready.Reason
	}
	return g
}
