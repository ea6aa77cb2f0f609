// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// traffic are webhooks about assets of an environment that only receives, so that nothing but webhooks says anything of them. Each
// tells of one text track: what is lost is missing in a status, whatever came after it.
type traffic struct {
	*stage
	assets  int
	client  *http.Client
	mu      sync.Mutex
	answers map[string]int
	took    []time.Duration
	closed  int // answers with which the connection was closed
}

// trafficEnvironment is the id of the environment at Mux.
const trafficEnvironment = "traffic"

// perAsset is how many tracks each asset can take: a status has room for 64.
const perAsset = 60

func newTraffic(t *testing.T, assets int, transport *http.Transport) *traffic {
	t.Helper()
	s := newStage(t, muxsim.Options{}, func(env *video.MuxEnvironment) {
		env.Spec.CredentialsSecretRef, env.Spec.EnvironmentID = nil, trafficEnvironment
	})
	t.Cleanup(transport.CloseIdleConnections)
	tr := &traffic{stage: s, assets: assets, answers: map[string]int{}, client: &http.Client{Transport: transport, Timeout: 5 * time.Second}}
	for n := range assets {
		s.observed(trafficAsset(n), trafficAsset(n))
	}
	return tr
}

func trafficAsset(n int) string { return fmt.Sprintf("asset-%04d", n) }

func trafficTrack(n int) string { return fmt.Sprintf("track-%d", n) }

// body of the n-th event, which is about one asset after the other.
func (tr *traffic) body(n int) []byte {
	return fmt.Appendf(nil, `{"type":"video.asset.track.ready","id":"event-%d","created_at":%q,"object":{"type":"asset","id":%q},"environment":{"name":"Test","id":%q},`+
		`"data":{"id":%q,"asset_id":%q,"type":"text","text_type":"subtitles","language_code":"en","name":"n","status":"ready"}}`,
		n, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), trafficAsset(n%tr.assets), trafficEnvironment, trafficTrack(n), trafficAsset(n%tr.assets))
}

// send the n-th event to a receiver, and count the answer: its status, and the reason of one that is not 2xx. An error means that there
// was no answer.
func (tr *traffic) send(address string, n int) (status int, err error) {
	body := tr.body(n)
	request, err := http.NewRequestWithContext(tr.ctx, http.MethodPost, "http://"+address+"/webhooks/"+tr.namespace+"/"+tr.env.Name, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Mux-Signature", muxsim.Sign(signingSecret, body, time.Now()))
	began := time.Now()
	response, err := tr.client.Do(request)
	if err != nil {
		tr.count(fmt.Sprintf("no answer: %v", err), time.Since(began), false)
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	kind := fmt.Sprint(response.StatusCode)
	if response.StatusCode != http.StatusOK || !strings.Contains(string(text), `"applied"`) {
		kind += " " + strings.TrimSpace(string(text))
	}
	tr.count(kind, time.Since(began), response.Close)
	return response.StatusCode, err
}

func (tr *traffic) count(kind string, took time.Duration, closed bool) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.answers[kind]++
	tr.took = append(tr.took, took)
	if closed {
		tr.closed++
	}
}

// told are the answers so far, and how long they took.
func (tr *traffic) told() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var kinds []string
	for kind, n := range tr.answers {
		kinds = append(kinds, fmt.Sprintf("%d × %s", n, kind))
	}
	slices.Sort(kinds)
	slices.Sort(tr.took)
	at := func(q float64) time.Duration {
		return tr.took[int(q*float64(len(tr.took)-1))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("%s; p50 %s, p99 %s, at most %s", strings.Join(kinds, ", "), at(0.5), at(0.99), at(1))
}

// missing are those of the first n events of which no status tells.
func (tr *traffic) missing(n int) (missing []string) {
	tr.Helper()
	var list video.MuxAssetList
	if err := tr.List(tr.ctx, &list, client.InNamespace(tr.namespace)); err != nil {
		tr.Fatal(err)
	}
	there := map[string]bool{}
	for i := range list.Items {
		for _, track := range list.Items[i].Status.Tracks {
			there[track.ID] = true
		}
	}
	for event := range n {
		if !there[trafficTrack(event)] {
			missing = append(missing, trafficTrack(event))
		}
	}
	return missing
}
