// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/controllers"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/webhookreceiver"
)

// scheme knows the kinds that the operator reads and writes.
var scheme = runtime.NewScheme()

func init() {
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(video.AddToScheme(scheme))
}

// operator is one replica.
type operator struct {
	ctrl.Manager
	receiver *webhookreceiver.Receiver
}

// newOperator builds a replica that talks to the cluster of config. Nothing is listened on for webhooks before Start.
func newOperator(config *rest.Config, o options) (*operator, error) {
	mgr, err := ctrl.NewManager(restConfig(config), managerOptions(o))
	if err != nil {
		return nil, fmt.Errorf("set up the manager: %w", err)
	}
	if err := prepareCache(mgr, o.namespace); err != nil {
		return nil, fmt.Errorf("set up the cache: %w", err)
	}
	committer := &commit.Committer{Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Recorder: mgr.GetEventRecorder("mux-operator")}
	instrument(committer, o.registerer)
	if err := countObjects(mgr, o.registerer); err != nil {
		return nil, fmt.Errorf("set up the metrics: %w", err)
	}
	secrets := &environment.Secrets{Metadata: mgr.GetCache(), Live: mgr.GetAPIReader()}
	receiver, err := addReceiver(mgr, o, committer, secrets)
	if err != nil {
		return nil, fmt.Errorf("set up the receiver: %w", err)
	}
	if err := controllers.Setup(mgr, controllers.Options{
		Committer:  committer,
		Secrets:    secrets,
		Budgets:    &mux.Budgets{Limits: o.limits()},
		Registerer: o.registerer,
		Namespace:  o.namespace,
		UserAgent:  userAgent(),
		Transport:  o.transport,
		Timeout:    o.muxTimeout,
		ListLag:    o.listLag,
		Clock:      o.clock,
	}); err != nil {
		return nil, fmt.Errorf("set up the controllers: %w", err)
	}
	return &operator{Manager: mgr, receiver: receiver}, addProbes(mgr, receiver)
}

// Transitions become Events.
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// prepareCache adds the indexes, and starts with the manager what the receiver reads: a replica that is not the leader runs
// no controller that would, and the first webhook must not wait for a list of all Secrets.
func prepareCache(mgr ctrl.Manager, namespace string) error {
	ctx := context.Background() // the cache has not started, so nothing here waits
	if err := commit.RegisterIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	secrets := &metav1.PartialObjectMetadata{}
	secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	read := []client.Object{&video.MuxEnvironment{}, secrets}
	if namespace == "" { // within one namespace nobody asks for its labels
		read = append(read, &corev1.Namespace{})
	}
	for _, object := range read {
		if _, err := mgr.GetCache().GetInformer(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// countObjects for a metric, if there are any.
func countObjects(mgr ctrl.Manager, registerer prometheus.Registerer) error {
	if registerer == nil {
		return nil
	}
	objects := newObjectsCollector()
	if err := registerer.Register(objects); err != nil {
		return err
	}
	return objects.watch(context.Background(), mgr.GetCache()) // the cache has not started, so nothing here waits
}

// addProbes serves /healthz, which is the process, and /readyz, which is the receiver: it listens only once the caches have
// synced, and refuses while it shuts down.
func addProbes(mgr ctrl.Manager, receiver *webhookreceiver.Receiver) error {
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	return mgr.AddReadyzCheck("receiver", receiver.Ready)
}
