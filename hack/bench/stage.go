// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/controlplane"
)

type settings struct {
	short        bool
	binary, logs string
	output       io.Writer
}

// size is the long or the short one.
func (s settings) size(long, short int) int {
	if s.short {
		return short
	}
	return long
}

// seconds are the long or the short ones.
func (s settings) seconds(long, short int) time.Duration {
	return time.Duration(s.size(long, short)) * time.Second
}

// stage is a control plane with a namespace for the operator, which watches nothing else, and one for the baselines.
type stage struct {
	settings
	ctx    context.Context
	dir    string
	plane  *controlplane.ControlPlane
	client client.Client

	operators []*process
	made      int // assets so far, of which each has a number of its own
	streams   int // live streams so far
	// memory is the bound of the operators that are started; unset, podMemory.
	memory string
	// prime is what an object's status becomes with its first event, whole with all.
	prime, whole statusPatch
}

const (
	ours, raw     = "bench", "raw" // namespaces
	environmentID = "bench0"
	signingSecret = "0123456789abcdefghijklmnopqrstuv"
)

func newStage(ctx context.Context, with settings) (*stage, error) {
	dir, err := os.MkdirTemp("", "mux-operator-bench-")
	if err != nil {
		return nil, err
	}
	s := &stage{settings: with, ctx: ctx, dir: dir}
	if s.logs == "" {
		s.logs = dir
	}
	if err := s.set(); err != nil {
		return nil, errors.Join(err, s.clear())
	}
	return s, nil
}

func (s *stage) set() (err error) {
	if s.plane, err = controlplane.StartPatient(time.Minute); err != nil {
		return err
	}
	if err := s.plane.Kubeconfig(s.kubeconfig()); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(video.AddToScheme(scheme), corev1.AddToScheme(scheme), eventsv1.AddToScheme(scheme)); err != nil {
		return err
	}
	s.plane.Config.UserAgent = "bench"
	if s.client, err = client.New(s.plane.Config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	for _, object := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ours}}, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: raw}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ours, Name: "mux"}, StringData: map[string]string{video.DefaultSigningSecretKey: signingSecret}},
		&video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: ours, Name: "default"}, Spec: video.MuxEnvironmentSpec{
			EnvironmentID: environmentID, // receive only: what is measured is the receiver, and nothing waits for Mux
			Webhook:       &video.WebhookSpec{SigningSecretRefs: []video.SigningSecretReference{{Name: "mux"}}},
		}},
	} {
		if err := s.client.Create(s.ctx, object); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) kubeconfig() string { return filepath.Join(s.dir, "kubeconfig") }

// clear ends what was started and removes the files.
func (s *stage) clear() error {
	errs := []error{s.killAll()}
	if s.plane != nil {
		errs = append(errs, s.plane.Stop())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// killAll ends the operators.
func (s *stage) killAll() error {
	var errs []error
	for _, p := range s.operators {
		errs = append(errs, p.kill())
	}
	return errors.Join(errs...)
}

// operator is a replica of the operator.
type operator struct {
	*process
	webhooks, metrics, probes, pprof string // host:port
}

// path is the URL that webhooks are sent to.
func (o *operator) path() string { return "http://" + o.webhooks + "/webhooks/" + ours + "/default" }

// startOperator starts a replica at free ports, and waits until it receives.
func (s *stage) startOperator(flags ...string) (*operator, error) {
	o, err := s.operatorAt(flags...)
	if err != nil {
		return nil, err
	}
	return o, s.within(time.Minute, func() error { return o.ready() })
}

func (s *stage) operatorAt(flags ...string) (*operator, error) {
	addresses, err := controlplane.FreeAddresses(4)
	if err != nil {
		return nil, err
	}
	o := &operator{webhooks: addresses[0], metrics: addresses[1], probes: addresses[2], pprof: addresses[3]}
	return o, s.runOperator(o, flags...)
}

// runOperator starts a replica, or starts it again, at its addresses.
func (s *stage) runOperator(o *operator, flags ...string) (err error) {
	flags = append([]string{
		"--kubeconfig", s.kubeconfig(), "--namespace", ours, "--receiver-bind-address", o.webhooks,
		"--metrics-bind-address", o.metrics, "--health-probe-bind-address", o.probes, "--pprof-bind-address", o.pprof,
	}, flags...)
	o.process, err = startProcess(s.binary, filepath.Join(s.logs, fmt.Sprintf("operator-%d.log", len(s.operators))), cmp.Or(s.memory, podMemory), flags...)
	if err == nil {
		s.operators = append(s.operators, o.process)
	}
	return err
}

func (o *operator) ready() error {
	response, err := http.Get("http://" + o.probes + "/readyz")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the operator is not ready: %s", response.Status)
	}
	return nil
}

// within asks again and again until there is no error.
func (s *stage) within(limit time.Duration, ask func() error) error {
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-tick.C:
		}
	}
}
