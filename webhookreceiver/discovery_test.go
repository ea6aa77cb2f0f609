// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// life is an asset's, from its creation to its deletion.
func life(id string, began time.Time) []string {
	at := func(n int) time.Time { return began.Add(time.Duration(n) * time.Second) }
	return []string{
		envelope("video.asset.created", at(0), fmt.Sprintf(`{"id":%q,"status":"preparing"}`, id)),
		envelope("video.asset.ready", at(1), fmt.Sprintf(`{"id":%q,"status":"ready","duration":1.5,"playback_ids":[{"id":"p","policy":"public"}]}`, id)),
		envelope("video.asset.updated", at(2), fmt.Sprintf(`{"id":%q,"status":"ready","duration":1.5,"passthrough":"new"}`, id)),
		envelope("video.asset.static_renditions.ready", at(3), fmt.Sprintf(`{"id":%q,"status":"ready","duration":1.5,"passthrough":"new","mp4_support":"standard","static_renditions":{"status":"ready","files":[{"name":"high.mp4"}]}}`, id)),
		envelope("video.asset.deleted", at(4), fmt.Sprintf(`{"id":%q,"status":"ready","duration":1.5,"passthrough":"new"}`, id)),
	}
}

// orders are all orders of n things.
func orders(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, shorter := range orders(n - 1) {
		for at := range n {
			order := append(append(append([]int{}, shorter[:at]...), n-1), shorter[at:]...)
			all = append(all, order)
		}
	}
	return all
}

// TestDiscoveryInAnyOrder delivers a life in all 120 orders, each event twice and spread over two replicas, without any object
// beforehand. Each asset gets one object, and all of them end the same, deleted.
func TestDiscoveryInAnyOrder(t *testing.T) {
	s := newStage(t, plane.Config)
	s.env.Spec.Discovery = &video.DiscoverySpec{Assets: true, Max: 1000}
	if err := s.Update(s.ctx, s.env); err != nil {
		t.Fatal(err)
	}
	replicas := []*replica{s.replica(), s.replica()}
	all, began := orders(5), time.Now().Add(-time.Hour).Truncate(time.Second)
	if len(all) != 120 {
		t.Fatalf("there are %d orders", len(all))
	}
	id := func(n int) string { return fmt.Sprintf("asset%03d00000000000000000000000000", n) }
	work := make(chan int)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for n := range work {
				events := life(id(n), began)
				for i, which := range append(all[n], all[n]...) {
					if response := replicas[(n+i)%2].post(s, "default", events[which]); response.Code != 200 {
						t.Errorf("order %v: event %d is answered %d %s", all[n], which, response.Code, response.Body)
					}
				}
			}
		})
	}
	for n := range all {
		work <- n
	}
	close(work)
	workers.Wait()
	s.sameEnds(len(all), id)
}

// sameEnds compares what has become of each asset.
func (s *stage) sameEnds(count int, id func(int) string) {
	s.Helper()
	var list video.MuxAssetList
	if err := s.List(s.ctx, &list, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	if len(list.Items) != count {
		s.Errorf("there are %d objects for %d assets", len(list.Items), count)
	}
	same, first := 0, ""
	for n := range count {
		asset := &video.MuxAsset{}
		if err := s.Get(s.ctx, client.ObjectKey{Namespace: s.namespace, Name: projection.MadeName("default", id(n))}, asset); err != nil {
			s.Error(err)
			continue
		}
		if asset.Status.State != projection.StateDeleted || asset.Status.Passthrough != "new" || asset.Status.ID != id(n) {
			s.Errorf("order %d ends as %+v", n, asset.Status)
		}
		for i := range asset.Status.Conditions {
			asset.Status.Conditions[i].LastTransitionTime.Reset()
		}
		data, err := json.Marshal(asset.Status)
		if err != nil {
			s.Fatal(err)
		}
		end := strings.ReplaceAll(string(data), id(n), "ID")
		if first == "" {
			first = end
		}
		if end == first {
			same++
		} else if same == n {
			s.Errorf("order %d ends as\n%s\nthe first as\n%s", n, end, first)
		}
	}
	s.Logf("%d of %d orders without an object beforehand end in one object each, deleted, with the same status", same, count)
	if same != count {
		s.Errorf("%d orders end otherwise", count-same)
	}
}
