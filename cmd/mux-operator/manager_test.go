// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// TestCachedSecrets looks for the data of a Secret in what the cache holds of it.
func TestCachedSecrets(t *testing.T) {
	c, err := client.New(plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "cache-"}}
	if err := c.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	meta := metav1.ObjectMeta{
		Namespace: namespace.Name, Name: "applied", Labels: map[string]string{"label": "canary"},
		Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: `{"stringData":{"key":"canary"}}`},
	}
	secret := &corev1.Secret{ObjectMeta: meta, StringData: map[string]string{"key": "canary"}}
	asset := &video.MuxAsset{ObjectMeta: meta}
	asset.Spec.EnvironmentRef.Name, asset.Spec.Inputs = "default", []video.AssetInput{{URL: "https://example.com/a.mp4"}}
	for _, object := range []client.Object{secret, asset} {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	cached := startedCache(t, namespace.Name)
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	if err := cached.Get(t.Context(), client.ObjectKeyFromObject(secret), metadata); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(metadata)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "canary") || len(metadata.ManagedFields) > 0 || metadata.ResourceVersion != secret.ResourceVersion {
		t.Errorf("the cache holds %s", text)
	}
	if err := cached.Get(t.Context(), client.ObjectKeyFromObject(asset), asset); err != nil {
		t.Fatal(err)
	}
	if len(asset.Annotations) != 1 || len(asset.Labels) != 1 || len(asset.ManagedFields) > 0 {
		t.Errorf("the cache holds of a MuxAsset %+v", asset.ObjectMeta)
	}
}

// startedCache is the operator's cache of a namespace.
func startedCache(t *testing.T, namespace string) cache.Cache {
	t.Helper()
	o := cacheOptions(namespace)
	o.Scheme = scheme
	cached, err := cache.New(plane.Config, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- cached.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return cached
}

// TestOtherNamespaces : to an operator of one namespace no other exists, nor what is in it; it does not ask the cache, which would wait for an
// informer that may not list them.
func TestOtherNamespaces(t *testing.T) {
	c := oneNamespace{nil, "ours"}
	for _, row := range []struct {
		key    client.ObjectKey
		object client.Object
	}{
		{client.ObjectKey{Name: "theirs"}, &corev1.Namespace{}},
		{client.ObjectKey{Namespace: "theirs", Name: "ours"}, &video.MuxEnvironment{}},
	} {
		if err := c.Get(t.Context(), row.key, row.object); !apierrors.IsNotFound(err) {
			t.Errorf("%T %s: got %v", row.object, row.key, err)
		}
	}
}
