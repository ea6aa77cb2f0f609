// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestProbe : a probe waits for its answer, whoever's the certificate is, and its error has the last one.
func TestProbe(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	if err := probe(t.Context(), server.URL, http.StatusNotFound); err != nil {
		t.Errorf("the second answer is the right one: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := probe(ctx, server.URL, http.StatusOK); err == nil || !strings.Contains(err.Error(), "404 Not Found, not 200") {
		t.Errorf("the error does not say what was answered: %v", err)
	}
}
