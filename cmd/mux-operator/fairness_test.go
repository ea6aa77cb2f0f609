// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// failing carries the requests to Mux, but for changes of some assets, which are answered 503.
type failing struct {
	of     atomic.Pointer[[]string] // their ids
	failed atomic.Int32
}

func (f *failing) RoundTrip(request *http.Request) (*http.Response, error) {
	if ids := f.of.Load(); ids != nil && request.Method != http.MethodGet {
		for _, id := range *ids {
			if strings.Contains(request.URL.Path, id) {
				f.failed.Add(1)
				return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("away")), Request: request}, nil
			}
		}
	}
	return http.DefaultTransport.RoundTrip(request)
}

// TestOneFailing has Mux fail for a few objects, more than there are workers, while many others are changed. The others do not wait for
// them, and those that fail are tried with growing pauses, and go on when Mux does.
func TestOneFailing(t *testing.T) {
	t.Parallel()
	const bad, good = 10, 20
	s := newStage(t, muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	faulty := &failing{}
	s.webhooks(s.operator(func(_ *rest.Config, o *options) { o.transport, o.createRate, o.requestRate = faulty, 20, 100 }))
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	var all []*video.MuxAsset
	for i := range bad + good {
		all = append(all, s.managed(fmt.Sprintf("asset-%02d", i)))
	}
	var ids []string
	for i, asset := range all {
		s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
		if i < bad {
			ids = append(ids, asset.Status.ID)
		}
	}
	faulty.of.Store(&ids)
	title := "changed"
	began := time.Now()
	for _, asset := range all { // those that fail come first
		patch(s, asset, func(a *video.MuxAsset) { a.Spec.Meta = &video.AssetMeta{Title: &title} })
	}
	changed := func(asset *video.MuxAsset) {
		t.Helper()
		s.until(asset, soon, asset.Name+" is changed", func() error {
			if asset.Status.Meta == nil || asset.Status.Meta.Title != title {
				return errStatus{&asset.Status}
			}
			return nil
		})
	}
	for _, asset := range all[bad:] {
		changed(asset)
	}
	took := time.Since(began)
	for _, asset := range all[:bad] {
		s.condition(asset, soon, video.ConditionSynced, metav1.ConditionFalse, video.ReasonMuxUnavailable)
	}
	time.Sleep(max(0, 5*time.Second-time.Since(began)))
	tries, elapsed := faulty.failed.Load(), time.Since(began)
	// From 100 ms on each pause is twice as long as the last: within t there are log2(t/100ms) + 2 tries, seven in 5 s and ten in 50 s.
	if most := int32(bad * 10); tries > most || elapsed > 50*time.Second {
		t.Errorf("in %s those that fail were tried %d times, want at most %d", elapsed, tries, most)
	}
	faulty.of.Store(nil)
	for _, asset := range all[:bad] {
		changed(asset)
		s.condition(asset, soon, video.ConditionReady, metav1.ConditionTrue, "")
	}
	t.Logf("beside %d that fail, %d changes took %.1f s; those that fail were tried %d times in %.1f s", bad, good, took.Seconds(), tries, elapsed.Seconds())
}
