// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/types"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// namedSecret is one that webhooks may be signed with, and what it is called.
type namedSecret struct {
	name  string
	value mux.Secret
}

// checkSigningSecrets reads those that the spec names, and those of the endpoints that the operator has made.
func (e *examined) checkSigningSecrets(ctx context.Context) {
	var refs []video.SigningSecretReference
	if e.env.Spec.Webhook != nil {
		refs = e.env.Spec.Webhook.SigningSecretRefs
	}
	registered := environment.Registration(e.env) != nil
	if len(refs) == 0 && !registered {
		e.fault("signing secrets", "the environment has none, so every webhook is answered 503", "name a Secret in spec.webhook.signingSecretRefs, or set spec.webhook.registration")
		return
	}
	for _, ref := range refs {
		e.readSigningSecret(ctx, ref.Name, cmp.Or(ref.Key, video.DefaultSigningSecretKey))
	}
	if registered {
		e.readEndpointSecrets(ctx)
	}
}

func (e *examined) readSigningSecret(ctx context.Context, name, key string) {
	if !e.mayReadSecret(ctx, keyIn(e.env.Namespace, name)) {
		e.skip("signing secrets", "you may not read the Secret %s/%s", e.env.Namespace, name)
		return
	}
	value, err := e.doctor.secrets.Value(ctx, e.env.Namespace, name, key)
	if err != nil {
		e.fault("signing secrets", scrubbed(err), "put the signing secret that Mux's dashboard shows for the webhook endpoint under the key "+key+" of the Secret "+name)
		return
	}
	e.secrets = append(e.secrets, namedSecret{name + "." + key, mux.Secret(value)})
	e.fine("signing secrets", "the Secret %s has the key %s", name, key)
}

func (e *examined) readEndpointSecrets(ctx context.Context) {
	key := environment.EndpointSecret(e.env)
	if !e.mayReadSecret(ctx, key) {
		e.skip("signing secrets", "you may not read the Secret %s", key)
		return
	}
	data, err := e.doctor.secrets.Get(ctx, key.Namespace, key.Name)
	if err != nil || len(data) == 0 {
		e.fault("signing secrets", "the operator has not written the Secret "+key.String()+" of the endpoint that it makes",
			"look at the condition WebhookRegistered: `kubectl -n "+key.Namespace+" describe muxenvironment "+e.env.Name+"`")
		return
	}
	for _, id := range slices.Sorted(maps.Keys(data)) {
		e.secrets = append(e.secrets, namedSecret{key.Name + "." + id, mux.Secret(data[id])})
	}
	e.fine("signing secrets", "the Secret %s has those of %s that the operator made", key.Name, count(len(data), "endpoint"))
}

// sign is the value of Mux-Signature: the HMAC-SHA256 of "<unix seconds>.<body>" under the secret as it is.
func sign(secret mux.Secret, body []byte, at time.Time) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	code := hmac.New(sha256.New, []byte(secret.Reveal()))
	fmt.Fprintf(code, "%s.%s", seconds, body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(code.Sum(nil))
}

func keyIn(namespace, name string) types.NamespacedName {
	return types.NamespacedName{Namespace: namespace, Name: name}
}
