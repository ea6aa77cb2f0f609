// SPDX-License-Identifier: Apache-2.0

package crashproxy

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
)

// Request is what a point decides by.
type Request struct {
	Method, Path string
	Body         []byte
}

// Point is where an operator is stopped: at the first request that matches, before it gets through or after.
type Point struct {
	Matches func(Request) bool
	After   bool
}

// Gate is all that one operator reaches.
type Gate struct {
	reached chan struct{}
	release chan struct{}
	life    context.Context
	end     context.CancelFunc

	mu      sync.Mutex
	point   *Point // nil when none is set, or when it was come to
	servers []*httptest.Server
}

// New makes a gate through which everything gets.
func New() *Gate {
	life, end := context.WithCancel(context.Background())
	return &Gate{reached: make(chan struct{}), release: make(chan struct{}), life: life, end: end}
}

// StopAt has the operator stopped at a point, from now on and once.
func (g *Gate) StopAt(point Point) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.point = &point
}

// Reached is closed when the operator has got to the point.
func (g *Gate) Reached() <-chan struct{} { return g.reached }

// Release lets the held request go on; it may be called once.
func (g *Gate) Release() { close(g.release) }

// Cut ends every connection; from now on nothing gets through. The held request is lost, or its answer.
func (g *Gate) Cut() {
	g.end()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, server := range g.servers {
		server.CloseClientConnections()
	}
}

// Close is Cut, and gives the addresses up.
func (g *Gate) Close() {
	g.Cut()
	for _, server := range g.servers {
		server.Close()
	}
}

// Front opens an address that leads through the gate to a server.
func (g *Gate) Front(target *url.URL, transport http.RoundTripper) (address string) {
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1, // watches are to come through at once
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.pass(w, r, proxy) }))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.servers = append(g.servers, server)
	return server.URL
}

// pass gives a request on, unless it is the one, or the end has come.
func (g *Gate) pass(w http.ResponseWriter, r *http.Request, proxy http.Handler) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stop := context.AfterFunc(g.life, cancel)
	defer stop()
	body, err := io.ReadAll(r.Body)
	if err != nil || g.life.Err() != nil {
		panic(http.ErrAbortHandler)
	}
	r = r.WithContext(ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	point := g.take(Request{r.Method, r.URL.Path, body})
	if point == nil {
		proxy.ServeHTTP(w, r)
		return
	}
	if !point.After {
		g.hold(ctx)
		proxy.ServeHTTP(w, r)
		return
	}
	// The server's work is done whether or not anybody waits for its answer.
	answer := httptest.NewRecorder()
	forward(proxy, answer, r)
	g.hold(ctx)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// take is the point at which the operator is to be stopped, if this is the request.
func (g *Gate) take(r Request) *Point {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.point == nil || !g.point.Matches(r) {
		return nil
	}
	point := g.point
	g.point = nil
	return point
}

// hold waits for the release. Where the end comes, or the operator gives up, there is nothing to go on with.
func (g *Gate) hold(ctx context.Context) {
	close(g.reached)
	select {
	case <-g.release:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}

// forward has a request carried out, also where no answer comes for as long as the operator waits for it.
func forward(proxy http.Handler, answer http.ResponseWriter, r *http.Request) {
	defer func() {
		if cause := recover(); cause != nil && cause != http.ErrAbortHandler {
			panic(cause)
		}
	}()
	proxy.ServeHTTP(answer, r)
}
