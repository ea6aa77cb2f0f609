// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// crowd are requests whose bodies have come in part only.
type crowd struct {
	connections []net.Conn
	mu          sync.Mutex
	answers     map[string]int // by the first line
	running     sync.WaitGroup
}

// crowd starts requests that announce a body of the largest size and have sent so much of it. Their headers are as good as
// anybody can make them without the secret.
func (r *replica) crowd(s *stage, requests, sent int) *crowd {
	s.Helper()
	c := &crowd{answers: map[string]int{}}
	before := r.held()
	beginning := fmt.Sprintf("POST /webhooks/%s/default HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s: %s\r\n\r\n%s",
		s.namespace, maxBody, signatureHeader, header("forged", time.Now(), ""), strings.Repeat("x", sent))
	s.Cleanup(c.leave)
	for range requests {
		connection, err := net.Dial("tcp", r.Addr())
		if err != nil {
			s.Fatal(err)
		}
		c.connections = append(c.connections, connection)
		c.running.Go(func() { _, _ = io.WriteString(connection, beginning) })
		c.running.Go(func() { c.listen(connection) })
	}
	within(s, 20*time.Second, func() error {
		if held := r.held(); held.requests != before.requests+requests || held.bytes != before.bytes+int64(requests*sent) {
			return fmt.Errorf("%d requests with %d bytes are held, want %d with %d more", held.requests, held.bytes, requests, requests*sent)
		}
		return nil
	})
	return c
}

func (c *crowd) listen(connection net.Conn) {
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[strings.TrimSpace(line)]++
}

// slow waits until all that are being read have been for so long that they give way. It is real time that the receiver measures.
func (r *replica) slow(s *stage) {
	s.Helper()
	within(s, 5*time.Second, func() error {
		r.admission.mu.Lock()
		defer r.admission.mu.Unlock()
		if newest := r.admission.reading.Back(); newest != nil {
			if read := time.Since(newest.Value.(*place).began); read < patience {
				return fmt.Errorf("one is read for %s", read)
			}
		}
		return nil
	})
}

// answered is how many got an answer with the status.
func (c *crowd) answered(status string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answers["HTTP/1.1 "+status]
}

// leave ends the requests.
func (c *crowd) leave() {
	for _, connection := range c.connections {
		_ = connection.Close()
	}
	c.running.Wait()
}

// held is what unverified requests hold.
func (r *replica) held() budget {
	r.admission.mu.Lock()
	defer r.admission.mu.Unlock()
	return r.admission.unverified
}

// idle fails when something is held although no request is in flight.
func (r *replica) idle(s *stage) {
	s.Helper()
	within(s, 5*time.Second, func() error {
		a := r.admission
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.holdsAny()
	})
	give := r.takeAll(s)
	give()
}

// holdsAny says what is held. Called with the lock.
func (a *admission) holdsAny() error {
	if len(a.asking.shares)+a.waiting.Len()+a.reading.Len()+len(a.inShare.shares)+len(a.beyond.shares) > 0 || a.leaving != 0 ||
		a.unverified != (budget{}) || a.inShare.held != (budget{}) || a.beyond.held != (budget{}) {
		return fmt.Errorf("%+v ask, %d wait, %d are read, held are %+v unverified, %d cut, %+v verified, %+v beyond the shares",
			a.asking, a.waiting.Len(), a.reading.Len(), a.unverified, a.leaving, a.inShare, a.beyond)
	}
	return nil
}

// takeAll takes the processors, which nobody else may have for long, until give gives them back.
func (r *replica) takeAll(s *stage) (give func()) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Second)
	defer cancel()
	processors := runtime.GOMAXPROCS(0)
	for n := range processors {
		if err := r.processors.Take(ctx, "test"); err != nil {
			s.Fatalf("%d of %d processors are held", processors-n, processors)
		}
	}
	return func() {
		for range processors {
			r.processors.Give()
		}
	}
}

func good() string { return event("video.asset.ready", "nobody", time.Now(), "") }

// TestAnnouncedLengths opens three times as many large bodies as there is room for, and sends next to nothing of them.
func TestAnnouncedLengths(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	slow := r.crowd(s, 3*maxUnverifiedBytes/maxBody, 10)
	if response := r.post(s, "default", good()); response.Code != http.StatusOK {
		t.Errorf("a good webhook is answered %d %s", response.Code, response.Body)
	}
	slow.leave()
	r.idle(s)
}

