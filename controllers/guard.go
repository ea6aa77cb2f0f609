// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/mux"
)

// guard finds the object's environment and decides whether it may be used. An object that has nothing to send needs no
// environment, so the verdict is kept for the phase that wants to call Mux.
func (r *follower) guard(ctx context.Context, s *scope) error {
	env, err := r.environmentOf(ctx, s.object)
	if err != nil {
		return s.keepEnvironmentProblem(err)
	}
	s.env = env
	recorded, current := s.status().EnvironmentID, env.Status.EnvironmentID
	if recorded != "" && current != "" && recorded != current {
		return s.keepEnvironmentProblem(terminal(video.ReasonEnvironmentMismatch,
			"the %s lives in the Mux environment %s, but MuxEnvironment %s/%s is now %s; restore its credentials, or set spec.deletionPolicy to Retain and delete this object",
			r.kind.noun(), recorded, env.Namespace, env.Name, current))
	}
	return s.keepEnvironmentProblem(environmentProblem(env))
}

// keepEnvironmentProblem keeps what is wrong with the environment and lets only a fault of the API server end the reconcile.
func (s *scope) keepEnvironmentProblem(err error) error {
	if _, ok := err.(*blocked); ok || err == nil {
		s.envProblem = err
		return nil
	}
	return err
}

// environmentOf returns the environment of an object if it may use it.
func (r *follower) environmentOf(ctx context.Context, o commit.Followed) (*video.MuxEnvironment, error) {
	key := environment.Key(o.GetEnvironmentRef(), o.GetNamespace())
	env := &video.MuxEnvironment{}
	if err := r.client.Get(ctx, key, env); apierrors.IsNotFound(err) {
		return nil, waiting(video.ReasonEnvironmentNotFound, 0,
			"there is no MuxEnvironment %s; create it, or correct spec.environmentRef in a new object", key)
	} else if err != nil {
		return nil, err
	}
	allowed, err := allows(ctx, r.client, env, o.GetNamespace())
	if err != nil {
		return nil, err
	}
	if !allowed {
		return nil, waiting(video.ReasonEnvironmentNotAllowed, unwatchedRetry,
			"MuxEnvironment %s does not allow objects of the namespace %s; its owner can admit it in spec.allowedNamespaces", key, o.GetNamespace())
	}
	return env, nil
}

// unwatchedRetry is when to look again at what starts no reconcile: the labels of a namespace, another object's claim.
const unwatchedRetry = time.Minute

// allows says whether objects of a namespace may use an environment. Its labels are read only where a selector asks for them.
func allows(ctx context.Context, c client.Reader, env *video.MuxEnvironment, name string) (bool, error) {
	namespace := &corev1.Namespace{}
	if environment.BySelector(env) && name != env.Namespace {
		if err := c.Get(ctx, client.ObjectKey{Name: name}, namespace); err != nil {
			return false, err
		}
	}
	return environment.Allows(env, name, namespace.Labels), nil
}

// environmentProblem is why an environment cannot be called through, nil when it can.
func environmentProblem(env *video.MuxEnvironment) error {
	name := env.Namespace + "/" + env.Name
	if env.Spec.Suspend {
		return waiting(video.ReasonEnvironmentSuspended, 0,
			"MuxEnvironment %s is suspended; set its spec.suspend to false to go on", name)
	}
	if env.Spec.CredentialsSecretRef == nil {
		return terminal(video.ReasonReceiveOnly,
			"MuxEnvironment %s has no credentials and only receives; add spec.credentialsSecretRef to it, or set managementPolicy Observe here", name)
	}
	condition := meta.FindStatusCondition(env.Status.Conditions, video.ConditionReady)
	if condition == nil {
		return waiting(video.ReasonEnvironmentNotReady, 0, "MuxEnvironment %s has not been checked yet", name)
	}
	if condition.Status != "True" && condition.Reason != video.ReasonInUse { // which those who use it are not to be kept by
		return waiting(video.ReasonEnvironmentNotReady, 0, "MuxEnvironment %s is not ready (%s): %s", name, condition.Reason, condition.Message)
	}
	return nil
}

// connect returns a client for the object's environment, or why there is none.
func (r *follower) connect(ctx context.Context, s *scope) (*mux.Client, error) {
	if s.spec().Suspend {
		return nil, terminal(video.ReasonSuspended, "spec.suspend is true: nothing is sent to Mux; set it to false to go on")
	}
	if s.envProblem != nil {
		return nil, s.envProblem
	}
	return r.clients.forObjects(ctx, s.env)
}
