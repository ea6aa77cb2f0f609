// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
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
	// maxUnverified requests may be read at once whose signature is not verified yet. A body of Mux comes with its header, so
	// these are there for a millisecond each; who takes longer gives way to others, see admission.
	maxUnverified = 1024
	// maxUnverifiedBytes of their bodies may be held: 32 of the largest, thousands of ordinary ones. What has not arrived yet
	// holds nothing but its block, which is not counted.
	maxUnverifiedBytes = 32 << 20
	// maxAsking requests may be there that ask for signing secrets: those that are kept take a microsecond, others a read of the API server.
	maxAsking = 1024
	// maxWaiting requests may wait to be read where maxUnverified quick ones are, for admitTimeout at most: as a rule the other half of
	// requestTimeout is for the rest.
	maxWaiting   = 2048
	admitTimeout = requestTimeout / 2
	// maxInFlight verified events may wait for their effect to be durable. What waits for the same object becomes one write,
	// so a burst is the cheaper the more of it waits at once; at the 200 writes a second of docs/scale.md 4096 different objects
	// are twenty seconds of work: what is too late for its answer is kept, and found done when it comes again.
	maxInFlight = 4096
	// maxBytes of verified events may be held: 4096 of 16 kB, which is ten times what they have.
	maxBytes = 64 << 20
	// maxBeyond verified events may be there beyond the shares of their environments, until they are kept, and so many bytes of them.
	maxBeyond      = 2048
	maxBeyondBytes = 16 << 20
	// share bounds one environment: it gets at most three times what is free, so that alone it takes three quarters, two take
	// three sevenths each, and there is room for one more, less with each that floods. So it bounds one body that is read.
	share = 3
	// maxConnections may be open. One costs about 10 kB.
	maxConnections = maxAsking + maxWaiting + maxUnverified + maxBeyond + maxInFlight

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
		ConnState:         newConnections(maxConnections).changed,
		ErrorLog:          stdlog.New(serverLog{logger}, "", 0),
	}
}

// serverLog puts net/http's complaints about clients where only somebody who looks for them sees them.
type serverLog struct{ logger logr.Logger }

func (l serverLog) Write(line []byte) (int, error) {
	l.logger.V(1).Info("http server", "message", string(line))
	return len(line), nil
}
