// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lines is a writer that several goroutines may use.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestRun(t *testing.T) {
	delivered := make(chan string, 10)
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		delivered <- r.Header.Get("Mux-Signature")
	}))
	defer target.Close()
	ctx, cancel := context.WithCancel(t.Context())
	log, started, ended := &lines{}, make(chan string, 1), make(chan error, 1)
	args := []string{
		"--addr", "127.0.0.1:0", "--environment-id", "j0863n", "--token-id", "an-id", "--token-secret", "canary-token",
		"--webhook", "j0863n=" + target.URL + "/?key=canary-address", "--webhook-secret", "canary-signing",
	}
	go func() { ended <- run(ctx, args, log, func(url string) { started <- url }) }()
	request, err := http.NewRequest("POST", <-started+"/video/v1/assets", strings.NewReader(`{"inputs":["https://example.com/canary-input"]}`))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("an-id", "canary-token")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Errorf("POST of an asset: %d", response.StatusCode)
	}
	select {
	case signature := <-delivered:
		if !strings.HasPrefix(signature, "t=") {
			t.Errorf("signature %q", signature)
		}
	case <-time.After(10 * time.Second):
		t.Error("no webhook came")
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("run ended with %v", err)
	}
	for _, want := range []string{"msg=listening", "msg=request", "msg=stopping"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in the log:\n%s", want, log)
		}
	}
	if strings.Contains(log.String(), "canary") {
		t.Errorf("a secret in the log:\n%s", log)
	}
}

func TestRunRefusesAddressInUse(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	err := run(t.Context(), []string{"--addr", taken.Listener.Addr().String()}, io.Discard, func(string) { t.Error("listening") })
	if err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("got %v", err)
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, want string
		args       []string
	}{
		{"defaults", "", nil},
		{"webhook", "", []string{"--webhook", "simenv=https://example.com/?a=b", "--webhook-secret", "s"}},
		{"webhook without secret", "--webhook-secret", []string{"--webhook", "simenv=https://example.com/"}},
		{"webhook of another environment", "--environment-id", []string{"--webhook", "other=https://example.com/", "--webhook-secret", "s"}},
		{"webhook without environment", "ENVIRONMENT=URL", []string{"--webhook", "https://example.com/"}},
		{"webhook without URL", "ENVIRONMENT=URL", []string{"--webhook", "simenv=/hook"}},
		{"empty token", "--token-secret", []string{"--token-secret", ""}},
		{"broadcast in no time", "--live-scale", []string{"--live-scale", "0"}},
		{"argument", "flags only", []string{"serve"}},
		{"unknown flag", "not defined", []string{"--port", "1"}},
		{"help", flag.ErrHelp.Error(), []string{"--help"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := parse(tt.args, io.Discard)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want something with %q", err, tt.want)
			case tt.name == "webhook" && (len(c.webhooks) != 1 || c.webhooks[0].address != "https://example.com/?a=b"):
				t.Errorf("webhooks %v", c.webhooks)
			}
		})
	}
}
