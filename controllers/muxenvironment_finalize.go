// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
)

// Finalizing an environment: the objects that use it go first, with what they have at Mux, then the webhook endpoints that it
// made, then itself. Until then it works on as if nobody had deleted it, but that nothing is made in it.

// keepWhileUsed adds the finalizer.
func (r *environmentReconciler) keepWhileUsed(ctx context.Context, env *video.MuxEnvironment) error {
	if controllerutil.ContainsFinalizer(env, video.Finalizer) {
		return nil
	}
	return r.changeFinalizer(ctx, env, func(e *video.MuxEnvironment) { controllerutil.AddFinalizer(e, video.Finalizer) })
}

func (r *environmentReconciler) changeFinalizer(ctx context.Context, env *video.MuxEnvironment, change func(*video.MuxEnvironment)) error {
	changed := env.DeepCopy()
	change(changed)
	if err := r.client.Patch(ctx, changed, locked(env)); err != nil {
		return staleOr(err)
	}
	changed.DeepCopyInto(env)
	return nil
}

// finalize lets the environment go once nothing uses it.
func (r *environmentReconciler) finalize(ctx context.Context, env *video.MuxEnvironment) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(env, video.Finalizer) {
		return ctrl.Result{}, nil
	}
	found := environmentFindings{generation: env.Generation, webhookPath: env.Status.WebhookPath, receiveOnly: env.Spec.CredentialsSecretRef == nil}
	if err := r.mayGo(ctx, env, &found); err != nil {
		return r.publish(ctx, env, found, err)
	}
	if found.env != nil {
		env = found.env
	}
	err := r.changeFinalizer(ctx, env, func(e *video.MuxEnvironment) { controllerutil.RemoveFinalizer(e, video.Finalizer) })
	return requeue(err, 0)
}

// mayGo says what keeps the environment.
func (r *environmentReconciler) mayGo(ctx context.Context, env *video.MuxEnvironment, found *environmentFindings) error {
	users, err := r.users(ctx, env)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return inUse(users, r.serves(ctx, env, found))
	}
	return hinted(r.unregister(ctx, env, found),
		"; to let the environment go and leave its webhook endpoints at Mux, set spec.environmentID and remove spec.credentialsSecretRef")
}

// users are the objects that refer to the environment and may, by kind and name. One of a namespace that it does not admit keeps
// nobody's environment.
func (r *environmentReconciler) users(ctx context.Context, env *video.MuxEnvironment) (users []string, err error) {
	for _, k := range kinds {
		list := k.newList()
		if err := r.client.List(ctx, list, inEnvironment(env), listAll); err != nil {
			return nil, err
		}
		for _, o := range commit.Items(list) {
			allowed, err := allows(ctx, r.client, env, o.GetNamespace())
			if client.IgnoreNotFound(err) != nil {
				return nil, err
			}
			if allowed {
				users = append(users, fmt.Sprintf("%s %s/%s", k.name(), o.GetNamespace(), o.GetName()))
			}
		}
	}
	slices.Sort(users)
	return users, nil
}

// serves says what keeps those who use the environment from deleting anything at Mux, nil where nothing does. After a start it
// finds out anew who the credentials are, without which no object calls Mux.
func (r *environmentReconciler) serves(ctx context.Context, env *video.MuxEnvironment, found *environmentFindings) error {
	if env.Spec.CredentialsSecretRef == nil || env.Spec.Suspend {
		return suspended(env)
	}
	who, err := r.identify(ctx, env)
	if err != nil {
		return err
	}
	found.who = who
	return matches(env, who)
}

// usersShown keeps the message short.
const usersShown = 5

// inUse says who uses the environment. What is wrong with it comes first: it keeps them as well.
func inUse(users []string, problem error) error {
	shown := strings.Join(users[:min(len(users), usersShown)], ", ")
	if len(users) > usersShown {
		shown += ", …"
	}
	used := fmt.Sprintf("this MuxEnvironment stays while objects use it, now %d: %s; delete them", len(users), shown)
	var b *blocked
	if errors.As(problem, &b) {
		return hinted(b, "; "+used+", and where Mux cannot be reached any more set their spec.deletionPolicy to Retain, which leaves there what they are of")
	}
	if problem != nil {
		return problem
	}
	return waiting(video.ReasonInUse, unwatchedRetry, "%s", used) // the labels of a namespace are not watched
}

// leaving maps an object that is gone to its environment, if that waits to go as well.
func (r *environmentReconciler) leaving(ctx context.Context, object client.Object) []reconcile.Request {
	requests := environmentReferredTo(ctx, object)
	env := &video.MuxEnvironment{}
	if err := r.client.Get(ctx, requests[0].NamespacedName, env); err != nil || env.DeletionTimestamp.IsZero() {
		return nil // what cannot be read is looked at once more a minute later
	}
	return requests
}

// unregister deletes the endpoints that the environment has made. Where it made none, or has no credentials any more, it asks
// nobody.
func (r *environmentReconciler) unregister(ctx context.Context, env *video.MuxEnvironment, found *environmentFindings) error {
	if env.Spec.CredentialsSecretRef == nil || len(env.Status.WebhookEndpoints) == 0 {
		return nil
	}
	if err := suspended(env); err != nil {
		return err
	}
	who, err := r.identify(ctx, env)
	if err != nil {
		return err
	}
	if err := matches(env, who); err != nil {
		return err
	}
	g := &registration{environmentReconciler: r, env: env}
	if err := g.connect(ctx, who); err != nil {
		return err
	}
	next, err := g.run(ctx)
	found.env = g.env
	if err == nil && next > 0 {
		return waiting(video.ReasonDeleting, next, "the create of a webhook endpoint was not answered; what it may have made is looked for until %s",
			metav1.NewTime(r.options.Clock().Add(next)).UTC().Format(time.RFC3339))
	}
	return err
}
