// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is one simulated Mux. Its methods may be called from several goroutines.
type Server struct {
	options Options
	clock   Clock
	log     *slog.Logger
	client  *http.Client // delivers webhooks
	handler http.Handler

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // timers that may still call, attempts under way

	mu           sync.Mutex // guards what follows
	random       source
	seq          uint64
	closed       bool
	timers       map[*timer]struct{}
	environments map[string]*environment
	tokens       map[string]*token
	endpoints    []*endpoint
	faults       faults
	requests     []Request
	deliveries   []Delivery
	recorded     []Event
	pending      int
	changed      chan struct{} // closed and replaced whenever a delivery moves
	listener     net.Listener
	http         *http.Server
}

// environment is the state of one Mux environment.
type environment struct {
	Environment
	limits      limits
	assets      shelf[*asset]
	liveStreams shelf[*liveStream]
	uploads     shelf[*upload]
}

// token is an access token and where it belongs.
type token struct {
	Token
	environment *environment
	revoked     bool
}

// New returns a simulator that does not listen yet: use Start, or Handler with a server of your own. Close it.
func New(o Options) *Server {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		options: o, clock: o.Clock, log: o.Logger,
		client: newDeliveryClient(o),
		ctx:    ctx, cancel: cancel,
		random:       newSource(o.Seed),
		timers:       map[*timer]struct{}{},
		environments: map[string]*environment{},
		tokens:       map[string]*token{},
		changed:      make(chan struct{}),
	}
	for _, e := range o.Environments {
		s.addEnvironment(e)
	}
	s.handler = s.routes()
	return s
}

func (s *Server) addEnvironment(e Environment) {
	e.Name = orDefault(e.Name, e.ID)
	e.Type = orDefault(e.Type, "development")
	e.OrganizationID = orDefault(e.OrganizationID, "simorg")
	e.OrganizationName = orDefault(e.OrganizationName, "Simulated organization")
	env := &environment{
		Environment: e,
		limits:      newLimits(s.options.RateScale),
		assets:      newShelf[*asset](),
		liveStreams: newShelf[*liveStream](),
		uploads:     newShelf[*upload](),
	}
	s.environments[e.ID] = env
	for _, t := range e.Tokens {
		t.Name = orDefault(t.Name, "Simulated access token")
		if t.Permissions == nil {
			t.Permissions = []string{"video:read", "video:write", "system:read", "system:write"}
		}
		s.tokens[t.ID] = &token{Token: t, environment: env}
	}
}

// Handler serves the REST API and, below /_sim/, the control API.
func (s *Server) Handler() http.Handler { return s.handler }

// Start listens on addr ("127.0.0.1:0" chooses a free port) and serves until Close.
func (s *Server) Start(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.listener != nil {
		return errors.Join(errors.New("muxsim: a server starts once, before it is closed"), l.Close())
	}
	s.listener = l
	s.http = &http.Server{Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)}
	s.wg.Go(func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("stopped serving", "error", err)
		}
	})
	return nil
}

// URL is where Start listens, without a slash at the end; "" before Start.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.url()
}

func (s *Server) url() string {
	if s.listener == nil {
		return ""
	}
	return "http://" + s.listener.Addr().String()
}

// Shutdown stops listening, lets the calls that are being answered end until ctx does, and closes the server.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	server := s.http
	s.mu.Unlock()
	defer s.Close()
	if server == nil {
		return nil
	}
	return server.Shutdown(ctx)
}

// Close cuts every connection, forgets what is still to be delivered and returns when nothing runs any more.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	for t := range s.timers {
		s.stop(t)
	}
	server := s.http
	s.mu.Unlock()
	if server != nil { // before the calls that hang are released: nobody shall hear of it
		_ = server.Close() // what it reports is a listener closed twice
	}
	s.cancel()
	s.wg.Wait()
	s.client.CloseIdleConnections()
}
