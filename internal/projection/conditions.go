// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// Verdict is the state of the Ready condition and whether anything is still going to happen.
type Verdict struct {
	// Ready is True only for an object that is what its spec asks for.
	Ready metav1.ConditionStatus
	// Reason and Message of Ready, and of Reconciling or Stalled.
	Reason, Message string
	// Stalled says that nothing changes until a person acts. An object that is neither ready nor stalled is reconciling.
	Stalled bool
}

// maxMessage is a quarter of what metav1.Condition allows: a status holds up to nine conditions in 16 kB.
const maxMessage = 1024

// Conclude sets Ready, Reconciling and Stalled as kstatus reads them: Reconciling and Stalled are there only while True,
// and never both.
func Conclude(conditions *[]metav1.Condition, generation int64, now metav1.Time, v Verdict) {
	SetCondition(conditions, generation, now, video.ConditionReady, v.Ready, v.Reason, v.Message)
	switch {
	case v.Ready == metav1.ConditionTrue:
		meta.RemoveStatusCondition(conditions, video.ConditionReconciling)
		meta.RemoveStatusCondition(conditions, video.ConditionStalled)
	case v.Stalled:
		meta.RemoveStatusCondition(conditions, video.ConditionReconciling)
		SetCondition(conditions, generation, now, video.ConditionStalled, metav1.ConditionTrue, v.Reason, v.Message)
	default:
		meta.RemoveStatusCondition(conditions, video.ConditionStalled)
		SetCondition(conditions, generation, now, video.ConditionReconciling, metav1.ConditionTrue, v.Reason, v.Message)
	}
}

// SetCondition sets one condition; its lastTransitionTime moves only when its status does. generation is -1 before the
// controller has looked at the object, which a condition writes as 0.
func SetCondition(conditions *[]metav1.Condition, generation int64, now metav1.Time, kind string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(conditions, metav1.Condition{
		Type:               kind,
		Status:             status,
		ObservedGeneration: max(generation, 0),
		LastTransitionTime: metav1.NewTime(now.Truncate(time.Second)), // as it is stored
		Reason:             reason,
		Message:            clamp(message, maxMessage),
	})
}

// conditionOrder is how a status lists its conditions: first what people look for first, then the stages.
var conditionOrder = []string{
	video.ConditionReady, video.ConditionReconciling, video.ConditionStalled, video.ConditionSynced,
	video.ConditionPlayable, video.ConditionFinalized, video.ConditionTextTracksReady, video.ConditionStaticRenditionsReady, video.ConditionMasterReady,
	video.ConditionConnected, video.ConditionRecording, video.ConditionActive, video.ConditionSimulcastHealthy, video.ConditionURLReady, video.ConditionStreamKeyReady,
	video.ConditionMasterURLReady,
}

// order lists the conditions always the same way, whichever came first: a status does not depend on the order of events.
func order(conditions []metav1.Condition) {
	slices.SortStableFunc(conditions, func(a, b metav1.Condition) int {
		return cmp.Or(cmp.Compare(place(a.Type), place(b.Type)), cmp.Compare(a.Type, b.Type))
	})
}

// place is where a condition stands; what is not in the order comes last.
func place(kind string) int {
	if i := slices.Index(conditionOrder, kind); i >= 0 {
		return i
	}
	return len(conditionOrder)
}

// stalledReasons are the reasons of Synced for which a person has to act.
var stalledReasons = map[string]bool{
	video.ReasonNotFound:              true,
	video.ReasonSuspended:             true,
	video.ReasonEnvironmentNotAllowed: true,
	video.ReasonEnvironmentMismatch:   true,
	video.ReasonReceiveOnly:           true,
	video.ReasonIDConflict:            true,
	video.ReasonInvalid:               true,
	video.ReasonPlanLimit:             true,
	video.ReasonSecretNotFound:        true,
	video.ReasonSecretKeyMissing:      true,
	video.ReasonCredentialsRejected:   true,
	video.ReasonPermissionMissing:     true,
	video.ReasonSigningSecretMissing:  true,
	video.ReasonSecretNotOwned:        true,
	video.ReasonSecretRefused:         true,
	video.ReasonErrored:               true,
	video.ReasonDeletedAtMux:          true,
	video.ReasonTimedOut:              true,
	video.ReasonCancelled:             true,
}

// IsStalled says whether an object with this reason changes only when a person acts.
func IsStalled(reason string) bool { return stalledReasons[reason] }
