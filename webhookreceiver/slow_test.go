// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// dribble opens a connection, sends the beginning, then a byte now and then, and returns how long the server stood it.
func dribble(s *stage, address, beginning string) time.Duration {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		s.Error(err)
		return 0
	}
	defer connection.Close()
	began, closed := time.Now(), make(chan struct{})
	go func() {
		defer close(closed)
		_, _ = io.Copy(io.Discard, connection) // until the server closes it
	}()
	if _, err := io.WriteString(connection, beginning); err != nil {
		s.Error(err)
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for time.Since(began) < 4*readTimeout {
		select {
		case <-closed:
			return time.Since(began)
		case <-tick.C:
			_, _ = io.WriteString(connection, "x")
		}
	}
	return time.Since(began)
}

// TestSlowClients cuts those who send a header or a body by the byte, and answers everybody else meanwhile.
func TestSlowClients(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	path := "/webhooks/" + s.namespace + "/default"
	slowHeader := "POST " + path + " HTTP/1.1\r\nHost: mux\r\nX-Slow: "
	refused := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: mux\r\nContent-Length: 100000\r\n\r\n{", path) // for want of a signature
	slowBody := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: mux\r\nContent-Length: %d\r\n%s: %s\r\n\r\n{", path, maxBody, signatureHeader, header("forged", time.Now(), ""))
	var slow sync.WaitGroup
	const each, slack = 100, 1500 * time.Millisecond
	for range each {
		slow.Go(func() {
			if took := dribble(s, r.Addr(), slowHeader); took > readHeaderTimeout+slack {
				t.Errorf("a slow header was stood for %s, want %s", took, readHeaderTimeout)
			}
		})
		slow.Go(func() {
			if took := dribble(s, r.Addr(), refused); took > patience+slack {
				t.Errorf("the slow body of a request that is refused was stood for %s, want %s", took, patience)
			}
		})
		slow.Go(func() {
			if took := dribble(s, r.Addr(), slowBody); took > readTimeout+slack {
				t.Errorf("a slow body was stood for %s, want %s", took, readTimeout)
			}
		})
	}
	within(t, readTimeout, func() error {
		if inFlight := r.held().requests; inFlight < each {
			return fmt.Errorf("%d slow requests are in flight", inFlight)
		}
		return nil
	})
	send := r.over(s)
	for began := time.Now(); time.Since(began) < readTimeout; time.Sleep(50 * time.Millisecond) {
		sent := time.Now()
		if status, body, err := send(good()); status != http.StatusOK || time.Since(sent) > time.Second {
			t.Fatalf("a good webhook is answered %d %s %v after %s", status, body, err, time.Since(sent))
		}
	}
	slow.Wait()
	r.idle(s)
	if got := r.deliveries(s)["400  cut_body"]; got != each {
		t.Errorf("%d slow bodies are counted, want %d: %v", got, each, r.deliveries(s))
	}
}
