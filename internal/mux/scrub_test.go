// SPDX-License-Identifier: Apache-2.0

package mux

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestErrorRepeatsRequest : a server that repeats in its errors what it was sent gives away no secret of it.
func TestErrorRepeatsRequest(t *testing.T) {
	const address, key = "rtmp://example.com/canary-url", `canary-key/+"&`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, token, _ := r.BasicAuth()
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
			"type": token, "messages": []string{string(body), r.Header.Get("Authorization"), strings.Repeat("x", 290) + key, url.QueryEscape(key), "short"},
		}})
	}))
	defer server.Close()
	c, err := New(Config{BaseURL: server.URL, Credentials: Credentials{TokenID: "id", TokenSecret: "canary-token"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateLiveStream(t.Context(), CreateLiveStreamRequest{SimulcastTargets: []SimulcastTargetRequest{
		{URL: address, StreamKey: key, Passthrough: "kept"},
		{URL: "sho"}, // too short to be anything
	}})
	if !IsInvalid(err) || !strings.Contains(err.Error(), "kept") || !strings.Contains(err.Error(), "short") {
		t.Errorf("got %v", err)
	}
	for _, part := range []string{"canary-url", "canary-token", "canary-k", "aWQ6"} {
		if strings.Contains(err.Error(), part) {
			t.Errorf("%s is in %v", part, err)
		}
	}
}
