// SPDX-License-Identifier: Apache-2.0

package environment

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

func TestAllows(t *testing.T) {
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"team": "video"}}
	video1, other := map[string]string{"team": "video"}, map[string]string{"team": "other"}
	for name, test := range map[string]struct {
		allowed   *video.AllowedNamespaces
		namespace string
		labels    map[string]string
		want      bool
	}{
		"own, unset":            {nil, "home", nil, true},
		"other, unset":          {nil, "away", nil, false},
		"other, same":           {&video.AllowedNamespaces{From: video.NamespacesFromSame}, "away", nil, false},
		"other, all":            {&video.AllowedNamespaces{From: video.NamespacesFromAll}, "away", nil, true},
		"selected":              {&video.AllowedNamespaces{From: video.NamespacesFromSelector, Selector: selector}, "away", video1, true},
		"not selected":          {&video.AllowedNamespaces{From: video.NamespacesFromSelector, Selector: selector}, "away", other, false},
		"own, not selected":     {&video.AllowedNamespaces{From: video.NamespacesFromSelector, Selector: selector}, "home", other, true},
		"selector that is none": {&video.AllowedNamespaces{From: video.NamespacesFromSelector}, "away", video1, false},
	} {
		t.Run(name, func(t *testing.T) {
			env := &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: "home", Name: "env"}}
			env.Spec.AllowedNamespaces = test.allowed
			if got := Allows(env, test.namespace, test.labels); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestParseWebhookPath(t *testing.T) {
	env := &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "name"}}
	if key, ok := ParseWebhookPath(WebhookPath(env)); !ok || key != client.ObjectKeyFromObject(env) {
		t.Errorf("the path %s is read as %v, %v", WebhookPath(env), key, ok)
	}
	for _, path := range []string{"", "/", "/webhooks", "/webhooks/", "/webhooks/ns", "/webhooks/ns/", "/webhooks//name", "/webhooks/ns/name/more", "webhooks/ns/name"} {
		if key, ok := ParseWebhookPath(path); ok {
			t.Errorf("%q is read as %v", path, key)
		}
	}
}

// reads is a client that counts the reads of Secrets.
func reads(t *testing.T, objects ...client.Object) (client.Client, *int) {
	t.Helper()
	scheme, count := runtime.NewScheme(), 0
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithInterceptorFuncs(interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, o ...client.GetOption) error {
			if _, whole := object.(*corev1.Secret); whole {
				count++
			}
			return c.Get(ctx, key, object, o...)
		},
	}).Build(), &count
}

func TestSecrets(t *testing.T) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "mux"}, Data: map[string][]byte{"key": []byte("value\n"), "empty": nil}}
	c, count := reads(t, secret)
	secrets := &Secrets{Metadata: c, Live: c}
	value := func() string {
		t.Helper()
		got, err := secrets.Value(t.Context(), "ns", "mux", "key")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := value() + value() + value(); got != "valuevaluevalue" || *count != 1 {
		t.Errorf("got %q with %d reads, want one", got, *count)
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(secret), secret); err != nil {
		t.Fatal(err)
	}
	*count = 0
	secret.Data["key"] = []byte("rotated")
	if err := c.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if got := value(); got != "rotated" || *count != 1 {
		t.Errorf("got %q with %d reads after a rotation", got, *count)
	}
	var noKey *SecretKeyMissingError
	for _, key := range []string{"empty", "absent"} {
		if _, err := secrets.Value(t.Context(), "ns", "mux", key); !errors.As(err, &noKey) || !strings.Contains(err.Error(), key) {
			t.Errorf("key %s: %v", key, err)
		}
	}
	if err := c.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	*count = 0
	var notFound *SecretNotFoundError
	if _, err := secrets.Value(t.Context(), "ns", "mux", "key"); !errors.As(err, &notFound) || *count != 0 {
		t.Errorf("after the deletion: %v with %d reads, want none", err, *count)
	}
	if strings.Contains(notFound.Error(), "rotated") || !strings.Contains(notFound.Error(), "`kubectl -n ns create secret generic mux --from-literal=key=VALUE`") {
		t.Errorf("the error says %s", notFound)
	}
	env := &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns"}, Spec: video.MuxEnvironmentSpec{
		CredentialsSecretRef: &video.CredentialsSecretReference{Name: "mux", TokenIDKey: "id"}}}
	if _, err := Credentials(t.Context(), env, secrets); err == nil || !strings.Contains(err.Error(), "mux --from-literal=id=VALUE --from-literal=MUX_TOKEN_SECRET=VALUE`") {
		t.Errorf("of credentials that are not there the error says %v", err)
	}
}

