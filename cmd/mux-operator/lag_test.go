// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// lag delays everything that a watch tells.
const lag = 3 * time.Second

// elected makes a replica compete for the stage's own Lease.
func (s *stage) elected(_ *rest.Config, o *options) {
	o.leaderElection, o.leaderElectionNamespace, o.leaderElectionID = true, s.namespace, "operator"
}

// lagging delays the watches of a replica's cache.
func lagging(config *rest.Config, _ *options) {
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			response, err := next.RoundTrip(request)
			if err == nil && request.URL.Query().Get("watch") != "" {
				response.Body = delayed(response.Body)
			}
			return response, err
		})
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// delayed gives every byte of a stream on a while after it came.
func delayed(body io.ReadCloser) io.ReadCloser {
	type chunk struct {
		data []byte
		due  time.Time
		err  error
	}
	chunks := make(chan chunk, 1024)
	go func() {
		for {
			buffer := make([]byte, 32<<10)
			n, err := body.Read(buffer)
			chunks <- chunk{buffer[:n], time.Now().Add(lag), err}
			if err != nil {
				return
			}
		}
	}()
	reader, writer := io.Pipe()
	go func() {
		for c := range chunks {
			time.Sleep(time.Until(c.due))
			if _, err := writer.Write(c.data); err != nil {
				return
			}
			if c.err != nil {
				writer.CloseWithError(c.err)
				return
			}
		}
	}()
	return struct {
		io.Reader
		io.Closer
	}{reader, closers{body, reader}}
}

type closers []io.Closer

func (all closers) Close() (err error) {
	for _, c := range all {
		if e := c.Close(); e != nil {
			err = e
		}
	}
	return err
}

// TestLaggingReceiver sends all webhooks to a replica whose cache is three seconds behind, while objects are made.
func TestLaggingReceiver(t *testing.T) {
	t.Parallel()
	s := newStage(t, muxsim.Options{ReadyAfter: 300 * time.Millisecond})
	s.operator(s.elected)
	s.condition(s.env, soon, video.ConditionReady, metav1.ConditionTrue, "")
	behind := s.operator(s.elected, lagging)
	time.Sleep(lag + time.Second) // the cache of the lagging replica knows the environment and nothing else
	s.webhooks(behind)

	created := s.managed("created")
	s.until(created, soon, "created at Mux", func() error {
		if created.Status.ID == "" {
			return fmt.Errorf("no id")
		}
		return nil
	})
	// An asset of somebody else's, imported while it is being prepared: its ready event comes before the cache shows the object.
	other := newAssetAtMux(s)
	imported := s.observed("imported", other)
	began := time.Now()
	for _, asset := range []*video.MuxAsset{created, imported} {
		s.condition(asset, 40*time.Second-time.Since(began), video.ConditionReady, metav1.ConditionTrue, video.ReasonReady)
	}
	t.Logf("both were ready after %s", time.Since(began).Round(100*time.Millisecond))
	results := map[string]int{}
	for _, d := range s.sim.Deliveries() {
		results[fmt.Sprintf("%s: %d %s", d.Type, d.Status, strings.TrimSpace(string(d.Answer)))]++
	}
	t.Logf("the lagging receiver answered %v", results)
}

// newAssetAtMux makes an asset as somebody else would, and returns its id.
func newAssetAtMux(s *stage) string {
	s.Helper()
	body := strings.NewReader(`{"inputs":[{"url":"https://example.com/other.mp4"}],"playback_policies":["public"]}`)
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.sim.URL()+"/video/v1/assets", body)
	if err != nil {
		s.Fatal(err)
	}
	request.SetBasicAuth(muxsim.DefaultTokenID, muxsim.DefaultTokenSecret)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Data struct{ ID string } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Data.ID == "" {
		s.Fatalf("the simulator answered %d, %v", response.StatusCode, err)
	}
	return answer.Data.ID
}
