// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/crashproxy"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// crashStage is a stage whose operators reach the API server and Mux through gates, and are reached through services.
type crashStage struct {
	*stage
	toMux, toReceiver *crashproxy.Service
	ahead             atomic.Int64 // of the clock of Mux and of the operators in this process before the real one
	ended             sync.WaitGroup
	program           func() string // the operator's
	stale             bool          // the caches of operators in this process are behind
}

// crashTimeout is how long these operators wait for Mux, on a machine that is busy; crashListLag what they are told of its lists.
const (
	crashTimeout = 2 * time.Second
	crashListLag = time.Second
)

// crashWindow is longer than a create without a trace is looked for, and a part: 10 s, crashTimeout, and crashListLag or 5 s.
const crashWindow = 20 * time.Second

func newCrashStage(t *testing.T, program func() string, stale bool) *crashStage {
	toMux, toReceiver := crashproxy.NewService(), crashproxy.NewService()
	t.Cleanup(toMux.Close)
	t.Cleanup(toReceiver.Close)
	s := &crashStage{toMux: toMux, toReceiver: toReceiver, program: program, stale: stale}
	s.stage = newStage(t, muxsim.Options{Clock: (*crashClock)(s), MinRetry: 200 * time.Millisecond, MaxRetry: time.Second, ReadyAfter: 100 * time.Millisecond},
		func(env *video.MuxEnvironment) { env.Spec.APIURL = toMux.URL })
	s.sim.AddWebhook(muxsim.DefaultEnvironmentID, toReceiver.URL+"/webhooks/"+s.namespace+"/"+s.env.Name, signingSecret)
	t.Cleanup(s.ended.Wait)
	return s
}

func (s *crashStage) clock() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// forward sets the clock forward by crashWindow. What has been arranged for a time is not brought forward.
func (s *crashStage) forward() { s.ahead.Add(int64(crashWindow)) }

// crashClock is the simulator's.
type crashClock crashStage

func (c *crashClock) Now() time.Time { return (*crashStage)(c).clock() }

func (c *crashClock) AfterFunc(d time.Duration, f func()) muxsim.Timer { return time.AfterFunc(d, f) }

// victim is an operator that may be stopped at any time.
type victim struct {
	gate     *crashproxy.Gate
	receiver string
	die      func() // at once
	end      func() // in order
	process  *os.Process
}

// gated makes a gate with its two addresses.
func (s *crashStage) gated() (gate *crashproxy.Gate, api, mux string) {
	s.Helper()
	gate = crashproxy.New()
	s.Cleanup(gate.Close)
	apiURL, err := url.Parse(s.plane.Config.Host)
	if err != nil {
		s.Fatal(err)
	}
	apiURL.Scheme = "https"
	if apiURL.Host == "" {
		apiURL.Host, apiURL.Path = s.plane.Config.Host, ""
	}
	transport, err := rest.TransportFor(s.plane.Config)
	if err != nil {
		s.Fatal(err)
	}
	simURL, err := url.Parse(s.sim.URL())
	if err != nil {
		s.Fatal(err)
	}
	return gate, gate.Front(apiURL, transport), gate.Front(simURL, http.DefaultTransport)
}

// inProcess starts an operator in this process.
func (s *crashStage) inProcess() *victim {
	s.Helper()
	gate, api, muxAddress := s.gated()
	config := &rest.Config{Host: api, QPS: -1}
	o := options{metricsAddr: "0", probeAddr: "0", receiverAddr: "127.0.0.1:0", namespace: s.namespace, createRate: 100, requestRate: 100,
		muxTimeout: crashTimeout, listLag: crashListLag, clock: s.clock, transport: through(muxAddress)}
	if s.stale {
		lagging(config, &o)
	}
	op, err := newOperator(config, o)
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.ended.Go(func() { _ = op.Start(ctx) }) // of one that was cut off any error may come
	s.Cleanup(cancel)
	within(s, 20*time.Second, "the receiver is ready", func() error { return op.receiver.Ready(nil) })
	v := &victim{gate: gate, receiver: "http://" + op.receiver.Addr(), end: cancel}
	v.die = func() { gate.Cut(); cancel() }
	s.lead(v, muxAddress)
	return v
}

// through carries every request to one address.
func through(address string) http.RoundTripper {
	target, _ := url.Parse(address) // it is a server's own
	return &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, target.Host)
	}}
}

// lead has the operator receive; what processes send to Mux goes through its gate.
func (s *crashStage) lead(v *victim, muxAddress string) {
	s.toMux.To(muxAddress)
	s.toReceiver.To(v.receiver)
}

// process starts the operator's binary.
func (s *crashStage) process(flags ...string) *victim {
	s.Helper()
	gate, api, muxAddress := s.gated()
	receiver, probes := freeAddress(s.T), freeAddress(s.T)
	flags = append(flags, "--kubeconfig="+s.kubeconfig(api), "--namespace="+s.namespace, "--metrics-bind-address=0",
		"--health-probe-bind-address="+probes, "--receiver-bind-address="+receiver, "--mux-create-rate=100", "--mux-request-rate=100",
		"--mux-timeout="+crashTimeout.String(), "--mux-list-lag="+crashListLag.String())
	command := exec.Command(s.program(), flags...)
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	s.ended.Go(func() { _ = command.Wait() }) // it is killed
	v := &victim{gate: gate, receiver: "http://" + receiver, process: command.Process}
	v.die = func() { _ = command.Process.Signal(syscall.SIGKILL); gate.Cut() } // it may have ended by itself
	v.end = v.die
	s.Cleanup(v.die)
	within(s, time.Minute, "the operator is ready", func() error {
		_, err := fetch(s.ctx, "http://"+probes+"/readyz")
		return err
	})
	s.lead(v, muxAddress)
	return v
}

// kubeconfig is one that leads to an address.
func (s *crashStage) kubeconfig(address string) string {
	s.Helper()
	path := filepath.Join(s.TempDir(), "kubeconfig")
	config := clientcmdapi.NewConfig()
	config.Clusters["gate"] = &clientcmdapi.Cluster{Server: address}
	config.AuthInfos["gate"] = &clientcmdapi.AuthInfo{}
	config.Contexts["gate"] = &clientcmdapi.Context{Cluster: "gate", AuthInfo: "gate"}
	config.CurrentContext = "gate"
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		s.Fatal(err)
	}
	return path
}