// TestHeldBytes fills the room for bodies with large ones. A good webhook as Mux sends it finds room; for a large one, who has been reading
// for longest gives way.
func TestHeldBytes(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	large := r.crowd(s, 2*maxUnverifiedBytes/maxBody-2, maxBody/2) // as many as find room
	r.slow(s)
	if response := r.post(s, "default", good()); response.Code != http.StatusOK {
		t.Errorf("a good webhook is answered %d %s", response.Code, response.Body)
	}
	if n := large.answered("503 Service Unavailable"); n != 0 {
		t.Errorf("for a small one %d are sent away", n)
	}
	padded := event("video.asset.ready", "nobody", time.Now(), `,"padding":"`+strings.Repeat("x", maxBody*9/10)+`"`)
	if response := r.post(s, "default", padded); response.Code != http.StatusOK {
		t.Errorf("a large webhook is answered %d %s", response.Code, response.Body)
	}
	within(t, 5*time.Second, func() error {
		if n := large.answered("503 Service Unavailable"); n != 1 {
			return fmt.Errorf("%d of the slow ones are sent away, want 1", n)
		}
		return nil
	})
	large.leave()
	r.idle(s)
}

// TestInFlight fills the places of requests that are read; likewise.
func TestInFlight(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	many := r.crowd(s, maxUnverified, 1)
	r.slow(s)
	if response := r.post(s, "default", good()); response.Code != http.StatusOK {
		t.Errorf("a good webhook is answered %d %s", response.Code, response.Body)
	}
	within(t, 5*time.Second, func() error {
		if n := many.answered("503 Service Unavailable"); n != 1 {
			return fmt.Errorf("%d of the slow ones are sent away, want 1", n)
		}
		return nil
	})
	many.leave()
	r.idle(s)
}

// TestCutConnection : who gave way while reading is told to open another connection, even where the rest of the body comes at once. net/http
// has ended this one's context.
func TestCutConnection(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	slow := s.open(r.Addr())
	_, _ = fmt.Fprintf(slow, "POST /webhooks/%s/default HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n%s: %s\r\n\r\n{", s.namespace, signatureHeader, header("forged", time.Now(), ""))
	within(s, 5*time.Second, func() error {
		if held := r.held(); held.bytes != 1 {
			return fmt.Errorf("%d bytes are held", held.bytes)
		}
		return nil
	})
	many := r.crowd(s, maxUnverified-1, 1)
	r.slow(s)
	if response := r.post(s, "default", good()); response.Code != http.StatusOK {
		t.Errorf("a good webhook is answered %d %s", response.Code, response.Body)
	}
	_, _ = io.WriteString(slow, "123456789")
	response, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil || response.StatusCode != http.StatusServiceUnavailable || !response.Close {
		t.Errorf("got %+v %v", response, err)
	}
	many.leave()
	r.idle(s)
}

// overloaded sends a good webhook and expects that it is sent away, and counted.
func (r *replica) overloaded(s *stage) {
	s.Helper()
	r.sentAway(s, reasonOverloaded)
}

func (r *replica) sentAway(s *stage, reason string) {
	s.Helper()
	counters := r.deliveries(s)
	response := r.post(s, "default", good())
	if response.Code != http.StatusServiceUnavailable || response.Header().Get("Retry-After") == "" {
		s.Errorf("answered %d %s, want 503", response.Code, response.Body)
	}
	counters["503  "+reason]++
	if got := r.deliveries(s); !maps.Equal(got, counters) {
		s.Errorf("counters are %v, want %v", got, counters)
	}
}

// TestTooManyAsk has requests to an environment wait for signing secrets, as many as may: the next is sent away before it waits, and another
// environment's is taken.
func TestTooManyAsk(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	hang := func(env string) (all []func()) {
		for {
			asked, ok := r.admission.ask(s.namespace + "/" + env)
			if !ok {
				return all
			}
			all = append(all, asked)
		}
	}
	others := hang("other")
	if len(others) != maxAsking*3/4 {
		t.Errorf("%d ask, want three quarters of %d", len(others), maxAsking)
	}
	if response := r.post(s, "default", good()); response.Code != http.StatusOK {
		t.Errorf("another environment's is answered %d %s", response.Code, response.Body)
	}
	own := hang("default")
	r.overloaded(s)
	for _, asked := range append(others, own...) {
		asked()
	}
	r.idle(s)
}

// slowSecrets answers a read of a Secret when it is let.
type slowSecrets struct {
	client.Reader
	let chan struct{}
}

func (r slowSecrets) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	<-r.let
	return r.Reader.Get(ctx, key, object, options...)
}

// TestSlowSecrets : who waits for signing secrets is counted, and has no place.
func TestSlowSecrets(t *testing.T) {
	s := newStage(t, plane.Config)
	let := make(chan struct{})
	r := s.replica(func(o *Options) { o.Secrets.Live = slowSecrets{o.Secrets.Live, let} })
	release := sync.OnceFunc(func() { close(let) })
	s.Cleanup(release)
	answered := make(chan int, 1)
	go func() { answered <- r.post(s, "default", good()).Code }()
	within(s, 3*time.Second, func() error {
		r.admission.mu.Lock()
		defer r.admission.mu.Unlock()
		if n := r.admission.asking.held.requests; n != 1 || r.admission.unverified.requests > 0 {
			return fmt.Errorf("%d ask, %d are read", n, r.admission.unverified.requests)
		}
		return nil
	})
	release()
	if code := <-answered; code != http.StatusOK {
		t.Errorf("answered %d", code)
	}
	r.idle(s)
}

