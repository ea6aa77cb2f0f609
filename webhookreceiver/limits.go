// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"errors"
	"io"
	stdlog "log"
	"net/http"
	"sync/atomic"
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
	// maxBytes of bodies may be held at once, verified or not: 32 of the largest, thousands of ordinary ones. What has not
	// arrived yet holds nothing.
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

// place is what one request takes of the limits, from admit until nobody holds it any more: neither the request nor a commit
// that its sender no longer waits for, which keeps the event until it is written.
type place struct {
	receiver *Receiver
	holders  atomic.Int32
	bytes    int64 // of its body, read so far
}

// admit takes a place among the requests in flight.
func (r *Receiver) admit() (*place, bool) {
	p := &place{receiver: r}
	p.holders.Store(1)
	inFlight := r.inFlight.Add(1)
	r.metrics.inFlight.Set(float64(inFlight))
	if inFlight > maxInFlight || r.stopping.Load() {
		p.leave()
		return nil, false
	}
	return p, true
}

// hold the place for one more, who leaves as well.
func (p *place) hold() { p.holders.Add(1) }

// leave gives the place back, and the bytes that were held, when nobody else holds it.
func (p *place) leave() {
	if p.holders.Add(-1) > 0 {
		return
	}
	p.receiver.metrics.inFlight.Set(float64(p.receiver.inFlight.Add(-1)))
	p.receiver.bytes.Add(-p.bytes)
}

// countedBody counts a body against maxBytes as it arrives. The length that a header announces costs its sender nothing,
// so a few slow connections that announce much must not take the room of those who send.
type countedBody struct {
	io.ReadCloser
	place *place
}

var errNoRoom = errors.New("too many bytes of bodies are held")

func (b countedBody) Read(buffer []byte) (int, error) {
	n, err := b.ReadCloser.Read(buffer)
	b.place.bytes += int64(n)
	if b.place.receiver.bytes.Add(int64(n)) > maxBytes {
		return n, errNoRoom
	}
	return n, err
}

// readBody reads the raw bytes that the signature covers.
func (p *place) readBody(w http.ResponseWriter, request *http.Request) ([]byte, *answer) {
	body, err := io.ReadAll(countedBody{http.MaxBytesReader(w, request.Body, maxBody), p})
	var tooLarge *http.MaxBytesError
	var a answer
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &tooLarge):
		a = refuse(http.StatusRequestEntityTooLarge, reasonTooLarge)
	case errors.Is(err, errNoRoom):
		a = tryAgain(reasonOverloaded)
	default:
		a = refuse(http.StatusBadRequest, reasonCutBody)
	}
	return nil, &a
}
