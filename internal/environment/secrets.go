// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// Secrets reads the Secrets that it is asked for, and holds no others. The cache has the metadata of Secrets alone; it
// tells whether a Secret exists and which version it has, and the content is read once for each version. So a request with
// a webhook costs no read, and a rotated Secret counts as soon as the cache sees it. What is used once is not kept: see
// ValueOnce.
type Secrets struct {
	// Metadata reads the metadata of Secrets from a cache.
	Metadata client.Reader
	// Live reads their content from the API server.
	Live client.Reader

	// reads lets many who want the same version of a Secret share one read.
	reads singleflight.Group
	mu    sync.Mutex // never held while something is read
	kept  map[client.ObjectKey]content
}

// readTimeout bounds a shared read. It is longer than a webhook can wait, so that a slow API server has answered by the time
// the webhook is sent again.
const readTimeout = 10 * time.Second

type content struct {
	version string
	data    map[string][]byte
}

// SecretNotFoundError says that a Secret does not exist, and which keys it is to have.
type SecretNotFoundError struct {
	Namespace, Name string
	Keys            []string
}

func (e *SecretNotFoundError) Error() string {
	var literals strings.Builder
	for _, key := range e.Keys {
		fmt.Fprintf(&literals, " --from-literal=%s=VALUE", key)
	}
	return fmt.Sprintf("there is no Secret %s/%s; create it with `kubectl -n %s create secret generic %s%s`",
		e.Namespace, e.Name, e.Namespace, e.Name, &literals)
}

// needing adds the keys that a Secret is to have to an error that says that it does not exist.
func needing(err error, keys ...string) error {
	var gone *SecretNotFoundError
	if !errors.As(err, &gone) {
		return err
	}
	return &SecretNotFoundError{Namespace: gone.Namespace, Name: gone.Name, Keys: keys}
}

// SecretKeyMissingError says that a Secret lacks a key, or that the key is empty.
type SecretKeyMissingError struct{ Namespace, Name, Key string }

func (e *SecretKeyMissingError) Error() string {
	return fmt.Sprintf("the Secret %s/%s has no value for the key %s; add it, or name another key in the spec", e.Namespace, e.Name, e.Key)
}

// Value returns one value of a Secret, without the line break that editors and `echo` leave at its end. The content is kept:
// it is for what is needed again and again.
func (s *Secrets) Value(ctx context.Context, namespace, name, key string) (string, error) {
	data, err := s.Get(ctx, namespace, name)
	if err != nil {
		return "", needing(err, key)
	}
	return valueOf(data, namespace, name, key)
}

// ValueOnce is Value for what is needed once, such as the URL of an input: the content is not kept afterwards.
func (s *Secrets) ValueOnce(ctx context.Context, namespace, name, key string) (string, error) {
	secret := client.ObjectKey{Namespace: namespace, Name: name}
	version, err := s.version(ctx, secret)
	if err != nil {
		return "", needing(err, key)
	}
	data, ok := s.keptOf(secret, version)
	if !ok {
		if data, err = s.read(ctx, secret); err != nil {
			return "", needing(err, key)
		}
	}
	return valueOf(data, namespace, name, key)
}

func valueOf(data map[string][]byte, namespace, name, key string) (string, error) {
	value := strings.TrimRight(string(data[key]), "\r\n")
	if value == "" {
		return "", &SecretKeyMissingError{Namespace: namespace, Name: name, Key: key}
	}
	return value, nil
}

// Get returns the content of a Secret, which is shared: read only.
func (s *Secrets) Get(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	key := client.ObjectKey{Namespace: namespace, Name: name}
	version, err := s.version(ctx, key)
	if err != nil {
		return nil, err
	}
	if data, ok := s.keptOf(key, version); ok {
		return data, nil
	}
	return s.readAndKeep(ctx, key, version)
}

// version is the version of a Secret that the cache shows.
func (s *Secrets) version(ctx context.Context, key client.ObjectKey) (string, error) {
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	if err := s.Metadata.Get(ctx, key, metadata); err != nil {
		return "", s.forgetIfGone(key, err)
	}
	return metadata.ResourceVersion, nil
}

