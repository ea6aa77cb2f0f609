// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
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
