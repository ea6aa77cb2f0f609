// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// endpointSecret is the Secret with the signing secrets of the endpoints that the operator made, by their ids.
type endpointSecret struct {
	client client.Client
	env    *video.MuxEnvironment
	stored *corev1.Secret // nil where there is none
}

// readEndpointSecret reads it from the API server. One of the name that is not the environment's is never touched.
func (r *environmentReconciler) readEndpointSecret(ctx context.Context, env *video.MuxEnvironment) (*endpointSecret, error) {
	secret := &corev1.Secret{}
	err := r.client.Get(ctx, environment.EndpointSecret(env), secret)
	switch {
	case apierrors.IsNotFound(err):
		secret = nil
	case err != nil:
		return nil, err
	case !metav1.IsControlledBy(secret, env):
		return nil, terminal(video.ReasonSecretNotOwned,
			"the Secret %s, which is to hold the signing secret of the webhook endpoint, exists and is not this object's; delete it, or rename it", secret.Name)
	}
	return &endpointSecret{client: r.client, env: env, stored: secret}, nil
}

func (s *endpointSecret) values() map[string][]byte {
	if s.stored == nil {
		return nil
	}
	return s.stored.Data
}

func (s *endpointSecret) version() string {
	if s.stored == nil {
		return ""
	}
	return s.stored.ResourceVersion
}

// ensure makes the Secret, empty.
func (s *endpointSecret) ensure(ctx context.Context) error {
	if s.stored != nil {
		return nil
	}
	key := environment.EndpointSecret(s.env)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: key.Namespace, Name: key.Name, OwnerReferences: ownedBy(s.env, video.GroupVersion.WithKind("MuxEnvironment")),
	}, Type: corev1.SecretTypeOpaque}
	if err := s.client.Create(ctx, secret); err != nil {
		return secretRefused(key.Name, err, nil)
	}
	s.stored = secret
	return nil
}

// add keeps the signing secret of an endpoint.
func (s *endpointSecret) add(ctx context.Context, id string, value mux.Secret) error {
	return s.change(ctx, map[string]mux.Secret{id: value}, func(data map[string][]byte) { data[id] = []byte(value.Reveal()) })
}

// prune drops the signing secrets of endpoints that are gone, and the Secret with the last.
func (s *endpointSecret) prune(ctx context.Context, own []endpoint) error {
	if s.stored == nil {
		return nil
	}
	if len(own) == 0 {
		err := s.client.Delete(ctx, s.stored, client.Preconditions{UID: &s.stored.UID, ResourceVersion: &s.stored.ResourceVersion})
		s.stored = nil
		return client.IgnoreNotFound(err)
	}
	there := map[string]bool{}
	for _, e := range own {
		there[e.ID] = true
	}
	for id := range s.stored.Data {
		if !there[id] {
			return s.change(ctx, nil, func(data map[string][]byte) {
				for id := range data {
					if !there[id] {
						delete(data, id)
					}
				}
			})
		}
	}
	return nil
}

// change writes the Secret, on the version that was read.
func (s *endpointSecret) change(ctx context.Context, values map[string]mux.Secret, change func(map[string][]byte)) error {
	changed := s.stored.DeepCopy()
	if changed.Data == nil {
		changed.Data = map[string][]byte{}
	}
	change(changed.Data)
	if err := s.client.Patch(ctx, changed, locked(s.stored)); err != nil {
		return secretRefused(changed.Name, err, values)
	}
	s.stored = changed
	return nil
}