// readAndKeep reads a version once for all who want it. Each waits as long as its own context allows; the read goes on
// without them, since those who come next want it as well. The content may be newer than the cache; it is kept under the
// version that the cache shows, so that it is read once more when the cache has caught up.
func (s *Secrets) readAndKeep(ctx context.Context, key client.ObjectKey, version string) (map[string][]byte, error) {
	read := s.reads.DoChan(key.String()+" "+version, func() (any, error) {
		if data, ok := s.keptOf(key, version); ok {
			return data, nil // by a read that ended just now
		}
		ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
		defer cancel()
		data, err := s.read(ctx, key)
		if err == nil {
			s.keep(key, content{version: version, data: data})
		}
		return data, err
	})
	select {
	case done := <-read:
		data, _ := done.Val.(map[string][]byte)
		return data, done.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read asks the API server.
func (s *Secrets) read(ctx context.Context, key client.ObjectKey) (map[string][]byte, error) {
	secret := &corev1.Secret{}
	if err := s.Live.Get(ctx, key, secret); err != nil {
		return nil, s.forgetIfGone(key, err)
	}
	return secret.Data, nil
}

func (s *Secrets) keptOf(key client.ObjectKey, version string) (map[string][]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.kept[key]
	return kept.data, ok && kept.version == version
}

func (s *Secrets) keep(key client.ObjectKey, c content) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[client.ObjectKey]content{}
	}
	s.kept[key] = c
}

// forgetIfGone drops the content of a Secret that does not exist, and says so.
func (s *Secrets) forgetIfGone(key client.ObjectKey, err error) error {
	if !apierrors.IsNotFound(err) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, key)
	return &SecretNotFoundError{Namespace: key.Namespace, Name: key.Name}
}

// Credentials are the access token of an environment.
func Credentials(ctx context.Context, env *video.MuxEnvironment, secrets *Secrets) (mux.Credentials, error) {
	ref := env.Spec.CredentialsSecretRef
	if ref == nil {
		return mux.Credentials{}, fmt.Errorf("MuxEnvironment %s/%s has no spec.credentialsSecretRef", env.Namespace, env.Name)
	}
	idKey, secretKey := orDefault(ref.TokenIDKey, video.DefaultTokenIDKey), orDefault(ref.TokenSecretKey, video.DefaultTokenSecretKey)
	id, err := secrets.Value(ctx, env.Namespace, ref.Name, idKey)
	if err != nil {
		return mux.Credentials{}, needing(err, idKey, secretKey)
	}
	secret, err := secrets.Value(ctx, env.Namespace, ref.Name, secretKey)
	return mux.Credentials{TokenID: id, TokenSecret: secret}, err
}

// SigningSecrets are all secrets that may have signed a webhook of the environment: those that its spec names, and those of the
// endpoints that the operator has made. It returns those that it could read together with the first error.
func SigningSecrets(ctx context.Context, env *video.MuxEnvironment, secrets *Secrets) ([][]byte, error) {
	var found [][]byte
	var first error
	if env.Spec.Webhook != nil {
		found, first = namedSecrets(ctx, env, secrets)
	}
	own, err := endpointSecrets(ctx, env, secrets)
	return append(found, own...), cmp.Or(first, err)
}

func namedSecrets(ctx context.Context, env *video.MuxEnvironment, secrets *Secrets) (found [][]byte, first error) {
	for _, ref := range env.Spec.Webhook.SigningSecretRefs {
		value, err := secrets.Value(ctx, env.Namespace, ref.Name, orDefault(ref.Key, video.DefaultSigningSecretKey))
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		found = append(found, []byte(value))
	}
	return found, first
}

// endpointSecrets are those of the endpoints that the operator has made. They are in a Secret that is the environment's; one of
// the same name that is not is nobody's signature.
func endpointSecrets(ctx context.Context, env *video.MuxEnvironment, secrets *Secrets) (found [][]byte, err error) {
	if Registration(env) == nil && len(env.Status.WebhookEndpoints) == 0 {
		return nil, nil
	}
	key := EndpointSecret(env)
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	if err := secrets.Metadata.Get(ctx, key, metadata); err != nil || !metav1.IsControlledBy(metadata, env) {
		return nil, client.IgnoreNotFound(err)
	}
	data, err := secrets.Get(ctx, key.Namespace, key.Name)
	for _, id := range slices.Sorted(maps.Keys(data)) {
		if len(data[id]) > 0 {
			found = append(found, data[id])
		}
	}
	return found, err
}

// EndpointSecret is the Secret with the signing secrets of the endpoints that the operator has made, by their ids.
func EndpointSecret(env *video.MuxEnvironment) client.ObjectKey {
	return client.ObjectKey{Namespace: env.Namespace, Name: env.Name + "-webhook"}
}

// Registration is how the environment's endpoint is to be made at Mux; nil for not at all.
func Registration(env *video.MuxEnvironment) *video.WebhookRegistration {
	if env.Spec.Webhook == nil {
		return nil
	}
	return env.Spec.Webhook.Registration
}

func orDefault(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
