// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestTooLate : the body of a late create does not get out, in whole or in part, and the outcome is known.
func TestTooLate(t *testing.T) {
	var carriedOut atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Body.Read(make([]byte, 1<<20)); err == nil || r.ContentLength <= 0 {
			carriedOut.Add(1)
		}
		_, _ = w.Write([]byte(`{"data":{"id":"made"}}`))
	}))
	t.Cleanup(server.Close)
	c, err := New(Config{BaseURL: server.URL, Credentials: Credentials{TokenID: "id", TokenSecret: "secret"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{10, 200 << 10} {
		carriedOut.Store(0)
		request := CreateAssetRequest{AssetSettings: AssetSettings{Inputs: []Input{{URL: Secret("https://example.com/" + strings.Repeat("v", size))}}}}
		_, err := c.CreateAsset(WithTooLate(t.Context(), func() bool { return true }), request)
		if !IsTransient(err) || IsUnknownOutcome(err) || carriedOut.Load() != 0 {
			t.Errorf("%d bytes: %v, carried out %d times", size, err, carriedOut.Load())
		}
		if _, err := c.CreateAsset(WithTooLate(t.Context(), func() bool { return false }), request); err != nil {
			t.Errorf("%d bytes in time: %v", size, err)
		}
	}
}
