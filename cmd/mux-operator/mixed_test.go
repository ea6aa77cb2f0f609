// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// buildNext builds the operator as the next release will be whose statuses this one cannot join: one constant is another.
func buildNext(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "api", "v1alpha1", "conditions.go"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	constant := regexp.MustCompile(`(?m)^const ProjectionVersion = .*$`)
	next := constant.ReplaceAll(source, fmt.Appendf(nil, "const ProjectionVersion = %d", video.ProjectionVersion+1))
	replaced, overlay := filepath.Join(t.TempDir(), "conditions.go"), filepath.Join(t.TempDir(), "overlay.json")
	for name, data := range map[string][]byte{replaced: next, overlay: []byte(mustJSON(map[string]any{"Replace": map[string]string{path: replaced}}))} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if bytes.Equal(next, source) {
		t.Fatal("there is no such constant")
	}
	return build(t, "-overlay", overlay)
}

// statusWrites are what a replica has written into statuses.
type statusWrites struct {
	mu                 sync.Mutex
	written, conflicts int
	ofNewer            []string // names of objects that have a status of a newer release after the write
}

// noting notes the status writes of a replica.
func (w *statusWrites) noting(config *rest.Config, _ *options) {
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			if request.Method == http.MethodGet || !strings.HasSuffix(request.URL.Path, "/status") || !strings.Contains(request.URL.Path, "/muxassets/") {
				return next.RoundTrip(request)
			}
			request = request.Clone(request.Context())
			request.Header.Set("Accept", "application/json") // the whole object, where the operator asks for its metadata
			response, err := next.RoundTrip(request)
			if err == nil {
				err = w.note(response)
			}
			return response, err
		})
	})
}

func (w *statusWrites) note(response *http.Response) error {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	var asset video.MuxAsset
	switch {
	case response.StatusCode == http.StatusConflict:
		w.conflicts++
	case response.StatusCode == http.StatusOK && json.Unmarshal(body, &asset) == nil:
		w.written++
		if asset.Status.ProjectionVersion > video.ProjectionVersion {
			w.ofNewer = append(w.ofNewer, asset.Name)
		}
	}
	return nil
}

// history is what a watch tells of the assets.
type history struct {
	mu       sync.Mutex
	writes   int
	last     time.Time
	versions map[string]int32
	tracks   map[string][]video.TrackStatus
	erased   []string
}

// histories watches the assets of the stage.
func (s *stage) histories() *history {
	s.Helper()
	c, err := client.NewWithWatch(s.plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		s.Fatal(err)
	}
	w, err := c.Watch(s.ctx, &video.MuxAssetList{}, client.InNamespace(s.namespace))
	if err != nil {
		s.Fatal(err)
	}
	h := &history{versions: map[string]int32{}, tracks: map[string][]video.TrackStatus{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for event := range w.ResultChan() {
			if asset, ok := event.Object.(*video.MuxAsset); ok {
				h.tell(asset)
			}
		}
	}()
	s.Cleanup(func() { w.Stop(); <-done })
	return h
}

// tell of a version of an asset: what an earlier one had is still there.
func (h *history) tell(asset *video.MuxAsset) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writes++
	h.last = time.Now()
	if version := asset.Status.ProjectionVersion; version < h.versions[asset.Name] {
		h.erased = append(h.erased, fmt.Sprintf("%s went from version %d to %d", asset.Name, h.versions[asset.Name], version))
	}
	there := map[string]bool{}
	for _, track := range asset.Status.Tracks {
		there[track.ID] = true
	}
	for _, track := range h.tracks[asset.Name] {
		if !there[track.ID] {
			h.erased = append(h.erased, asset.Name+" lost "+track.ID)
		}
	}
	h.versions[asset.Name], h.tracks[asset.Name] = asset.Status.ProjectionVersion, asset.Status.Tracks
}

