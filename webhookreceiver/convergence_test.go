// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
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

// workload is a life of assets that is delivered in all orders.
type workload struct {
	name   string
	events int // of the life, counted from its creation
	// discovered assets have no object beforehand.
	discovered bool
	state      string // in the end
}

// TestConvergence delivers lives in all orders, each event twice and spread over two replicas that share an API server. All
// orders of a life have to end with the same status, the one of the documented order. Beside that stands what becomes of a
// mirror that writes down each event as it comes.
func TestConvergence(t *testing.T) {
	table := &strings.Builder{}
	columns := tabwriter.NewWriter(table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "workload\torders\tlast write wins\tmux-operator")
	for _, w := range []workload{
		{"four events of an asset", 4, false, projection.StateReady},
		{"and its deletion", 5, false, projection.StateDeleted},
		{"the same, without an object beforehand", 5, true, projection.StateDeleted},
	} {
		t.Run(w.name, func(t *testing.T) {
			all := orders(w.events)
			right := w.play(newStage(t, plane.Config), all)
			fmt.Fprintf(columns, "%s\t%d\t%d\t%d\n", w.name, len(all), mirrored(all), right)
			if right != len(all) {
				t.Errorf("%d of %d orders end right", right, len(all))
			}
		})
	}
	if err := columns.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("orders that end with the newest state:\n%s", table)
}

// mirrored counts the orders after which a mirror that the last to arrive wins shows the newest event.
func mirrored(all [][]int) (right int) {
	for _, order := range all {
		row := -1
		for _, event := range order {
			row = event
		}
		if row == len(order)-1 {
			right++
		}
	}
	return right
}

// play delivers the life of one asset for each order and counts those that end right.
func (w workload) play(s *stage, all [][]int) int {
	s.Helper()
	id := func(n int) string { return fmt.Sprintf("asset%03d00000000000000000000000000", n) }
	if w.discovered {
		s.discover()
	} else {
		for n := range all {
			s.asset(fmt.Sprint("order-", n), "default", id(n))
		}
	}
	replicas := []*replica{s.replica(), s.replica()}
	began := time.Now().Add(-time.Hour).Truncate(time.Second)
	work := make(chan int)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for n := range work {
				events := life(id(n), began)
				again := slices.Clone(all[n])
				slices.Reverse(again)
				for i, which := range slices.Concat(all[n], again) {
					if response := replicas[(n+i)%2].post(s, "default", events[which]); response.Code != 200 {
						s.Errorf("order %v: event %d is answered %d %s", all[n], which, response.Code, response.Body)
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
	return w.sameEnds(s, all, id)
}

// sameEnds counts the assets that have one object each, in the state in which the life ends and with the status that the
// documented order gives.
func (w workload) sameEnds(s *stage, all [][]int, id func(int) string) (same int) {
	s.Helper()
	var list video.MuxAssetList
	if err := s.List(s.ctx, &list, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	if len(list.Items) != len(all) {
		s.Errorf("there are %d objects for %d assets", len(list.Items), len(all))
	}
	objects := map[string]*video.MuxAsset{}
	for i := range list.Items {
		objects[list.Items[i].Status.ID] = &list.Items[i]
	}
	documented := objects[id(slices.IndexFunc(all, slices.IsSorted[[]int]))]
	if documented == nil {
		s.Fatal("the asset whose events came in order has no object")
	}
	want := s.endOf(documented)
	for n, order := range all {
		asset := objects[id(n)]
		if asset == nil {
			s.Errorf("asset %d has no object", n)
			continue
		}
		if end := s.endOf(asset); end != want || asset.Status.State != w.state || asset.Status.Passthrough != "new" {
			s.Logf("order %v ends as\n%s\nthe documented one as\n%s", order, end, want)
			continue
		}
		same++
	}
	return same
}

// endOf is an asset's status but for its id and the times of transitions.
func (s *stage) endOf(asset *video.MuxAsset) string {
	s.Helper()
	for i := range asset.Status.Conditions {
		asset.Status.Conditions[i].LastTransitionTime.Reset()
	}
	data, err := json.Marshal(asset.Status)
	if err != nil {
		s.Fatal(err)
	}
	return strings.ReplaceAll(string(data), asset.Status.ID, "ID")
}
