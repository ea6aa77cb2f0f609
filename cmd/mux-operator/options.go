// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/mux-operator/mux-operator/internal/mux"
)

// options are what the flags say, and what tests set.
type options struct {
	// metricsAddr serves /metrics, probeAddr /healthz and /readyz; "0" serves nothing.
	metricsAddr, probeAddr string
	// pprofAddr serves Go's profiles under /debug/pprof; "" or "0" serves none.
	pprofAddr string
	// receiverAddr is where webhooks arrive; port 0 chooses a free one.
	receiverAddr string
	// receiverTLSDir holds the receiver's certificate; "" is plain HTTP.
	receiverTLSDir string
	// receiverDrain is how long webhooks are still taken after the replica has said that it is not ready any more.
	receiverDrain time.Duration
	// namespace is the only one that is watched; "" watches all.
	namespace string

	// createRate and requestRate are what Mux allows each of its environments, in requests a second.
	createRate, requestRate float64

	// muxTimeout bounds one request to Mux; 0 is the default.
	muxTimeout time.Duration
	// listLag is how long Mux's lists may be behind; 0 is the default.
	listLag time.Duration
	// transport carries the requests to Mux; nil is one that all share.
	transport http.RoundTripper
	// clock tells the controllers the time; nil is time.Now.
	clock func() time.Time

	// leaderElection makes the controllers wait for a Lease. Without it this must be the only replica.
	leaderElection bool
	// leaderElectionNamespace holds the Lease; "" is the pod's own.
	leaderElectionNamespace string
	// leaderElectionID names the Lease; "" is the operator's own name.
	leaderElectionID string

	// registerer takes the operator's metrics; nil keeps them from /metrics.
	registerer prometheus.Registerer

	// probe is a URL to ask instead of running the operator, until it is answered with probeStatus.
	probe       string
	probeStatus int

	zap         zap.Options
	showVersion bool
}

// parse reads the flags. An error has already been printed to stderr together with the usage when it is about a flag.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("mux-operator", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.metricsAddr, "metrics-bind-address", ":8080", "address of /metrics; 0 serves none")
	f.StringVar(&o.probeAddr, "health-probe-bind-address", ":8081", "address of /healthz and /readyz; 0 serves none")
	f.StringVar(&o.pprofAddr, "pprof-bind-address", "0", "address of Go's profiles, /debug/pprof; 0 serves none. They show what is in memory: keep it local, such as 127.0.0.1:6060")
	f.StringVar(&o.receiverAddr, "receiver-bind-address", ":8090", "address on which Mux's webhooks arrive")
	f.StringVar(&o.receiverTLSDir, "receiver-tls-dir", "", "folder with tls.crt and tls.key, with which the receiver speaks TLS; plain HTTP when empty")
	f.DurationVar(&o.receiverDrain, "receiver-drain", defaultDrain, "how long a replica that stops still takes webhooks, so that those who send them learn of it, at most 1m")
	f.StringVar(&o.namespace, "namespace", "", "the only namespace to watch; all when empty")
	f.Float64Var(&o.createRate, "mux-create-rate", mux.DefaultLimits.CreateRate, "creates a second that Mux allows each of its environments; more by contract")
	f.Float64Var(&o.requestRate, "mux-request-rate", mux.DefaultLimits.OtherRate, "other requests a second that Mux allows each of its environments")
	f.DurationVar(&o.muxTimeout, "mux-timeout", maxMuxTimeout, "how long a request to Mux may take, 1s to 15s")
	f.DurationVar(&o.listLag, "mux-list-lag", 5*time.Minute, "how long Mux's lists may lag: for so long a create without an answer is looked for before it is sent again")
	f.BoolVar(&o.leaderElection, "leader-elect", false, "let one replica at a time call Mux; needed with more than one")
	f.StringVar(&o.leaderElectionNamespace, "leader-elect-resource-namespace", "", "namespace of the Lease; the pod's own when empty")
	f.StringVar(&o.probe, "probe", "", "ask this URL instead of running, until it gives the answer of --probe-status, for 30s at most")
	f.IntVar(&o.probeStatus, "probe-status", 200, "the HTTP status that --probe waits for")
	f.BoolVar(&o.showVersion, "version", false, "print the version and exit")
	o.zap.BindFlags(f)
	config.RegisterFlags(f)
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected %q: mux-operator takes flags only, see --help", f.Arg(0))
	}
	if !(o.createRate > 0 && o.requestRate > 0) {
		return o, errors.New("--mux-create-rate and --mux-request-rate must be greater than 0")
	}
	if o.muxTimeout < time.Second || o.muxTimeout > maxMuxTimeout || o.listLag < time.Second {
		return o, errors.New("--mux-timeout must be from 1s to 15s, --mux-list-lag 1s or more")
	}
	if o.receiverDrain < 0 || o.receiverDrain > time.Minute {
		return o, errors.New("--receiver-drain must be from 0s to 1m")
	}
	return o, nil
}

// defaultDrain is twice what a Service takes to learn that a pod is not ready, a second. In a pod preStop has waited before.
const defaultDrain = 2 * time.Second

// maxMuxTimeout is also the default: gracefulShutdown, and what config/manager grants, are made for it.
const maxMuxTimeout = 15 * time.Second

// limits are the rates with bursts in proportion.
func (o *options) limits() mux.Limits {
	l := mux.DefaultLimits
	if o.createRate > 0 {
		l.CreateBurst = max(1, int(o.createRate/l.CreateRate*float64(l.CreateBurst)))
		l.CreateRate = o.createRate
	}
	if o.requestRate > 0 {
		l.OtherBurst = max(1, int(o.requestRate/l.OtherRate*float64(l.OtherBurst)))
		l.OtherRate = o.requestRate
	}
	return l
}
