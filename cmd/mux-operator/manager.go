// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// leaderElectionID names the Lease; it must not change between releases, or two of them would lead at once.
const leaderElectionID = "mux-operator.video.mux.com"

// gracefulShutdown is the longest request to Mux, 15 s, and 5 s to write its outcome down: an id that Mux has just given is
// worth waiting for. The receiver's drain comes before. config/manager grants 30 s.
const gracefulShutdown = 20 * time.Second

// restConfig removes the client-side rate limit: webhooks come in bursts, each must be durable within 4 s, and the API
// server's priority and fairness protects it better than a queue here would.
func restConfig(base *rest.Config) *rest.Config {
	c := rest.CopyConfig(base)
	c.QPS = -1
	c.UserAgent = userAgent()
	return c
}

func managerOptions(o options) ctrl.Options {
	grace, skip := gracefulShutdown+o.receiverDrain, true
	return ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       server.Options{BindAddress: o.metricsAddr},
		HealthProbeBindAddress:        o.probeAddr,
		PprofBindAddress:              pprofAddress(o.pprofAddr),
		LeaderElection:                o.leaderElection,
		LeaderElectionID:              orDefault(o.leaderElectionID, leaderElectionID),
		LeaderElectionNamespace:       o.leaderElectionNamespace,
		LeaderElectionReleaseOnCancel: true, // main ends with the manager, so the next leader need not wait 15 s
		GracefulShutdownTimeout:       &grace,
		Cache:                         cacheOptions(o.namespace),
		NewCache:                      newCache(o.namespace),
		MapperProvider:                newMapper,
		// Secrets are never cached: a read of one, by its type, goes to the API server. Their metadata is watched.
		Client: client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		// Replicas in one process, as tests run them, have controllers of the same names.
		Controller: config.Controller{SkipNameValidation: &skip},
	}
}

// cacheOptions keep out of memory what nobody here reads.
func cacheOptions(namespace string) cache.Options {
	o := cache.Options{DefaultTransform: strip}
	if namespace != "" {
		o.DefaultNamespaces = map[string]cache.Config{namespace: {}}
	}
	return o
}

// strip removes managedFields, which are often larger than the object. Of Secrets alone the metadata is cached, and there
// the labels and annotations go as well: kubectl's last-applied-configuration has the whole Secret with its data, of every
// Secret in the cluster. Nothing is set that is empty already, since the object may be in use when strip sees it again.
func strip(object any) (any, error) {
	if metadata, ok := object.(*metav1.PartialObjectMetadata); ok {
		if metadata.Annotations != nil {
			metadata.Annotations = nil
		}
		if metadata.Labels != nil {
			metadata.Labels = nil
		}
	}
	return cache.TransformStripManagedFields()(object)
}

// newCache makes a cache to which nothing exists outside of the namespace, if one is given. controller-runtime's own fails
// there, and a reference to an environment elsewhere would be taken for a fault of the API server.
func newCache(namespace string) cache.NewCacheFunc {
	return func(config *rest.Config, o cache.Options) (cache.Cache, error) {
		c, err := cache.New(config, o)
		if err != nil || namespace == "" {
			return c, err
		}
		return oneNamespace{c, namespace}, nil
	}
}

type oneNamespace struct {
	cache.Cache
	namespace string
}

// Get finds nothing in other namespaces, nor these themselves: the informer that would look for them may not, and whoever asks would wait
// for it. What else has no namespace is found.
func (c oneNamespace) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	namespace := key.Namespace
	if _, isNamespace := object.(*corev1.Namespace); isNamespace {
		namespace = key.Name
	}
	if namespace != "" && namespace != c.namespace {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "objects outside of the namespace " + c.namespace}, key.String())
	}
	return c.Cache.Get(ctx, key, object, options...)
}

// pprofAddress is "" for none, as the manager wants it.
func pprofAddress(address string) string {
	if address == "0" {
		return ""
	}
	return address
}

func orDefault(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
