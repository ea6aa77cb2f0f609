// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
)

// stage is what runs and what has to be cleared away.
type stage struct {
	// signals ends with a signal; ctx also with the first process that ends by itself, and its cause says which.
	signals, ctx context.Context
	fail         context.CancelCauseFunc

	dir       string // holds the kubeconfig and the logs
	plane     *controlplane.ControlPlane
	client    client.Client
	processes []*process
	ports     ports

	table readyRows
}

// ports of the servers that people meet, on 127.0.0.1.
type ports struct{ mux, receiver, metrics, probes int }

// newStage starts the control plane; the error of a half-set stage comes after it has been cleared.
func newStage(ctx context.Context) (*stage, error) {
	dir, err := os.MkdirTemp("", "mux-operator-quickstart-")
	if err != nil {
		return nil, err
	}
	s := &stage{dir: dir, signals: ctx}
	s.ctx, s.fail = context.WithCancelCause(ctx)
	if err := s.startControlPlane(); err != nil {
		return nil, errors.Join(err, s.clear())
	}
	return s, nil
}

func (s *stage) startControlPlane() (err error) {
	say("starting etcd and kube-apiserver")
	if s.plane, err = controlplane.Start(); err != nil {
		return err
	}
	if err := s.plane.Kubeconfig(s.kubeconfig()); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(video.AddToScheme(scheme), corev1.AddToScheme(scheme)); err != nil {
		return err
	}
	if s.client, err = client.New(s.plane.Config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	s.ports, err = choosePorts()
	return err
}

func (s *stage) kubeconfig() string { return filepath.Join(s.dir, "kubeconfig") }

// cause is why the stage ended.
func (s *stage) cause() error { return context.Cause(s.ctx) }

// interrupted says whether a person ended it.
func (s *stage) interrupted() bool { return s.signals.Err() != nil }

// startMux runs the simulator and waits until it answers.
func (s *stage) startMux() error {
	say("starting the simulator of Mux on %s", s.muxURL())
	if err := s.start("muxsim", "--addr", address(s.ports.mux)); err != nil {
		return err
	}
	return s.answers(s.muxURL() + "/_sim/pending")
}

// startOperator runs the operator as a cluster would, but for leader election, and waits until it is ready.
func (s *stage) startOperator() error {
	say("starting the operator, webhooks on http://%s", address(s.ports.receiver))
	err := s.start("mux-operator",
		"--kubeconfig", s.kubeconfig(),
		"--metrics-bind-address", address(s.ports.metrics),
		"--health-probe-bind-address", address(s.ports.probes),
		"--receiver-bind-address", address(s.ports.receiver))
	if err != nil {
		return err
	}
	return s.answers("http://" + address(s.ports.probes) + "/readyz")
}

func (s *stage) muxURL() string { return "http://" + address(s.ports.mux) }

// start runs a program of bin/ whose end before ours is a failure.
func (s *stage) start(name string, args ...string) error {
	p, err := startProcess(filepath.Join("bin", name), filepath.Join(s.dir, name+".log"), args...)
	if err != nil {
		return fmt.Errorf("%w; run `make build` at the top of the source tree", err)
	}
	s.processes = append(s.processes, p)
	go func() {
		<-p.ended
		s.fail(fmt.Errorf("%s ended: %v", name, p.err))
	}()
	return nil
}

// startLimit is how long a program may take until it answers: seconds on an idle machine.
const startLimit = time.Minute

// answers waits until a GET of the URL is answered 200.
func (s *stage) answers(url string) error {
	return s.within(startLimit, url+" does not answer", func(ctx context.Context) (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, nil // it may not listen yet
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK, nil
	})
}

// within asks five times a second until done, an error, the limit, or the end of the stage.
func (s *stage) within(limit time.Duration, what string, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(s.ctx, limit, fmt.Errorf("%s within %s", what, limit))
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil || ok:
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// clear ends what was started, last first, and removes the files.
func (s *stage) clear() error {
	s.fail(nil)
	var errs []error
	for _, p := range slices.Backward(s.processes) {
		errs = append(errs, p.stop())
	}
	if s.plane != nil {
		errs = append(errs, s.plane.Stop())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}
