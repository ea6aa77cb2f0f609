// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/commit"
)

// onUpdate is a predicate for updates; creations and deletions always pass.
func onUpdate(changed func(before, after client.Object) bool) predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool { return changed(e.ObjectOld, e.ObjectNew) }}
}

// declarationChanged is true for a change that a person or another program has made.
func declarationChanged(before, after client.Object) bool {
	return before.GetGeneration() != after.GetGeneration() ||
		before.GetUID() != after.GetUID() ||
		before.GetDeletionTimestamp().IsZero() != after.GetDeletionTimestamp().IsZero() ||
		!maps.Equal(declaredAnnotations(before), declaredAnnotations(after))
}

// declaredAnnotations leaves out the intent to create: the operator writes it and takes it back when Mux refuses, and that
// must not start the next try.
func declaredAnnotations(object client.Object) map[string]string {
	declared := maps.Clone(object.GetAnnotations())
	delete(declared, video.AnnotationCreateToken)
	delete(declared, video.AnnotationCreateTime)
	return declared
}

// deleted passes the end of an object alone.
func deleted() predicate.Predicate {
	never := func(event.CreateEvent) bool { return false }
	return predicate.Funcs{CreateFunc: never, UpdateFunc: func(event.UpdateEvent) bool { return false }}
}

func specChanged() predicate.Predicate { return onUpdate(declarationChanged) }

// followedChanged also passes what a webhook has brought that the controller acts on: an id, and what the kind names.
// Everything else in the status is news for people, not for the controller.
func followedChanged(k kind) predicate.Predicate {
	return onUpdate(func(before, after client.Object) bool {
		was, is := before.(commit.Followed), after.(commit.Followed)
		return declarationChanged(before, after) || was.GetFollowedStatus().ID != is.GetFollowedStatus().ID || k.changed(was, is)
	})
}

// environmentChanged passes what matters to an environment's objects; the time of the last sweep does not.
func environmentChanged() predicate.Predicate {
	return onUpdate(func(before, after client.Object) bool {
		was, is := before.(*video.MuxEnvironment), after.(*video.MuxEnvironment)
		return declarationChanged(before, after) || was.Status.EnvironmentID != is.Status.EnvironmentID || readiness(was) != readiness(is)
	})
}

// readiness is what an environment says of itself in Ready, but for the message, which may change with every try.
func readiness(env *video.MuxEnvironment) string {
	condition := meta.FindStatusCondition(env.Status.Conditions, video.ConditionReady)
	if condition == nil {
		return ""
	}
	return string(condition.Status) + condition.Reason
}

// waitsForSecret says whether an object may go on once the Secret with the name has changed: it takes a value from it. What its
// conditions say is not asked, since they may be on their way.
func waitsForSecret(k kind, o commit.Followed, name string) bool { return k.takesFrom(o, name) }