// TestNoProcessor has others take the processors: an event is sent away before Mux gives up, also one that is beyond its environment's share,
// unless too many of those wait. They are taken when they come again.
func TestNoProcessor(t *testing.T) {
	s := newStage(t, plane.Config)
	r := s.replica()
	for _, row := range []struct {
		inFlight, hurried int
		reason            string
		wait              time.Duration
	}{
		{0, 0, reasonNoProcessor, requestTimeout},
		{maxInFlight, 0, reasonNoProcessor, requestTimeout},
		{maxInFlight, maxBeyond, reasonOverloaded, 0},
	} {
		give := r.takeAll(s)
		r.holds(row.inFlight, row.hurried)
		began := time.Now()
		r.sentAway(s, row.reason)
		if took := time.Since(began); took < row.wait || took > row.wait+500*time.Millisecond {
			t.Errorf("with %d in flight and %d beyond the share it is sent away after %s, want %s", row.inFlight, row.hurried, took, row.wait)
		}
		r.holds(-row.inFlight, -row.hurried)
		give()
		if response := r.post(s, "default", good()); response.Code != http.StatusOK {
			t.Errorf("sent again it is answered %d %s", response.Code, response.Body)
		}
	}
	r.idle(s)
}

// holds has others hold so many places for what is verified.
func (r *replica) holds(withinShare, beyond int) {
	r.admission.mu.Lock()
	defer r.admission.mu.Unlock()
	r.admission.inShare.held.requests += withinShare
	r.admission.beyond.held.requests += beyond
}

// TestWaitersHaveNoProcessor has more events wait for slow writes than there are processors, of each kind that waits: for a status, for an
// object that is made, for a warning. One more is looked at meanwhile.
func TestWaitersHaveNoProcessor(t *testing.T) {
	s := newStage(t, plane.Config)
	s.discover()
	known := s.asset("known", "default", "known000000000000000000000000000")
	let := make(chan struct{})
	r := s.replica(beforePatch(func() { <-let }), beforeCreate(func() { <-let }))
	r.sees(s, known)
	var all sync.WaitGroup
	old := time.Now().Add(-time.Hour) // for which no object is expected any more
	for name, body := range map[string]func(n int) string{
		"status": func(int) string {
			return event("video.asset.ready", "known000000000000000000000000000", time.Now(), "")
		},
		"made": func(n int) string { return event("video.asset.ready", fmt.Sprintf("made%028d", n), old, "") },
		"warning": func(int) string {
			return event("video.asset.warning", "known000000000000000000000000000", old, `,"warning":{"type":"a"}`)
		},
	} {
		waiting, want := r.waiting(), 2*runtime.GOMAXPROCS(0)
		for n := range want {
			all.Go(func() { r.post(s, "default", body(n)) })
		}
		within(t, 5*time.Second, func() error {
			if got := r.waiting() - waiting; got < want {
				return fmt.Errorf("%d of %d wait for a %s", got, want, name)
			}
			return nil
		})
		give := r.takeAll(s)
		give()
	}
	close(let)
	all.Wait()
	r.idle(s)
}

// unread fails a test that reads it.
type unread struct{ *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.Error("the body is read")
	return 0, io.EOF
}

// TestHeaderDecides refuses by the header alone what the header alone tells: it takes no place, so that one is answered at once where none is free.
func TestHeaderDecides(t *testing.T) {
	s := newStage(t, plane.Config)
	s.environment("unsigned")
	r := s.replica()
	places := func(taken int) {
		r.admission.mu.Lock()
		defer r.admission.mu.Unlock()
		r.admission.unverified.requests = taken
	}
	places(maxUnverified)
	now := time.Now()
	for _, row := range []struct {
		name, env, signature string
		length               int64
		status               int
		told                 string
	}{
		{"no signature", "default", "", 10, 401, ""},
		{"malformed", "default", "v1=zz", 10, 401, ""},
		{"too old", "default", header(testSecret, now.Add(-6*time.Minute), ""), 10, 401, ""},
		{"too new", "default", header(testSecret, now.Add(6*time.Minute), ""), 10, 401, ""},
		{"too large", "default", header(testSecret, now, ""), maxBody + 1, 413, ""},
		{"too large, and no signature", "default", "", maxBody + 1, 413, ""},
		{"no signing secret", "unsigned", header(testSecret, now, ""), 10, 503, reasonNoSigningSecret},
		{"no signing secret, and no signature", "unsigned", "", 10, 401, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodPost, "/webhooks/"+s.namespace+"/"+row.env, unread{t})
			request.ContentLength = row.length
			if row.signature != "" {
				request.Header.Set(signatureHeader, row.signature)
			}
			response := httptest.NewRecorder()
			r.ServeHTTP(response, request)
			if response.Code != row.status || !strings.Contains(response.Body.String(), row.told) {
				t.Errorf("answered %d %s, want %d %s", response.Code, response.Body, row.status, row.told)
			}
		})
	}
	places(0)
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
