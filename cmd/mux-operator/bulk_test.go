// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// bulkSize is how many assets are applied at once: BULK_ASSETS, or a few, so that it is short.
func bulkSize(t *testing.T) int {
	t.Helper()
	text := os.Getenv("BULK_ASSETS")
	if text == "" {
		return 60
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("BULK_ASSETS is %q, want a number", text)
	}
	return n
}

// bulkScale multiplies what Mux allows, 5 creates and 25 others a second: less than a busy API server lets through, so that the limits
// are what counts.
const bulkScale = 5

// TestBulk applies many assets at once, and before them one that Mux refuses. Mux never sees more than it allows where the operator
// was told the right limits; where Mux allows less, a 429 is followed by a pause. All become Ready, none is made twice.
func TestBulk(t *testing.T) {
	t.Run("limits as they are", func(t *testing.T) {
		t.Parallel()
		b := newBulk(t, bulkScale, bulkScale)
		b.apply()
		if refused := b.refused(); len(refused) > 0 {
			t.Errorf("Mux answered 429 %d times", len(refused))
		}
		if got, most := b.busiest(), bulkScale+5*bulkScale; got > most {
			t.Errorf("%d creates in a second, a burst and a second's worth are %d", got, most)
		}
	})
	t.Run("limits that are half of what the operator was told", func(t *testing.T) {
		t.Parallel()
		b := newBulk(t, bulkScale/2., bulkScale)
		b.apply()
		refused := b.refused()
		if len(refused) == 0 && bulkSize(t) >= 500 { // a busy API server may let through less than Mux allows, for a while
			t.Error("Mux refused nothing")
		}
		var first time.Time // of an overrun
		for _, at := range refused {
			// Calls that were under way when the first 429 came belong to it, and make its pause no longer. The next comes after that.
			switch since := at.Sub(first); {
			case since <= underWay:
				continue
			case since < time.Second:
				t.Errorf("a 429, and %s later the next", since)
			}
			first = at
		}
		t.Logf("%d of the creates were answered 429", len(refused))
	})
}

// underWay is how long a call takes at most, here.
const underWay = 700 * time.Millisecond

// bulk is a stage for many assets.
type bulk struct {
	*stage
	invalid *video.MuxAsset
}

// newBulk sets the stage: what Mux allows, and what the operator was told that it does, as multiples of the usual.
func newBulk(t *testing.T, allowed, told float64) *bulk {
	t.Helper()
	b := &bulk{stage: newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond, RateScale: allowed})}
	unlimited := rest.CopyConfig(plane.Config)
	unlimited.QPS = -1 // all at once, whatever a client usually allows itself
	c, err := client.New(unlimited, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	b.Client = c
	b.webhooks(b.operator(func(_ *rest.Config, o *options) { o.createRate, o.requestRate = told, 5*told }))
	b.condition(b.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	return b
}

// apply creates all, waits for them, and prints how long that took.
func (b *bulk) apply() {
	b.Helper()
	size, began := bulkSize(b.T), time.Now()
	b.invalid = b.managed("invalid", func(a *video.MuxAsset) {
		a.Spec.Inputs = append(a.Spec.Inputs, video.AssetInput{URL: "https://example.com/t.vtt", Type: "text", LanguageCode: "!", TextType: "subtitles"})
	})
	var all errgroup.Group
	all.SetLimit(50)
	for i := range size {
		all.Go(func() error {
			asset := b.video(fmt.Sprintf("bulk-%03d", i))
			return b.Create(b.ctx, asset)
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
	applied := time.Since(began)
	var first time.Duration
	for ready := 0; ready != size; {
		if time.Since(began) > 10*time.Minute {
			b.Fatalf("%d of %d are Ready", ready, size)
		}
		time.Sleep(500 * time.Millisecond) // a look at all of them is work for the API server
		if ready = b.countReady(); ready > 0 && first == 0 {
			first = time.Since(began)
		}
	}
	b.Logf("%d assets applied in %.1f s; the first Ready after %.1f s, the last after %.1f s; the busiest second had %d creates",
		size, applied.Seconds(), first.Seconds(), time.Since(began).Seconds(), b.busiest())
	b.condition(b.invalid, soon, video.ConditionStalled, metav1.ConditionTrue, video.ReasonInvalid)
	made := 0
	for _, r := range b.creates() {
		if r.Status < 300 {
			made++
		}
	}
	if ids := b.sim.AssetIDs(muxsim.DefaultEnvironmentID); len(ids) != size || made != size {
		b.Errorf("Mux has %d assets by %d creates, want %d", len(ids), made, size)
	}
}

// countReady is how many of the assets are Ready; 0 where a busy API server did not say.
func (b *bulk) countReady() (ready int) {
	b.Helper()
	list := &video.MuxAssetList{}
	if err := b.List(b.ctx, list, client.InNamespace(b.namespace)); err != nil {
		b.Logf("not counted: %v", err)
		return 0
	}
	for i := range list.Items {
		if meta.IsStatusConditionTrue(list.Items[i].Status.Conditions, video.ConditionReady) {
			ready++
		}
	}
	return ready
}

// creates are those that Mux has seen, in order.
func (b *bulk) creates() (creates []muxsim.Request) {
	for _, r := range b.sim.Requests() {
		if r.Method == http.MethodPost && strings.HasPrefix(r.Route, "/video/") {
			creates = append(creates, r)
		}
	}
	return creates
}

// refused are the times of those that were answered 429.
func (b *bulk) refused() (times []time.Time) {
	for _, r := range b.creates() {
		if r.Status == http.StatusTooManyRequests {
			times = append(times, r.Time)
		}
	}
	return times
}

// busiest is the greatest number of creates within a second.
func (b *bulk) busiest() (most int) {
	creates, from := b.creates(), 0
	for i := range creates {
		for creates[i].Time.Sub(creates[from].Time) > time.Second {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}
