// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"time"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// rate in events or patches a second.
func rate(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// learn sends two events and returns the patch that the operator made of the second. What it and the leader made of the first,
// all objects have from now on.
func (s *stage) learn(l *life, to *sender) (statusPatch, error) {
	s.prime = nil
	assets, err := s.assets(l, ours, 1)
	if err != nil {
		return nil, err
	}
	created := assets[0].DeepCopy()
	primed, err := s.after(assets, to, l.of(number(created), 0))
	if err != nil {
		return nil, err
	}
	if s.prime, err = patchBetween(created, primed); err != nil {
		return nil, err
	}
	told, err := s.after(assets, to, l.of(number(created), l.ready))
	if err != nil {
		return nil, err
	}
	return patchBetween(primed, told)
}

// after sends an event and returns the object when all has been made of it.
func (s *stage) after(assets []*video.MuxAsset, to *sender, body []byte) (*video.MuxAsset, error) {
	err := s.settled()
	if err == nil {
		err = to.must(body, 0)
	}
	if err == nil {
		err = s.settled()
	}
	if err == nil {
		err = s.read(assets)
	}
	return assets[0].DeepCopy(), err
}

// rawPatches patches fresh objects, so many at a time, and returns patches a second.
func (s *stage) rawPatches(l *life, patch statusPatch, n, at int) (float64, error) {
	assets, err := s.assets(l, raw, n)
	if err != nil {
		return 0, err
	}
	took, err := parallel(n, at, func(i int) error { return patch.apply(s, assets[i]) })
	return rate(n, took), err
}

// events sends one event for each of so many fresh objects, and returns events a second.
func (s *stage) events(l *life, to *sender, n, at int) (float64, error) {
	assets, err := s.assets(l, ours, n)
	if err == nil {
		err = s.settled()
	}
	if err != nil {
		return 0, err
	}
	bodies := make([][]byte, n)
	for i, asset := range assets {
		bodies[i] = l.of(number(asset), l.ready)
	}
	took, err := parallel(n, at, func(i int) error { return to.must(bodies[i], i) })
	return rate(n, took), err
}

// distinct compares single events for distinct objects with the loop of the patches that the operator makes of them.
func distinct(s *stage) error {
	l, err := newLife()
	if err != nil {
		return err
	}
	o, err := s.startOperator()
	if err != nil {
		return err
	}
	rows := [][]string{{"at a time", "raw patches/s", "events/s", "ratio", "rounds"}}
	for _, at := range []int{1, 8, 32} {
		to := newSender(at, o.path())
		patch, err := s.learn(l, to)
		if err != nil {
			return err
		}
		var raws, events, ratios []float64
		for range s.size(5, 1) { // in turn, so that whatever else the machine does touches both
			n := s.size(min(500*at, 900), 30)
			r, err := s.rawPatches(l, patch, n, at)
			if err != nil {
				return err
			}
			e, err := s.events(l, to, n, at)
			if err != nil {
				return err
			}
			s.say("%d at a time: %.0f raw patches/s, %.0f events/s", at, r, e)
			raws, events, ratios = append(raws, r), append(events, e), append(ratios, e/r)
		}
		to.close()
		rows = append(rows, []string{fmt.Sprint(at), fmt.Sprintf("%.0f", median(raws)), fmt.Sprintf("%.0f", median(events)), fmt.Sprintf("%.2f", median(ratios)), fmt.Sprintf("%.2f", ratios)})
	}
	s.table("Distinct objects: one event each, answered when durable", rows...)
	return nil
}

// burst sends all events of many lives, interleaved as they come when many videos are made at once, from a sender that behaves as Mux does.
func burst(s *stage) error {
	l, err := newLife()
	if err != nil {
		return err
	}
	o, err := s.startOperator()
	if err != nil {
		return err
	}
	objects := s.size(1000, 100)
	learner := newSender(1, o.path())
	defer learner.close()
	patch, err := s.learn(l, learner)
	if err != nil {
		return err
	}
	rows := [][]string{{"requests in flight", "raw patches/s", "durable in", "all answered in", "events/s", "ratio", "attempts per event", "API writes per event"}}
	for _, perObject := range []float64{0.25, 1, 4, perLife} { // how many events of an object are on their way at a time
		at := int(perObject * float64(objects))
		r, err := s.rawPatches(l, patch, objects, 32)
		if err != nil {
			return err
		}
		b, err := s.lives(l, o, objects, at)
		if err != nil {
			return err
		}
		rows = append(rows, []string{fmt.Sprint(at), fmt.Sprintf("%.0f", r), tenths(b.durable), tenths(b.took), fmt.Sprintf("%.0f", b.rate()), fmt.Sprintf("%.1f", b.rate()/r), fmt.Sprintf("%.2f", b.attempts()), fmt.Sprintf("%.2f", b.writesPerEvent())})
	}
	s.table(fmt.Sprintf("Bursts: %d events on each of %d objects, interleaved, from a sender that behaves as Mux does", perLife, objects), rows...)
	return nil
}

// lives sends all events of fresh objects' lives.
func (s *stage) lives(l *life, o *operator, objects, at int) (*drained, error) {
	assets, err := s.assets(l, ours, objects)
	if err == nil {
		err = s.settled()
	}
	if err != nil {
		return nil, err
	}
	return s.drain(l, o, assets, perLife, at)
}

// allReady reads the objects and expects that every event has taken effect.
func (s *stage) allReady(assets []*video.MuxAsset) error {
	if err := s.read(assets); err != nil {
		return err
	}
	for _, asset := range assets {
		if err := whole(asset); err != nil {
			return err
		}
	}
	return nil
}

// whole says what an asset lacks after all events of its life.
func whole(asset *video.MuxAsset) error {
	ready := 0
	for i := range asset.Status.Tracks {
		if asset.Status.Tracks[i].Status == "ready" {
			ready++
		}
	}
	for i := range asset.Status.StaticRenditions {
		if asset.Status.StaticRenditions[i].Status == "ready" {
			ready++
		}
	}
	title := ""
	if asset.Status.Meta != nil {
		title = asset.Status.Meta.Title
	}
	if asset.Status.State != "ready" || ready < 5 || title != lastTitle {
		return fmt.Errorf("%s is %s with the title %q and %d parts that are ready, want %q and 5", asset.Name, asset.Status.State, title, ready, lastTitle)
	}
	return nil
}
