// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"time"

	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/mux-operator/mux-operator/controllers"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/webhookreceiver"
)

// operator runs what the operator is made of, the controllers and the receiver, for the stage's namespace until the test ends,
// and returns the URL of its receiver.
func (s *stage) operator() string {
	s.Helper()
	receiver, manager := s.newOperator(s.namespace, true)
	s.start(manager)
	within(s, 20*time.Second, func() error { return receiver.Ready(nil) })
	return "http://" + receiver.Addr()
}

// receiver runs the receiver alone: nothing is sent to Mux.
func (s *stage) receiver() string { return s.receiverOf(s.namespace) }

// receiverOfAll runs a receiver for all namespaces.
func (s *stage) receiverOfAll() string { return s.receiverOf("") }

func (s *stage) receiverOf(namespace string) string {
	s.Helper()
	receiver, manager := s.newOperator(namespace, false)
	s.start(manager)
	within(s, 20*time.Second, func() error { return receiver.Ready(nil) })
	return "http://" + receiver.Addr()
}

func (s *stage) newOperator(namespace string, controlled bool) (*webhookreceiver.Receiver, ctrl.Manager) {
	s.Helper()
	skip := true
	manager, err := ctrl.NewManager(rest.CopyConfig(plane.Config), ctrl.Options{
		Scheme:     scheme,
		Metrics:    server.Options{BindAddress: "0"},
		Cache:      cache.Options{DefaultNamespaces: map[string]cache.Config{namespace: {}}},
		Controller: config.Controller{SkipNameValidation: &skip},
	})
	if err != nil {
		s.Fatal(err)
	}
	if err := commit.RegisterIndexes(s.ctx, manager.GetFieldIndexer()); err != nil {
		s.Fatal(err)
	}
	committer := &commit.Committer{Client: manager.GetClient(), Live: manager.GetAPIReader(), Recorder: manager.GetEventRecorder("mux-operator")}
	secrets := &environment.Secrets{Metadata: manager.GetCache(), Live: manager.GetAPIReader()}
	receiver, err := webhookreceiver.New(webhookreceiver.Options{Address: "127.0.0.1:0", Cache: manager.GetCache(), Committer: committer, Secrets: secrets})
	if err != nil {
		s.Fatal(err)
	}
	if err := manager.Add(receiver); err != nil {
		s.Fatal(err)
	}
	if controlled {
		if err := controllers.Setup(manager, controllers.Options{Committer: committer, Secrets: secrets}); err != nil {
			s.Fatal(err)
		}
	}
	return receiver, manager
}

// start runs a manager until the test ends.
func (s *stage) start(manager ctrl.Manager) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.ctx))
	done := make(chan error, 1)
	go func() { done <- manager.Start(ctx) }()
	s.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.Errorf("the operator ended with: %v", err)
		}
	})
}
