// SPDX-License-Identifier: Apache-2.0

package crashproxy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// served is a server that counts the POSTs that it has carried out.
func served(t *testing.T) (address *url.URL, carriedOut *atomic.Int32) {
	t.Helper()
	carriedOut = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if r.Method == http.MethodPost {
			carriedOut.Add(1)
		}
		w.Header().Set("Was", r.Method)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return address, carriedOut
}

func posts(r Request) bool {
	return r.Method == http.MethodPost && r.Path == "/p" && string(r.Body) == "it"
}

// post sends a POST and says what came back; "" where nothing did.
func post(address string) <-chan string {
	answer := make(chan string, 1)
	go func() {
		response, err := http.Post(address+"/p", "text/plain", strings.NewReader("it"))
		if err != nil {
			answer <- ""
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			answer <- ""
			return
		}
		answer <- response.Status + " " + response.Header.Get("Was") + " " + string(body)
	}()
	return answer
}

// TestGate : a request is held on one side of its server, and goes on or is lost there.
func TestGate(t *testing.T) {
	const through = "201 Created POST it"
	for name, test := range map[string]struct {
		after, cut bool
		whileHeld  int32 // carried out while it is held
		inTheEnd   int32
		answer     string
	}{
		"held before, released": {false, false, 0, 1, through},
		"held after, released":  {true, false, 1, 1, through},
		"held before, cut":      {false, true, 0, 0, ""},
		"held after, cut":       {true, true, 1, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			target, carriedOut := served(t)
			gate := New()
			t.Cleanup(gate.Close)
			address := gate.Front(target, http.DefaultTransport)
			if got := <-post(address); got != through {
				t.Errorf("without a point: %q", got)
			}
			carriedOut.Store(0)
			gate.StopAt(Point{Matches: posts, After: test.after})
			answer := post(address)
			<-gate.Reached()
			if got := carriedOut.Load(); got != test.whileHeld {
				t.Errorf("%d were carried out while it was held", got)
			}
			end := gate.Release
			if test.cut {
				end = gate.Cut
			}
			end()
			if got := <-answer; got != test.answer || carriedOut.Load() != test.inTheEnd {
				t.Errorf("the answer is %q, %d were carried out", got, carriedOut.Load())
			}
			if got := <-post(address); got != test.answer {
				t.Errorf("the next one: %q", got)
			}
		})
	}
}

// TestService : the address leads to one operator, to the next, and to none.
func TestService(t *testing.T) {
	first, _ := served(t)
	second, reached := served(t)
	s := NewService()
	t.Cleanup(s.Close)
	for backend, want := range map[string]string{"": "503 Service Unavailable", first.String(): "201 Created", "http://127.0.0.1:1": "503 Service Unavailable"} {
		s.To(backend)
		if got := <-post(s.URL); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %q", backend, got)
		}
	}
	s.To(second.String())
	if got := <-post(s.URL); !strings.HasPrefix(got, "201") || reached.Load() != 1 {
		t.Errorf("the other one: %q", got)
	}
}
