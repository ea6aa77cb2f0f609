// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
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
		!maps.Equal(before.GetAnnotations(), after.GetAnnotations())
}

func specChanged() predicate.Predicate { return onUpdate(declarationChanged) }

// assetChanged also passes what a webhook has brought that the controller acts on: an id, a new state, a change of what
// the spec owns. Everything else in the status is news for people, not for the controller.
func assetChanged() predicate.Predicate {
	return onUpdate(func(before, after client.Object) bool {
		if declarationChanged(before, after) {
			return true
		}
		was, is := &before.(*video.MuxAsset).Status, &after.(*video.MuxAsset).Status
		return was.ID != is.ID || was.State != is.State || was.Passthrough != is.Passthrough ||
			!equality.Semantic.DeepEqual(was.Meta, is.Meta)
	})
}

// environmentChanged passes what matters to an environment's objects; the time of the last sweep does not.
func environmentChanged() predicate.Predicate {
	return onUpdate(func(before, after client.Object) bool {
		was, is := before.(*video.MuxEnvironment), after.(*video.MuxEnvironment)
		return declarationChanged(before, after) || was.Status.EnvironmentID != is.Status.EnvironmentID || readiness(was) != readiness(is)
	})
}

// readiness is what an environment says of itself in Ready.
func readiness(env *video.MuxEnvironment) string {
	condition := meta.FindStatusCondition(env.Status.Conditions, video.ConditionReady)
	if condition == nil {
		return ""
	}
	return string(condition.Status) + condition.Reason + condition.Message
}

// waitsForSecret is true for an asset that is held up by a Secret.
func waitsForSecret(asset *video.MuxAsset) bool {
	synced := meta.FindStatusCondition(asset.Status.Conditions, video.ConditionSynced)
	return synced != nil && (synced.Reason == video.ReasonSecretNotFound || synced.Reason == video.ReasonSecretKeyMissing)
}
