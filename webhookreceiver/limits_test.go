// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// crowd are requests whose bodies have come in part only.
type crowd struct {
	replica *replica
	bodies  []*io.PipeWriter
	running sync.WaitGroup

	mu      sync.Mutex
	answers map[int]int
}

// crowd starts requests that announce a body of the largest size and have sent so much of it. Their headers are as good as
// anybody can make them without the secret.
func (r *replica) crowd(s *stage, requests, sent int) *crowd {
	s.Helper()
	c := &crowd{replica: r, answers: map[int]int{}}
	path, forged, chunk := "/webhooks/"+s.namespace+"/default", header("forged", time.Now(), ""), make([]byte, sent)
	for range requests {
		reader, writer := io.Pipe()
		c.bodies = append(c.bodies, writer)
		c.running.Go(func() {
			request := httptest.NewRequest(http.MethodPost, path, reader)
			request.ContentLength = maxBody
			request.Header.Set(signatureHeader, forged)
			response := httptest.NewRecorder()
			r.ServeHTTP(response, request)
			_ = reader.Close()
			c.mu.Lock()
			defer c.mu.Unlock()
			c.answers[response.Code]++
		})
		c.running.Go(func() { _, _ = writer.Write(chunk) })
	}
	within(s, 20*time.Second, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		answered := 0
		for _, n := range c.answers {
			answered += n
		}
		if inFlight := int(r.inFlight.Load()); inFlight+answered != requests {
			return fmt.Errorf("%d of %d requests are in flight, %d are answered", inFlight, requests, answered)
		}
		return nil
	})
	s.Cleanup(c.leave)
	return c
}

// leave ends the requests.
func (c *crowd) leave() {
	for _, body := range c.bodies {
		_ = body.Close()
	}
	c.running.Wait()
}

// idle fails when something is held although no request is in flight.
func (r *replica) idle(s *stage) {
	s.Helper()
	if inFlight, bytes := r.inFlight.Load(), r.bytes.Load(); inFlight != 0 || bytes != 0 {
		s.Errorf("%d requests and %d bytes are still counted", inFlight, bytes)
	}
}

// good is a small webhook that is answered 200.
func good() string { return event("video.asset.ready", "nobody", time.Now(), "") }

// TestAnnouncedLengths opens three times as many large bodies as there is room for, and sends next to nothing of them.
func TestAnnouncedLengths(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	slow := r.crowd(s, 3*maxBytes/maxBody, 10)
	if response := r.post(s, "default", good()); response.Code != http.StatusOK {
		t.Errorf("a good webhook is answered %d %s", response.Code, response.Body)
	}
	slow.leave()
	r.idle(s)
}

// TestHeldBytes fills the room for bodies.
func TestHeldBytes(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	large := r.crowd(s, maxBytes/maxBody, maxBody)
	within(t, 20*time.Second, func() error {
		if held := r.bytes.Load(); held != maxBytes {
			return fmt.Errorf("%d bytes are held, want %d", held, maxBytes)
		}
		return nil
	})
	r.overloaded(s)
	large.leave()
	if large.answers[http.StatusUnauthorized] != maxBytes/maxBody {
		t.Errorf("the large bodies are answered %v", large.answers)
	}
	r.idle(s)
	if response := r.post(s, "default", good()); response.Code != http.StatusOK {
		t.Errorf("with room again a webhook is answered %d %s", response.Code, response.Body)
	}
}

// TestInFlight fills the places.
func TestInFlight(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	many := r.crowd(s, maxInFlight, 1)
	r.overloaded(s)
	many.leave()
	r.idle(s)
	if response := r.post(s, "default", good()); response.Code != http.StatusOK {
		t.Errorf("with places again a webhook is answered %d %s", response.Code, response.Body)
	}
}

// overloaded sends a good webhook and expects that it is sent away, and counted.
func (r *replica) overloaded(s *stage) {
	s.Helper()
	counters := r.deliveries(s)
	response := r.post(s, "default", good())
	if response.Code != http.StatusServiceUnavailable || response.Header().Get("Retry-After") == "" {
		s.Errorf("answered %d %s, want 503", response.Code, response.Body)
	}
	counters["503  overloaded"]++
	if got := r.deliveries(s); !maps.Equal(got, counters) {
		s.Errorf("counters are %v, want %v", got, counters)
	}
}

// unread fails a test that reads it.
type unread struct{ *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.Error("the body is read")
	return 0, io.EOF
}

// TestHeaderDecides refuses by the header alone what the header alone tells.
func TestHeaderDecides(t *testing.T) {
	s := newStage(t, plane.Config)
	s.environment("unsigned")
	r := s.replica()
	now := time.Now()
	for _, row := range []struct {
		name, env, signature string
		length               int64
		status               int
	}{
		{"no signature", "default", "", 10, 401},
		{"malformed", "default", "v1=zz", 10, 401},
		{"too old", "default", header(testSecret, now.Add(-6*time.Minute), ""), 10, 401},
		{"too new", "default", header(testSecret, now.Add(6*time.Minute), ""), 10, 401},
		{"too large", "default", header(testSecret, now, ""), maxBody + 1, 413},
		{"too large, and no signature", "default", "", maxBody + 1, 413},
		{"no signing secret", "unsigned", header(testSecret, now, ""), 10, 503},
		{"no signing secret, and no signature", "unsigned", "", 10, 503},
	} {
		t.Run(row.name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodPost, "/webhooks/"+s.namespace+"/"+row.env, unread{t})
			request.ContentLength = row.length
			if row.signature != "" {
				request.Header.Set(signatureHeader, row.signature)
			}
			response := httptest.NewRecorder()
			r.ServeHTTP(response, request)
			if response.Code != row.status {
				t.Errorf("answered %d %s, want %d", response.Code, response.Body, row.status)
			}
		})
	}
	r.idle(s)
}

// TestChunkedBody sends more than the limit without announcing it.
func TestChunkedBody(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	large := strings.Repeat("x", maxBody+1)
	request := httptest.NewRequest(http.MethodPost, "/webhooks/"+s.namespace+"/default", io.NopCloser(strings.NewReader(large)))
	request.ContentLength = -1
	request.Header.Set(signatureHeader, header(testSecret, time.Now(), large))
	response := httptest.NewRecorder()
	r.ServeHTTP(response, request)
	if response.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d %s, want 413", response.Code, response.Body)
	}
	r.idle(s)
}
