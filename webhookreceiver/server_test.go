// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
)

// serve runs the receiver's server with other limits on a port of its own until the test ends.
func (r *replica) serve(s *stage, edit func(*http.Server)) (address string) {
	s.Helper()
	server := newServer(r, logr.Discard())
	edit(server)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	s.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return listener.Addr().String()
}

// open a connection that is closed with the test.
func (s *stage) open(address string) net.Conn {
	s.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = connection.Close() })
	return connection
}

// isClosed says whether the other end has closed a connection, or closes it within a while.
func isClosed(connection net.Conn, within time.Duration) bool {
	_ = connection.SetReadDeadline(time.Now().Add(within))
	_, err := io.Copy(io.Discard, connection)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// request sends a webhook over a connection and reads the status of the answer.
func (s *stage) request(connection net.Conn, body string) string {
	s.Helper()
	if _, err := fmt.Fprintf(connection, "POST /webhooks/%s/default HTTP/1.1\r\nHost: mux\r\nContent-Length: %d\r\n%s: %s\r\n\r\n%s",
		s.namespace, len(body), signatureHeader, header(testSecret, time.Now(), body), body); err != nil {
		return err.Error()
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.Status
}

// TestServerBounds : nothing that a client does or leaves undone lasts for ever.
func TestServerBounds(t *testing.T) {
	server := newServer(http.NotFoundHandler(), logr.Discard())
	for name, row := range map[string]struct{ got, want time.Duration }{
		"header": {server.ReadHeaderTimeout, 2 * time.Second},
		"body":   {server.ReadTimeout, 4 * time.Second},
		"answer": {server.WriteTimeout, 10 * time.Second},
		"idle":   {server.IdleTimeout, 60 * time.Second},
	} {
		if row.got != row.want {
			t.Errorf("%s: %s, docs/receiver.md says %s", name, row.got, row.want)
		}
	}
	if server.MaxHeaderBytes != 16<<10 || server.ConnState == nil || maxConnections != 10240 || maxUnverifiedBytes != 32<<20 {
		t.Errorf("a header has %d bytes at most, there are %d connections and %d bytes", server.MaxHeaderBytes, maxConnections, maxUnverifiedBytes)
	}
	if writeTimeout < readTimeout+requestTimeout {
		t.Error("an answer that is in time may be cut")
	}
}

// TestIdle closes a connection that was used and then is not.
func TestIdle(t *testing.T) {
	s := newStage(t, plane.Config)
	const idle = 300 * time.Millisecond
	address := s.replica().serve(s, func(server *http.Server) { server.IdleTimeout = idle })
	connection := s.open(address)
	if status := s.request(connection, good()); status != "200 OK" {
		t.Fatalf("a good webhook is answered %s", status)
	}
	if isClosed(connection, idle/2) || !isClosed(connection, 10*idle) {
		t.Error("it is closed too early or not at all")
	}
}

// TestConnectionCap opens many times as many connections as may be: half-open ones, and ones that keep what they had. The last is always
// answered, and no more are open at the end than may be.
func TestConnectionCap(t *testing.T) {
	s := newStage(t, plane.Config)
	const most = 20
	address := s.replica().serve(s, func(server *http.Server) { server.ConnState = newConnections(most).changed })
	var all []net.Conn
	for n := range 5 * most {
		connection := s.open(address)
		switch n % 3 {
		case 0: // says nothing
		case 1: // begins a header
			_, _ = io.WriteString(connection, "POST /webhooks/ HTTP/1.1\r\n")
		default:
			if status := s.request(connection, good()); status != "200 OK" {
				t.Errorf("a good webhook on connection %d is answered %s", n, status)
			}
		}
		all = append(all, connection)
	}
	within(s, 5*time.Second, func() error {
		open := 0
		for _, connection := range all {
			if !isClosed(connection, time.Millisecond) {
				open++
			}
		}
		if open > most {
			return fmt.Errorf("%d connections are open, want at most %d", open, most)
		}
		return nil
	})
}

// TestFloodOfBodies sends three times as many bytes at once as may be held, all of it forged, as fast as it can but for the last byte of
// each body: no more than the budget is held at any time, good webhooks are answered meanwhile, and nothing is held afterwards.
func TestFloodOfBodies(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	const forgers = 3 * maxUnverifiedBytes / maxBody
	request := fmt.Sprintf("POST /webhooks/%s/default HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n%s: %s\r\n\r\n%s",
		s.namespace, maxBody, signatureHeader, header("forged", time.Now(), ""), strings.Repeat("x", maxBody))
	var most atomic.Int64
	watch, done := time.NewTicker(time.Millisecond), make(chan struct{})
	ended, end := context.WithCancel(s.ctx)
	s.Cleanup(func() { end(); <-done })
	go func() {
		defer close(done)
		defer watch.Stop()
		for ended.Err() == nil {
			most.Store(max(most.Load(), r.held().bytes))
			<-watch.C
		}
	}()
	var answers sync.Map
	sent, last := context.WithCancel(s.ctx)
	s.Cleanup(last)
	var all sync.WaitGroup
	for range forgers {
		connection := s.open(r.Addr())
		all.Go(func() {
			_, _ = io.WriteString(connection, request[:len(request)-1]) // it may be cut
			<-sent.Done()
			_, _ = io.WriteString(connection, request[len(request)-1:])
			line, _ := bufio.NewReader(connection).ReadString('\n')
			count, _ := answers.LoadOrStore(strings.TrimSpace(line), new(atomic.Int32))
			count.(*atomic.Int32).Add(1)
		})
	}
	within(s, 10*time.Second, func() error {
		if most.Load() < maxUnverifiedBytes*9/10 {
			return fmt.Errorf("up to %d bytes were held", most.Load())
		}
		return nil
	})
	send := r.over(s)
	r.slow(s)
	for range 10 {
		if status, body, err := send(good()); status != http.StatusOK {
			t.Errorf("a good webhook is answered %d %s %v", status, body, err)
		}
	}
	last()
	all.Wait()
	end()
	<-done
	if most.Load() > maxUnverifiedBytes {
		t.Errorf("up to %d bytes of bodies were held, want at most %d", most.Load(), maxUnverifiedBytes)
	}
	text := ""
	answers.Range(func(line, count any) bool {
		text += fmt.Sprintf(", %d × %q", count.(*atomic.Int32).Load(), line)
		return true
	})
	t.Logf("%d forged bodies of 1 MiB at once: up to %.1f MiB were held%s", forgers, float64(most.Load())/(1<<20), text)
	r.idle(s)
}
