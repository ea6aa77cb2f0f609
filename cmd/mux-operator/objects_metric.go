// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
)

// objectsCollector counts the objects in the cache when somebody asks, so that nothing has to be kept up to date in between. Every
// replica counts the same.
type objectsCollector struct {
	cache   client.Reader
	objects *prometheus.Desc
}

func newObjectsCollector(cache client.Reader) *objectsCollector {
	return &objectsCollector{cache: cache, objects: prometheus.NewDesc("mux_operator_objects",
		"Objects by kind, state at Mux (empty while unknown), and the reason of their condition Ready.", []string{"kind", "state", "reason"}, nil)}
}

// Describe implements prometheus.Collector.
func (c *objectsCollector) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- c.objects }

// scrapeTimeout bounds the count; it waits only while the cache syncs.
const scrapeTimeout = time.Second

// group is what objects are counted by.
type group struct{ kind, state, reason string }

// Collect implements prometheus.Collector. A kind that cannot be listed, since the cache has not synced, is left out.
func (c *objectsCollector) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	counts := map[group]int{}
	for _, list := range []client.ObjectList{&video.MuxAssetList{}, &video.MuxLiveStreamList{}, &video.MuxUploadList{}} {
		if err := c.cache.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			continue
		}
		for _, o := range commit.Items(list) {
			counts[groupOf(o)]++
		}
	}
	for g, n := range counts {
		metrics <- prometheus.MustNewConstMetric(c.objects, prometheus.GaugeValue, float64(n), g.kind, g.state, g.reason)
	}
}

func groupOf(o commit.Followed) (g group) {
	switch o := o.(type) {
	case *video.MuxAsset:
		g.kind, g.state = "MuxAsset", o.Status.State
	case *video.MuxLiveStream:
		g.kind, g.state = "MuxLiveStream", o.Status.State
	case *video.MuxUpload:
		g.kind, g.state = "MuxUpload", o.Status.State
	}
	if ready := meta.FindStatusCondition(o.GetConditions(), video.ConditionReady); ready != nil {
		g.reason = ready.Reason
	}
	return g
}