func TestSigningSecrets(t *testing.T) {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "mux"}, Data: map[string][]byte{
		video.DefaultSigningSecretKey: []byte("one"), "second": []byte("two"),
		video.DefaultTokenIDKey: []byte("id"), video.DefaultTokenSecretKey: []byte("token"),
	}}
	c, _ := reads(t, secret)
	secrets := &Secrets{Metadata: c, Live: c}
	env := &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "env"}}
	env.Spec.Webhook = &video.WebhookSpec{SigningSecretRefs: []video.SigningSecretReference{{Name: "mux"}, {Name: "gone"}, {Name: "mux", Key: "second"}}}
	found, err := SigningSecrets(t.Context(), env, secrets)
	var notFound *SecretNotFoundError
	if len(found) != 2 || string(found[0]) != "one" || string(found[1]) != "two" || !errors.As(err, &notFound) {
		t.Errorf("got %q, %v: want those that are there, and the error", found, err)
	}
	env.Spec.CredentialsSecretRef = &video.CredentialsSecretReference{Name: "mux"}
	credentials, err := Credentials(t.Context(), env, secrets)
	if err != nil || credentials.TokenID != "id" || credentials.TokenSecret != "token" {
		t.Errorf("got %v, %v", credentials, err)
	}
}

// TestEndpointSecrets : the signing secrets of endpoints that the operator made count beside those that the spec names, if the Secret
// is the environment's, for as long as there are endpoints.
func TestEndpointSecrets(t *testing.T) {
	owner := func(uid types.UID) []metav1.OwnerReference {
		return []metav1.OwnerReference{{APIVersion: "video.mux.com/v1alpha1", Kind: "MuxEnvironment", Name: "env", UID: uid, Controller: new(true)}}
	}
	wanted, made := &video.WebhookRegistration{PublicURL: "https://h"}, []video.WebhookEndpointStatus{{ID: "b"}}
	for name, test := range map[string]struct {
		owners    []metav1.OwnerReference
		wanted    *video.WebhookRegistration
		endpoints []video.WebhookEndpointStatus
		want      string
	}{
		"asked for":                       {owner("uid"), wanted, nil, "named first second"},
		"there are some still":            {owner("uid"), nil, made, "named first second"},
		"neither":                         {owner("uid"), nil, nil, "named"},
		"a Secret of somebody else":       {nil, wanted, made, "named"},
		"a Secret of another of its name": {owner("earlier"), wanted, made, "named"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := reads(t,
				&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "mux"}, Data: map[string][]byte{video.DefaultSigningSecretKey: []byte("named")}},
				&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "env-webhook", OwnerReferences: test.owners}, Data: map[string][]byte{"b": []byte("second"), "a": []byte("first"), "c": nil}},
			)
			env := &video.MuxEnvironment{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "env", UID: "uid"}}
			env.Spec.Webhook = &video.WebhookSpec{SigningSecretRefs: []video.SigningSecretReference{{Name: "mux"}}, Registration: test.wanted}
			env.Status.WebhookEndpoints = test.endpoints
			found, err := SigningSecrets(t.Context(), env, &Secrets{Metadata: c, Live: c})
			if got := string(bytes.Join(found, []byte(" "))); got != test.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}
