// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// over is a client of the receiver's own port, with connections of its own.
func (r *replica) over(s *stage) func(body string) (int, string, error) {
	transport := &http.Transport{}
	s.Cleanup(transport.CloseIdleConnections)
	c := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	return func(body string) (int, string, error) {
		request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "http://"+r.Addr()+"/webhooks/"+s.namespace+"/default", strings.NewReader(body))
		if err != nil {
			return 0, "", err
		}
		request.Header.Set(signatureHeader, header(testSecret, time.Now(), body))
		response, err := c.Do(request)
		if err != nil {
			return 0, "", err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		return response.StatusCode, string(text), err
	}
}

// held is a receiver whose first patch waits until it is let go, and a request that waits for it.
type held struct {
	*replica
	let  func()
	idle func(body string) (int, string, error) // has a connection that is open and idle
	sent chan string                            // the answer to the request
}

// hold sends a request and returns when its patch is in flight.
func hold(s *stage, id string) *held {
	s.Helper()
	asset := s.asset("held", "default", id)
	inFlight, let := make(chan struct{}), make(chan struct{})
	var once sync.Once
	h := &held{let: sync.OnceFunc(func() { close(let) }), sent: make(chan string, 1)}
	h.replica = s.replica(beforePatch(func() {
		once.Do(func() {
			close(inFlight)
			<-let
		})
	}))
	s.Cleanup(h.let)
	h.sees(s, asset)
	h.idle = h.over(s)
	if status, _, err := h.idle(event("video.asset.ready", "nobody", time.Now(), "")); status != http.StatusOK {
		s.Fatalf("a webhook is answered %d, %v", status, err)
	}
	send := h.over(s)
	go func() {
		status, body, err := send(event("video.asset.ready", id, time.Now(), ""))
		h.sent <- fmt.Sprint(status, " ", body, err)
	}()
	<-inFlight
	return h
}

// refuses waits until no connection is taken any more.
func (h *held) refuses(s *stage) {
	s.Helper()
	within(s, 2*time.Second, func() error {
		connection, err := net.Dial("tcp", h.Addr())
		if err != nil {
			return nil
		}
		_ = connection.Close()
		return errors.New("new connections are still taken")
	})
	if err := h.Ready(nil); err == nil {
		s.Error("a receiver that stops says that it is ready")
	}
	if status, body, err := h.idle(event("video.asset.ready", "nobody", time.Now(), "")); err == nil {
		s.Errorf("a new request on an old connection is answered %d %s", status, body)
	}
	// What has slipped in on a connection before it was closed is taken while it can be answered in time, and then sent away.
	if response := h.post(s, "default", good()); response.Code != http.StatusOK || response.Header().Get("Connection") != "close" {
		s.Errorf("a late request is answered %d %s, %v", response.Code, response.Body, response.Header())
	}
	within(s, 2*(shutdownTimeout-requestTimeout), func() error {
		h.admission.mu.Lock()
		defer h.admission.mu.Unlock()
		if !h.admission.stopping {
			return errors.New("requests are still taken")
		}
		return nil
	})
	h.overloaded(s)
}

// keptAlive sends a webhook on a connection that its client keeps.
func (r *replica) keptAlive(s *stage, c *http.Client) (status int, closes bool, err error) {
	body := good()
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "http://"+r.Addr()+"/webhooks/"+s.namespace+"/default", strings.NewReader(body))
	if err != nil {
		return 0, false, err
	}
	request.Header.Set(signatureHeader, header(testSecret, time.Now(), body))
	response, err := c.Do(request)
	if err != nil {
		return 0, false, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, response.Close, err
}

// TestDrain : a receiver that stops says so at once, and for a while answers all the same, on old connections and new ones, each for
// the last time.
func TestDrain(t *testing.T) {
	s := newStage(t, plane.Config)
	const drain = 1500 * time.Millisecond
	r := s.replica(func(o *Options) { o.Drain = drain })
	var clients []*http.Client
	for range 3 {
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		clients = append(clients, &http.Client{Transport: transport})
	}
	for _, c := range clients[:2] {
		if status, closes, err := r.keptAlive(s, c); status != http.StatusOK || closes || err != nil {
			t.Fatalf("before it stops: %d, closes %t, %v", status, closes, err)
		}
	}
	began, stopped := time.Now(), make(chan error, 1)
	go func() { stopped <- r.stop() }()
	within(s, time.Second, func() error {
		if r.Ready(nil) == nil {
			return errors.New("it still says that it is ready")
		}
		return nil
	})
	for _, c := range []*http.Client{clients[0], clients[2], clients[0]} { // an old connection, a new one, and one after that
		if status, closes, err := r.keptAlive(s, c); status != http.StatusOK || !closes || err != nil {
			t.Errorf("while it drains: %d, closes %t, %v", status, closes, err)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took < drain || took > drain+2*time.Second {
		t.Errorf("it stopped after %s, want %s and as long as requests are in flight", took, drain)
	}
	for _, c := range clients {
		if status, _, err := r.keptAlive(s, c); err == nil {
			t.Errorf("afterwards a webhook is answered %d", status)
		}
	}
}

// TestShutdown answers what is in flight and takes nothing new.
func TestShutdown(t *testing.T) {
	s := newStage(t, plane.Config)
	h := hold(s, "shutdown000000000000000000000000")
	stopped := make(chan error, 1)
	go func() { stopped <- h.stop() }()
	h.refuses(s)
	select {
	case err := <-stopped:
		t.Fatalf("stopped with a request in flight: %v", err)
	case answer := <-h.sent:
		t.Fatalf("answered %s before its commit", answer)
	default:
	}
	h.let()
	if answer := <-h.sent; !strings.Contains(answer, "applied") {
		t.Errorf("the request in flight is answered %s", answer)
	}
	select {
	case err := <-stopped:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Second):
		t.Error("Start does not return after the last answer")
	}
}

// TestShutdownBound stops while the API server does not answer at all.
func TestShutdownBound(t *testing.T) {
	s := newStage(t, plane.Config)
	h := hold(s, "bound000000000000000000000000000")
	began := time.Now()
	err := h.stop()
	if took := time.Since(began); took > shutdownTimeout+time.Second {
		t.Errorf("Start returned after %s, want %s", took, shutdownTimeout)
	}
	if !errors.Is(err, errCommitsCut) {
		t.Errorf("Start returned %v", err)
	}
	if answer := <-h.sent; !strings.HasPrefix(answer, "503") {
		t.Errorf("the request in flight is answered %s, want 503 before the end", answer)
	}
}
