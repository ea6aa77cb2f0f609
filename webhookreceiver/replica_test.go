// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
)

// replica is a receiver with a cache of its own.
type replica struct {
	*Receiver
	registry *prometheus.Registry
	// stop ends the receiver alone and gives what Start returned; its cache goes on until the test ends.
	stop func() error
}

// replica starts one; edits change its options before.
func (s *stage) replica(edits ...func(*Options)) *replica {
	s.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.ctx))
	registry := prometheus.NewRegistry()
	options := s.options(ctx)
	options.Registerer = registry
	for _, edit := range edits {
		edit(&options)
	}
	receiver, err := New(options)
	if err != nil {
		s.Fatal(err)
	}
	ended, stopped := make(chan error, 1), make(chan error, 1)
	receiving, stop := context.WithCancel(ctx)
	go func() { ended <- options.Cache.Start(ctx) }()
	go func() { stopped <- receiver.Start(receiving) }()
	r := &replica{Receiver: receiver, registry: registry, stop: sync.OnceValue(func() error {
		stop()
		return <-stopped
	})}
	s.Cleanup(func() {
		if err := r.stop(); err != nil && !errors.Is(err, errCommitsCut) {
			s.Error(err)
		}
		cancel()
		if err := <-ended; err != nil {
			s.Error(err)
		}
	})
	within(s, 20*time.Second, func() error { return receiver.Ready(nil) })
	return r
}

// options are what a receiver needs, with a cache that has not started.
func (s *stage) options(ctx context.Context) Options {
	s.Helper()
	namespaces := map[string]cache.Config{s.namespace: {}}
	if s.elsewhere != "" {
		namespaces[s.elsewhere] = cache.Config{}
	}
	objects, err := cache.New(s.config, cache.Options{
		Scheme: testScheme(s), DefaultTransform: cache.TransformStripManagedFields(), DefaultNamespaces: namespaces,
	})
	if err != nil {
		s.Fatal(err)
	}
	if err := commit.RegisterIndexes(ctx, objects); err != nil {
		s.Fatal(err)
	}
	secrets := &metav1.PartialObjectMetadata{}
	secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	for _, kind := range []client.Object{&video.MuxEnvironment{}, secrets} {
		if _, err := objects.GetInformer(ctx, kind, cache.BlockUntilSynced(false)); err != nil {
			s.Fatal(err)
		}
	}
	cached, err := client.NewWithWatch(s.config, client.Options{Scheme: testScheme(s), Cache: &client.CacheOptions{Reader: objects}})
	if err != nil {
		s.Fatal(err)
	}
	return Options{
		Address:   "127.0.0.1:0",
		Cache:     objects,
		Committer: &commit.Committer{Client: cached, Live: s.Client},
		Secrets:   &environment.Secrets{Metadata: objects, Live: s.Client},
	}
}

// beforePatch runs a function before each patch of a status.
func beforePatch(run func()) func(*Options) {
	return func(o *Options) {
		o.Committer.Client = interceptor.NewClient(o.Committer.Client.(client.WithWatch), interceptor.Funcs{
			SubResourcePatch: func(ctx context.Context, c client.Client, sub string, object client.Object, patch client.Patch, more ...client.SubResourcePatchOption) error {
				run()
				return c.SubResource(sub).Patch(ctx, object, patch, more...)
			},
		})
	}
}

// beforeCreate runs a function before each create.
func beforeCreate(run func()) func(*Options) {
	return func(o *Options) {
		o.Committer.Client = interceptor.NewClient(o.Committer.Client.(client.WithWatch), interceptor.Funcs{
			Create: func(ctx context.Context, c client.WithWatch, object client.Object, more ...client.CreateOption) error {
				run()
				return c.Create(ctx, object, more...)
			},
		})
	}
}

// sees waits until the replica's cache has an object in its present version.
func (r *replica) sees(s *stage, object client.Object) {
	s.Helper()
	within(s, 20*time.Second, func() error {
		cached := object.DeepCopyObject().(client.Object)
		if err := r.options.Cache.Get(s.ctx, client.ObjectKeyFromObject(object), cached); err != nil {
			return err
		}
		if cached.GetResourceVersion() != object.GetResourceVersion() {
			return fmt.Errorf("the cache has version %s of %s, not %s", cached.GetResourceVersion(), object.GetName(), object.GetResourceVersion())
		}
		return nil
	})
}

// send gives a request to the receiver's handler as the server would.
func (r *replica) send(method, path, signature, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if signature != "" {
		request.Header.Set(signatureHeader, signature)
	}
	response := httptest.NewRecorder()
	r.ServeHTTP(response, request)
	return response
}

// post sends a body that is signed now.
func (r *replica) post(s *stage, env, body string) *httptest.ResponseRecorder {
	return r.send(http.MethodPost, "/webhooks/"+s.namespace+"/"+env, header(testSecret, time.Now(), body), body)
}

// deliveries are the counters of answers that are not zero, by status, result and reason.
func (r *replica) deliveries(s *stage) map[string]int {
	s.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		s.Fatal(err)
	}
	counts := map[string]int{}
	for _, f := range families {
		if f.GetName() != "mux_operator_webhook_deliveries_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			counts[strings.TrimSpace(labels["status"]+" "+labels["result"]+" "+labels["reason"])] += int(m.GetCounter().GetValue())
		}
	}
	return counts
}
