// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// look reads what Mux has and which secrets are held.
func (g *registration) look(ctx context.Context) (err error) {
	g.secret, err = g.readEndpointSecret(ctx, g.env)
	var b *blocked
	if g.base == "" && errors.As(err, &b) { // nothing is written any more, so somebody's Secret is in nobody's way
		g.secret, err = &endpointSecret{client: g.client, env: g.env}, nil
	}
	if err != nil {
		return err
	}
	g.recorded = g.env.Status.WebhookEndpoints
	all, err := g.list(ctx)
	if err != nil {
		return err
	}
	g.found = sortEndpoints(g.env, g.base, all, g.secret.values())
	return nil
}

// endpointsPage is what Mux gives at most in one page.
const endpointsPage = 100

// list reads all endpoints. One that is recorded and not in the list is asked for: a list may lag behind.
func (g *registration) list(ctx context.Context) (all []mux.Webhook, err error) {
	for page := 1; ; page++ {
		answer, err := g.mux.ListWebhooks(ctx, endpointsPage, page)
		if err != nil {
			return nil, fromSystem(err, "list the webhook endpoints")
		}
		all = append(all, answer.Value...)
		if len(answer.Value) < endpointsPage {
			break
		}
	}
	for _, recorded := range g.env.Status.WebhookEndpoints {
		if recorded.ID == "" || slices.ContainsFunc(all, func(w mux.Webhook) bool { return w.ID == recorded.ID }) {
			continue
		}
		answer, err := g.mux.GetWebhook(ctx, recorded.ID)
		if err != nil && !mux.IsNotFound(err) {
			return nil, fromSystem(err, "read the webhook endpoint "+recorded.ID)
		}
		if err == nil {
			all = append(all, answer.Value)
		}
	}
	return all, nil
}

// registered is what a look found; it holds until the next reason to look.
type registered struct {
	uid        string
	generation int64
	rotation   string
	secret     string // version of the Secret
	until      time.Time
	condition  *metav1.Condition
}

// stillRegistered says whether the last look holds, and for how long.
func (r *environmentReconciler) stillRegistered(ctx context.Context, env *video.MuxEnvironment) (time.Duration, bool) {
	r.mu.Lock()
	known, ok := r.registered[client.ObjectKeyFromObject(env)]
	r.mu.Unlock()
	now := r.options.Clock()
	if !ok || known.uid != string(env.UID) || known.generation != env.Generation || known.rotation != env.Annotations[video.AnnotationRequestRotateSigningSecret] {
		return 0, false
	}
	if !known.until.IsZero() && !known.until.After(now) {
		return 0, false
	}
	metadata := secretMetadata()
	err := r.options.Secrets.Metadata.Get(ctx, environment.EndpointSecret(env), metadata)
	if client.IgnoreNotFound(err) != nil || metadata.ResourceVersion != known.secret {
		return 0, false
	}
	if known.until.IsZero() {
		return 0, true
	}
	return known.until.Sub(now), true
}

// keep remembers a look.
func (g *registration) keep(next time.Duration) {
	known := registered{
		uid: string(g.env.UID), generation: g.env.Generation, secret: g.secret.version(),
		rotation: g.env.Annotations[video.AnnotationRequestRotateSigningSecret], condition: g.condition(),
	}
	if next > 0 {
		known.until = g.options.Clock().Add(next)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.registered == nil {
		g.registered = map[client.ObjectKey]registered{}
	}
	g.registered[client.ObjectKeyFromObject(g.env)] = known
}

// lastLook is what the last look at the endpoints found; nil where none is wanted.
func (r *environmentReconciler) lastLook(env *video.MuxEnvironment) *metav1.Condition {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.registered[client.ObjectKeyFromObject(env)].condition
}

// lookAgain makes the next check ask Mux about the endpoints.
func (r *environmentReconciler) lookAgain(env client.ObjectKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.registered, env)
}
