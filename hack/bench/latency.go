// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// sightings are when a watch first showed each object as it is to be.
type sightings struct {
	isSo func(*video.MuxAsset) bool
	mu   sync.Mutex
	seen map[string]time.Time // by the object's name
	stop func()
}

// sight watches a namespace for objects that are so. An informer does it: where an API server ends a watch, as it does
// with who reads too slowly, it watches on from where it was.
func (s *stage) sight(namespace string, isSo func(*video.MuxAsset) bool) (*sightings, error) {
	objects, err := cache.New(s.plane.Config, cache.Options{
		Scheme: s.client.Scheme(), DefaultTransform: cache.TransformStripManagedFields(), DefaultNamespaces: map[string]cache.Config{namespace: {}},
	})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(s.ctx)
	v := &sightings{isSo: isSo, seen: map[string]time.Time{}, stop: stop}
	go func() { _ = objects.Start(ctx) }()
	informer, err := objects.GetInformer(ctx, &video.MuxAsset{})
	if err == nil {
		_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{AddFunc: v.note, UpdateFunc: func(_, now any) { v.note(now) }})
	}
	if err != nil {
		stop()
		return nil, err
	}
	return v, nil
}

func (v *sightings) note(object any) {
	asset, ok := object.(*video.MuxAsset)
	if !ok || !v.isSo(asset) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.seen[asset.Name]; !ok {
		v.seen[asset.Name] = time.Now()
	}
}

// since are the times from what was done for each object until it was seen. What is not seen within a minute is in the error.
func (v *sightings) since(s *stage, assets []*video.MuxAsset, began []time.Time) ([]time.Duration, error) {
	err := s.within(time.Minute, func() error { return v.all(assets) })
	v.stop()
	v.mu.Lock()
	defer v.mu.Unlock()
	times := make([]time.Duration, 0, len(assets))
	for i, asset := range assets {
		times = append(times, v.seen[asset.Name].Sub(began[i]))
	}
	return times, err
}

func (v *sightings) all(assets []*video.MuxAsset) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	missing, first := 0, ""
	for _, asset := range assets {
		if v.seen[asset.Name].IsZero() {
			missing++
			first = cmp.Or(first, asset.Name)
		}
	}
	if missing > 0 {
		return fmt.Errorf("the watch does not show %d of %d objects, %s for one", missing, len(assets), first)
	}
	return nil
}

// paced are fresh objects, as many as there are calls at a rate.
func (s *stage) paced(l *life, namespace string, perSecond int, long time.Duration) ([]*video.MuxAsset, error) {
	assets, err := s.assets(l, namespace, int(long.Seconds())*perSecond)
	if err == nil {
		err = s.settled()
	}
	return assets, err
}

// began does something for each object at a rate, whether or not what came before has ended, and returns when each began.
func began(perSecond int, assets []*video.MuxAsset, do func(*video.MuxAsset) error) ([]time.Time, error) {
	times, failed := make([]time.Time, len(assets)), make([]error, len(assets))
	atRate(perSecond, len(assets), func(i int) {
		times[i] = time.Now()
		failed[i] = do(assets[i])
	})
	return times, errors.Join(failed...)
}

// seenAfter does something for each of as many fresh objects as there are calls at a rate, and returns how long each took to be seen.
func (s *stage) seenAfter(l *life, namespace string, perSecond int, long time.Duration, do func(*video.MuxAsset) error) ([]time.Duration, error) {
	assets, err := s.paced(l, namespace, perSecond, long)
	if err != nil {
		return nil, err
	}
	v, err := s.sight(namespace, func(asset *video.MuxAsset) bool { return asset.Status.State == "ready" })
	if err != nil {
		return nil, err
	}
	times, err := began(perSecond, assets, do)
	if err != nil {
		return nil, err
	}
	return v.since(s, assets, times)
}

// latency compares the time from an event until a watch shows it with that of a raw patch, and tells how long answers take.
func latency(s *stage) error {
	l, err := newLife()
	if err != nil {
		return err
	}
	o, err := s.startOperator()
	if err != nil {
		return err
	}
	to := newSender(64, o.path())
	defer to.close()
	patch, err := s.learn(l, to)
	if err != nil {
		return err
	}
	var patched, told []time.Duration
	for range s.size(3, 1) { // in turn
		times, err := s.seenAfter(l, raw, 50, s.seconds(5, 1), func(asset *video.MuxAsset) error { return patch.apply(s, asset) })
		if err != nil {
			return err
		}
		patched = append(patched, times...)
		times, err = s.seenAfter(l, ours, 50, s.seconds(5, 1), func(asset *video.MuxAsset) error { return to.must(l.of(number(asset), l.ready), 0) })
		if err != nil {
			return err
		}
		told = append(told, times...)
	}
	s.table("Latency at 50 a second", compared(patched, told, "raw patch → watch", "event → watch")...)
	for _, perSecond := range []int{100, 200} {
		if err := s.answerTimes(l, o, patch, perSecond); err != nil {
			return err
		}
	}
	return nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// answerTimes compares the answers to so many events a second with those to as many raw patches. Where the API server takes fewer than
// that, both wait in a line that grows, and the figures tell how long it has become.
func (s *stage) answerTimes(l *life, o *operator, patch statusPatch, perSecond int) error {
	var mu sync.Mutex
	var patched []time.Duration
	assets, err := s.paced(l, raw, perSecond, s.seconds(10, 1))
	if err != nil {
		return err
	}
	if _, err := began(perSecond, assets, func(asset *video.MuxAsset) error {
		began := time.Now()
		err := patch.apply(s, asset)
		mu.Lock()
		defer mu.Unlock()
		patched = append(patched, time.Since(began))
		return err
	}); err != nil {
		return err
	}
	to := newSender(256, o.path())
	defer to.close()
	if assets, err = s.paced(l, ours, perSecond, s.seconds(10, 1)); err != nil {
		return err
	}
	if _, err := began(perSecond, assets, func(asset *video.MuxAsset) error { return to.must(l.of(number(asset), l.ready), 0) }); err != nil {
		return err
	}
	s.say("%d a second: %s", perSecond, to.told())
	s.table(fmt.Sprintf("Answers at %d a second", perSecond), compared(patched, to.times, "raw patch", "event")...)
	return nil
}

// compared are the rows of a table of two kinds of times.
func compared(raws, ours []time.Duration, names ...string) [][]string {
	rows := [][]string{{"", names[0], names[1], "ratio"}}
	for _, q := range []float64{0.5, 0.99} {
		r, e := quantile(raws, q), quantile(ours, q)
		rows = append(rows, []string{fmt.Sprintf("p%.0f", 100*q), ms(r), ms(e), fmt.Sprintf("%.2f", e.Seconds()/r.Seconds())})
	}
	return rows
}
