// SPDX-License-Identifier: Apache-2.0

package commit

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// Recorder takes Kubernetes Events. It must not block.
type Recorder interface {
	Eventf(regarding, related runtime.Object, eventtype, reason, action, note string, args ...any)
}

// announced are the conditions whose transitions become Events, and which way is bad news. The others tell the same as one of
// these, or change too often to be worth reading.
var announced = []struct {
	kind string
	// onTrue and onFalse are the types of the Events; "" for none.
	onTrue, onFalse string
}{
	{video.ConditionReady, corev1.EventTypeNormal, corev1.EventTypeWarning},
	{video.ConditionStalled, corev1.EventTypeWarning, ""},
	{video.ConditionPlayable, corev1.EventTypeNormal, ""},
	{video.ConditionFinalized, corev1.EventTypeNormal, ""},
	{video.ConditionTextTracksReady, corev1.EventTypeNormal, ""},
	{video.ConditionStaticRenditionsReady, corev1.EventTypeNormal, ""},
	{video.ConditionMasterReady, corev1.EventTypeNormal, corev1.EventTypeNormal},
	{video.ConditionConnected, corev1.EventTypeNormal, corev1.EventTypeNormal},
	{video.ConditionRecording, corev1.EventTypeNormal, corev1.EventTypeNormal},
	{video.ConditionActive, corev1.EventTypeNormal, corev1.EventTypeNormal},
	{video.ConditionSimulcastHealthy, "", corev1.EventTypeWarning},
	{video.ConditionURLReady, corev1.EventTypeNormal, ""},
	{video.ConditionWebhookVerified, corev1.EventTypeNormal, ""},
	{video.ConditionWebhookRegistered, corev1.EventTypeNormal, corev1.EventTypeWarning},
	{video.ConditionWebhookHealthy, "", corev1.EventTypeWarning},
	{video.ConditionThrottled, corev1.EventTypeWarning, ""},
	{video.ConditionLimited, corev1.EventTypeWarning, ""},
}

// conditioned is an object with conditions.
type conditioned interface {
	GetConditions() []metav1.Condition
}

// announce sends an Event for each transition that a patch has just made. The patch was conditional on the version before, so
// no other replica and no redelivery makes the same transition.
func (c *Committer) announce(before, after client.Object) {
	if c.Recorder == nil {
		return
	}
	was, is := before.(conditioned).GetConditions(), after.(conditioned).GetConditions()
	for _, a := range announced {
		old, now := meta.FindStatusCondition(was, a.kind), meta.FindStatusCondition(is, a.kind)
		if now == nil {
			continue
		}
		kind := ""
		switch {
		case now.Status == metav1.ConditionTrue && (old == nil || old.Status != metav1.ConditionTrue):
			kind = a.onTrue
		case now.Status == metav1.ConditionFalse && old != nil && old.Status == metav1.ConditionTrue:
			kind = a.onFalse
		}
		if kind != "" {
			c.Recorder.Eventf(after, nil, kind, now.Reason, a.kind, "%s", now.Message)
		}
	}
}
