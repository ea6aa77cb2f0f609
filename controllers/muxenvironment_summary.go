// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/environment"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// summarizeEnvironment sets the conditions of an environment from what ended its check, nil for nothing.
func summarizeEnvironment(env *video.MuxEnvironment, b *blocked, now metav1.Time) {
	status := &env.Status
	projection.Conclude(&status.Conditions, status.ObservedGeneration, now, environmentVerdict(env, b))
	if meta.FindStatusCondition(status.Conditions, video.ConditionWebhookVerified) == nil {
		projection.SetCondition(&status.Conditions, status.ObservedGeneration, now, video.ConditionWebhookVerified, metav1.ConditionFalse,
			video.ReasonNeverDelivered, "no webhook with a valid signature has arrived yet; its path is "+status.WebhookPath)
	}
}

func environmentVerdict(env *video.MuxEnvironment, b *blocked) projection.Verdict {
	switch {
	case b != nil:
		return projection.Verdict{Ready: metav1.ConditionFalse, Reason: b.reason, Message: b.Error(), Stalled: projection.IsStalled(b.reason)}
	case env.Spec.CredentialsSecretRef == nil:
		return projection.Verdict{Ready: metav1.ConditionTrue, Reason: video.ReasonReceiveOnly, Message: "webhooks are received; without credentials nothing is sent to Mux"}
	default:
		return projection.Verdict{Ready: metav1.ConditionTrue, Reason: video.ReasonReady, Message: "the credentials are valid and webhooks can be verified"}
	}
}

// summarizeRegistration says what became of the webhook endpoint. Where the check did not get that far, the last word stands.
func summarizeRegistration(env *video.MuxEnvironment, f environmentFindings, now metav1.Time) {
	status, c := &env.Status, f.registration
	switch {
	case environment.Registration(env) == nil && len(status.WebhookEndpoints) == 0:
		meta.RemoveStatusCondition(&status.Conditions, video.ConditionWebhookRegistered)
		return
	case f.unregistered != nil:
		c = &metav1.Condition{Status: metav1.ConditionFalse, Reason: f.unregistered.reason, Message: f.unregistered.Error()}
	case c == nil:
		return
	}
	projection.SetCondition(&status.Conditions, status.ObservedGeneration, now, video.ConditionWebhookRegistered, c.Status, c.Reason, c.Message)
}

// summarizePause sets Throttled while Mux has asked not to be called.
func summarizePause(env *video.MuxEnvironment, until time.Time, now metav1.Time) {
	status := &env.Status
	if time.Until(until) <= 0 {
		meta.RemoveStatusCondition(&status.Conditions, video.ConditionThrottled)
		return
	}
	projection.SetCondition(&status.Conditions, status.ObservedGeneration, now, video.ConditionThrottled, metav1.ConditionTrue, video.ReasonThrottled,
		"Mux has asked to slow down: nothing is sent until "+until.UTC().Format(time.RFC3339)+"; if it stays, something else calls the same Mux environment")
}

// pausedUntil is when the pause of an environment's budget ends. Budgets run on real time, as do the limits at Mux.
func (r *environmentReconciler) pausedUntil(env *video.MuxEnvironment) time.Time {
	if env.Status.EnvironmentID == "" {
		return time.Time{}
	}
	return r.options.Budgets.For(env.Status.EnvironmentID).PausedUntil()
}

// throttled has Throttled written, unless it is.
func (r *environmentReconciler) throttled(env *video.MuxEnvironment) {
	if time.Until(r.pausedUntil(env)) > 0 && !meta.IsStatusConditionTrue(env.Status.Conditions, video.ConditionThrottled) {
		r.again(env)
	}
}
