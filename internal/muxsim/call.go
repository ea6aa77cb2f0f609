// SPDX-License-Identifier: Apache-2.0

package muxsim

import (
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// largestBody bounds a request; Mux's own limit is not known, and no documented request comes near 1 MiB.
const largestBody = 1 << 20

// call is one REST request on its way to a handler.
type call struct {
	s             *Server
	method, route string
	path          string
	query         url.Values
	body          []byte
	now           time.Time
	asOf          time.Time // what reads see: now, unless they are stale
	tokenID       string
	env           *environment
	token         *token
	host          string
	value         func(name string) string // of the path
}

// answer is what goes back: body as JSON, or text from the edge, or neither.
type answer struct {
	status int
	body   any
	text   string
	header http.Header
	hang   bool          // no answer at all
	delay  time.Duration // before the answer, on the simulator's clock
}

func ok(data any) (answer, *refusal) {
	return answer{status: http.StatusOK, body: object{"data": data}}, nil
}

func created(data any) (answer, *refusal) {
	return answer{status: http.StatusCreated, body: object{"data": data}}, nil
}

func noContent() (answer, *refusal) { return answer{status: http.StatusNoContent}, nil }

func refuse(r *refusal) (answer, *refusal) { return answer{}, r }

// serve turns a route into a handler: the request is read, answered with the server locked, noted, then written.
func (s *Server) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
		if err != nil {
			s.write(w, (&refusal{http.StatusRequestEntityTooLarge, "invalid_parameters", []string{"Request body too large"}}).answer())
			return
		}
		id, secret, _ := r.BasicAuth()
		c := &call{
			s: s, method: r.Method, route: rt.template, path: r.URL.Path, query: r.URL.Query(), body: body,
			host: r.Host, tokenID: id, value: r.PathValue,
		}
		a := s.answer(c, rt, secret)
		if !s.holdBack(r, a) {
			panic(http.ErrAbortHandler) // to return would be an answer: 200
		}
		s.write(w, a)
	}
}

func (s *Server) answer(c *call, rt route, secret string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.clock.Now()
	c.asOf = c.now
	header := http.Header{}
	a, refused := s.decide(c, rt, secret, header)
	if refused != nil {
		a = refused.answer()
	}
	if a.header == nil {
		a.header = header
	}
	if r, hit := s.restFault(answerSlowly, c); hit {
		a.delay = r.Delay
	}
	s.note(c, a)
	return a
}

// decide goes through what stands before a handler, in the order in which a real edge has it.
func (s *Server) decide(c *call, rt route, secret string, header http.Header) (answer, *refusal) {
	if r, hit := s.restFault(fail5xxBefore, c); hit {
		return serverError(orDefault(r.Status, http.StatusServiceUnavailable)), nil
	}
	if r, hit := s.restFault(throttle, c); hit {
		if r.RetryAfter > 0 {
			header.Set("Retry-After", strconv.Itoa(int(math.Ceil(r.RetryAfter.Seconds()))))
		}
		return refuse(tooManyRequests())
	}
	if _, hit := s.restFault(denyToken, c); hit || !s.authenticate(c, secret) {
		return refuse(unauthorized())
	}
	if !c.env.limits.take(c.now, c.method, c.route, header) {
		return refuse(tooManyRequests())
	}
	if rt.permission != "" && !slices.Contains(c.token.Permissions, rt.permission) {
		return refuse(notFound())
	}
	return s.commit(c, rt)
}

func (s *Server) commit(c *call, rt route) (answer, *refusal) {
	if c.method == http.MethodGet {
		if r, hit := s.restFault(readStale, c); hit {
			c.asOf = c.now.Add(-r.Delay)
		}
	}
	a, refused := rt.handle(c)
	if _, hit := s.restFault(hangAfter, c); hit {
		return answer{hang: true}, nil
	}
	if r, hit := s.restFault(fail5xxAfter, c); hit {
		return serverError(orDefault(r.Status, http.StatusServiceUnavailable)), nil
	}
	return a, refused
}

// holdBack waits as the answer demands; false says that nobody waits for it any more.
func (s *Server) holdBack(r *http.Request, a answer) bool {
	release := make(chan struct{})
	switch {
	case a.hang: // never released
	case a.delay > 0:
		t := s.clock.AfterFunc(a.delay, func() { close(release) })
		defer t.Stop()
	default:
		return true
	}
	select {
	case <-release:
		return true
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	return false
}

func (s *Server) write(w http.ResponseWriter, a answer) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
	if a.body == nil && a.text == "" {
		w.WriteHeader(a.status)
		return
	}
	content, kind := []byte(a.text), "text/plain; charset=utf-8"
	if a.body != nil {
		content, kind = encode(a.body), "application/json"
	}
	h.Set("Content-Type", kind)
	w.WriteHeader(a.status)
	_, _ = w.Write(content) // the client is gone; nothing is left to tell it
}
