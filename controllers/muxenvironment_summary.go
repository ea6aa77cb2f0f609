// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/projection"
)

// summarizeEnvironment sets the conditions of an environment from the error that ended its check, nil for none.
func summarizeEnvironment(env *video.MuxEnvironment, err error, now metav1.Time) {
	status := &env.Status
	projection.Conclude(&status.Conditions, status.ObservedGeneration, now, environmentVerdict(env, err))
	if meta.FindStatusCondition(status.Conditions, video.ConditionWebhookVerified) == nil {
		projection.SetCondition(&status.Conditions, status.ObservedGeneration, now, video.ConditionWebhookVerified, metav1.ConditionFalse,
			video.ReasonNeverDelivered, "no webhook with a valid signature has arrived yet; its path is "+status.WebhookPath)
	}
}

func environmentVerdict(env *video.MuxEnvironment, err error) projection.Verdict {
	var b *blocked
	switch {
	case err == nil && env.Spec.CredentialsSecretRef == nil:
		return projection.Verdict{Ready: metav1.ConditionTrue, Reason: video.ReasonReceiveOnly, Message: "webhooks are received; without credentials nothing is sent to Mux"}
	case err == nil:
		return projection.Verdict{Ready: metav1.ConditionTrue, Reason: video.ReasonReady, Message: "the credentials are valid and webhooks can be verified"}
	case errors.As(err, &b):
		return projection.Verdict{Ready: metav1.ConditionFalse, Reason: b.reason, Message: b.Error(), Stalled: projection.IsStalled(b.reason)}
	default:
		return projection.Verdict{Ready: metav1.ConditionFalse, Reason: video.ReasonMuxUnavailable, Message: err.Error()}
	}
}
