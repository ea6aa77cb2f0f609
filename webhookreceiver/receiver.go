// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
)

// Options are what a receiver needs.
type Options struct {
	// Address to listen on, such as :8090; port 0 chooses a free one.
	Address string
	// TLS is what the receiver speaks TLS with; nil speaks plain HTTP.
	TLS *tls.Config
	// Cache holds the objects that events are about, with the indexes of internal/commit; required.
	Cache cache.Cache
	// Committer writes statuses; required.
	Committer *commit.Committer
	// Secrets reads signing secrets; required.
	Secrets *environment.Secrets
	// Drain is how long requests are still taken after Ready has become false, for those who send them to learn of it; unset,
	// none are.
	Drain time.Duration
	// Registerer takes the metrics; nil registers none.
	Registerer prometheus.Registerer
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create

// Receiver is the HTTP server for webhooks. It is a Runnable of a manager and needs no leader election.
type Receiver struct {
	options  Options
	metrics  *metrics
	router   *router
	turns    *commit.Turns
	targets  map[family]*target
	verified *verifiedMarker
	// processors bound how many verified events are worked on at once; who waits for a write has none.
	processors *commit.Turns

	admission *admission
	ready     atomic.Bool
	draining  atomic.Bool
	listener  atomic.Pointer[net.Listener]
}

// New makes a receiver; it listens from Start on.
func New(o Options) (*Receiver, error) {
	if o.Cache == nil || o.Committer == nil || o.Secrets == nil {
		return nil, errors.New("a receiver needs a cache, a committer and secrets")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	turns, metrics := commit.NewTurns(commit.DefaultTurns), newMetrics(o.Registerer)
	return &Receiver{
		options:    o,
		turns:      turns,
		metrics:    metrics,
		admission:  newAdmission(metrics),
		router:     &router{cache: o.Cache, now: o.Now},
		targets:    newTargets(o.Committer, turns),
		verified:   &verifiedMarker{committer: o.Committer, now: o.Now},
		processors: commit.NewTurns(runtime.GOMAXPROCS(0)),
	}, nil
}

// NeedLeaderElection is false: every replica receives.
func (r *Receiver) NeedLeaderElection() bool { return false }

// shutdownTimeout bounds the stop after Drain: the deadline of one request, and a little. A commit that takes longer has no
// sender any more; Mux sends its event again.
const shutdownTimeout = requestTimeout + time.Second

// Start listens once the caches have synced, until ctx ends. Then it is not Ready any more, takes requests for as long as Drain
// says, refuses connections, waits for the requests in flight, and returns, at the latest after Drain and shutdownTimeout.
func (r *Receiver) Start(ctx context.Context) error {
	counted, err := commit.Watch(ctx, r.options.Cache, r.router.change)
	if err != nil {
		return err
	}
	if !r.options.Cache.WaitForCacheSync(ctx) || !toolscache.WaitForCacheSync(ctx.Done(), counted...) {
		return nil // ctx ended first
	}
	listener, err := net.Listen("tcp", r.options.Address)
	if err != nil {
		return fmt.Errorf("listen for webhooks: %w", err)
	}
	r.listener.Store(&listener)
	server := newServer(r, log.FromContext(ctx))
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(r.secured(listener)) }()
	r.ready.Store(true)
	log.FromContext(ctx).Info("receiving webhooks", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serve webhooks: %w", err)
	case <-ctx.Done():
	}
	r.drain(failed)
	return r.shutDown(ctx, server)
}

// drain lets those who send requests go elsewhere: a balancer sees that the receiver is not ready and opens no connections to it,
// and each connection that is open is closed with its next answer, by which its user knows that the answer was the last.
func (r *Receiver) drain(failed <-chan error) {
	r.ready.Store(false)
	r.draining.Store(true)
	select {
	case <-time.After(r.options.Drain):
	case <-failed: // nothing is listened to any more
	}
}

// secured is the listener with TLS in it, if there is a certificate.
func (r *Receiver) secured(listener net.Listener) net.Listener {
	if r.options.TLS == nil {
		return listener
	}
	return tls.NewListener(listener, r.options.TLS)
}

// shutDown refuses connections and waits for what is in flight. What comes on a connection that was just being opened is still
// taken, as long as there is time to answer it.
func (r *Receiver) shutDown(ctx context.Context, server *http.Server) error {
	late := time.AfterFunc(shutdownTimeout-requestTimeout, r.admission.stop)
	defer late.Stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := server.Shutdown(grace)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	r.admission.stop()
	drained := make(chan struct{})
	go func() {
		for _, t := range r.targets {
			t.drain()
		}
		r.verified.wait()
		close(drained)
	}()
	select {
	case <-drained:
		return err
	case <-grace.Done():
		return errors.Join(err, errCommitsCut)
	}
}

var errCommitsCut = errors.New("the API server has not answered some commits in time; Mux will send their events again")

// Ready is nil while webhooks are taken: for /readyz.
func (r *Receiver) Ready(*http.Request) error {
	if r.ready.Load() {
		return nil
	}
	return errors.New("webhooks are not received: the caches have not synced, or the process is ending")
}

// Addr is the address that is listened on; "" before that.
func (r *Receiver) Addr() string {
	if listener := r.listener.Load(); listener != nil {
		return (*listener).Addr().String()
	}
	return ""
}

// environment returns the environment of a path, which is the cache's own: read only. Anybody may ask, so it costs no copy.
func (r *Receiver) environment(ctx context.Context, path string) (*video.MuxEnvironment, error) {
	key, ok := environment.ParseWebhookPath(path)
	if !ok {
		return nil, errNoEnvironment
	}
	env := &video.MuxEnvironment{}
	if err := r.options.Cache.Get(ctx, key, env, client.UnsafeDisableDeepCopy); client.IgnoreNotFound(err) != nil {
		return nil, err
	} else if err != nil {
		return nil, errNoEnvironment
	}
	return env, nil
}

var errNoEnvironment = errors.New("no MuxEnvironment has this path")