// rests waits until nothing has been written for a while.
func (h *history) rests(s *stage, quiet time.Duration) (writes int) {
	s.Helper()
	within(s, soon, "nothing is written any more", func() error {
		h.mu.Lock()
		defer h.mu.Unlock()
		if since := time.Since(h.last); since < quiet {
			return fmt.Errorf("the %d-th write was %s ago", h.writes, since)
		}
		writes = h.writes
		return nil
	})
	return writes
}

// of counts the objects by the version of their statuses.
func (h *history) of() map[int32]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	counts := map[int32]int{}
	for _, version := range h.versions {
		counts[version]++
	}
	return counts
}

// deliver sends the n-th event as Mux does, to whichever replica, of one asset to another each time, until it is answered 2xx.
func (tr *traffic) deliver(n int, replicas ...string) {
	for try := range 100 {
		if status, err := tr.send(replicas[(n+n/tr.assets+try)%len(replicas)], n); err == nil && status == http.StatusOK {
			return
		}
		time.Sleep(50 * time.Millisecond) // Mux waits for longer
	}
	tr.Errorf("event %d is not accepted", n)
}

// TestMixedVersions runs this release beside the next one, whose statuses it cannot join, under load over the same objects: what the next one has
// written stays, whatever the other is told, and once the events end nothing is written any more.
func TestMixedVersions(t *testing.T) {
	t.Parallel()
	const assets, events, idle = 20, 600, 3
	tr := newTraffic(t, assets, &http.Transport{MaxIdleConnsPerHost: 16})
	own, next := int32(video.ProjectionVersion), int32(video.ProjectionVersion+1)
	h, older := tr.histories(), &statusWrites{}
	first := tr.operator(older.noting, func(_ *rest.Config, o *options) {
		o.leaderElection, o.leaderElectionNamespace, o.leaderElectionID = true, tr.namespace, leaderElectionID
	})
	olderAt := strings.TrimPrefix(first.url, "http://")
	send := func(from, to int, replicas ...string) {
		var all sync.WaitGroup
		gate := make(chan struct{}, 16)
		for n := from; n < to; n++ {
			if to > assets && n%assets < idle && n >= assets {
				continue // these get events at the beginning and in the end alone
			}
			gate <- struct{}{}
			all.Go(func() {
				defer func() { <-gate }()
				tr.deliver(n, replicas...)
			})
		}
		all.Wait()
	}
	send(0, events/3, olderAt)
	if versions := h.of(); h.rests(tr.stage, 500*time.Millisecond) == 0 || versions[next] != 0 {
		t.Errorf("before the upgrade the statuses have the versions %v", versions)
	}
	newer, _ := tr.runs(buildNext(t), "--leader-elect", "--leader-elect-resource-namespace", tr.namespace)
	send(events/3, events, olderAt, newer.receiver)
	writes := h.rests(tr.stage, 2*time.Second)
	if versions := h.of(); versions[next] != assets-idle || versions[own] != idle {
		t.Errorf("side by side the statuses have the versions %v, want %d of the next one", versions, assets-idle)
	}
	if most := events + 6*assets; writes > most {
		t.Errorf("%d events over %d objects were written %d times, want at most %d", events, assets, writes, most)
	}
	first.stop() // the next release leads
	for n := events; n < events+assets; n++ {
		if n%assets < idle {
			tr.deliver(n, newer.receiver)
		}
	}
	h.rests(tr.stage, 2*time.Second)
	if versions := h.of(); versions[next] != assets {
		t.Errorf("after the upgrade the statuses have the versions %v", versions)
	}
	if len(h.erased) > 0 || len(older.ofNewer) > 0 {
		t.Errorf("erased: %v; the older release wrote into the newer statuses of %v", h.erased, older.ofNewer)
	}
	if older.written == 0 || older.conflicts == 0 || tr.answers[`503 {"reason":"newer_version","error":"not now; send the event again"}`] == 0 {
		t.Errorf("the test shows too little: the older release wrote %d statuses and met %d conflicts; %s", older.written, older.conflicts, tr.told())
	}
	t.Logf("%d events over %d objects, %d writes by the end of the events and %d in all; the older release wrote %d and met %d conflicts; %s",
		events, assets, writes, h.writes, older.written, older.conflicts, tr.told())
}
