// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// killed has two replicas of which one is killed every two seconds, while events come without end.
func killed(s *stage) error {
	l, err := newLife()
	if err != nil {
		return err
	}
	flags := []string{"--leader-elect", "--leader-elect-resource-namespace", ours}
	var replicas [2]*operator
	for i := range replicas {
		if replicas[i], err = s.startOperator(flags...); err != nil {
			return err
		}
	}
	assets, err := s.assets(l, ours, s.size(2000, 60))
	if err != nil {
		return err
	}
	q, to := newMuxQueue(), newSender(64, replicas[0].path(), replicas[1].path())
	defer to.close()
	long := s.seconds(120, 4)
	spread(q, assets, long)
	began := time.Now()
	ctx, cancel := context.WithTimeout(s.ctx, 2*long+2*time.Minute)
	defer cancel()
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		q.deliver(ctx, l, to, 64)
	}()
	kills, err := s.killEvery(2*time.Second, long, replicas, flags)
	if err != nil {
		return err
	}
	<-delivered
	if q.open > 0 {
		return fmt.Errorf("%d events are not delivered: %s", q.open, to.told())
	}
	if err := s.allReady(assets); err != nil {
		return err
	}
	events, err := s.onceEach()
	if err != nil {
		return err
	}
	s.table(fmt.Sprintf("Two replicas, one killed every two seconds for %s", long),
		[]string{"kills", "events", "attempts", "delivered after", "missing in a status", "Kubernetes Events", "of them twice"},
		[]string{fmt.Sprint(kills), fmt.Sprint(len(assets) * perLife), fmt.Sprint(q.tries), time.Since(began).Round(time.Second).String(), "0", fmt.Sprint(events), "0"})
	s.say("%s", to.told())
	return nil
}

// spread all events of the assets over the time, in the order in which they happen.
func spread(q *muxQueue, assets []*video.MuxAsset, over time.Duration) {
	now, n := time.Now(), len(assets)*perLife
	for i := range n {
		due := now.Add(time.Duration(i) * over / time.Duration(n))
		q.add(&delivery{asset: number(assets[i/perLife]), event: i % perLife, due: due, wait: firstWait})
	}
}

// killEvery kills the replicas in turn, and starts each again at once.
func (s *stage) killEvery(every, long time.Duration, replicas [2]*operator, flags []string) (kills int, err error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < long; kills++ {
		<-tick.C
		victim := replicas[kills%2]
		if err := victim.kill(); err != nil {
			return kills, err
		}
		if err := s.runOperator(victim, flags...); err != nil {
			return kills, err
		}
	}
	return kills, nil
}

// once are the transitions that happen once in such a life. That all text tracks are ready may become true, and false again when
// another one is told of.
var once = []string{video.ConditionReady, video.ConditionPlayable, video.ConditionFinalized}

// onceEach counts the Kubernetes Events of these transitions and fails when one happened twice.
func (s *stage) onceEach() (int, error) {
	list := &eventsv1.EventList{}
	if err := s.client.List(s.ctx, list, client.InNamespace(ours)); err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for i := range list.Items {
		e := &list.Items[i]
		if e.Regarding.Kind != "MuxAsset" || !slices.Contains(once, e.Action) {
			continue
		}
		what := fmt.Sprint(e.Regarding.Name, " ", e.Action, " ", e.Reason)
		if seen[what] || e.Series != nil {
			return 0, fmt.Errorf("%s happened twice", what)
		}
		seen[what] = true
	}
	return len(seen), nil
}
