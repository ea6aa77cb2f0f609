// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"errors"
	"io"
	stdlog "log"
	"net/http"
	"time"

	"github.com/go-logr/logr"
)

const (
	// maxBody is what Mux's largest events need with room to spare: an asset with hundreds of recording times has tens of kB.
	maxBody = 1 << 20
	// requestTimeout is the time for one answer. Mux waits 5 s and counts a late answer as none.
	requestTimeout = 4 * time.Second
	// maxInFlight requests may be worked on at once: at 2 ms for a write and 32 writes at a time that is a second of work.
	maxInFlight = 1024
	// maxBytes of bodies may be held at once, verified or not: 32 of the largest, thousands of ordinary ones.
	maxBytes = 32 << 20
	// maxConnections bounds what open sockets cost; Mux sends from a handful of hosts.
	maxConnections = 2048

	// A request's header is about 1 kB and comes in one packet; its body follows at once. Who is slower than this is not Mux.
	readHeaderTimeout = 2 * time.Second
	readTimeout       = 4 * time.Second
	writeTimeout      = 10 * time.Second // from the end of the header: the body, the work, the answer
	idleTimeout       = 60 * time.Second
	maxHeader         = 16 << 10
)

func newServer(handler http.Handler, logger logr.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          stdlog.New(serverLog{logger}, "", 0),
	}
}

// serverLog puts net/http's complaints about clients where only somebody who looks for them sees them.
type serverLog struct{ logger logr.Logger }

func (l serverLog) Write(line []byte) (int, error) {
	l.logger.V(1).Info("http server", "message", string(line))
	return len(line), nil
}

// admit takes a place among the requests in flight; leave gives it back. A body of unknown length counts as the largest.
func (r *Receiver) admit(request *http.Request) (leave func(), ok bool) {
	size := request.ContentLength
	if size < 0 || size > maxBody {
		size = maxBody
	}
	leave = func() {
		r.metrics.inFlight.Set(float64(r.inFlight.Add(-1)))
		r.bytes.Add(-size)
	}
	inFlight, bytes := r.inFlight.Add(1), r.bytes.Add(size)
	r.metrics.inFlight.Set(float64(inFlight))
	if inFlight > maxInFlight || bytes > maxBytes || r.stopping.Load() {
		leave()
		return nil, false
	}
	return leave, true
}

var errTooLarge = errors.New("the body is too large")

// readBody reads the raw bytes that the signature covers.
func readBody(w http.ResponseWriter, request *http.Request) ([]byte, error) {
	if request.ContentLength > maxBody {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	return body, err
}
